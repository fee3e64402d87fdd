import { type InspectOptionsStylized, inspect } from "node:util";
import { type DType, dtypeOf } from "../dtype/dtype.ts";
import type {
  DataOf,
  DTypeLike,
  ElementOf,
  FieldName,
  FieldType,
  Nested,
  TypedArray,
  ValueOf,
} from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
import { checkOptions } from "../memory/arguments.ts";
import { forbidCloning } from "../memory/not_cloneable.ts";
import { tableOf } from "./arrow/table.ts";
import type { ArrowTable, ToArrowOptions } from "./arrow/types.ts";
import { assign, fill } from "./bulk/assign.ts";
import { pack } from "./bulk/copy.ts";
import { equal } from "./bulk/equal.ts";
import { packAsync } from "./bulk/offloop.ts";
import { type Assignable, Operations, reach } from "./bulk/operations.ts";
import { type ArrayLayout, fieldView, layoutOfView, rowStrides, unitOf } from "./columns.ts";
import { bytesOf, dataOf } from "./data.ts";
import { specialise, specialiseEarly, specialiseField, usesBefore } from "./element/accessor.ts";
import { type Geometry, type Slice, sizeOf, slice, transpose } from "./geometry.ts";
import { type ArrayHandle, handleOf } from "./handle.ts";
import { draw } from "./inspect.ts";
import { toJson } from "./json.ts";
import { toLists, type WithNumbers, withNumbers } from "./lists.ts";
import { filePath } from "./npy/file_path.ts";
import { saveNpy } from "./npy/save.ts";
import { type BufferLike, type NDArrayOptions, viewIn, viewOver } from "./over.ts";
import { reshape } from "./reshape.ts";
import { text } from "./spell.ts";
import { BlockStorage, BufferStorage } from "./storage.ts";
import { checkWritable, descend, locate, readAt, type View, writeAt } from "./view.ts";

export type { Assignable, Lists } from "./bulk/operations.ts";
export type { BufferLike, NDArrayOptions } from "./over.ts";

let viewUnder: (array: NDArray<DTypeLike>) => View;
let specialiseUnder: (array: NDArray<DTypeLike>) => void;
let layoutUnder: (array: NDArray<DTypeLike>, spell: (view: View) => string) => string;

/**
 * An n-dimensional array over memory that it does not own, as NumPy's `ndarray(shape, dtype, buffer, offset, strides)`.
 *
 * Elements are `ElementOf` the dtype. Indices may be negative. Every method throws CLOSED once the memory was given back,
 * and what changes elements throws READ_ONLY on a read-only attachment.
 *
 * (To the compiler: an array of one dtype is an array of dtypes, which it cannot derive through conditional types.)
 * @ts-expect-error TS2636 */
export class NDArray<out D extends DTypeLike = DTypeLike> extends Operations<D> {
  readonly #view: View;
  readonly #size: number;
  #reads = 0;
  #data: TypedArray | undefined;
  #layout: string | undefined;

