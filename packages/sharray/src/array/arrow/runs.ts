import { sizeOf } from "../geometry.ts";
import type { View } from "../view.ts";

/** `count` elements, one every `step` bytes from byte `at` of `bytes` on; `first` is the place of the first among all. */
export interface Run {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly step: number;
  readonly first: number;
  readonly count: number;
}

/** Goes through the elements of a view in C order, in runs of equal steps that lie within one window of its storage. */
export function eachRun(view: View, visit: (run: Run) => void): void {
  const { shape, strides, dtype, storage } = view;
  if (sizeOf(shape) === 0) return;
  const last = shape.length - 1;
  const length = last < 0 ? 1 : shape[last]!;
  const step = last < 0 ? 0 : strides[last]!;
  const { itemsize } = dtype;
  let first = 0;
  const along = (axis: number, start: number): void => {
    if (axis < last) {
      for (let i = 0; i < shape[axis]!; i++) along(axis + 1, start + i * strides[axis]!);
      return;
    }
    for (let done = 0; done < length; ) {
      const place = start + done * step;
      const { view: window, start: begin } = storage.window(place, itemsize);
      const at = place - begin;
      const room = step > 0 ? window.byteLength - itemsize - at : at;
      const count = step === 0 ? length - done : Math.min(length - done, Math.floor(room / Math.abs(step)) + 1);
      visit({ bytes: new Uint8Array(window.buffer, window.byteOffset, window.byteLength), at, step, first, count });
      first += count;
      done += count;
    }
  };
  along(0, view.offset);
}
