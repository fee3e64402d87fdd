// Texts of the generated calls: mostly well-formed tables for a dtype and a dialect, and what can be done to them.
import type { Dice } from "../../../../../fuzz/rounds.ts";
import { chance, weighted } from "./case.ts";
import type { Dialect } from "./dialects.ts";
import type { MadeDType } from "./dtypes.ts";
import { doubtful, good } from "./values.ts";

/** What Python's str.isspace holds for white space. */
export const SPACES: readonly string[] = [
  ..."\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000",
];
const SPACE = new Set(SPACES);
const BETWEEN = [" ", " ", " ", "\t", "\t", "  ", " \t ", "\v", "\f", " \x1f"];
const STRANGE = [
  ...SPACES,
  ..."\0\x01\x08\x1a\x7f\"'`,;#%/+-.eEjJxX()_0159é€→中😀\u0661\u200b\u180e\ufeff\u0300\uff11",
  ...["\r\n", "\n\n", "nan", "inf", '""', "''"],
];
/** Bytes that are no UTF-8: alone, cut off, of a surrogate, too long, beyond Unicode. */
const BYTES = [
  "\udc80",
  "\udcff",
  "\udcc3",
  "\udce2\udc82",
  "\udced\udca0\udc80",
  "\udcc0\udc80",
  "\udcf4\udc90\udc80\udc80",
];

/** Whether a text can stand as it is: reading ends neither the field nor the row in it. */
function stands(text: string, { delimiter, quote, comments }: Dialect): boolean {
  if (/[\n\r]/.test(text) || comments.some((comment) => text.includes(comment))) return false;
  if (quote !== null && text.startsWith(quote)) return false;
  if (delimiter !== null) return !text.includes(delimiter);
  return text !== "" && ![...text].some((character) => SPACE.has(character));
}

const quoted = (text: string, quote: string): string => quote + text.replaceAll(quote, quote + quote) + quote;

/** A field: the dtype's column well spelled, quoted where it must be and sometimes where not. */
function field(dice: Dice, dtype: string, dialect: Dialect): string {
  const { quote, delimiter } = dialect;
  const isText = /^[<>|]?[SU]/.test(dtype);
  if (quote !== null && chance(dice, 25)) {
    const inner = isText
      ? weighted(dice, [
          [6, ""],
          [2, quote],
          [2, "\n"],
          [2, dialect.comments[0] ?? "#"],
          [2, delimiter ?? " "],
          [1, `${quote}${quote}`],
        ])
      : chance(dice, 20)
        ? dice.pick([" ", "\n", "\u2003", "\r"])
        : "";
    return quoted(good(dice, dtype, false) + inner, quote);
  }
  for (let attempt = 0; attempt < 5; attempt++) {
    const text = good(dice, dtype, delimiter === null);
    if (stands(text, dialect)) return text;
    if (quote !== null) return quoted(text, quote);
  }
  return ["1", "2000", "7", "a"].find((text) => stands(text, dialect)) ?? "3";
}

/** The dtypes of the columns as they stand in the text; null for one that is passed over. */
function layout({ record, columns }: MadeDType, { width, usecols }: Dialect): (string | null)[] {
  if (usecols === null) return record ? columns : Array.from({ length: width }, () => columns[0]!);
  const all = Array.from({ length: width }, (): string | null => null);
  for (const [index, column] of usecols.entries()) {
    const at = column < 0 ? column + width : column;
    if (at in all) all[at] = (record ? columns[index] : columns[0]) ?? null;
  }
  return all;
}

function rowOf(dice: Dice, kinds: readonly (string | null)[], dialect: Dialect): string {
  if (kinds.length === 0) return dice.pick(["", "1", "1 2"]);
  const fields = kinds.map((kind) => field(dice, kind ?? dice.pick(["S8", "<i4", "f8"]), dialect));
  const { delimiter } = dialect;
  if (delimiter !== null) {
    const blank = (): string =>
      chance(dice, 5) && !delimiter.includes(" ") ? dice.pick([" ", "  ", "\u00a0", "\t"]) : "";
    const spaced = fields.map((text, i) => (/^[<>|]?[SUM]/.test(kinds[i] ?? "") ? text : blank() + text + blank()));
    return spaced.filter((text, i) => text === fields[i] || stands(text, dialect) || dialect.quote !== null).length ===
      fields.length
      ? spaced.join(delimiter)
      : fields.join(delimiter);
  }
  const unusual = chance(dice, 6);
  const between = (): string =>
    unusual ? dice.pick(SPACES.filter((space) => !/[\n\r]/.test(space))) : dice.pick(BETWEEN);
  const line = fields.reduce((before, text) => before + between() + text);
  return (chance(dice, 12) ? between() : "") + line + (chance(dice, 12) ? between() : "");
}