  static {
    viewUnder = (array) => array.#view;
    specialiseUnder = (array) => array.#specialise(specialiseEarly);
    reach((array) => (array as NDArray).#open());
    layoutUnder = (array, spell) => {
      array.#layout ??= spell(array.#view);
      return array.#layout;
    };
    const print = function (this: NDArray, depth: number, options: InspectOptionsStylized): string {
      return draw(this.constructor.name, this.#view, depth, options);
    };
    Object.defineProperty(NDArray.prototype, inspect.custom, { value: print });
  }

  /**
   * @param shape sizes of the axes; `[]` for a single element
   * @param buffer an ArrayBuffer, SharedArrayBuffer, typed array, Buffer or DataView, such as `shm.buf`
   * Throws BAD_SHAPE when the buffer is too small, BAD_DTYPE, BAD_ARGUMENT.
   */
  constructor(
    shape: number | readonly number[],
    dtype: D | DType<D>,
    buffer: BufferLike,
    options: NDArrayOptions = {},
  ) {
    super();
    const trusted = buffer instanceof BufferStorage || buffer instanceof BlockStorage;
    this.#view = trusted
      ? viewIn(buffer, dtype as unknown as DType, shape as number[], options as Partial<View>)
      : viewOver(shape, dtypeOf(dtype) as DType, buffer, options);
    this.#size = sizeOf(this.#view.shape);
    forbidCloning(this, new.target.name);
    // A class that adds fields has to have them before: each array would be of a shape of its own to V8.
    if (new.target === NDArray) this.#specialise(specialiseEarly);
  }

  /** Sizes of the axes. */
  get shape(): number[] {
    return [...this.#view.shape];
  }

  /** Bytes from one element to the next along each axis; in columns those of the same array in rows. */
  get strides(): number[] {
    return rowStrides(this.#view);
  }

  /** Whether records lie together ("rows"), or each field in a run of its own ("columns"): see `SharedArray.create`. */
  get layout(): ArrayLayout {
    return layoutOfView(this.#view);
  }

  get dtype(): DType<D> {
    return this.#view.dtype as DType<D>;
  }

  /** Number of elements. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of all elements: size times item size. */
  get nbytes(): number {
    return this.size * this.#view.dtype.itemsize;
  }

  /** Number of axes. */
  get ndim(): number {
    return this.#view.shape.length;
  }

  /**
   * The typed array over the elements, without a copy: native numbers in C order without gaps (booleans as bytes, dates and
   * durations as BigInt64Array). Throws NOT_CONTIGUOUS otherwise, TOO_LARGE where this Node cannot wrap so many bytes.
   */
  get data(): DataOf<D> {
    this.#view.storage.check();
    // Length 0: somebody transferred its buffer away, and the memory is wrapped anew.
    if (this.#data === undefined || (this.#data.length === 0 && this.#size > 0)) this.#data = dataOf(this.#view);
    return this.#data as DataOf<D>;
  }

  /** The bytes of the elements, without a copy. Throws NOT_CONTIGUOUS unless they lie in C order without gaps, TOO_LARGE. */
  get bytes(): Uint8Array {
    return bytesOf(this.#open());
  }

  /**
   * One element: an index for each axis. A record is a plain object.
   * Throws OUT_OF_BOUNDS, BAD_ARGUMENT for another number of indices.
   */
  get(...index: number[]): ElementOf<D> {
    const view = this.#open();
    if (++this.#reads === usesBefore(view) && this.#specialise()) return this.get(...index);
    return readAt(view, locate(view, index)) as ElementOf<D>;
  }

  /** Gives the array a `get` made for its dtype, unless it has one, or one of a program's own class; whether it was given one, and an iterator. */
  #specialise(give: typeof specialise = specialise): boolean {
    return this.get === generalGet && give(this, this.#view, Object.getPrototypeOf(this) as object);
  }

  /**
   * Stores one element; `index` is a number where there is one axis, else a list. Throws BAD_VALUE for a value that does not
   * fit, and leaves the old element then; OUT_OF_BOUNDS, BAD_ARGUMENT, READ_ONLY.
   */
  set(index: number | readonly number[], value: ValueOf<D>): void {
    const view = this.#view;
    checkWritable(view, "set");
    if (++this.#reads === usesBefore(view)) this.#specialise();
    if (typeof index !== "number" && !Array.isArray(index)) {
      throw new SharrayError(
        "BAD_ARGUMENT",
        `set: the index ${text(index)} is neither an integer nor a list of them.`,
        { index },
      );
    }
    writeAt(view, locate(view, typeof index === "number" ? [index] : (index as readonly number[])), value);
  }

  /** The view at an index of the first axis, or of several leading ones: one dimension less for each. Throws OUT_OF_BOUNDS. */
  at(...index: number[]): NDArray<D> {
    return this.#derive(descend(this.#open(), index));
  }

  /**
   * The view of a part: for each axis `[start, stop, step]` with Python's rules, or null for all of it; axes that are left out
   * are whole. Throws BAD_ARGUMENT.
   */
  slice(...slices: readonly (Slice | null)[]): NDArray<D> {
    return this.#derive(slice(this.#open(), slices));
  }

  /** The view of one field of the records; a sub-array's axes come last. Throws NOT_FOUND. */
  field<Name extends FieldName<D>>(name: Name): NDArray<FieldType<D, Name>> {
    const view = this.#open();
    const { dtype } = view;
    const field = dtype.fields?.get(name);
    if (field === undefined) {
      const known =
        dtype.fields === null ? `the elements are ${dtype}, not records` : `the fields are ${dtype.names!.join(", ")}`;
      throw new SharrayError("NOT_FOUND", `there is no field ${text(name)}: ${known}.`, {
        field: name,
        fields: dtype.names,
      });
    }
    const array = viewOn<FieldType<D, Name>>(fieldView(view, dtype.names!.indexOf(name), field));
    array.#specialise(specialiseField);
    return array;
  }

  /**
   * The same elements, in C order, with another shape; one size may be -1. Throws BAD_SHAPE for another number of elements,
   * NOT_CONTIGUOUS where it could not be a view.
   */
  reshape(shape: number | readonly number[]): NDArray<D>;
  reshape(shape: number | readonly number[], ...rest: unknown[]): NDArray<D> {
    if (rest.length > 0) {
      const list = text([shape, ...rest]);
      throw new SharrayError("BAD_ARGUMENT", `reshape takes one list of sizes: reshape(${list}).`, { shape });
    }
    return this.#derive(reshape(this.#open(), shape, unitOf(this.#view)));
  }

  /** The view with the axes reversed, or in the given order. Throws BAD_ARGUMENT. */
  transpose(...axes: number[]): NDArray<D> {
    return this.#derive(transpose(this.#open(), axes));
  }

  /**
   * a[:] = x: an array, nested lists, a typed array, or one element, broadcast as in NumPy. Numbers of one kind go into another
   * where every value fits. Throws BAD_VALUE or BAD_SHAPE and leaves the array as it was; READ_ONLY.
   */
  assign(values: Assignable<D>): this {
    assign(this.#view, values, values instanceof NDArray ? viewUnder(values) : null);
    return this;
  }

  /** Gives every element the same value. Throws BAD_VALUE, READ_ONLY. */
  fill(value: ValueOf<D>): this {
    fill(this.#view, value);
    return this;
  }

  /**
   * Nested lists of elements; the bare element where there are no axes. With `bigint: "number"` numbers stand for bigints, at any
   * depth of records and sub-arrays. Throws BAD_VALUE, with the index, for one that a number does not hold exactly; TOO_LARGE.
   */
  toArray(options: { bigint: "number" }): Nested<WithNumbers<ElementOf<D>>>[];
  toArray(options?: { bigint?: "bigint" | "number" }): Nested<ElementOf<D>>[];
  toArray(options: { bigint?: "bigint" | "number" } = {}): unknown {
    checkOptions(options, ["bigint"], "toArray");
    const { bigint = "bigint" } = options;
    if (bigint !== "bigint" && bigint !== "number") {
      throw new SharrayError("BAD_ARGUMENT", `toArray: bigint is "bigint" or "number", not ${text(bigint)}.`, {
        bigint,
      });
    }
    return toLists(this.#open(), bigint === "number" ? withNumbers : (value) => value);
  }

  /**
   * The Arrow table of an array of one axis, of the package `apache-arrow`, which is to be installed: what DuckDB, polars and Arrow's
   * IPC take. Fields are its columns; an array that is not of records is one column, `value`.
   *
   * Numbers, dates, durations and bytes that lie without gaps, as they do in `layout: "columns"`, are not copied: the table shows what
   * is stored later, holds the memory for as long as it is held, and is empty after `close()`. All else is copied. S and U become
   * Utf8, M8[D] DateDay, M8 Timestamp, m8 Duration, with null for NaT, complex numbers Struct{re, im}, V FixedSizeBinary, sub-arrays
   * FixedSizeList, and records in records Struct. A table of more than 2 GiB a column has several batches.
   *
   * @throws BAD_SHAPE for another number of axes; NOT_SUPPORTED without apache-arrow, and for a unit of time that Arrow has not;
   * BAD_VALUE for a date that does not fit; NOT_FOUND, BAD_ARGUMENT
   */
  toArrow(options: ToArrowOptions<FieldName<D>> = {}): ArrowTable<D> {
    return tableOf(this.#open(), options) as unknown as ArrowTable<D>;
  }

  /** A copy in ordinary memory, in C order; of a SharedArray (not of its views) in shared memory. Throws TOO_LARGE where this Node has no buffer so large. */
  copy(): NDArray<D> {
    return viewOn<D>(pack(this.#open()));
  }

  /** `copy` off the event loop; an array in shared memory may be closed meanwhile. Throws TOO_LARGE, NO_SPACE, CLOSED. */
  async copyAsync(): Promise<NDArray<D>> {
    return viewOn<D>(await packAsync(this.#open()));
  }

  /**
   * Whether shape and elements are equal, as NumPy's `array_equal`: NaN and NaT differ from themselves, and the dtypes may be of
   * other sizes, byte orders and units. S never equals U, and records are compared where their fields have the same names, in
   * the same order. Throws BAD_ARGUMENT for what is no array.
   */
  equals(other: NDArray<DTypeLike>): boolean {
    if (!(other instanceof NDArray)) {
      throw new SharrayError(
        "BAD_ARGUMENT",
        `equals: ${text(other)} is no array; SharedArray.from(values) and new NDArray(...) make one.`,
        {},
      );
    }
    viewUnder(other).storage.check();
    return equal(this.#open(), viewUnder(other));
  }

  /**
   * Writes the array, or the view, as a .npy file: byte for byte what NumPy's `np.save` writes, so in Fortran order where it lies in
   * that, and in format 1.0 unless the dtype needs 2.0 or 3.0. The path is taken as it is: no ".npy" is appended.
   *
   * The file appears under its name when all of it is on the disk; one that had the name is replaced then, and keeps its
   * permissions. Large arrays are written from shared memory, off the event loop. An array that is closed meanwhile is written as
   * it was.
   *
   * @throws FILE_NOT_FOUND when there is no such folder; PERMISSION_DENIED, IS_DIRECTORY, NO_SPACE, CLOSED, BAD_ARGUMENT; BAD_DTYPE
   * for a description that is too long for a header
   */
  async save(path: string | URL): Promise<void> {
    await saveNpy(this.#open(), filePath(path, "save"));
  }

  /**
   * The elements of an array of one axis. The items of an array of more axes are views, `at(0)`, `at(1)`, ..., which the type
   * cannot tell: where that matters, call `at(i)`. Throws BAD_ARGUMENT for an array without axes.
   */
  [Symbol.iterator](): IterableIterator<ElementOf<D>> {
    const { shape } = this.#open();
    if (shape.length === 0)
      throw new SharrayError("BAD_ARGUMENT", "an array without axes has nothing to go through; use get().");
    if (shape.length === 1 && this.#specialise()) return this[Symbol.iterator]();
    return this.#items(shape);
  }

  *#items(shape: readonly number[]): IterableIterator<ElementOf<D>> {
    const item = shape.length === 1 ? (i: number) => this.get(i) : (i: number) => this.at(i) as unknown as ElementOf<D>;
    for (let i = 0; i < shape[0]!; i++) yield item(i);
  }

  /** What `console.log` shows: the shape, the dtype and, of a large array, the elements at the ends of the axes. */
  override toString(): string {
    return draw(this.constructor.name, this.#view);
  }

  /**
   * What JSON.stringify writes: `toArray({ bigint: "number" })`, raw bytes as lists. Throws TOO_LARGE for more than a million
   * elements, BAD_VALUE for an integer that a number does not hold exactly. (`handle()` is what lets another process attach.)
   */
  toJSON(): unknown {
    return toJson(this.#open());
  }

  /**
   * What another process or thread attaches to this very array or view with: plain JSON, good while the shared array is open
   * here. Throws CLOSED, and NOT_SUPPORTED over memory that is not shared.
   */
  handle(): ArrayHandle<D> {
    const view = this.#open();
    const { place } = view.storage;
    if (place === null) {
      throw new SharrayError(
        "NOT_SUPPORTED",
        "handle: the array lies over an ordinary buffer, which no other process can reach; SharedArray.from(array) makes a shared copy.",
        {},
      );
    }
    return handleOf<D>(view, place);
  }

  /** What it is made of, as long as its memory is there. */
  #open(): View {
    this.#view.storage.check();
    return this.#view;
  }

  #derive(at: Geometry): NDArray<D> {
    const { storage, dtype, columns } = this.#view;
    const { offset, shape, strides } = at;
    return viewOn<D>({ storage, dtype, offset, shape, strides, columns });
  }
}

const generalGet: unknown = NDArray.prototype.get;

/** The array over a view that is known to be sound. */
export function viewOn<D extends DTypeLike>(view: View): NDArray<D> {
  const { shape, dtype, storage, offset, strides, columns } = view;
  const options = { offset, strides, columns } as NDArrayOptions;
  return new NDArray<D>(shape, dtype as DType<D>, storage as unknown as BufferLike, options);
}

/** What an array is made of. */
export function viewOf(array: NDArray<DTypeLike>): View {
  return viewUnder(array);
}

/** To be told of a new array of another class: it may be one of a kind that is read element by element. */
export function expectReading(array: NDArray<DTypeLike>): void {
  specialiseUnder(array);
}

/** How an array lies in its memory, as `spell` puts it when it is asked for the first time: that does not change. */
export function layoutOf(array: NDArray, spell: (view: View) => string): string {
  return layoutUnder(array, spell);
}
