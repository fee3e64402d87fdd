import { inspect } from "node:util";
import type { DType } from "../dtype/dtype.ts";
import type { DTypeLike } from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
import { checkOptions, flag } from "../memory/arguments.ts";
import { checkName } from "../memory/names.ts";
import { addon } from "../native/addon.ts";
import { type RejectsOption, rejectsOf } from "./rejects.ts";
import type { TableOptions } from "./table.ts";

/** How far `loadtxt` has come. */
export interface LoadtxtProgress {
  /** Bytes of text that are parsed. */
  bytes: number;
  /** Bytes of text in all, skipped lines left out; of a compressed file its own; of a pipe or a stream those that have come. */
  totalBytes: number;
  /** Rows that lie in the array. */
  rows: number;
  /** Seconds since the call. */
  seconds: number;
}

/**
 * Makes a value of a field's text, as NumPy's converters: what it returns is stored as `array.set` stores it, and a text is read as the
 * column's dtype reads texts.
 */
export type Converter = (text: string) => unknown;

/** Options of `loadtxt`: NumPy's, with NumPy's defaults, and ours. */
export interface LoadtxtOptions<D extends DTypeLike = DTypeLike> extends TableOptions {
  /**
   * What the columns are: a record with a value for each, or one dtype for all. Default "<f8". "S", "U" and "M8" without a length or
   * a unit become as long, or as fine, as the data need.
   */
  dtype?: D | DType<D>;
  /**
   * One function for all columns, or one for each of some, by number (negative ones from the end) or by the header's name. They run
   * in the order of the rows, on the calling thread.
   */
  converters?: Converter | Readonly<Record<string | number, Converter>> | null;
  /** Axes that the result has at least. Others of length 1 are left out: one row of records is an array of shape `[]`. Default 0. */
  ndmin?: 0 | 1 | 2;
  /** The text's encoding, as Python spells it: utf-8 (the default, which null means too), latin1, ascii, utf-16, utf-32 and their kin. */
  encoding?: string | null;
  /**
   * Whether the axes are swapped, so that each row of the result is a column of the text; of records, whether each field is an array of
   * its own, in a list. Default false.
   */
  unpack?: boolean;
  /** Called about ten times a second, and once at the end. What it throws ends the load. */
  onProgress?: (progress: LoadtxtProgress) => void;
  /** Ends the load with ABORTED. */
  signal?: AbortSignal;
  /** Native threads that parse. Default: what the machine or its container grants. */
  threads?: number;
  /** The array appears under this name when it is complete; it is copied into a named block for that. Default: none. */
  name?: string;
  /** What becomes of rows that cannot be read. Default "throw". */
  rejects?: RejectsOption;
}

const OPTIONS = [
  "dtype",
  "comments",
  "delimiter",
  "converters",
  "skiprows",
  "usecols",
  "maxRows",
  "ndmin",
  "encoding",
  "unpack",
  "quotechar",
  "header",
  "na",
  "fill",
  "onProgress",
  "signal",
  "threads",
  "name",
  "strict",
  "rejects",
];
/** More threads than any machine has. */
const MOST_THREADS = 4096;

/** Options of loadtxt, checked; those about the table itself are checked by `specOf`. */
export interface Checked {
  ndmin: 0 | 1 | 2;
  unpack: boolean;
  encoding: string | null;
  converters: Converter | ReadonlyMap<string, Converter> | null;
  threads: number;
  name: string | null;
  rejects: { max: number; to: string | null } | null;
  onProgress: ((progress: LoadtxtProgress) => void) | null;
  signal: AbortSignal | null;
}

function bad(option: string, expected: string, found: unknown): SharrayError {
  return new SharrayError("BAD_ARGUMENT", `loadtxt: ${option}: expected ${expected}, found ${inspect(found)}.`, {
    option,
    expected,
  });
}

function convertersOf(value: unknown): Checked["converters"] {
  if (value === undefined || value === null) return null;
  if (typeof value === "function") return value as Converter;
  if (typeof value !== "object" || Array.isArray(value)) {
    throw bad("converters", "a function, or an object with functions by column", value);
  }
  const found = new Map(Object.entries(value as Record<string, unknown>));
  for (const [column, converter] of found) {
    if (typeof converter !== "function") throw bad(`converters[${JSON.stringify(column)}]`, "a function", converter);
  }
  return found as Map<string, Converter>;
}

/** Checks the options. @throws {SharrayError} BAD_ARGUMENT, also for misspelt ones */
export function checkLoadtxt(options: LoadtxtOptions): Checked {
  checkOptions(options, OPTIONS, "loadtxt");
  const { ndmin = 0, encoding = null, threads = addon.grantedThreads(), onProgress = null, signal = null } = options;
  const { name = null } = options;
  if (ndmin !== 0 && ndmin !== 1 && ndmin !== 2) throw bad("ndmin", "0, 1 or 2", ndmin);
  if (encoding !== null && typeof encoding !== "string") throw bad("encoding", "the name of an encoding", encoding);
  if (!(Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS)) {
    throw bad("threads", `a whole number from 1 to ${MOST_THREADS}`, threads);
  }
  if (onProgress !== null && typeof onProgress !== "function") throw bad("onProgress", "a function", onProgress);
  if (signal !== null && !(signal instanceof AbortSignal)) throw bad("signal", "an AbortSignal", signal);
  if (name !== null) checkName(name);
  return {
    ndmin,
    unpack: flag(options.unpack, "unpack", false),
    encoding,
    converters: convertersOf(options.converters),
    threads,
    name,
    rejects: rejectsOf("loadtxt", options.rejects),
    onProgress,
    signal,
  };
}
