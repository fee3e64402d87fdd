import { inspect } from "node:util";
import type { DType } from "../dtype/dtype.ts";
import { SharrayError } from "../errors.ts";
import { type Column, columnsOf } from "./columns.ts";
import { naOf, withFills } from "./missing.ts";

/** How a table is read: NumPy's options of loadtxt, and ours, which `loadtxt` and `convert` have in common. */
export interface TableOptions {
  /** What begins a comment: one text, several, or null for no comments. Default "#". */
  comments?: string | readonly string[] | null | undefined;
  /**
   * The one character between columns; null (the default): any run of white space; a list of numbers: the columns have these widths,
   * in characters, as in NumPy's genfromtxt.
   */
  delimiter?: string | readonly number[] | null | undefined;
  /**
   * The character that texts may stand in which hold delimiters, comments or line ends; doubled it stands for itself. Default: null,
   * none.
   */
  quotechar?: string | null | undefined;
  /** Lines to pass over first, comments and blank lines included. Default 0. */
  skiprows?: number | undefined;
  /** Whether the next line with columns names them, in a comment or not. Default false. */
  header?: boolean | undefined;
  /** The columns to read, from 0, negative ones from the end, or by the names of the header; null (the default): all. */
  usecols?: number | string | readonly (number | string)[] | null | undefined;
  /** Rows to read at most, behind `skiprows`; null (the default): all. */
  maxRows?: number | null | undefined;
  /** Texts that stand for a missing value, blanks around them not counted. Default: none. */
  na?: string | readonly string[] | null | undefined;
  /**
   * What a missing value becomes: one value for all columns that it suits (numbers, or texts), or one for each field. Default: NaN, NaT
   * and the empty text; integers and truth values have no default, and a missing one is then a bad value.
   */
  fill?: unknown;
  /** Whether a text that its S<n> or U<n> cannot hold is TEXT_TRUNCATED, instead of being cut and counted. Default false. */
  strict?: boolean | undefined;
}

/** The same as native code takes it. */
export interface Spec {
  columns: readonly Column[];
  record: boolean;
  itemsize: number;
  usecols: number[] | null;
  delimiter: string | number[] | null;
  comments: readonly string[];
  quote: string | null;
  items: boolean;
  na: readonly string[];
  words: boolean;
  strict: boolean;
  skiprows: number;
  header: boolean;
  maxRows: number | null;
  concat: boolean;
  /** Most rows that may be left out; null: the first bad one is an error. */
  rejects: number | null;
  skipFiles: boolean;
  profile: boolean;
}

/** What a table is, beside its options. */
export interface Around {
  /** Whether all inputs become one table. */
  concat?: boolean;
  /** Names of the columns, for `usecols`. */
  names?: readonly string[] | null;
  rejects?: number | null;
  skipFiles?: boolean;
  /** Whether `true` and `false` are read as truth values. */
  words?: boolean;
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

function truth(of: string, option: string, value: unknown): boolean {
  if (value === undefined || typeof value === "boolean") return value ?? false;
  throw bad(of, option, "true or false", value);
}

/** Whether a text can be part of a line; a lone surrogate has no UTF-8. */
function isPart(text: string): boolean {
  return text.isWellFormed() && !text.includes("\n") && !text.includes("\r");
}

/** One character that ends no line. */
function isCharacter(value: unknown): value is string {
  return typeof value === "string" && [...value].length === 1 && isPart(value);
}

function delimiterOf(of: string, value: unknown): string | number[] | null {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) {
    const width = (item: unknown): boolean => typeof item === "number" && Number.isSafeInteger(item) && item > 0;
    if (value.length > 0 && value.every(width)) return [...(value as number[])];
    throw bad(of, "delimiter", "widths of columns, whole numbers above 0", value);
  }
  if (isCharacter(value)) return value;
  throw bad(of, "delimiter", "one character that ends no line, null for white space, or a list of widths", value);
}

function quoteOf(of: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (isCharacter(value)) return value;
  throw bad(of, "quotechar", "one character that ends no line, or null for none", value);
}

/** The usual comment; one list, as specifications are compared. */
const HASH: readonly string[] = ["#"];

