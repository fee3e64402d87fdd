import { inspect } from "node:util";
import type { Slice } from "../array/geometry.ts";
import { npyHeader } from "../array/npy/format.ts";
import { arrayOn, type SharedArray } from "../array/shared.ts";
import type { View } from "../array/view.ts";
import type { DType } from "../dtype/dtype.ts";
import type { DTypeLike, FieldName, FieldsOf } from "../dtype/element.ts";
import type { Layout } from "../dtype/layout.ts";
import { SharrayError } from "../errors.ts";
import { checkOptions } from "../memory/arguments.ts";
import { Block } from "../memory/block.ts";
import { placeAbove } from "../memory/places.ts";
import type { NativeFile, NativeMonitor } from "../native/hdf5.ts";
import { Attributes } from "./attributes.ts";
import type { DatasetInfo, OpenFile } from "./open_file.ts";
import { appendInPieces, writePieces } from "./pieces.ts";
import { axesOf, fieldsOf, type ReadOptions, selectionOf } from "./selection.ts";
import { kept, type Source, shapeText, sourceOf, type Writable } from "./source.ts";
import { type StoredType, storedType } from "./stored_type.ts";
import { watched } from "./watch.ts";

/** Options of `write`. */
export interface WriteOptions {
  /** Rows `[start, stop]` of the first axis; default: all. */
  rows?: Slice | undefined;
}

/** An array in a file, as h5py's `Dataset`. */
export class Dataset<D extends DTypeLike = DTypeLike> {
  /** Its path within the file, from the root on. */
  readonly path: string;
  /** Its attributes. */
  readonly attrs: Attributes;
  readonly #file: OpenFile;

  /** Not for callers: `createDataset` and `get` make them. */
  constructor(file: OpenFile, path: string) {
    this.#file = file;
    this.path = path;
    this.attrs = new Attributes(file, path);
  }

  /** Sizes of the axes; `[]` for a single element. */
  get shape(): number[] {
    this.#file.check();
    return [...this.#shape()];
  }

  /** The dtype of its elements, gaps between fields included. Throws NOT_SUPPORTED where no dtype says what they are. */
  get dtype(): DType<D> {
    this.#file.check();
    return this.#type().dtype as DType<D>;
  }

  /** The shape of its chunks; null when it is not chunked. */
  get chunks(): number[] | null {
    this.#file.check();
    const { chunks } = this.#info();
    return chunks === null ? null : [...chunks];
  }

  /** "gzip", the name of another compression, or null. */
  get compression(): string | null {
    this.#file.check();
    return this.#info().compression;
  }

  /**
   * Reads it, or a part of it, into fresh shared memory.
   *
   * ```ts
   * using rows = await d.read({ rows: [0, 1000], fields: ["pos", "pct"] });
   * ```
   *
   * @throws CLOSED, BAD_ARGUMENT, NOT_FOUND (a field), NO_SPACE, NOT_SUPPORTED (types and compressions), HDF5_ERROR, IO_ERROR
   */
  async read<const F extends FieldName<D>>(
    options: ReadOptions & { fields: readonly F[] },
  ): Promise<SharedArray<FieldsOf<D, F>>>;
  async read(options?: ReadOptions & { fields?: undefined }): Promise<SharedArray<D>>;
  async read(options?: ReadOptions & { fields?: readonly FieldName<D>[] | undefined }): Promise<SharedArray>;
  async read(options: ReadOptions = {}): Promise<SharedArray> {
    const place = placeAbove(this.read);
    return await this.#file.run(async (native) => {
      const axes = selectionOf(this.#shape(), options);
      const fields = fieldsOf(options);
      const type =
        fields === null ? this.#type() : storedType(JSON.parse(await native.element(this.path, fields)) as Layout);
      const shape = [...axes.map((axis) => axis.count), ...type.shape];
      const header = npyHeader(type.dtype, shape);
      const length = shape.reduce((product, n) => product * n, type.dtype.itemsize);
      const block = await Block.createAsync(header.length + length);
      try {
        block.native.write(header, 0);
        await watched({}, (monitor) =>
          native.read(this.path, JSON.stringify(axes), fields, block.native, header.length, monitor),
        );
      } catch (error) {
        block.close();
        throw error;
      }
      return arrayOn(block, { offset: header.length, shape, dtype: type.dtype }, place);
    });
  }

