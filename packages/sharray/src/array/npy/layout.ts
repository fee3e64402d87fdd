import { Block } from "../../memory/block.ts";
import { hold, transferAsync } from "../bulk/bulk.ts";
import { wholeElements } from "../bulk/copy.ts";
import { fieldsOf } from "../columns.ts";
import { packedStrides, sizeOf } from "../geometry.ts";
import { BlockStorage } from "../storage.ts";
import type { View } from "../view.ts";
import type { Source } from "./load.ts";
import { parts } from "./parts.ts";

/** Elements on their way between two layouts: so many bytes at a time, in a block of their own. */
const PIECE = 8 * 2 ** 20;

/** Reads elements that follow each other in the file, from `at` on, to where `target` has them; in C order of `target`. */
async function scatter(source: Source, at: number, target: View, staging: Block): Promise<void> {
  const { dtype } = target;
  const storage = new BlockStorage(staging);
  const to = hold(target.storage)!;
  const from = hold(storage)!;
  try {
    let place = at;
    for (const part of parts(target, staging.size)) {
      const length = sizeOf(part.shape) * dtype.itemsize;
      await source.fill(place, staging, 0, length);
      const strides = packedStrides(part.shape, dtype.itemsize);
      const packed = { storage, dtype, offset: 0, shape: part.shape, strides, columns: null };
      await transferAsync(to, from, wholeElements(part, packed));
      place += length;
    }
  } finally {
    to.release();
    from.release();
  }
}

function reversed(view: View): View {
  return { ...view, shape: [...view.shape].reverse(), strides: [...view.strides].reverse() };
}

/**
 * Reads an array into a block of the other layout: the rows of a file into `columns`, or the runs of a file into rows; gaps of records
 * are zeros then. `runs` is where in the file the columns are, null for rows.
 */
export async function readRelaid(
  source: Source,
  found: { readonly length: number; readonly fortranOrder: boolean; readonly columns: readonly number[] | null },
  target: View,
): Promise<void> {
  const { itemsize } = target.dtype;
  if (sizeOf(target.shape) === 0 || itemsize === 0) return;
  const staging = await Block.createAsync(Math.max(itemsize, Math.min(PIECE, sizeOf(target.shape) * itemsize)));
  try {
    if (found.columns === null) {
      await scatter(source, found.length, found.fortranOrder ? reversed(target) : target, staging);
      return;
    }
    for (const [index, field] of fieldsOf(target).entries()) {
      await scatter(source, found.columns[index]!, field, staging);
    }
  } finally {
    staging.close();
  }
}
