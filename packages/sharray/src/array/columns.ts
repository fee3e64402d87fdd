import type { DType, Field } from "../dtype/dtype.ts";
import { SharrayError } from "../errors.ts";
import { type Geometry, packedStrides } from "./geometry.ts";
import { text } from "./spell.ts";
import type { View } from "./view.ts";

/**
 * How the elements of an array of records lie: "rows" keeps each record together, as NumPy does; "columns" keeps each field as a
 * run of its own, in C order without gaps, so that the typed array over a field is dense.
 */
export type ArrayLayout = "rows" | "columns";

/** Where the elements of an array lie in a block: as in `View`. */
export interface Placement extends Geometry {
  readonly columns: readonly number[] | null;
}

/** Throws BAD_ARGUMENT for what is neither "rows" nor "columns". */
export function checkLayoutWord(layout: unknown, where: string): asserts layout is ArrayLayout {
  if (layout === "rows" || layout === "columns") return;
  throw new SharrayError("BAD_ARGUMENT", `${where}: layout is "rows" or "columns", not ${text(layout)}`, {
    argument: "layout",
    layout,
  });
}

/** What an option `layout` says. Throws BAD_ARGUMENT for another word, and for columns of what has no fields. */
export function checkLayout(layout: unknown, dtype: DType, where: string): ArrayLayout {
  if (layout !== undefined) checkLayoutWord(layout, where);
  if (layout === "columns" && !((dtype.fields?.size ?? 0) > 0)) {
    throw new SharrayError(
      "BAD_ARGUMENT",
      `${where}: only records have columns, and the elements are ${dtype}; leave layout out`,
      { argument: "layout", layout, dtype: dtype.descr },
    );
  }
  return layout ?? "rows";
}

/** How a view lies. */
export function layoutOfView({ columns }: { readonly columns: readonly number[] | null }): ArrayLayout {
  return columns === null ? "rows" : "columns";
}

/** What offset and strides of a view count: bytes in rows; in columns elements, whose fields lie in different places. */
export function unitOf({ columns, dtype }: Pick<View, "columns" | "dtype">): number {
  return columns === null ? dtype.itemsize : 1;
}

/** The strides of a view as the same array would have them in rows, in bytes. */
export function rowStrides({ columns, dtype, strides }: Pick<View, "columns" | "dtype" | "strides">): number[] {
  const unit = columns === null ? 1 : dtype.itemsize;
  // A step of -1 elements without bytes is 0, not -0.
  return strides.map((step) => step * unit + 0);
}

/** The view of the field of that number, which lies in rows; a sub-array's axes come last. */
export function fieldView(view: View, index: number, field: Field): View {
  return { storage: view.storage, dtype: field.dtype, ...fieldPlace(view, index, field) };
}

/** Where the field of that number lies. */
export function fieldPlace({ columns, shape, offset, strides }: Placement, index: number, field: Field): Placement {
  return {
    offset: columns === null ? offset + field.offset : columns[index]! + offset * field.size,
    shape: [...shape, ...field.shape],
    strides: [
      ...(columns === null ? strides : strides.map((step) => step * field.size)),
      ...packedStrides(field.shape, field.dtype.itemsize),
    ],
    columns: null,
  };
}

/** The views of all fields of records, in the order of `dtype.fields`: what goes through columns goes through these. */
export function fieldsOf(view: View): View[] {
  return Array.from(view.dtype.fields?.values() ?? [], (field, index) => fieldView(view, index, field));
}
