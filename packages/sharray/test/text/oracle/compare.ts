// Whether two outcomes agree, and the differences that are meant.
import assert from "node:assert/strict";
import { type Case, encoded } from "./case.ts";
import type { NumpyRefusal, OurAnswer, OurRefusal, Ours, Read, Theirs } from "./outcome.ts";
import { type Row, rowsOf } from "./rows.ts";

export type Verdict =
  | { kind: "array" | "refusal" | "unsupported" }
  | { kind: "meant"; reason: string }
  | { kind: "different"; what: string };

/** What a text or an option can be refused with. */
const REFUSALS = new Set(["BAD_ARGUMENT", "BAD_DTYPE", "TEXT_BAD_VALUE", "TEXT_BAD_COLUMNS", "TEXT_BAD_ENCODING"]);

interface Meant {
  reason: string;
  applies(call: Case, theirs: Theirs, ours: Ours): boolean;
}

/** Where we differ from NumPy, and why we want to. */
const MEANT: readonly Meant[] = [
  {
    reason: "a date is what the text says, not when it is read: today and now are refused",
    applies: (_, _theirs, ours) => !isRead(ours) && isBadValue(ours) && /"\s*(today|now)\s*"/i.test(ours.message),
  },
  {
    reason:
      "no rows wanted is a table without rows also where the data size the dtype: NumPy has nothing to put together",
    applies: (_, theirs, ours) =>
      !isRead(theirs) && /^need at least one array to conc/.test(theirs.message) && isRead(ours),
  },
  {
    reason: "a row of a hundred thousand texts has room here: NumPy asks for that of 50,000 such rows at once",
    applies: (_, theirs, ours) =>
      !isRead(theirs) && /^Unable to allocate .* data type object$/.test(theirs.message) && isRead(ours),
  },
  {
    reason: "true and false are no column numbers in JavaScript",
    applies: ({ options }) => [options.usecols].flat().some((column) => typeof column === "boolean"),
  },
  {
    reason: "column numbers beyond 2 ** 53 are refused although no row asks for them",
    applies: ({ options }, _, ours) =>
      [options.usecols].flat().some((column) => Math.abs(Number(column)) > 2 ** 53) &&
      !isRead(ours) &&
      ours.code === "BAD_ARGUMENT",
  },
  {
    reason: "a byte order mark at the beginning of UTF-8 is no part of the text",
    applies: ({ text, source }) => text.startsWith("\ufeff") && source !== "lines",
  },
  {
    reason: "utf-16 and utf-32 without a byte order mark are little-endian, as bytes.decode has them",
    applies: (_, theirs, ours) =>
      !isRead(theirs) &&
      /does not start with BOM/.test(theirs.message) &&
      (isRead(ours) || ours.code?.startsWith("TEXT_") === true),
  },
  {
    reason: "records without fields are refused",
    applies: (_, _theirs, ours) => !isRead(ours) && /a record without fields/.test(ours.message),
  },
  {
    reason:
      "a line end in the midst of an item is refused also where NumPy does not look: in comments, and behind the last row wanted",
    applies: ({ source }, theirs, ours) =>
      source === "lines" && isRead(theirs) && !isRead(ours) && /line end/.test(ours.message),
  },
  {
    reason: "what is not read in place is decoded whole, rows that are not wanted included",
    applies: ({ options }, theirs, ours) =>
      (options.skiprows !== undefined || options.maxRows !== undefined) &&
      isRead(theirs) &&
      !isRead(ours) &&
      ours.code === "TEXT_BAD_ENCODING",
  },
  {
    reason:
      "what a converter makes for S may hold any character of latin1, as a field of the text may; another field is the first bad one then",
    applies: refusesLatin,
  },
  {
    reason: "years whose days 64 bits do not hold are what the compiler of NumPy made of an overflow",
    applies: (call, theirs, ours) =>
      isRead(theirs) &&
      isRead(ours) &&
      differs(theirs, ours) === "the bytes" &&
      differingRows(call, theirs, ours).every((row) => /\d{17}/.test(row)),
  },
  {
    reason:
      "units as far apart as years and picoseconds have none in common, whatever comes between them: NumPy takes one in some orders",
    applies: ({ dtype }, theirs, ours) =>
      dtype === "M8" &&
      isRead(theirs) &&
      !isRead(ours) &&
      ours.code === "BAD_DTYPE" &&
      /of units from/.test(ours.message),
  },
  {
    reason: "converters are functions also where no row calls them",
    applies: (_, theirs, ours) =>
      isRead(theirs) && !isRead(ours) && ours.code === "BAD_ARGUMENT" && /expected a function/.test(ours.message),
  },
  {
    reason: "half of a surrogate pair is no character",
    applies: (_, _theirs, ours) => !isRead(ours) && /half of a surrogate pair/.test(ours.message),
  },
  {
    reason: "lines that are not wanted are not decoded, so that wrong bytes in them do no harm",
    applies: ({ options }, theirs, ours) =>
      (options.skiprows !== undefined || options.maxRows !== undefined) &&
      !isRead(theirs) &&
      theirs.refused === "UnicodeDecodeError" &&
      isRead(ours),
  },
];

function isRead(outcome: Theirs | Ours): outcome is Read {
  return "arrays" in outcome;
}

function isBadValue(ours: Ours): boolean {
  return !isRead(ours) && ours.code === "TEXT_BAD_VALUE";
}

