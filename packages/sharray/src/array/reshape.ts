import { SharrayError } from "../errors.ts";
import { type Geometry, packedStrides, shapeOf, sizeOf } from "./geometry.ts";
import { text } from "./spell.ts";

/** The new shape with a single -1 worked out. */
function complete(given: unknown, size: number): number[] {
  const list = typeof given === "number" ? [given] : given;
  const unknowns = Array.isArray(list) ? list.filter((n) => n === -1).length : 0;
  if (unknowns > 1) {
    throw new SharrayError("BAD_SHAPE", `cannot reshape to ${text(given)}: only one size can be -1.`, {
      size,
      shape: given,
    });
  }
  const wanted = unknowns === 1 ? (list as number[]).map((n) => (n === -1 ? 1 : n)) : given;
  const shape = shapeOf(wanted, 1);
  const rest = sizeOf(shape);
  const wrong = unknowns === 1 ? rest === 0 || size % rest !== 0 : rest !== size;
  if (wrong) {
    const reason = unknowns === 0 ? `that is ${rest} elements` : "no size for the -1 makes as many";
    throw new SharrayError("BAD_SHAPE", `cannot reshape ${size} elements to ${text(given)}: ${reason}.`, {
      size,
      shape: given,
    });
  }
  return unknowns === 1 ? (list as number[]).map((n) => (n === -1 ? size / rest : n)) : shape;
}

/**
 * The strides with which elements in C order have a new shape without moving, or null when there are none: axes are
 * taken in groups of equal size on both sides, and within a group the old axes must be one run.
 */
function strided(from: Geometry, shape: readonly number[], itemsize: number): number[] | null {
  const old = from.shape.map((n, axis) => ({ n, stride: from.strides[axis]! })).filter(({ n }) => n !== 1);
  const strides = new Array<number>(shape.length);
  let axis = 0;
  let group = 0;
  while (group < old.length) {
    const first = axis;
    let last = group;
    let have = old[group]!.n;
    let want = shape[axis]!;
    while (have !== want) {
      if (want < have) want *= shape[++axis]!;
      else have *= old[++last]!.n;
    }
    for (let i = group; i < last; i++) {
      if (old[i]!.stride !== old[i + 1]!.stride * old[i + 1]!.n) return null;
    }
    let step = old[last]!.stride;
    for (let i = axis; i >= first; i--) {
      strides[i] = step;
      step *= shape[i]!;
    }
    axis++;
    group = last + 1;
  }
  const innermost = axis === 0 ? itemsize : strides[axis - 1]!;
  for (; axis < shape.length; axis++) strides[axis] = innermost;
  return strides;
}

/** The same memory with another shape. Throws BAD_SHAPE for another number of elements, NOT_CONTIGUOUS where it needs a copy. */
export function reshape(from: Geometry, given: unknown, itemsize: number): Geometry {
  const size = sizeOf(from.shape);
  const shape = complete(given, size);
  // As in NumPy the same shape, written out, is the same view, strides of axes that have one element included.
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length === from.shape.length && list.every((n, axis) => n === from.shape[axis])) {
    return { offset: from.offset, shape, strides: [...from.strides] };
  }
  if (size === 0) return { offset: from.offset, shape, strides: packedStrides(shape, itemsize) };
  const strides = strided(from, shape, itemsize);
  if (strides === null) {
    throw new SharrayError(
      "NOT_CONTIGUOUS",
      `cannot reshape a view of shape ${text(from.shape)} and strides ${text(from.strides)} to ${text(given)} without copying; ` +
        "use copy().reshape(...).",
      { shape: from.shape, strides: from.strides, to: given },
    );
  }
  return { offset: from.offset, shape, strides };
}
