import type { DType } from "../dtype/dtype.ts";
import type { ArrayLayout, Placement } from "./columns.ts";
import { packedStrides, sizeOf } from "./geometry.ts";
import { planColumns } from "./npy/columns.ts";
import { npyHeader } from "./npy/format.ts";

/** How a block is laid out before it is made. */
export interface Plan {
  readonly header: Uint8Array;
  readonly size: number;
  readonly at: Placement;
}

/** Lays out a new array. Throws BAD_DTYPE for a description that no header holds. */
export function planOf(dtype: DType, shape: number[], layout: ArrayLayout): Plan {
  return layout === "rows" ? inRows(dtype, shape) : inColumns(dtype, shape);
}

function inRows(dtype: DType, shape: number[]): Plan {
  const header = npyHeader(dtype, shape);
  const offset = header.length;
  const at = { offset, shape, strides: packedStrides(shape, dtype.itemsize), columns: null };
  return { header, size: offset + sizeOf(shape) * dtype.itemsize, at };
}

function inColumns(dtype: DType, shape: number[]): Plan {
  const { header, columns, size } = planColumns(dtype, shape);
  return { header, size, at: { offset: 0, shape, strides: packedStrides(shape, 1), columns } };
}
