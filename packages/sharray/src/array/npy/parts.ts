import { sizeOf } from "../geometry.ts";
import type { View } from "../view.ts";

/** Parts of an array that follow each other in C order, none of more bytes than `most` unless it is one element. */
export function* parts(view: View, most: number): Generator<View> {
  const { offset, shape, strides, dtype } = view;
  const [n, ...inner] = shape;
  const total = sizeOf(shape) * dtype.itemsize;
  if (total === 0) return;
  if (n === undefined || total <= most) {
    yield view;
    return;
  }
  const count = Math.floor(most / (total / n));
  const [step, ...rest] = strides as [number, ...number[]];
  for (let i = 0; i < n; i += Math.max(1, count)) {
    const at = offset + i * step;
    if (count === 0) yield* parts({ ...view, offset: at, shape: inner, strides: rest }, most);
    else yield { ...view, offset: at, shape: [Math.min(count, n - i), ...inner] };
  }
}
