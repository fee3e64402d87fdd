import { inspect } from "node:util";
import { SharrayError } from "../errors.ts";
import { checkOptions } from "../memory/arguments.ts";

/** Options of `savetxt`: NumPy's, with NumPy's defaults. */
export interface SavetxtOptions {
  /**
   * Python's `%` format: one for all columns, one text with as many as there are columns (the delimiter is not used then), or a list
   * with one for each. Of complex numbers, one for each part: `" (%s+%sj)"` is made of one alone. Default "%.18e".
   */
  fmt?: string | readonly string[];
  /** What stands between columns. Default " ". */
  delimiter?: string;
  /** What ends a line. Default "\n". */
  newline?: string;
  /** Text before the first row, behind `comments`, which is put before each of its lines. Default "": none. */
  header?: string;
  /** The same behind the last row. */
  footer?: string;
  /** Default "# ". */
  comments?: string;
  /** "latin1" (the default), "ascii", "utf-8", "utf-8-sig", "utf-16", "utf-32", the last two also with "-le" and "-be". */
  encoding?: string | null;
}

/** Options of savetxt with their defaults. */
export interface Checked {
  fmt: string | readonly string[];
  delimiter: string;
  newline: string;
  header: string;
  footer: string;
  comments: string;
  encoding: string;
}

const OPTIONS = ["fmt", "delimiter", "newline", "header", "footer", "comments", "encoding"];

function bad(option: string, expected: string, found: unknown): SharrayError {
  return new SharrayError("BAD_ARGUMENT", `savetxt: ${option}: expected ${expected}, found ${inspect(found)}.`, {
    option,
    expected,
  });
}

/** A lone surrogate is half of a character, which no encoding writes. */
function isText(value: unknown): value is string {
  return typeof value === "string" && !/\p{Surrogate}/u.test(value);
}

/** Checks the options. @throws {SharrayError} BAD_ARGUMENT, also for misspelt ones */
export function checkSavetxt(options: SavetxtOptions): Checked {
  checkOptions(options, OPTIONS, "savetxt");
  const text = (option: "delimiter" | "newline" | "header" | "footer" | "comments", otherwise: string): string => {
    const value = options[option] ?? otherwise;
    if (options[option] !== null && isText(value)) return value;
    throw bad(option, "a text", options[option]);
  };
  const { fmt = "%.18e", encoding } = options;
  if (!(Array.isArray(fmt) ? fmt.every(isText) : isText(fmt))) throw bad("fmt", "a format or a list of formats", fmt);
  if (encoding !== undefined && encoding !== null && typeof encoding !== "string") {
    throw bad("encoding", "the name of an encoding", encoding);
  }
  return {
    fmt: Array.isArray(fmt) ? [...fmt] : fmt,
    delimiter: text("delimiter", " "),
    newline: text("newline", "\n"),
    header: text("header", ""),
    footer: text("footer", ""),
    comments: text("comments", "# "),
    encoding: encoding ?? "latin1",
  };
}

/** A header or a footer as NumPy writes it; "" where there is none. */
export function noteOf(text: string, { comments, newline }: Checked): string {
  return text === "" ? "" : comments + text.replaceAll("\n", `\n${comments}`) + newline;
}

/** What a row is printed by: a format for each value, or one for all of the row. */
export interface RowFormat {
  format: string;
  /** Whether it is each value's, with the delimiter between them. */
  each: boolean;
}

/** The format of rows, by NumPy's rules, which count percent signs. @throws {SharrayError} BAD_ARGUMENT where their number is wrong */
export function rowFormatOf({ fmt, delimiter }: Checked, columns: number, complex: boolean): RowFormat {
  if (typeof fmt !== "string") {
    if (fmt.length === columns) return { format: fmt.join(delimiter), each: false };
    throw new SharrayError(
      "BAD_ARGUMENT",
      `savetxt: fmt: a list of ${fmt.length} formats for ${columns} columns; give one for each, or one text for all.`,
      { option: "fmt", found: fmt.length, expected: columns },
    );
  }
  const found = fmt.split("%").length - 1;
  if (found === 1) return { format: complex ? ` (${fmt}+${fmt}j)` : fmt, each: true };
  const expected = complex ? 2 * columns : columns;
  if (found === expected) return { format: fmt, each: false };
  throw new SharrayError(
    "BAD_ARGUMENT",
    `savetxt: fmt: ${inspect(fmt)} has ${found} percent signs; one is for every column, ${expected} are for a row of ${columns} ${complex ? "complex numbers" : "columns"}.`,
    { option: "fmt", found, expected },
  );
}
