import { type DType, dtypeOf } from "../dtype/dtype.ts";
import type { DTypeLike, TypedArray } from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
import { shapeOf, sizeOf } from "./geometry.ts";
import { dtypeOfData, type Flat, flatten, inferDType } from "./lists.ts";
import { type Assignable, NDArray } from "./ndarray.ts";
import type { FromOptions } from "./options.ts";
import { text } from "./spell.ts";

/** What `SharedArray.from` copies: the shape and dtype of the values, and the values in a form that `assign` takes. */
function sourceOf(
  values: unknown,
  dtype: DType | null,
): { shape: number[]; dtype: DType; values: Assignable<DTypeLike> } {
  if (values instanceof NDArray) return { shape: values.shape, dtype: dtype ?? values.dtype, values };
  const data = dtype?.kind === "V" ? null : dtypeOfData(values);
  if (data !== null) {
    return { shape: [(values as TypedArray).length], dtype: dtype ?? data, values: values as TypedArray };
  }
  const flat: Flat = flatten(values, dtype);
  return { shape: flat.shape, dtype: dtype ?? inferDType(flat.values), values: values as Assignable<DTypeLike> };
}

/** The same with the shape of the new array, which may be another one of as many elements. Throws BAD_SHAPE. */
export function shapedSource(
  values: unknown,
  options: FromOptions<DTypeLike>,
): { source: ReturnType<typeof sourceOf>; shape: number[] } {
  const source = sourceOf(values, options.dtype === undefined ? null : (dtypeOf(options.dtype) as DType));
  const shape = options.shape === undefined ? source.shape : shapeOf(options.shape, source.dtype.itemsize);
  if (sizeOf(shape) === sizeOf(source.shape)) return { source, shape };
  throw new SharrayError(
    "BAD_SHAPE",
    `values of shape ${text(source.shape)} do not make an array of shape ${text(shape)}`,
    { shape: source.shape, target: shape },
  );
}
