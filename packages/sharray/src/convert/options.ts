import { inspect } from "node:util";
import { DType } from "../dtype/dtype.ts";
import type { FieldList } from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
import { checkOptions, flag } from "../memory/arguments.ts";
import type { TableOptions } from "../text/table.ts";
import type { ConvertInput } from "./names.ts";

/** What `convert` is to do. How the tables are read is as in `loadtxt`; `skiprows` and `maxRows` count for each file. */
export interface ConvertOptions extends Omit<TableOptions, "usecols"> {
  /** The text tables, in the order in which they are read. */
  inputs: readonly ConvertInput[];
  /** The HDF5 file to make. It appears under this name when it is complete. */
  output: string;
  /** What the columns are. */
  dtype: DType;
  /** Puts all rows into one dataset of this name, and beside it NAME.sources: which rows came from which file. */
  concat?: string;
  /** Worker processes. Default: what the machine or its container grants. */
  processes?: number;
  /** The columns to read, from 0; default: all. */
  usecols?: readonly number[];
  /** Default: null, none. */
  compression?: { kind: "gzip"; level: number } | null;
  /** Default: true with compression, else false. */
  shuffle?: boolean;
  /** Replaces the output file if there is one. Default: false. */
  overwrite?: boolean;
  /** Waits until the file is safe on the disk. Default: true. */
  sync?: boolean;
}

/** How far the job is. Reading counts bytes of text, writing bytes of rows. */
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
  /** Rows left out: none in this version. */
  rejected: number;
  /** The file that it came from; with `concat` all of them. */
  source: string | string[];
}

/** What `convert` made. */
export interface ConvertResult {
  output: string;
  datasets: ConvertedDataset[];
  seconds: number;
  /** Bytes of the input files. */
  bytes: number;
}

const OPTIONS = [
  "inputs",
  "output",
  "dtype",
  "concat",
  "processes",
  "delimiter",
  "comments",
  "skiprows",
  "usecols",
  "maxRows",
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

function isPath(value: unknown): boolean {
  return typeof value === "string" && value !== "" && !value.includes("\0");
}

/** What HDF5 has no type for is refused before anything is read, not when it comes to writing it. */
function refuseUnstorable(dtype: DType, field: string): void {
  for (const [name, inner] of dtype.fields ?? []) refuseUnstorable(inner.dtype, name);
  if (dtype.kind !== "U") return;
  const where = field === "" ? "" : `field ${JSON.stringify(field)}: `;
  throw new SharrayError(
    "NOT_SUPPORTED",
    `convert: ${where}U${dtype.itemsize / 4} has no HDF5 type (h5py refuses it too); use S<n>.`,
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
  if (!(dtype instanceof DType)) throw bad("dtype", "what dtypeOf returns", dtype);
  refuseUnstorable(dtype, "");
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
  for (const name of ["shuffle", "overwrite", "sync"] as const) flag(options[name], name, false);
}
