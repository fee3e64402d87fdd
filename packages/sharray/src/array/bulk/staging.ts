import type { DType } from "../../dtype/dtype.ts";
import { SharrayError } from "../../errors.ts";
import { storerOf } from "../element/writer.ts";
import { packedStrides } from "../geometry.ts";
import type { Flat } from "../lists.ts";
import { text } from "../spell.ts";
import { BufferStorage } from "../storage.ts";
import type { View } from "../view.ts";

/** Adds the index of the element to a BAD_VALUE. */
export function atIndex(error: unknown, flat: number, shape: readonly number[]): unknown {
  if (!(error instanceof SharrayError) || error.code !== "BAD_VALUE" || shape.length === 0) return error;
  const index: number[] = [];
  let rest = flat;
  for (const n of [...shape].reverse()) {
    index.unshift(rest % n);
    rest = Math.floor(rest / n);
  }
  return new SharrayError("BAD_VALUE", `element ${text(index)}: ${error.message}`, { ...error.details, index });
}

/**
 * The elements of values from JavaScript in memory of their own, without gaps between them. Each value is read once: one that has
 * getters may be another the second time, so nothing is stored in an array before all of them are here. Throws BAD_VALUE.
 */
export function stage({ shape, values }: Flat, dtype: DType): View {
  const { itemsize } = dtype;
  const memory = new ArrayBuffer(values.length * itemsize);
  const view = new DataView(memory);
  const write = storerOf(dtype);
  for (let i = 0; i < values.length; i++) {
    try {
      write(view, i * itemsize, values[i]);
    } catch (error) {
      throw atIndex(error, i, shape);
    }
  }
  const storage = new BufferStorage(memory, 0, memory.byteLength);
  return { storage, dtype, offset: 0, shape, strides: packedStrides(shape, itemsize), columns: null };
}
