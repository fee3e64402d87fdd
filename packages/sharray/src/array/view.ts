import type { DType } from "../dtype/dtype.ts";
import { SharrayError } from "../errors.ts";
import { readerOf } from "./element/reader.ts";
import { recordReader, recordStorer } from "./element/record.ts";
import { storerOf, writerOf } from "./element/writer.ts";
import { count, extent, type Geometry, position } from "./geometry.ts";
import { text } from "./spell.ts";
import { covers, type Storage, type Window } from "./storage.ts";

/** What an array is made of: elements of a dtype at places of a storage. */
export interface View extends Geometry {
  readonly storage: Storage;
  readonly dtype: DType;
  /**
   * Null where each element is a run of bytes. In columns, the byte at which the run of each field begins, in the order of the
   * dtype's fields; offset and strides count elements then: of the element at place p, field k lies at `columns[k] + p * size`.
   */
  readonly columns: readonly number[] | null;
}

/** Throws READ_ONLY where the storage must not change. */
export function checkWritable(view: View, what: string): void {
  view.storage.check();
  if (view.storage.readonly) {
    throw new SharrayError(
      "READ_ONLY",
      `${what}: the array was attached with readonly: true, or opened with mode "r"; attach without it or open with "r+" or "c" to change the data, or use copy().`,
      {},
    );
  }
}

/** `checkWritable` before every element is stored: throws NO_SPACE too, where that takes memory which is not there. */
export function checkStores(view: View, what: string): void {
  checkWritable(view, what);
  const { place } = view.storage;
  if (place === null || !place.block.copyOnWrite) return;
  const { low, high } =
    view.columns === null ? extent(view, view.dtype.itemsize) : { low: 0, high: place.block.size - place.offset };
  place.block.checkChange(place.offset + low, high - low);
}

/** Where the element of an index begins: a byte, in columns a place. */
export function locate(view: View, index: readonly unknown[]): number {
  const { shape, strides } = view;
  if (index.length !== shape.length) {
    const fewer = index.length < shape.length ? " at(i) and slice(...) take fewer." : "";
    const hint = Array.isArray(index[0]) ? ` get takes them one by one: get(${text(index[0]).slice(1, -1)}).` : fewer;
    throw new SharrayError(
      "BAD_ARGUMENT",
      `${index.length === 1 ? "1 index" : `${index.length} indices`} for an array of ${count(shape.length)}.${hint}`,
      { indices: index.length, ndim: shape.length },
    );
  }
  let at = view.offset;
  for (let axis = 0; axis < shape.length; axis++) at += position(index[axis], shape[axis]!, axis) * strides[axis]!;
  return at;
}

/** The element at a byte of the storage, in columns at a place. */
export function readAt(view: View, at: number): unknown {
  if (view.columns !== null) return recordReader(view)(at);
  const { view: bytes, start } = view.storage.window(at, view.dtype.itemsize);
  return readerOf(view.dtype)(bytes, at - start);
}

/** Reads one element after another: for loops, which find the reader and mostly the window as they were. */
export function readerIn(view: View): (at: number) => unknown {
  if (view.columns !== null) return recordReader(view);
  const { storage, dtype } = view;
  const read = readerOf(dtype);
  const { itemsize } = dtype;
  let window: Window | null = null;
  return (at) => {
    if (window === null || !covers(window, at, itemsize)) window = storage.window(at, itemsize);
    return read(window.view, at - window.start);
  };
}

/** Stores one element after another, of values that were checked before. */
export function storerIn(view: View): (at: number, value: unknown) => void {
  const { storage, dtype } = view;
  const write = storerOf(dtype);
  if (view.columns !== null) return recordStorer(view, write);
  const { itemsize } = dtype;
  let window: Window | null = null;
  return (at, value) => {
    if (window === null || !covers(window, at, itemsize)) window = storage.window(at, itemsize);
    write(window.view, at - window.start, value);
  };
}

/** Stores the element at a byte of the storage, in columns at a place. */
export function writeAt(view: View, at: number, value: unknown): void {
  if (view.columns !== null) {
    recordStorer(view, storerOf(view.dtype))(at, value);
    return;
  }
  const { view: bytes, start } = view.storage.window(at, view.dtype.itemsize);
  writerOf(view.dtype)(bytes, at - start, value);
}

/**
 * Calls `visit` with the byte of each element, in C order, and with the byte of its partner in a second run of strides,
 * until it returns false. Returns whether it never did.
 */
export function walk(
  shape: readonly number[],
  first: { readonly offset: number; readonly strides: readonly number[] },
  second: { readonly offset: number; readonly strides: readonly number[] },
  visit: (a: number, b: number) => unknown,
): boolean {
  const last = shape.length - 1;
  if (last < 0) return visit(first.offset, second.offset) !== false;
  const along = (axis: number, a: number, b: number): boolean => {
    const n = shape[axis]!;
    const stepA = first.strides[axis]!;
    const stepB = second.strides[axis]!;
    for (let i = 0; i < n; i++) {
      const next: unknown =
        axis === last ? visit(a + i * stepA, b + i * stepB) : along(axis + 1, a + i * stepA, b + i * stepB);
      if (next === false) return false;
    }
    return true;
  };
  return along(0, first.offset, second.offset);
}

/** The elements that `at(i)` chooses: one index for each leading axis. */
export function descend(view: View, index: readonly unknown[]): Geometry {
  if (index.length === 0 || index.length > view.shape.length) {
    throw new SharrayError(
      "BAD_ARGUMENT",
      view.shape.length === 0
        ? "at: an array without axes has nothing to choose from; get() is its element."
        : `at takes 1 to ${view.shape.length} indices for an array of ${count(view.shape.length)}, not ${index.length}.`,
      { indices: index.length, ndim: view.shape.length },
    );
  }
  let offset = view.offset;
  for (const [axis, i] of index.entries()) offset += position(i, view.shape[axis]!, axis) * view.strides[axis]!;
  return { offset, shape: view.shape.slice(index.length), strides: view.strides.slice(index.length) };
}
