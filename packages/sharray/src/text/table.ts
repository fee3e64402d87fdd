import { inspect } from "node:util";
import { type DType, isStructured } from "../dtype/dtype.ts";
import { SharrayError } from "../errors.ts";
import { type Column, columnsOf } from "./columns.ts";

/** How a table is read: NumPy's options of loadtxt, which `loadtxt` and `convert` have in common. */
export interface TableOptions {
  /** What begins a comment: one text, several, or null for no comments. Default "#". */
  comments?: string | readonly string[] | null | undefined;
  /** The one ASCII character between columns; null (the default): any run of white space. */
  delimiter?: string | null | undefined;
  /** Lines to pass over first, comments and blank lines included. Default 0. */
  skiprows?: number | undefined;
  /** The columns to read, from 0, negative ones from the end; null (the default): all. */
  usecols?: number | readonly number[] | null | undefined;
  /** Rows to read at most, behind `skiprows`; null (the default): all. */
  maxRows?: number | null | undefined;
}

/** The same as native code takes it. */
export interface Spec {
  columns: Column[];
  record: boolean;
  itemsize: number;
  usecols: number[] | null;
  delimiter: number | null;
  comments: string[];
  skiprows: number;
  maxRows: number | null;
  concat: boolean;
}

function bad(of: string, option: string, expected: string, found: unknown): SharrayError {
  return new SharrayError("BAD_ARGUMENT", `${of}: ${option}: expected ${expected}, found ${inspect(found)}.`, {
    option,
    expected,
  });
}

function count(of: string, option: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw bad(of, option, "a whole number, 0 or more", value);
}

function delimiterOf(of: string, value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== "string" || [...value].length !== 1 || value === "\n" || value === "\r") {
    throw bad(of, "delimiter", "one character that ends no line, or null for white space", value);
  }
  const code = value.codePointAt(0)!;
  if (code < 0x80) return code;
  throw new SharrayError("NOT_SUPPORTED", `${of}: delimiter: ${inspect(value)} is not ASCII; only ASCII is read yet.`, {
    option: "delimiter",
  });
}

function commentsOf(of: string, value: unknown): string[] {
  if (value === undefined) return ["#"];
  if (value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  for (const comment of list) {
    // A lone surrogate has no UTF-8 that it could be compared with.
    if (typeof comment === "string" && comment !== "" && !/[\n\r]|\p{Surrogate}/u.test(comment)) continue;
    throw bad(of, "comments", "a text, a list of texts, none of them empty or with a line end, or null", value);
  }
  return list as string[];
}

/**
 * NumPy's rule: what begins a comment is not what separates columns. White space, where no delimiter is given, is refused only as the
 * one comment: of several NumPy looks for them before it looks for columns.
 */
function checkApart(of: string, delimiter: number | null, comments: readonly string[]): void {
  const separates = (text: string): boolean =>
    delimiter === null ? comments.length === 1 && /^[\t\v\f ]$/.test(text) : text === String.fromCharCode(delimiter);
  const comment = comments.find(separates);
  if (comment === undefined) return;
  throw new SharrayError(
    "BAD_ARGUMENT",
    `${of}: comments: ${inspect(comment)} separates columns already (delimiter ${delimiter === null ? "null, white space" : inspect(comment)}); choose another comment, or null for none.`,
    { option: "comments", comment },
  );
}

function usecolsOf(of: string, value: unknown, dtype: DType): number[] | null {
  if (value === undefined || value === null) return null;
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (!list.every((item) => typeof item === "number" && Number.isSafeInteger(item))) {
    throw bad(of, "usecols", "a column number or a list of them", value);
  }
  if (list.length === 0) {
    throw new SharrayError("NOT_SUPPORTED", `${of}: usecols: an empty list leaves nothing to read.`, {
      option: "usecols",
    });
  }
  if (isStructured(dtype) && dtype.fields.size !== list.length) {
    const expected = `as many columns as the record has fields (${dtype.fields.size})`;
    throw bad(of, "usecols", expected, value);
  }
  return list.map((item) => Number(item) + 0); // -0 is column 0
}

/**
 * Checks how a table is to be read. `of` begins messages: "loadtxt".
 *
 * @throws {SharrayError} BAD_ARGUMENT, NOT_SUPPORTED
 */
export function specOf(of: string, dtype: DType, options: TableOptions, concat: boolean): Spec {
  const delimiter = delimiterOf(of, options.delimiter);
  const comments = commentsOf(of, options.comments);
  checkApart(of, delimiter, comments);
  return {
    columns: columnsOf(dtype),
    record: isStructured(dtype),
    itemsize: dtype.itemsize,
    usecols: usecolsOf(of, options.usecols, dtype),
    delimiter,
    comments,
    skiprows: options.skiprows === undefined ? 0 : count(of, "skiprows", options.skiprows),
    maxRows: options.maxRows === undefined || options.maxRows === null ? null : count(of, "maxRows", options.maxRows),
    concat,
  };
}