  /**
   * Writes all of it, or the rows that are named. The array has exactly their shape; another dtype is converted where every
   * value fits.
   *
   * @throws CLOSED, READ_ONLY, BAD_SHAPE, BAD_VALUE, BAD_ARGUMENT, NO_SPACE, NOT_SUPPORTED, HDF5_ERROR, IO_ERROR
   */
  async write(array: Writable, options: WriteOptions = {}): Promise<void> {
    checkOptions(options, ["rows"], "write");
    await this.#take(array, async (values, native) => {
      const shape = this.#shape();
      const [rows] = axesOf(shape, options.rows === undefined ? [] : [options.rows]);
      if (rows !== undefined && rows.step !== 1) {
        throw new SharrayError("BAD_ARGUMENT", "write: rows are [start, stop], without a step", { rows: options.rows });
      }
      const expected = rows === undefined ? shape : [rows.count, ...shape.slice(1)];
      const first = rows?.start ?? 0;
      await this.#put(values, expected, ({ from }) =>
        watched({}, (monitor) =>
          "native" in from
            ? native.writeRows(this.path, first, rows?.count ?? 1, from.native, from.offset, monitor)
            : this.#writePieces(native, first, from, monitor),
        ),
      );
    });
  }

  /**
   * Adds rows at the end, and lengthens the first axis by them: `maxshape` of `createDataset` must allow it.
   *
   * @throws CLOSED, READ_ONLY, BAD_SHAPE, BAD_VALUE, NO_SPACE, NOT_SUPPORTED, HDF5_ERROR, IO_ERROR
   */
  async append(array: Writable): Promise<void> {
    await this.#take(array, async (values, native) => {
      await this.#put(values, [null, ...this.#shape().slice(1)], async ({ shape, from }) => {
        const info = await watched({}, (monitor) =>
          "native" in from
            ? native.append(this.path, shape[0] ?? 0, from.native, from.offset, monitor)
            : appendInPieces(native, this.path, from, monitor),
        );
        this.#file.note({ kind: "dataset", path: this.path, info: JSON.parse(info) });
      });
    });
  }

  async #writePieces(native: NativeFile, first: number, view: View, monitor: NativeMonitor): Promise<void> {
    try {
      await writePieces(native, { path: this.path, info: this.#info(), first }, view, monitor);
    } catch (error) {
      // Some rows may be there by now: a new file is not fit to appear, whatever it was.
      this.#file.spoil();
      throw error;
    }
  }

  /** Writes when its turn has come; the values stay until then, whatever becomes of their array. */
  async #take(array: Writable, write: (values: Writable, native: NativeFile) => Promise<void>): Promise<void> {
    this.#file.check();
    const { values, release } = kept(array);
    await this.#file.write((native) => write(values, native)).finally(release);
  }

  /** Brings the values into the dataset's dtype, compares shapes, and hands them to `write`. */
  async #put(array: Writable, expected: (number | null)[], write: (source: Source) => Promise<void>): Promise<void> {
    const type = this.#type();
    const source = await sourceOf(array, type.dtype);
    try {
      const full = [...expected, ...type.shape];
      const fits = source.shape.length === full.length && full.every((n, i) => n === null || n === source.shape[i]);
      if (!fits) {
        const shown = shapeText(full).replaceAll("null", "any");
        throw new SharrayError(
          "BAD_SHAPE",
          `${this.path}: an array of shape ${shapeText(source.shape)} was given, ${shown} is expected`,
          { path: this.path, shape: source.shape, expected: full },
        );
      }
      await write(source);
    } finally {
      source.release();
    }
  }

  #info(): DatasetInfo {
    const entry = this.#file.entry(this.path);
    if (entry?.kind === "dataset") return entry.info;
    throw new SharrayError("NOT_FOUND", `${this.#file.path}: there is no dataset ${this.path}`, { path: this.path });
  }

  #type(): StoredType {
    const { element, unsupported } = this.#info();
    if (element !== null) return storedType(element);
    throw new SharrayError(
      "NOT_SUPPORTED",
      `${this.#file.path}, ${this.path}: this version cannot read ${unsupported ?? "its type"}`,
      { path: this.path },
    );
  }

  #shape(): number[] {
    return this.#info().shape ?? [];
  }

  static {
    const print = function (this: Dataset): string {
      return this.#file.closed ? "Dataset (closed)" : `Dataset ${this.path} ${shapeText(this.shape)}`;
    };
    Object.defineProperty(Dataset.prototype, inspect.custom, { value: print });
  }
}
