import { inspect } from "node:util";
import type { DType } from "../dtype/dtype.ts";
import type { DTypeLike } from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
import { checkOptions, flag } from "../memory/arguments.ts";
import type { TableOptions } from "./table.ts";

/** How far `loadtxt` has come. */
export interface LoadtxtProgress {
  /** Bytes of text that are parsed. */
  bytes: number;
  /** Bytes of text in all, skipped lines left out. */
  totalBytes: number;
  /** Rows that lie in the array. */
  rows: number;
  /** Seconds since the call. */
  seconds: number;
}

/** Options of `loadtxt`: NumPy's, with NumPy's defaults, and ours. */
export interface LoadtxtOptions<D extends DTypeLike = DTypeLike> extends TableOptions {
  /** What the columns are: a record with a field for each, or one dtype for all. Default "<f8". */
  dtype?: D | DType<D>;
  /** Axes that the result has at least. Others of length 1 are left out: one row of records is an array of shape `[]`. Default 0. */
  ndmin?: 0 | 1 | 2;
  /** The text's encoding: UTF-8, which is also what null means here. */
  encoding?: "utf-8" | "utf8" | null;
  /** Whether the axes are swapped, so that each row of the result is a column of the text. Default false. */
  unpack?: boolean;
  /** Called about ten times a second, and once at the end. What it throws ends the load. */
  onProgress?: (progress: LoadtxtProgress) => void;
  /** Ends the load with ABORTED. */
  signal?: AbortSignal;
  /** Native threads that parse. Default: what the machine or its container grants. */
  threads?: number;
}

const OPTIONS = [
  "dtype",
  "comments",
  "delimiter",
  "skiprows",
  "usecols",
  "maxRows",
  "ndmin",
  "encoding",
  "unpack",
  "onProgress",
  "signal",
  "threads",
];
/** Options that loadtxt will have, and does not have yet. */
const LATER = ["converters", "quotechar", "header", "na", "fill", "name", "strict", "rejects"];
/** More threads than any machine has. */
const MOST_THREADS = 4096;

/** Options of loadtxt, checked; those about the table itself are checked by `specOf`. */
export interface Checked {
  ndmin: 0 | 1 | 2;
  unpack: boolean;
  threads: number | null;
  onProgress: ((progress: LoadtxtProgress) => void) | null;
  signal: AbortSignal | null;
}

function bad(option: string, expected: string, found: unknown): SharrayError {
  return new SharrayError("BAD_ARGUMENT", `loadtxt: ${option}: expected ${expected}, found ${inspect(found)}.`, {
    option,
    expected,
  });
}

/** Checks the options. @throws {SharrayError} BAD_ARGUMENT, also for misspelt ones; NOT_SUPPORTED for those that come later */
export function checkLoadtxt(options: LoadtxtOptions): Checked {
  const given: Record<string, unknown> = typeof options === "object" && options !== null ? { ...options } : {};
  for (const name of LATER) {
    const value = given[name];
    delete given[name];
    // NumPy's own "not used".
    if (value === undefined || value === null || (name === "rejects" && value === "throw")) continue;
    throw new SharrayError("NOT_SUPPORTED", `loadtxt: this version does not know the option ${name} yet.`, {
      option: name,
    });
  }
  checkOptions(typeof options === "object" && options !== null ? given : options, OPTIONS, "loadtxt");
  const { ndmin = 0, unpack, encoding, threads, onProgress, signal } = options;
  if (ndmin !== 0 && ndmin !== 1 && ndmin !== 2) throw bad("ndmin", "0, 1 or 2", ndmin);
  if (encoding !== undefined && encoding !== null && !/^utf[-_]?8$/i.test(String(encoding))) {
    throw new SharrayError(
      "NOT_SUPPORTED",
      `loadtxt: encoding: ${inspect(encoding)} is not read yet; convert the text to UTF-8 first.`,
      { option: "encoding" },
    );
  }
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS)) {
    throw bad("threads", `a whole number from 1 to ${MOST_THREADS}`, threads);
  }
  if (onProgress !== undefined && typeof onProgress !== "function") throw bad("onProgress", "a function", onProgress);
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw bad("signal", "an AbortSignal", signal);
  return {
    ndmin,
    unpack: flag(unpack, "unpack", false),
    threads: threads ?? null,
    onProgress: onProgress ?? null,
    signal: signal ?? null,
  };
}
