import type { DType } from "./dtype.ts";
import type { ScalarKind } from "./scalar.ts";

/** A dtype as native code reads it, as JSON: sizes and offsets in bytes, `swap` for big-endian. */
export type Layout =
  | { kind: ScalarKind; size: number; swap: boolean }
  | { kind: "record"; size: number; fields: { name: string; offset: number; layout: Layout }[] }
  | { kind: "array"; size: number; shape: number[]; base: Layout };

/** The tree that native code gets for a dtype. */
export function layoutOf(dtype: DType): Layout {
  if (dtype.fields === null) return { kind: dtype.kind, size: dtype.itemsize, swap: dtype.byteOrder === ">" };
  const fields = [...dtype.fields].map(([name, field]) => {
    const base = layoutOf(field.dtype);
    const layout: Layout =
      field.shape.length === 0 ? base : { kind: "array", size: field.size, shape: [...field.shape], base };
    return { name, offset: field.offset, layout };
  });
  return { kind: "record", size: dtype.itemsize, fields };
}
