import { npyHeader } from "../array/npy/format.ts";
import type { DType } from "../dtype/dtype.ts";

/**
 * Bytes before the rows of a table: a .npy header, whose length does not depend on how many rows there will be.
 * `columns` is null for records.
 */
export function headingLength(dtype: DType, columns: number | null): number {
  return npyHeader(dtype, columns === null ? [0] : [0, columns]).length;
}

const known = new WeakMap<DType, { flat?: readonly number[]; wide?: readonly number[] }>();

/**
 * The same by how many digits the number of columns has, up to as many as a small file can have; the one figure of records that get no
 * axis of their own, `flat`.
 */
export function headingLengths(dtype: DType, flat: boolean): readonly number[] {
  let lengths = known.get(dtype);
  if (lengths === undefined) {
    lengths = {};
    known.set(dtype, lengths);
  }
  if (flat) {
    lengths.flat ??= [headingLength(dtype, null)];
    return lengths.flat;
  }
  lengths.wide ??= Array.from({ length: 5 }, (_, digits) => headingLength(dtype, 10 ** digits));
  return lengths.wide;
}

/** A .npy header of just so many bytes: a squeezed shape needs fewer than the one for which room was left. */
export function headingOf(dtype: DType, shape: readonly number[], length: number): Uint8Array {
  return npyHeader(dtype, shape, false, length);
}
