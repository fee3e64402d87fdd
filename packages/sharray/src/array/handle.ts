import { inspect } from "node:util";
import { DType, dtypeOf } from "../dtype/dtype.ts";
import type { DTypeLike, FieldList } from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
import type { BlockHandle } from "../memory/block.ts";
import { type ArrayLayout, rowStrides } from "./columns.ts";
import type { Geometry } from "./geometry.ts";
import { describes } from "./npy/header.ts";
import type { Place } from "./storage.ts";
import type { View } from "./view.ts";

/**
 * What another process needs to attach to an array: plain JSON. `size` is that of the block, `offset` is where the array's data
 * begins in it; `offset` and `strides` are in bytes. `dtype` is NumPy's `descr`, or the hash of one that is longer than 1 KiB.
 */
export interface ArrayHandle<D extends DTypeLike = DTypeLike> extends BlockHandle {
  name?: string;
  offset: number;
  shape: number[];
  strides: number[];
  dtype: FieldList | string;
  /** "columns" where the block holds each field as a run of its own; offset and strides are those of the same array in rows then. */
  layout?: ArrayLayout;
  /** Only for the compiler: the dtype of the array that made the handle. */
  readonly like?: D;
}

/** A longer description stays in the block's header: handles stay messages of a few hundred bytes. */
const LONGEST_DESCR = 1024;
const HASH = "sha256:";

/** The short form of a dtype with a long description. */
export function hashOf(dtype: DType): string {
  const { createHash } = process.getBuiltinModule("node:crypto"); // rarely needed, and slow to load
  return HASH + createHash("sha256").update(JSON.stringify(dtype.descr)).digest("hex");
}

/** The handle of a view over a block; `place` is where its storage lies. */
export function handleOf<D extends DTypeLike>(view: View, place: Place): ArrayHandle<D> {
  const { descr } = view.dtype;
  // A scalar's spelling is short; the text decides only for records.
  const long =
    typeof descr !== "string" && JSON.stringify(descr).length > LONGEST_DESCR && describes(place.block, view.dtype);
  return {
    ...place.block.handle(),
    offset: offsetOf(view, place),
    shape: [...view.shape],
    strides: rowStrides(view),
    dtype: long ? hashOf(view.dtype) : descr,
    ...(view.columns === null ? {} : { layout: "columns" }),
  };
}

function offsetOf({ columns, shape, offset, dtype }: View, place: Place): number {
  // An empty view has no first element, and slicing may leave it anywhere: the end of the block is always within.
  const empty = shape.includes(0);
  if (columns !== null) return place.offset + columns[0]! + (empty ? 0 : offset * dtype.itemsize);
  return empty ? place.block.size : place.offset + offset;
}

function malformed(field: string, expected: string, value: unknown): SharrayError {
  return new SharrayError(
    "BAD_ARGUMENT",
    `handle.${field}: expected ${expected}, found ${inspect(value)}. A handle is what handle() returned, unchanged`,
    { field, expected },
  );
}

/** What a handle says of the array, in a form that can be worked with. */
export interface HandleForm {
  /** In bytes, also of columns. */
  readonly geometry: Geometry;
  /** The dtype, or the hash of a long one. */
  readonly dtype: DType | string;
  readonly layout: ArrayLayout;
}

/** The part of a handle that tells of the array, checked for its form before anything is attached. */
export function checkArrayHandle(handle: unknown): HandleForm {
  if (typeof handle !== "object" || handle === null || Array.isArray(handle)) {
    throw new SharrayError(
      "BAD_ARGUMENT",
      `handle: expected the object that handle() returned, found ${inspect(handle, { depth: 0 })}`,
      { field: null, expected: "an object" },
    );
  }
  const { offset, shape, strides, dtype, layout = "rows" } = handle as Record<string, unknown>;
  if (!Number.isSafeInteger(offset) || (offset as number) < 0) throw malformed("offset", "a number of bytes", offset);
  const sizes = Array.isArray(shape) && shape.length <= 64 && shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!sizes) throw malformed("shape", "a list of at most 64 sizes", shape);
  const steps =
    Array.isArray(strides) && strides.length === shape.length && strides.every((n) => Number.isSafeInteger(n));
  if (!steps) throw malformed("strides", `a list of ${shape.length} integers`, strides);
  const geometry = { offset: offset as number, shape: [...shape], strides: [...strides] };
  if (layout !== "rows" && layout !== "columns") throw malformed("layout", '"rows" or "columns"', layout);
  return { geometry, dtype: checkDType(dtype), layout };
}

function checkDType(dtype: unknown): DType | string {
  if (typeof dtype === "string" && /^sha256:[0-9a-f]{64}$/.test(dtype)) return dtype;
  if (dtype instanceof DType) return dtype;
  try {
    return dtypeOf(dtype as DTypeLike) as DType;
  } catch (cause) {
    if (!(cause instanceof SharrayError)) throw cause;
    throw new SharrayError(
      "BAD_ARGUMENT",
      `handle.dtype: ${cause.message}`,
      { ...cause.details, field: "dtype" },
      { cause },
    );
  }
}
