import { SharrayError } from "../errors.ts";
import { text } from "./spell.ts";

/** `[start, stop, step]` as in Python; null takes the default. */
export type Slice = readonly [start?: number | null, stop?: number | null, step?: number | null];

/** Where the elements of an array lie: bytes from the start of the storage, bytes from one element to the next along each axis. */
export interface Geometry {
  offset: number;
  shape: number[];
  strides: number[];
}

/** The most axes that an array has, as in NumPy. */
export const MAX_DIMENSIONS = 64;

/** Elements in an array of that shape. */
export function sizeOf(shape: readonly number[]): number {
  let product = 1;
  for (let axis = 0; axis < shape.length; axis++) product *= shape[axis]!;
  return product;
}

/** A shape as the caller gave it, checked; BAD_SHAPE when it is none. */
export function shapeOf(shape: unknown, itemsize: number): number[] {
  const list: unknown = typeof shape === "number" ? [shape] : shape;
  const valid = Array.isArray(list) && list.every((n) => typeof n === "number" && Number.isSafeInteger(n) && n >= 0);
  if (!valid || list.length > MAX_DIMENSIONS) {
    throw new SharrayError(
      "BAD_SHAPE",
      `shape ${text(shape)} is not a list of at most ${MAX_DIMENSIONS} sizes; write [1000, 3], or [] for a single element.`,
      { shape },
    );
  }
  const nonzero = (list as number[]).filter((n) => n > 0);
  if (!Number.isSafeInteger(sizeOf(nonzero) * Math.max(1, itemsize))) {
    throw new SharrayError("BAD_SHAPE", `shape ${text(shape)} has more bytes than can be counted.`, { shape });
  }
  // Sums with 0, so that -0 does not show.
  return (list as number[]).map((n) => n + 0);
}

/** Strides of an array in C order without gaps. */
export function packedStrides(shape: readonly number[], itemsize: number): number[] {
  const strides = new Array<number>(shape.length);
  let step = itemsize;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= Math.max(1, shape[axis]!);
  }
  return strides;
}

/**
 * Whether elements follow each other in C order without gaps; as in NumPy an array without elements is packed, and the stride of
 * an axis of one element does not count.
 */
export function isPacked(at: Geometry, itemsize: number): boolean {
  if (at.shape.includes(0)) return true;
  let step = itemsize;
  for (let axis = at.shape.length - 1; axis >= 0; axis--) {
    const n = at.shape[axis]!;
    if (n !== 1 && at.strides[axis] !== step) return false;
    step *= n;
  }
  return true;
}

/** The lowest byte and the byte after the highest one that an array reaches; equal when it is empty. */
export function extent(at: Geometry, itemsize: number): { low: number; high: number } {
  let low = at.offset;
  let high = at.offset + itemsize;
  for (let axis = 0; axis < at.shape.length; axis++) {
    const n = at.shape[axis]!;
    if (n === 0) return { low: at.offset, high: at.offset };
    const reach = (n - 1) * at.strides[axis]!;
    if (reach < 0) low += reach;
    else high += reach;
  }
  return { low, high };
}

/** "1 axis", "3 axes". */
export function count(ndim: number): string {
  return ndim === 1 ? "1 axis" : `${ndim} axes`;
}

/** An index along an axis of `n`, negative ones counted from the end. Throws BAD_ARGUMENT for what is no integer, OUT_OF_BOUNDS. */
export function position(index: unknown, n: number, axis: number): number {
  if (typeof index !== "number" || !Number.isInteger(index)) {
    throw new SharrayError("BAD_ARGUMENT", `index ${text(index)} of axis ${axis} is not an integer.`, { index, axis });
  }
  const at = index < 0 ? index + n : index;
  if (at < 0 || at >= n) {
    const allowed = n === 0 ? "the axis is empty" : `allowed are ${-n} to ${n - 1}`;
    throw new SharrayError(
      "OUT_OF_BOUNDS",
      `index ${index} is out of bounds for axis ${axis} of ${n} elements: ${allowed}.`,
      {
        index,
        axis,
        size: n,
      },
    );
  }
  return at;
}

function bound(value: number, n: number, low: number, high: number): number {
  const at = value < 0 ? value + n : value;
  return Math.min(Math.max(at, low), high);
}

