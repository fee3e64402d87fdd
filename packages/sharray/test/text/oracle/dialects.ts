// Dialects of the generated calls: what separates, quotes and comments, and how much is read; rarely what must be refused.
import type { Dice } from "../../../../../fuzz/rounds.ts";
import { type Case, chance, type Json, weighted } from "./case.ts";
import type { MadeDType } from "./dtypes.ts";

export interface Dialect {
  options: Case["options"];
  /** null: white space. */
  delimiter: string | null;
  quote: string | null;
  /** What begins comments in the text that is made; some cases have other texts there. */
  comments: string[];
  /** Columns in a row of the text. */
  width: number;
  usecols: number[] | null;
}

const COMMON = [",", ",", "\t", ";", "|", " ", ":"];
const UNUSUAL = "x 1 - . / \\ ~ + e _ ( j 0 # % ' \" \0 \x01 \x1f \x7f \v \f".split(" ");
const BEYOND_ASCII = ["é", "ÿ", "\u0085", "\u00a0", "\u2003", "\u2028", "→", "中", "\u0661", "😀"];

function delimiterOf(dice: Dice): Json {
  return weighted<() => Json>(dice, [
    [380, () => null],
    [480, () => dice.pick(COMMON)],
    [50, () => dice.pick(UNUSUAL)],
    [20, () => String.fromCharCode(dice.roll(128))],
    [60, () => dice.pick(BEYOND_ASCII)],
    [8, () => dice.pick<Json>(["", ",,", "ab", "\n", "\r", 5])],
  ])();
}

function commentsOf(dice: Dice): Json {
  return weighted<() => Json>(dice, [
    [500, () => "#"],
    [80, () => null],
    [30, () => []],
    [130, () => dice.pick(["%", ";", "!", "c", "é", "→", "😀", "/", '"', "-", "\0"])],
    [40, () => [dice.pick(["#", "%", "@"])]],
    [70, () => ["#", dice.pick(["%", "@", "é"])]],
    [60, () => dice.pick(["//", "/*", "--", "..", "# ", "REM", "€#", "😀😀", " #"])],
    [
      60,
      () =>
        dice.pick<Json>([
          ["#", "@", "//"],
          ["//", "/"],
          ["/", "//"],
          ["ab", "bc"],
          ["xa", "ab"],
          ["a", "ab"],
          ["##", "#"],
          [" ", "#"],
          ["  "],
        ]),
    ],
    [
      10,
      () => dice.pick<Json>(["", ["#", ""], "\n", ["\n"], " ", "\t", "\u00a0", "\u2003", [",", "#"], ["#", "#"], 5]),
    ],
  ])(); // prettier-ignore
}

function quoteOf(dice: Dice, manyComments: boolean): Json {
  if (manyComments && !chance(dice, 2)) return null;
  return weighted<() => Json>(dice, [
    [600, () => null],
    [230, () => '"'],
    [90, () => "'"],
    [60, () => dice.pick(["`", "|", "q", "5", "é", "“", "😀", "\\"])],
    [8, () => dice.pick<Json>(["", "''", "\n", "\r", "#", ",", " ", "\u3000", 5])],
  ])();
}

function usecolsOf(dice: Dice, { record, columns }: MadeDType, width: number): Json {
  const one = (): number => (chance(dice, 35) ? -1 - dice.roll(width) : dice.roll(width));
  const anywhere = (): number => (chance(dice, 2) ? dice.pick([width, width + 3, -width - 1, 1000]) : one());
  if (record) {
    if (chance(dice, 1)) return columns.map(() => 0).slice(1);
    return columns.map(anywhere);
  }
  return weighted<() => Json>(dice, [
    [30, anywhere],
    [60, () => Array.from({ length: 1 + dice.roll(4) }, anywhere)],
    [5, () => []],
    [1, () => dice.pick<Json>([1.5, [0, 1.5], "a", ["a"], 1e20, [2 ** 62], [2 ** 31], [-(2 ** 31)], true])],
  ])();
}

const ENCODINGS = [
  "latin1",
  "iso-8859-1",
  "ascii",
  "utf-16",
  "utf-16-le",
  "utf-16-be",
  "utf-32",
  "utf-32-le",
  "utf-32-be",
];

/** How a table of the dtype is written and read. */
export function makeDialect(dice: Dice, made: MadeDType): Dialect {
  const options: Case["options"] = {};
  const set = (name: string, value: Json, initial: Json): void => {
    if (value !== initial) options[name] = value;
  };
  const delimiter = delimiterOf(dice);
  const comments = commentsOf(dice);
  const list = (Array.isArray(comments) ? comments : [comments]).filter((c) => typeof c === "string" && c !== "");
  const manyComments = list.length > 1 || String(list[0] ?? "").length > 1;
  const quote = quoteOf(dice, manyComments);
  set("delimiter", delimiter, null);
  set("comments", comments, "#");
  set("quotechar", quote, null);
  const used = made.record ? made.columns.length : chance(dice, 3) ? 12 : 1 + dice.roll(4);
  const choosing = chance(dice, 25);
  const width = Math.max(1, used + (choosing ? dice.roll(3) : 0));
  const usecols = choosing ? usecolsOf(dice, made, width) : null;
  set("usecols", usecols, null);
  if (chance(dice, 20))
    set("skiprows", chance(dice, 4) ? dice.pick<Json>([-1, 1.5, "1"]) : dice.pick([1, 1, 2, 3, 20]), 0);
  if (chance(dice, 25))
    set("maxRows", chance(dice, 4) ? dice.pick<Json>([-1, 1.5, "1"]) : dice.pick([0, 1, 1, 2, 3, 5, 100]), null);
  if (chance(dice, 40)) set("ndmin", chance(dice, 2) ? dice.pick<Json>([3, -1, "x", 1.5]) : dice.pick([1, 2]), 0);
  if (chance(dice, made.record ? 6 : 20)) options.unpack = true;
  if (chance(dice, 16))
    options.encoding = dice.pick<Json>(chance(dice, 50) ? ENCODINGS : ["utf-8", "utf8", "UTF-8", null]);
  return {
    options,
    delimiter: typeof delimiter === "string" && delimiter !== "" ? delimiter : null,
    quote: typeof quote === "string" && quote !== "" ? quote : null,
    comments: list as string[],
    width,
    usecols:
      usecols === null || (Array.isArray(usecols) && usecols.length === 0) ? null : ([usecols].flat() as number[]),
  };
}
