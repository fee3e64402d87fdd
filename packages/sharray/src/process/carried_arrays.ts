import { checkArrayHandle } from "../array/handle.ts";
import { checkWithin } from "../array/match.ts";
import { NDArray, viewOf } from "../array/ndarray.ts";
import { arrayOn, blockOf } from "../array/shared.ts";
import { DType, dtypeOf } from "../dtype/dtype.ts";
import { type PackedBlock, packBlock, unpackBlock } from "./carried_memory.ts";
import { type Incoming, type Outgoing, register } from "./carrier.ts";

/** An array on its way: over a block of the message, or with its elements when it lies over ordinary memory. */
interface PackedArray {
  memory: PackedBlock | Uint8Array;
  offset: number;
  shape: number[];
  strides: number[];
  dtype: DType["descr"];
  columns: readonly number[] | null;
}

register<DType>({
  tag: "dtype",
  is: (value): value is DType => value instanceof DType,
  pack: (dtype) => dtype.descr,
  unpack: (descr) => dtypeOf(descr as DType["descr"]) as DType,
});

register<NDArray>({
  tag: "array",
  is: (value): value is NDArray => value instanceof NDArray,
  pack: packArray,
  unpack: (packed, incoming) => unpackArray(packed as PackedArray, incoming),
});

/** @throws {SharrayError} CLOSED */
function packArray(array: NDArray, out: Outgoing): PackedArray {
  const { storage, shape, strides } = viewOf(array);
  storage.check();
  const dtype = array.dtype.descr;
  // Also over `shm.buf` or the data of another shared array: the memory is shared, whoever made the view.
  const place = blockOf(array);
  if (place) {
    const { block, offset, columns } = place;
    return { memory: packBlock(block, out), offset, shape, strides, dtype, columns };
  }
  const packed = array.copy();
  return { memory: packed.bytes, offset: 0, shape, strides: packed.strides, dtype, columns: null };
}

function unpackArray({ memory, offset, shape, strides, dtype, columns }: PackedArray, incoming: Incoming): NDArray {
  if (ArrayBuffer.isView(memory)) return new NDArray(shape, dtype, memory, { offset, strides });
  const checked = checkArrayHandle({ offset, shape, strides, dtype });
  const block = unpackBlock(memory, incoming);
  const type = dtypeOf(dtype) as DType;
  const at = { ...checked.geometry, columns };
  checkWithin(block, at, type);
  return arrayOn(block, { ...at, dtype: type }, incoming.origin);
}
