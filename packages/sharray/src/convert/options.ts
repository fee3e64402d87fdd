import { inspect } from "node:util";
import type { Reject, Truncated } from "../array/left_out.ts";
import { DType } from "../dtype/dtype.ts";
import type { FieldList } from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
import { checkOptions, flag } from "../memory/arguments.ts";
import type { RejectsOption } from "../text/rejects.ts";
import type { TableOptions } from "../text/table.ts";
import type { ConvertInput } from "./names.ts";

/** An attribute that is set when the datasets are there. */
export interface ConvertAttribute {
  /** The dataset or group; "/" is the file. */
  path: string;
  key: string;
  value: string | number | readonly number[];
}

/** What `convert` is to do. How the tables are read is as in `loadtxt`; `skiprows` and `maxRows` count for each file. */
export interface ConvertOptions extends TableOptions {
  /** The text tables, in the order in which they are read. */
  inputs: readonly ConvertInput[];
  /** The HDF5 file to make. It appears under this name when it is complete. */
  output: string;
  /**
   * What the columns are; "auto": names are those of the first line if it does not parse where the rest of a column does (`header`
   * decides it), and each column is i4, else i8, f8, bool, S<longest>, over all rows of all inputs.
   */
  dtype: DType | "auto";
  /** The text's encoding, as Python spells it. Default: utf-8. */
  encoding?: string | null;
  /** What becomes of rows that cannot be read: "throw", or left out and kept apart. Default "throw". */
  rejects?: RejectsOption;
  /** What becomes of a file that cannot be read to its end: "stop" ends the job, "skip" leaves the file out. Default "stop". */
  onError?: "stop" | "skip";
  /** Attributes of the file, of groups and of datasets. Default: none. */
  attrs?: readonly ConvertAttribute[];
  /** Stops when all inputs were opened and their first rows parsed: nothing is written. Default false. */
  dryRun?: boolean;
  /** Puts all rows into one dataset of this name, and beside it NAME.sources: which rows came from which file. */
  concat?: string;
  /** Worker processes. Default: what the machine or its container grants. */
  processes?: number;
  /** Default: null, none. */
  compression?: { kind: "gzip"; level: number } | null;
  /** Default: true with compression, else false. */
  shuffle?: boolean;
  /** Replaces the output file if there is one. Default: false. */
  overwrite?: boolean;
  /** Waits until the file is safe on the disk. Default: true. */
  sync?: boolean;
}

/** How far the job is. Reading counts bytes of text (of a compressed stream as they lie in the file), writing bytes of rows. */
export interface Progress {
  phase: "read" | "write";
  bytes: number;
  totalBytes: number;
  /** Rows read so far. */
  rows: number;
  /** Seconds since the beginning. */
  seconds: number;
}

/** What the caller hears of the job, and how it is ended. */
export interface ConvertHooks {
  /** Called about ten times a second. What it throws ends the job. */
  onProgress?(progress: Progress): void;
  /** A table without rows, for example. */
  onWarning?(message: string): void;
  /** Ends the job with ABORTED; nothing is left behind. */
  signal?: AbortSignal;
}

/** A dataset that was made. */
export interface ConvertedDataset {
  /** From the file's root: "/data1". */
  path: string;
  shape: number[];
  /** NumPy's description. */
  dtype: string | FieldList;
  rows: number;
  /** Rows left out, as they could not be read. */
  rejected: number;
  /** The file that it came from; with `concat` all of them. */
  source: string | string[];
}

/** What `convert` made. Of a dry run the rows are an estimate. */
export interface ConvertResult {
  output: string;
  datasets: ConvertedDataset[];
  seconds: number;
  /** Bytes of the input files. */
  bytes: number;
}

/** A file that was left out, and why. */
export interface SkippedFile {
  file: string;
  error: SharrayError;
}

/** The same, and what was not taken over. */
export interface ConvertOutcome {
  result: ConvertResult;
  rejects: readonly Reject[];
  truncated: readonly Truncated[];
  skipped: readonly SkippedFile[];
}