function commentsOf(of: string, value: unknown): readonly string[] {
  if (value === undefined) return HASH;
  if (value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  for (const comment of list) {
    // A lone surrogate has no UTF-8 that it could be compared with.
    if (typeof comment === "string" && comment !== "" && isPart(comment)) continue;
    throw bad(of, "comments", "a text, a list of texts, none of them empty or with a line end, or null", value);
  }
  // A list of its own: the caller's may change.
  return [...(list as string[])];
}

/** White space as Python's `str.isspace` has it: JavaScript's, less U+FEFF, and four separators and U+0085. */
function isSpace(text: string): boolean {
  const point = text.codePointAt(0)!;
  return point !== 0xfeff && (/^\s$/u.test(text) || (point >= 0x1c && point <= 0x1f) || point === 0x85);
}

function refuseBoth(option: "comments" | "quotechar", of: string, text: string, other: string): SharrayError {
  const what = option === "comments" ? "comment" : "quote";
  return new SharrayError(
    "BAD_ARGUMENT",
    `${of}: ${option}: ${inspect(text)} is ${other} already; choose another ${what}, or null for none.`,
    { option, [what]: text },
  );
}

/**
 * NumPy's rule: what begins a comment is not what separates columns, and quotes are neither. White space, where no delimiter is given,
 * is refused only as the one comment: of several NumPy looks for them before it looks for columns.
 */
function checkApart(of: string, { delimiter, comments, quote }: Pick<Spec, "delimiter" | "comments" | "quote">): void {
  const separates = (text: string): boolean =>
    delimiter === null ? comments.length === 1 && isSpace(text) : text === delimiter;
  const between = delimiter === null ? "what separates columns (delimiter null, white space)" : "the delimiter";
  const comment = comments.find(separates);
  if (comment !== undefined) throw refuseBoth("comments", of, comment, between);
  if (quote === null) return;
  if (quote === delimiter || (delimiter === null && isSpace(quote))) throw refuseBoth("quotechar", of, quote, between);
  if (comments.includes(quote)) throw refuseBoth("quotechar", of, quote, "what begins a comment");
  const single = comments.length === 0 || (comments.length === 1 && [...comments[0]!].length === 1);
  if (single && !Array.isArray(delimiter)) return;
  const what = single ? "columns of fixed widths" : "several comments or one of several characters";
  throw new SharrayError("BAD_ARGUMENT", `${of}: quotechar: with ${what} quotes are not looked for; leave one out.`, {
    option: "quotechar",
  });
}

function numberOf(of: string, item: unknown, names: readonly string[] | null): number {
  if (typeof item === "number" && Number.isSafeInteger(item)) return item + 0; // -0 is column 0
  if (typeof item !== "string") throw bad(of, "usecols", "a column's number or name, or a list of them", item);
  if (names === null) {
    throw bad(of, "usecols", "column numbers, as there is no header that names columns (header: true)", item);
  }
  const found = names.indexOf(item);
  if (found === -1) throw bad(of, "usecols", `names of the header (${names.join(", ")})`, item);
  if (names.indexOf(item, found + 1) !== -1) throw bad(of, "usecols", "a name that the header has once", item);
  return found;
}

function usecolsOf(of: string, value: unknown, width: number | null, names: readonly string[] | null): number[] | null {
  if (value === undefined || value === null) return null;
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const columns = list.map((item) => numberOf(of, item, names));
  if (width !== null && width !== list.length) {
    throw bad(of, "usecols", `as many columns as the record has values (${width})`, value);
  }
  return columns;
}

/** Whether `usecols` names columns, which only a header can tell the numbers of. */
export function namesColumns(usecols: TableOptions["usecols"]): boolean {
  const list: readonly unknown[] = Array.isArray(usecols) ? usecols : [usecols];
  return list.some((item) => typeof item === "string");
}

/**
 * Checks how a table is to be read. `of` begins messages: "loadtxt".
 *
 * @throws {SharrayError} BAD_ARGUMENT, NOT_SUPPORTED
 */
export function specOf(of: string, dtype: DType, options: TableOptions, around: Around = {}): Spec {
  const delimiter = delimiterOf(of, options.delimiter);
  const comments = commentsOf(of, options.comments);
  const quote = quoteOf(of, options.quotechar);
  checkApart(of, { delimiter, comments, quote });
  const na = naOf(of, options.na);
  const record = dtype.fields !== null;
  const columns = withFills(of, columnsOf(dtype), na, options.fill);
  const { concat = false, names = null, rejects = null, skipFiles = false, words = false } = around;
  return {
    columns,
    record,
    itemsize: dtype.itemsize,
    usecols: usecolsOf(of, options.usecols, record ? columns.length : null, names),
    delimiter,
    comments,
    quote,
    items: false,
    na,
    words,
    strict: truth(of, "strict", options.strict),
    skiprows: options.skiprows === undefined ? 0 : count(of, "skiprows", options.skiprows),
    header: truth(of, "header", options.header),
    maxRows: options.maxRows === undefined || options.maxRows === null ? null : count(of, "maxRows", options.maxRows),
    concat,
    rejects,
    skipFiles,
    profile: false,
  };
}

const spelled = new WeakMap<readonly Column[], string>();

/** The same as the addon reads it: JSON. */
export function spelledSpec({ columns, ...spec }: Spec): string {
  let text = spelled.get(columns);
  if (text === undefined) {
    text = JSON.stringify({ columns: columns.map(({ dtype: _, ...column }) => column) });
    spelled.set(columns, text);
  }
  return `${text.slice(0, -1)},${JSON.stringify(spec).slice(1)}`;
}
