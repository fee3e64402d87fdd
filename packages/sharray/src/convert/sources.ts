import { NDArray } from "../array/ndarray.ts";
import { type DType, dtypeOf } from "../dtype/dtype.ts";

/** Rows `start` to before `stop` of a dataset came from `file`. */
export interface SourceRows {
  file: string;
  start: number;
  stop: number;
}

/**
 * The table of which rows came from which file: records of `file` (S, as long as the longest name; UTF-8), `start` and `stop` (i8).
 */
export function sourcesTable(sources: readonly SourceRows[]): NDArray {
  // Written as bytes: a string of an S field is latin1, and names of files are not.
  const names = sources.map(({ file }) => Buffer.from(file, "utf8"));
  const longest = Math.max(1, ...names.map((name) => name.length));
  const dtype = dtypeOf([
    ["file", `S${longest}`],
    ["start", "<i8"],
    ["stop", "<i8"],
  ]);
  const bytes = Buffer.alloc(dtype.itemsize * sources.length);
  for (const [index, { start, stop }] of sources.entries()) {
    const at = index * dtype.itemsize;
    names[index]!.copy(bytes, at);
    bytes.writeBigInt64LE(BigInt(start), at + longest);
    bytes.writeBigInt64LE(BigInt(stop), at + longest + 8);
  }
  return new NDArray([sources.length], dtype as DType, bytes);
}