const OPTIONS = [
  "inputs",
  "output",
  "dtype",
  "concat",
  "processes",
  "delimiter",
  "comments",
  "quotechar",
  "skiprows",
  "header",
  "usecols",
  "maxRows",
  "encoding",
  "na",
  "fill",
  "strict",
  "rejects",
  "onError",
  "attrs",
  "dryRun",
  "compression",
  "shuffle",
  "overwrite",
  "sync",
];
const MOST_PROCESSES = 4096;

function bad(option: string, expected: string, found: unknown): SharrayError {
  const shown = inspect(found, { depth: 1 });
  return new SharrayError("BAD_ARGUMENT", `convert: ${option}: expected ${expected}, found ${shown}.`, {
    option,
    expected,
  });
}

function isAttribute(value: unknown): boolean {
  const { path, key, value: content } = (value ?? {}) as Partial<ConvertAttribute>;
  const numbers = Array.isArray(content) && content.every((item) => typeof item === "number");
  const known = typeof content === "string" || typeof content === "number" || numbers;
  return typeof path === "string" && typeof key === "string" && key !== "" && known;
}

function isPath(value: unknown): boolean {
  return typeof value === "string" && value !== "" && !value.includes("\0");
}

/** What HDF5 has no type for is refused before anything is read, not when it comes to writing it. */
export function refuseUnstorable(dtype: DType, field = ""): void {
  for (const [name, inner] of dtype.fields ?? []) refuseUnstorable(inner.dtype, name);
  const instead = { U: "S<n>", M: "i8 or f8", m: "i8" }[dtype.kind as string];
  if (instead === undefined) return;
  const where = field === "" ? "" : `field ${JSON.stringify(field)}: `;
  throw new SharrayError(
    "NOT_SUPPORTED",
    `convert: ${where}${String(dtype.descr).replace(/^[<>|]/, "")} has no HDF5 type (h5py refuses it too); use ${instead}.`,
    { field, dtype: dtype.descr },
  );
}

/** Checks what does not concern the tables themselves. @throws {SharrayError} BAD_ARGUMENT, NOT_SUPPORTED (U) */
export function checkConvert(options: ConvertOptions): void {
  checkOptions(options, OPTIONS, "convert");
  const { inputs, output, dtype, concat, processes, compression } = options;
  if (!Array.isArray(inputs) || inputs.length === 0) throw bad("inputs", "a list of files, at least one", inputs);
  for (const input of inputs as unknown[]) {
    const { path, name } = (input ?? {}) as Partial<ConvertInput>;
    if (!isPath(path) || (name !== undefined && typeof name !== "string"))
      throw bad("inputs", "{ path, name? }", input);
  }
  if (!isPath(output)) throw bad("output", "the path of the HDF5 file to make", output);
  if (dtype !== "auto") {
    if (!(dtype instanceof DType)) throw bad("dtype", 'what dtypeOf returns, or "auto"', dtype);
    refuseUnstorable(dtype);
  }
  const { onError, encoding, attrs } = options;
  if (onError !== undefined && onError !== "stop" && onError !== "skip")
    throw bad("onError", '"stop" or "skip"', onError);
  if (encoding !== undefined && encoding !== null && typeof encoding !== "string") {
    throw bad("encoding", "the name of an encoding", encoding);
  }
  if (attrs !== undefined && !(Array.isArray(attrs) && attrs.every(isAttribute))) {
    throw bad("attrs", "a list of { path, key, value }", attrs);
  }
  if (concat !== undefined && typeof concat !== "string") throw bad("concat", "the name of a dataset", concat);
  const count =
    processes === undefined || (Number.isInteger(processes) && processes >= 1 && processes <= MOST_PROCESSES);
  if (!count) throw bad("processes", `a whole number from 1 to ${MOST_PROCESSES}`, processes);
  if (compression !== undefined && compression !== null) {
    const { kind, level } = compression;
    if (kind !== "gzip" || !Number.isInteger(level) || level < 1 || level > 9) {
      throw bad("compression", '{ kind: "gzip", level: 1 to 9 } or null', compression);
    }
  }
  for (const name of ["shuffle", "overwrite", "sync", "dryRun"] as const) flag(options[name], name, false);
}
