import type { Block } from "../memory/block.ts";
import { type NDArray, viewOf } from "./ndarray.ts";

/**
 * The block under an array and where its elements lie in it: the first one's byte, in columns its place, and the bytes of the runs; null
 * over ordinary memory. `shm.buf` lies in a block.
 */
export function blockOf(array: NDArray): { block: Block; offset: number; columns: readonly number[] | null } | null {
  const { storage, offset, columns } = viewOf(array);
  if (storage.place === null) return null;
  const { block, offset: start } = storage.place;
  if (columns === null) return { block, offset: start + offset, columns };
  return { block, offset, columns: columns.map((run) => start + run) };
}