function sliceAxis(spec: unknown, n: number, axis: number): { start: number; count: number; step: number } {
  if (spec === null || spec === undefined) return { start: 0, count: n, step: 1 };
  const valid =
    Array.isArray(spec) &&
    spec.length <= 3 &&
    spec.every((part) => part === null || part === undefined || Number.isSafeInteger(part));
  if (!valid) {
    const hint =
      typeof spec === "number"
        ? ` Slices are lists, as in slice([${spec}, null]); at(${spec}) takes one of the first axis.`
        : "";
    throw new SharrayError(
      "BAD_ARGUMENT",
      `slice ${text(spec)} of axis ${axis} is not [start, stop, step] with integers or null, nor null for all.${hint}`,
      { slice: spec, axis },
    );
  }
  const [start, stop, given] = spec as unknown as Slice;
  const step = given ?? 1;
  if (step === 0) {
    throw new SharrayError(
      "BAD_ARGUMENT",
      `slice ${text(spec)} of axis ${axis} has the step 0; a step is at least 1 or -1.`,
      {
        slice: spec,
        axis,
      },
    );
  }
  // Python's rule: with a negative step the defaults are the last element and "before the first".
  const [low, high] = step > 0 ? [0, n] : [-1, n - 1];
  const from = start === null || start === undefined ? (step > 0 ? low : high) : bound(start, n, low, high);
  const to = stop === null || stop === undefined ? (step > 0 ? high : low) : bound(stop, n, low, high);
  const chosen = step > 0 ? Math.ceil((to - from) / step) : Math.ceil((from - to) / -step);
  return { start: from, count: Math.max(0, chosen), step };
}

/** The part of an array that slices choose, one a leading axis. */
export function slice(at: Geometry, specs: readonly unknown[]): Geometry {
  if (specs.length > at.shape.length) {
    throw new SharrayError("BAD_ARGUMENT", `slice: ${specs.length} slices for an array of ${count(at.shape.length)}.`, {
      slices: specs.length,
      ndim: at.shape.length,
    });
  }
  const shape = [...at.shape];
  const strides = [...at.strides];
  let offset = at.offset;
  for (const [axis, spec] of specs.entries()) {
    const { start, count: chosen, step } = sliceAxis(spec, at.shape[axis]!, axis);
    if (chosen > 0) offset += start * at.strides[axis]!;
    shape[axis] = chosen;
    const stride = at.strides[axis]! * step;
    // A step beyond the axis leaves one element at most, whose stride does not count: it must only be a number that is exact.
    strides[axis] = Number.isSafeInteger(stride) ? stride + 0 : at.strides[axis]!;
  }
  return { offset, shape, strides };
}

/** The same elements with the axes in another order; the reverse one without `axes`. */
export function transpose(at: Geometry, axes: readonly unknown[]): Geometry {
  const ndim = at.shape.length;
  const order =
    axes.length === 0 ? at.shape.map((_, axis) => ndim - 1 - axis) : axes.map((axis) => ordinal(axis, ndim));
  if (order.length !== ndim || new Set(order).size !== ndim) {
    const reversed = Array.from({ length: ndim }, (_, axis) => ndim - 1 - axis).join(", ");
    throw new SharrayError(
      "BAD_ARGUMENT",
      `axes ${text(axes)} do not name each of the array's ${ndim} axes once; transpose() is transpose(${reversed}).`,
      { axes, ndim },
    );
  }
  return { offset: at.offset, shape: order.map((a) => at.shape[a]!), strides: order.map((a) => at.strides[a]!) };
}

function ordinal(axis: unknown, ndim: number): number {
  if (typeof axis !== "number" || !Number.isInteger(axis) || axis < -ndim || axis >= ndim) {
    const hint = Array.isArray(axis) ? " Axes are given one by one: transpose(1, 0)." : "";
    const allowed = ndim === 0 ? "the array has no axes" : `the array's axes are 0 to ${ndim - 1}, or ${-ndim} to -1`;
    throw new SharrayError("BAD_ARGUMENT", `transpose: ${text(axis)} is not an axis; ${allowed}.${hint}`, {
      axis,
      ndim,
    });
  }
  return axis < 0 ? axis + ndim : axis;
}
