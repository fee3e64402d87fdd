import { npyHeader } from "../array/npy/format.ts";
import type { DType } from "../dtype/dtype.ts";

/**
 * Bytes before the rows of a table: a .npy header, whose length does not depend on how many rows there will be.
 * `columns` is null for records.
 */
export function headingLength(dtype: DType, columns: number | null): number {
  return npyHeader(dtype, columns === null ? [0] : [0, columns]).length;
}

/** A .npy header of just so many bytes: a squeezed shape needs fewer than the one for which room was left. */
export function headingOf(dtype: DType, shape: readonly number[], length: number): Uint8Array {
  return npyHeader(dtype, shape, false, length);
}
