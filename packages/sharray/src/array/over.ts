// How an array comes to lie over memory: what `new NDArray` was given, checked.
import type { DType } from "../dtype/dtype.ts";
import { SharrayError } from "../errors.ts";
import { checkOptions } from "../memory/arguments.ts";
import { extent, packedStrides, shapeOf } from "./geometry.ts";
import { text } from "./spell.ts";
import { BufferStorage, type Storage } from "./storage.ts";
import type { View } from "./view.ts";

/** Options of `new NDArray`. */
export interface NDArrayOptions {
  /** Bytes from the start of the buffer (of the view, where one is given) to the first element. Default: 0. */
  offset?: number;
  /** Bytes from one element to the next along each axis. Default: C order without gaps. */
  strides?: readonly number[];
}

/** What an array can lie over. */
export type BufferLike = ArrayBufferLike | ArrayBufferView;

function storageOver(buffer: unknown): Storage {
  if (ArrayBuffer.isView(buffer)) return new BufferStorage(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  if (buffer instanceof ArrayBuffer || buffer instanceof SharedArrayBuffer) {
    return new BufferStorage(buffer, 0, buffer.byteLength);
  }
  throw new SharrayError(
    "BAD_ARGUMENT",
    `new NDArray: ${text(buffer)} is no memory; give an ArrayBuffer, a SharedArrayBuffer or a view of one, such as shm.buf.`,
    {},
  );
}

/** The view that sharray's own code asks for, whose elements are known to lie in the storage. */
export function viewIn(storage: Storage, dtype: DType, shape: readonly number[], at: Partial<View>): View {
  const { offset = 0, strides = packedStrides(shape, dtype.itemsize), columns = null } = at;
  // An empty view may begin anywhere; here it begins where a handle may lead.
  const start = shape.includes(0) ? (columns === null ? Math.min(offset, storage.size) : 0) : offset;
  return { storage, dtype, offset: start, shape: [...shape], strides: [...strides], columns };
}

/** Checks what the constructor was given, and that every element lies in the memory. */
export function viewOver(given: unknown, dtype: DType, buffer: unknown, options: NDArrayOptions): View {
  checkOptions(options, ["offset", "strides"], "new NDArray");
  const storage = storageOver(buffer);
  const shape = shapeOf(given, dtype.itemsize);
  const { offset = 0, strides = packedStrides(shape, dtype.itemsize) } = options;
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new SharrayError("BAD_ARGUMENT", `offset ${text(offset)} is not a number of bytes.`, { offset });
  }
  if (!Array.isArray(strides) || strides.length !== shape.length || !strides.every((n) => Number.isSafeInteger(n))) {
    throw new SharrayError(
      "BAD_ARGUMENT",
      `strides ${text(strides)} are not ${shape.length} integers, one for each axis.`,
      { strides },
    );
  }
  const view: View = { storage, dtype, offset, shape, strides: [...strides], columns: null };
  const { low, high } = extent(view, dtype.itemsize);
  if (low < 0 || high > storage.size) {
    throw new SharrayError(
      "BAD_SHAPE",
      `an array of shape ${text(shape)} and dtype ${text(dtype.descr)} at offset ${offset} reaches from byte ${low} to ${high}, ` +
        `the memory has ${storage.size}.`,
      { shape, low, high, available: storage.size },
    );
  }
  return view;
}
