import { isPacked } from "../array/geometry.ts";
import { type Assignable, NDArray, viewOf } from "../array/ndarray.ts";
import { arrayOn, blockOf, SharedArray } from "../array/shared.ts";
import { text } from "../array/spell.ts";
import type { View } from "../array/view.ts";
import type { DType } from "../dtype/dtype.ts";
import type { DTypeLike } from "../dtype/element.ts";
import { settled } from "../memory/attachments.ts";
import type { NativeBlock } from "../native/memory.ts";
import { piece } from "./pieces.ts";

/** What can be written: an array, a view of one, a typed array, nested lists, or one element. */
export type Writable<D extends DTypeLike = DTypeLike> = Assignable<D>;

/** Elements to be written: in C order in shared memory, ready for native code; or an array that is gathered piece by piece. */
export interface Source {
  readonly shape: number[];
  readonly dtype: DType;
  readonly from: { readonly native: NativeBlock; readonly offset: number } | View;
  /** Gives back what was made for the writing; the caller's own array stays. */
  release(): void;
}

/**
 * The same elements, which stay when the program closes their array before its turn to be written has come. Throws CLOSED.
 */
export function kept(values: Writable): { values: Writable; release: () => void } {
  if (!(values instanceof NDArray)) return { values, release: () => {} };
  const { storage, shape, strides, dtype } = viewOf(values);
  storage.check();
  const at = blockOf(values);
  if (at === null) return { values, release: () => {} };
  const array = arrayOn(at.block.share(), { offset: at.offset, shape, strides, dtype, columns: at.columns });
  return { values: array as Writable, release: () => array.close() };
}

/** Up to here a copy is made at once: a millisecond of the event loop's. */
const SMALL = 2 ** 20;

/**
 * The elements of `values`: where they lie, if that is in C order in shared memory; of small arrays, and of values that are no array
 * or of another dtype than `dtype`, a copy there; else the array, for its pieces.
 *
 * @throws CLOSED, BAD_VALUE, BAD_SHAPE, BAD_DTYPE, NO_SPACE
 */
export async function sourceOf(values: Writable, dtype: DType | null): Promise<Source> {
  if (!(values instanceof NDArray)) {
    return owned(dtype === null ? SharedArray.from(values) : SharedArray.from(values, { dtype }));
  }
  const view = viewOf(values);
  view.storage.check();
  const array = values as NDArray<DTypeLike>;
  if (dtype !== null && !dtype.equals(array.dtype)) return owned(SharedArray.from(array as Writable, { dtype }));
  const there = { shape: array.shape, dtype: view.dtype, release: () => {} };
  const at = blockOf(array);
  const packed = view.columns === null && isPacked(view, view.dtype.itemsize);
  // Native code reads the file of a block: what was changed on a mapping of one's own is not in it.
  if (at !== null && packed && !at.block.copyOnWrite) {
    return { ...there, from: { native: at.block.native, offset: at.offset } };
  }
  return array.nbytes <= Math.min(SMALL, piece.bytes) ? owned(SharedArray.from(array)) : { ...there, from: view };
}

function owned(copy: SharedArray<DTypeLike>): Source {
  const { block, offset } = blockOf(copy as NDArray)!;
  settled(block); // not the program's to close
  return {
    shape: copy.shape,
    dtype: copy.dtype as DType,
    from: { native: block.native, offset },
    release: () => copy.close(),
  };
}

/** How a shape reads in a message. */
export function shapeText(shape: readonly (number | null)[]): string {
  return text(shape);
}
