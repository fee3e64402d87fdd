import type { TypedArray } from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
import { isPacked, sizeOf } from "./geometry.ts";
import { text } from "./spell.ts";
import type { View } from "./view.ts";

type Constructor = {
  new (buffer: ArrayBufferLike, offset: number, length: number): TypedArray;
  readonly BYTES_PER_ELEMENT: number;
};

/** The typed arrays over native numbers, by kind and item size. */
export const ARRAYS: Record<string, Constructor> = {
  b1: Uint8Array,
  i1: Int8Array,
  i2: Int16Array,
  i4: Int32Array,
  i8: BigInt64Array,
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  u8: BigUint64Array,
  f4: Float32Array,
  f8: Float64Array,
  M8: BigInt64Array,
  m8: BigInt64Array,
};

function refuse(view: View, reason: string, hint: string): SharrayError {
  return new SharrayError("NOT_CONTIGUOUS", `${reason}; ${hint}.`, {
    dtype: view.dtype.descr,
    shape: view.shape,
    strides: view.strides,
  });
}

/** The bytes of a packed array. */
export function bytesOf(view: View): Uint8Array {
  view.storage.check();
  const { itemsize } = view.dtype;
  if (view.columns !== null) {
    const name = text(view.dtype.names![0]);
    throw refuse(
      view,
      "each field of an array in columns lies in a run of its own",
      `take a field, such as field(${name})`,
    );
  }
  if (!isPacked(view, itemsize)) {
    throw refuse(
      view,
      `the elements do not lie one behind the other (shape ${text(view.shape)}, strides ${text(view.strides)} bytes)`,
      "use get, set and assign, or copy() first",
    );
  }
  return view.storage.bytes(view.offset, sizeOf(view.shape) * itemsize);
}

/** The typed array over a packed array of native numbers. */
export function dataOf(view: View): TypedArray {
  const { kind, itemsize, byteOrder, fields } = view.dtype;
  const Over = fields === null ? ARRAYS[`${kind}${itemsize}`] : undefined;
  if (Over === undefined) {
    const hint =
      fields === null
        ? "use get, toArray or bytes"
        : `take a field, such as field(${text(view.dtype.names![0] ?? "x")})`;
    throw refuse(view, `no typed array holds elements of dtype ${view.dtype}`, hint);
  }
  if (byteOrder === ">")
    throw refuse(
      view,
      `elements of dtype ${view.dtype} are not in this machine's byte order`,
      "use get, or assign them to a native array",
    );
  const bytes = bytesOf(view);
  if (bytes.byteOffset % itemsize !== 0) {
    throw refuse(view, `the elements do not begin at a multiple of ${itemsize} bytes`, "use get, or copy() first");
  }
  return new Over(bytes.buffer, bytes.byteOffset, bytes.byteLength / itemsize);
}