/** Whether NumPy refuses a converter's text for not being ASCII, and we go on to what comes behind that field, if anything is wrong there. */
function refusesLatin(call: Case, theirs: Theirs, ours: Ours): boolean {
  if (call.options.converters === undefined || isRead(theirs)) return false;
  const { message, place, refused } = theirs;
  // Of all rows together, where their texts decide how long they are.
  if (refused === "UnicodeEncodeError") return /'ascii' codec/.test(message) && isRead(ours);
  if (place?.what !== "value" || !/ to \|S\d+ at row /.test(message)) return false;
  const row = rowsOf(call)[place.row];
  if (row === undefined || !/[^\0-\x7f]/.test(row.text)) return false;
  if (isRead(ours)) return true;
  return ours.line !== null && (ours.line > row.first || (ours.line === row.first && ours.column! > place.column!));
}

/** The texts of the rows that two outcomes of one shape and dtype differ in. */
function differingRows(call: Case, theirs: Read, ours: Read): string[] {
  const rows = rowsOf(call).slice(0, Number(call.options.maxRows ?? Number.POSITIVE_INFINITY));
  // Columns that are the first axis lie one behind the other, each with a value of every row.
  const turned = call.options.unpack === true && !ours.several;
  const differs = (_: Row, row: number): boolean =>
    ours.arrays.some(({ bytes, shape }, index) => {
      const columns = turned && shape.length > 1 ? shape[0]! : 1;
      const digits = bytes.length / columns / rows.length;
      const starts = Array.from({ length: columns }, (_, column) => (column * rows.length + row) * digits);
      const other = theirs.arrays[index]!.bytes;
      return starts.some((start) => !bytes.startsWith(other.slice(start, start + digits), start));
    });
  return rows.filter(differs).map(({ text }) => text);
}

/** What two arrays differ in, or null. */
function differs(theirs: Read, ours: Read): string | null {
  if (theirs.several !== ours.several || theirs.arrays.length !== ours.arrays.length) return "the number of arrays";
  for (const [index, array] of ours.arrays.entries()) {
    const other = theirs.arrays[index]!;
    for (const key of ["shape", "descr", "bytes"] as const)
      if (JSON.stringify(array[key]) !== JSON.stringify(other[key])) return `the ${key}`;
  }
  return theirs.empty === ours.empty ? null : "the warning that there are no rows";
}

/** In what two refusals differ about the place, or null. */
function misplaced(call: Case, { place }: NumpyRefusal, ours: OurRefusal): string | null {
  if (place === null || ours.line === null) return null;
  if (place.what === "encoding") return wronglyDecoded(call, place.byte, ours);
  const code = place.what === "value" ? "TEXT_BAD_VALUE" : "TEXT_BAD_COLUMNS";
  if (ours.code !== code) return `the reason of the refusal: ${code} expected`;
  const lines = rowsOf(call)[place.row];
  if (lines === undefined) return `the line: there is no row ${place.row}`;
  if (ours.line < lines.first || ours.line > lines.last) return `the line: ${lines.first} to ${lines.last} expected`;
  if (place.what === "value") return place.column === ours.column ? null : `the column: ${place.column} expected`;
  return place.found === ours.found ? null : `the columns found: ${place.found} expected`;
}

/** NumPy decodes all before it looks at anything: what we refuse may be another thing in a line before, but none behind. */
function wronglyDecoded(call: Case, byte: number, ours: OurRefusal): string | null {
  const { skiprows, encoding = "utf-8" } = call.options;
  if (skiprows !== undefined || !/^(utf-?8|ascii)$/i.test(String(encoding ?? "utf-8"))) return null;
  const before = Buffer.from(encoded(call)).subarray(0, byte).toString("latin1");
  const line = before.split(/\r\n?|\n/).length;
  if (ours.line! > line) return `the line: at most ${line} expected`;
  if (ours.code !== "TEXT_BAD_ENCODING") return null;
  if (ours.line !== line) return `the line: ${line} expected`;
  return ours.byte === byte ? null : `the byte: ${byte} expected`;
}

/** Lines are only worth comparing when rows are counted right: where NumPy's array tells how many there are, they must be as many. */
function checkRows(call: Case, theirs: Read): void {
  const { maxRows, ndmin, unpack } = call.options;
  const [rows, columns] = theirs.arrays[0]?.shape ?? [];
  if (maxRows !== undefined || ndmin !== 2 || unpack === true || columns === 0) return;
  assert.equal(rowsOf(call).length, rows, `rows are counted wrong in ${JSON.stringify(call)}`);
}

/** What NumPy's outcome and ours differ in, or null. */
function difference(call: Case, theirs: Theirs, ours: Ours): string | null {
  if (isRead(ours)) return isRead(theirs) ? differs(theirs, ours) : "that NumPy refuses it";
  if (ours.code === null) return "that something else than a SharrayError was thrown";
  if (isRead(theirs)) return "that NumPy reads it";
  return REFUSALS.has(ours.code) ? misplaced(call, theirs, ours) : `the code ${ours.code}`;
}

/** What the sides made of a call, compared. */
export function verdictOf(call: Case, { theirs, outcome, others }: { theirs: Theirs } & OurAnswer): Verdict {
  if (isRead(theirs)) checkRows(call, theirs);
  const [other] = others;
  if (other !== undefined) return { kind: "different", what: `the result with ${JSON.stringify(other.way)}` };
  if (!isRead(outcome) && outcome.code === "NOT_SUPPORTED") return { kind: "unsupported" };
  const what = difference(call, theirs, outcome);
  if (what === null) return { kind: isRead(outcome) ? "array" : "refusal" };
  const meant = MEANT.find((one) => one.applies(call, theirs, outcome));
  return meant === undefined ? { kind: "different", what } : { kind: "meant", reason: meant.reason };
}
