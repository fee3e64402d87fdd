import type { Spec } from "./table.ts";

/** Rows and columns of a table before anything is squeezed: `[rows]` for records, else `[rows, columns]`. */
export function fullShape(spec: Spec, rows: number, columns: number): number[] {
  // NumPy: a table without rows has the columns that usecols names, else one.
  return spec.record ? [rows] : [rows, columns === 0 && spec.usecols === null ? 1 : columns];
}

/** The shape that loadtxt gives: axes of length 1 go, down to what `ndmin` keeps. */
export function squeezed(full: readonly number[], ndmin: 0 | 1 | 2): number[] {
  const shape = full.length > ndmin ? full.filter((length) => length !== 1) : [...full];
  if (ndmin === 1 && shape.length === 0) return [1];
  if (ndmin === 2 && shape.length < 2) return [shape[0] ?? 1, 1];
  return shape;
}