function lineEnds(dice: Dice): () => string {
  const style = weighted(dice, [
    [62, "\n"],
    [16, "\r\n"],
    [8, "\r"],
    [14, null],
  ]);
  return () => style ?? dice.pick(["\n", "\n", "\r\n", "\r"]);
}

/** The lines of a table. */
function linesOfTable(dice: Dice, made: MadeDType, dialect: Dialect): string[] {
  const comment = dialect.comments.length > 0 ? dice.pick(dialect.comments) : "#";
  const kinds = layout(made, dialect);
  const rows = weighted(dice, [
    [4, 0],
    [10, 1],
    [40, 2 + dice.roll(4)],
    [10, 6 + dice.roll(20)],
  ]);
  const lines: string[] = [];
  const note = (): string => comment + dice.pick(["", " x", "1", " 1,2", comment, "\0"]);
  const commented = dialect.comments.length > 0;
  if (chance(dice, 15)) lines.push(commented ? note() : "");
  for (let index = 0; index < rows; index++) {
    if (chance(dice, 4)) lines.push(dialect.delimiter === null ? dice.pick(["", " ", "\t \u2003"]) : "");
    if (chance(dice, 4) && commented) lines.push((dialect.delimiter === null ? dice.pick(["", " "]) : "") + note());
    lines.push(rowOf(dice, kinds, dialect) + (chance(dice, 6) && commented ? note() : ""));
  }
  if (chance(dice, 6)) lines.push(commented ? note() : "");
  return lines;
}

/** Does something to a table that may make it wrong. */
function damaged(dice: Dice, lines: string[], dialect: Dialect): string[] {
  const at = dice.roll(Math.max(1, lines.length));
  const line = lines[at] ?? "";
  const mark = dialect.delimiter ?? dice.pick([" ", "\t", "\u2003"]);
  const cells = dialect.delimiter === null ? line.split(/[ \t]+/) : line.split(dialect.delimiter);
  const cell = dice.roll(cells.length);
  const place = dice.roll(line.length + 1);
  const quote = dialect.quote ?? dice.pick(['"', "'"]);
  const into = (text: string): string => line.slice(0, place) + text + line.slice(place);
  const withCell = (...texts: string[]): string => cells.toSpliced(cell, 1, ...texts).join(mark);
  const changed = weighted<() => string>(dice, [
    [16, () => withCell(doubtful(dice))],
    [10, () => into(dice.pick(STRANGE))],
    [3, () => into(dice.pick(BYTES))],
    [6, () => line.slice(0, place) + line.slice(place + 1)],
    [4, () => withCell()],
    [4, () => withCell(cells[cell]!, doubtful(dice))],
    [4, () => withCell("")],
    [4, () => line + mark],
    [3, () => mark + line],
    [
      3,
      () =>
        dice.pick([
          " ",
          "\t",
          "\u00a0",
          mark,
          mark + mark,
          dialect.comments[0] ?? "#",
          ` ${dialect.comments[0] ?? "#"}x`,
        ]),
    ],
    [4, () => into(quote)],
    [4, () => withCell(quote + cells[cell]! + quote + dice.pick(["", "1", " ", "x", quote, `${quote}${quote}`]))],
    [2, () => withCell(quote + quote)],
    [2, () => withCell(`${quote}1${dice.pick(["\n", "\r\n", mark, dialect.comments[0] ?? "#"])}2${quote}`)],
    [2, () => into(dialect.comments[0] ?? "#")],
    [2, () => into(doubtful(dice))],
  ])();
  return lines.toSpliced(at, 1, changed);
}

/** The text of a call. One of five tables or so is damaged. */
export function makeText(dice: Dice, made: MadeDType, dialect: Dialect): string {
  let lines = linesOfTable(dice, made, dialect);
  if (chance(dice, 22)) for (let n = 1 + dice.roll(2); n > 0; n--) lines = damaged(dice, lines, dialect);
  const end = lineEnds(dice);
  const open = chance(dice, 40);
  let text = lines.map((line, index) => line + (open && index === lines.length - 1 ? "" : end())).join("");
  const skipped = dialect.options.skiprows;
  if (typeof skipped === "number" && skipped < 4 && chance(dice, 60))
    for (let n = 0; n < skipped; n++) text = dice.pick(["", "a head", "# note", '"open', "a,b,c"]) + end() + text;
  // What a mark means where the order of bytes is told already is nobody's rule.
  const encoding = String(dialect.options.encoding ?? "utf-8");
  const often = /^utf-(16|32)$/.test(encoding) ? 70 : /^utf-?8$/i.test(encoding) ? 0.6 : 0;
  return chance(dice, often) ? `\ufeff${text}` : text;
}
