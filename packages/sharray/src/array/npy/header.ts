import { readSync } from "node:fs";
import type { DType } from "../../dtype/dtype.ts";
import { SharrayError } from "../../errors.ts";
import type { Block } from "../../memory/block.ts";
import type { Placement } from "../columns.ts";
import { packedStrides } from "../geometry.ts";
import { isNpy, type NpyHeader, npyHeaderLength, parseNpyHeader } from "./read.ts";

/** The header at the start of a block, read through its descriptor so that nothing is wrapped; null in raw memory. */
export function headerIn(block: Block): NpyHeader | null {
  const start = Buffer.alloc(Math.min(512, block.size));
  readSync(block.fd, start, 0, start.length, 0);
  if (!isNpy(start) || start.length < 12) return null;
  const length = npyHeaderLength(start);
  if (length > block.size) return null;
  const whole = length <= start.length ? start : Buffer.alloc(length);
  if (whole !== start) readSync(block.fd, whole, 0, length, 0);
  return parseNpyHeader(whole);
}

/**
 * The array that a block's header tells of, and the byte where it ends. Throws NPY_BAD_HEADER for memory without one, or with one of a
 * larger array; `label` names the memory then.
 */
export function headedArray(
  block: Block,
  label: string = JSON.stringify(block.name),
): { geometry: Placement; dtype: DType; end: number } {
  const header = headerIn(block);
  if (header === null) {
    throw new SharrayError(
      "NPY_BAD_HEADER",
      `${label} is memory of ${block.size} bytes, not an array: it does not begin with the header of a .npy file. ` +
        "SharedMemory.attach(name) takes it as bytes",
      { name: block.name },
    );
  }
  const { dtype, shape, fortranOrder, length, columns, end } = header;
  if (end > block.size) {
    throw new SharrayError(
      "NPY_BAD_HEADER",
      `${label}: its header tells of an array that ends at byte ${end}, and it has ${block.size} bytes`,
      { name: block.name, expected: end, found: block.size, size: block.size },
    );
  }
  if (columns !== null)
    return { geometry: { offset: 0, shape, strides: packedStrides(shape, 1), columns }, dtype, end };
  const strides = packedStrides(fortranOrder ? [...shape].reverse() : shape, dtype.itemsize);
  if (fortranOrder) strides.reverse();
  return { geometry: { offset: length, shape, strides, columns: null }, dtype, end };
}

/** Whether a block's header describes a dtype, so that its hash is enough to find it again. */
export function describes(block: Block, dtype: DType): boolean {
  const header = headerIn(block);
  return header !== null && search(header.dtype, (candidate) => candidate.equals(dtype)) !== null;
}

/** The first dtype of a tree that `is` accepts. */
export function search(dtype: DType, is: (candidate: DType) => boolean): DType | null {
  if (is(dtype)) return dtype;
  for (const field of dtype.fields?.values() ?? []) {
    const found = search(field.dtype, is);
    if (found !== null) return found;
  }
  return null;
}
