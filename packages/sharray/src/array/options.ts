// What `SharedArray`'s ways of making an array take.
import type { DType } from "../dtype/dtype.ts";
import type { DTypeLike } from "../dtype/element.ts";
import type { NameOptions } from "../memory/names.ts";
import type { ArrayLayout } from "./columns.ts";

/** Options of `SharedArray.create`. */
export interface SharedArrayOptions<D extends DTypeLike> extends NameOptions {
  /** Sizes of the axes; a number for one axis, `[]` for a single element. */
  shape: number | readonly number[];
  dtype: D | DType<D>;
  /**
   * "rows" keeps each record together, as NumPy does. "columns" keeps each field as a run of its own that begins at a multiple of 64
   * bytes: the API is the same, and `field("pos").data` is a dense typed array. Gaps of the dtype take no memory then. Only records
   * with fields have columns. Default: "rows".
   */
  layout?: ArrayLayout;
}

/** Options of `SharedArray.load`. */
export interface LoadOptions extends NameOptions {
  /** "rows" or "columns", as for `SharedArray.create`; read piece by piece into the other layout. Default: that of the file, which is rows. */
  layout?: ArrayLayout;
}

/** Options of `SharedArray.from`. */
export interface FromOptions<D extends DTypeLike> extends NameOptions {
  /** Default: the shape of the values. Another one must have as many elements. */
  shape?: number | readonly number[];
  /**
   * Default: that of the array or typed array; of lists "<f8" for numbers, "<i8" for bigints, "?" for booleans, "<U<longest>" for
   * texts, "<c16" for `{ re, im }`. Records need it.
   */
  dtype?: D | DType<D>;
  /** As for `SharedArray.create`. Default: "rows". */
  layout?: ArrayLayout;
}
