import { SharrayError } from "../../errors.ts";
import { fieldsOf } from "../columns.ts";
import { runsOf } from "../element/gaps.ts";
import { packedStrides, sizeOf } from "../geometry.ts";
import { BufferStorage, covers, type Storage } from "../storage.ts";
import { type View, walk } from "../view.ts";
import { crossover, type Transfer, transfer } from "./bulk.ts";
import { type Lane, lanesBetween, onlyMoves } from "./lanes.ts";

/** A buffer for a copy of so many bytes. Throws TOO_LARGE. */
function bufferOf(nbytes: number): ArrayBuffer {
  try {
    return new ArrayBuffer(nbytes);
  } catch (cause) {
    throw new SharrayError(
      "TOO_LARGE",
      `${nbytes} bytes do not fit one buffer of this Node (${process.version}); SharedArray.from(array) takes any size.`,
      { nbytes },
      { cause },
    );
  }
}

/** The array of a view's shape and dtype, in C order without gaps, over a buffer: a new one of zeros unless it is given. */
export function packedView({ dtype, shape }: View, given?: ArrayBuffer): View {
  const buffer = given ?? bufferOf(sizeOf(shape) * dtype.itemsize);
  const storage = new BufferStorage(buffer, 0, buffer.byteLength);
  const strides = packedStrides(shape, dtype.itemsize);
  return { storage, dtype, offset: 0, shape: [...shape], strides, columns: null };
}

/** The transfer of a view's elements to where `packedView` has them; gaps of records come along where that is less work. */
export function packing(view: View): Transfer {
  const { shape, dtype, columns } = view;
  const strides = packedStrides(shape, dtype.itemsize);
  const to = { ...view, offset: 0, strides, columns: null };
  if (columns !== null) return wholeElements(to, view);
  const op = { is: "copy", size: dtype.itemsize, unit: 1 } as const;
  return { shape, lanes: dtype.itemsize === 0 ? [] : [{ to, from: view, op }], overlapping: false };
}

/** A packed copy of an array's elements in memory of their own, with another dtype's order of bytes left as it is. */
export function pack(view: View): View {
  const packed = packedView(view);
  moveElements(packed.storage, view.storage, packing(view), view.dtype.itemsize);
  return packed;
}

type CopyElement = (to: DataView, at: number, from: DataView, start: number) => void;

/** Copies bytes as they are; a copy between typed arrays costs more than small elements are worth. */
function plainCopier(size: number): CopyElement {
  if (size === 1) return (to, at, from, start) => to.setUint8(at, from.getUint8(start));
  if (size === 2) return (to, at, from, start) => to.setUint16(at, from.getUint16(start));
  if (size === 4) return (to, at, from, start) => to.setUint32(at, from.getUint32(start));
  // Numbers would lose the payload of a NaN on some machines; halves do not.
  if (size <= 64) {
    return (to, at, from, start) => {
      let i = 0;
      for (; i + 4 <= size; i += 4) to.setUint32(at + i, from.getUint32(start + i));
      for (; i < size; i++) to.setUint8(at + i, from.getUint8(start + i));
    };
  }
  return (to, at, from, start) => {
    const bytes = new Uint8Array(from.buffer, from.byteOffset + start, size);
    new Uint8Array(to.buffer, to.byteOffset + at, size).set(bytes);
  };
}

/** Copies bytes, those of each unit in reverse order. */
function swapCopier(size: number, unit: number): CopyElement {
  return (to, at, from, start) => {
    for (let first = 0; first < size; first += unit) {
      for (let i = 0; i < unit; i++) to.setUint8(at + first + i, from.getUint8(start + first + unit - 1 - i));
    }
  };
}

/** Moves lanes of elements, which do not overlap, one element after another. */
function moveEach(target: Storage, source: Storage, { shape, lanes }: Transfer): void {
  for (const { to, from, op } of lanes) {
    if (op.is !== "copy") continue;
    const { size, unit } = op;
    const copy = unit === 1 ? plainCopier(size) : swapCopier(size, unit);
    let here = target.window(to.offset, size);
    let there = source.window(from.offset, size);
    walk(shape, to, from, (at, start) => {
      if (!covers(here, at, size)) here = target.window(at, size);
      if (!covers(there, start, size)) there = source.window(start, size);
      copy(here.view, at - here.start, there.view, start - there.start);
    });
  }
}

/** Whether so many elements of so many bytes are worth a call to native code. */
export function isWorthACall(elements: number, bytes: number): boolean {
  return elements >= crossover.elements || bytes >= crossover.bytes;
}

/** Moves elements by lanes, in native code where that is worth it. */
export function moveElements(target: Storage, source: Storage, what: Transfer, itemsize: number): void {
  const size = sizeOf(what.shape);
  if (size === 0 || what.lanes.length === 0) return;
  const native = what.overlapping || !onlyMoves(what.lanes) || isWorthACall(size, size * itemsize);
  if (native) transfer(target, source, what);
  else moveEach(target, source, what);
}

/** Copies elements of an equal dtype as they are, but for what lies in the gaps of records; `strides` are the source's for the target's shape. */
export function copyElements(to: View, from: View, strides: readonly number[]): void {
  moveElements(to.storage, from.storage, wholeElements(to, { ...from, strides: [...strides] }), to.dtype.itemsize);
}

/** The transfer of elements of an equal dtype. */
export function wholeElements(to: View, from: View): Transfer {
  const source = { ...from, shape: to.shape };
  return { shape: to.shape, lanes: lanesBetween(to, source) ?? everyRun(to, source), overlapping: false };
}

/** For records of very many parts. */
function everyRun(to: View, from: View): Lane[] {
  if (to.columns !== null || from.columns !== null) {
    const sources = fieldsOf(from);
    return fieldsOf(to).flatMap((field, index) => {
      const source = sources[index]!;
      const axes = to.strides.length;
      // The items of a sub-array follow each other: each is a lane of its own.
      const items = itemOffsets(field.shape.slice(axes), field.dtype.itemsize);
      return items.flatMap((item) =>
        runsOf(field.dtype).map(({ offset, size }) => ({
          to: { offset: field.offset + item + offset, strides: field.strides.slice(0, axes) },
          from: { offset: source.offset + item + offset, strides: source.strides.slice(0, axes) },
          op: { is: "copy", size, unit: 1 } as const,
        })),
      );
    });
  }
  return runsOf(to.dtype).map(({ offset, size }) => ({
    to: { offset: to.offset + offset, strides: to.strides },
    from: { offset: from.offset + offset, strides: from.strides },
    op: { is: "copy", size, unit: 1 },
  }));
}

function itemOffsets(shape: readonly number[], itemsize: number): number[] {
  return Array.from({ length: sizeOf(shape) }, (_, item) => item * itemsize);
}
