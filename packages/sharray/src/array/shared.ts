import { type DType, dtypeOf } from "../dtype/dtype.ts";
import type { DTypeLike, DTypeOfData, TypedArray } from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
import { checkOptions, flag } from "../memory/arguments.ts";
import { attached } from "../memory/attachments.ts";
import { Block } from "../memory/block.ts";
import { checkNaming, type Naming } from "../memory/names.ts";
import { type Place, placeAbove } from "../memory/places.ts";
import { readingOf } from "./arrow/read.ts";
import type { ArrowSource, FromArrowOptions } from "./arrow/types.ts";
import { blockOf } from "./block_of.ts";
import { type ArrayLayout, checkLayout, checkLayoutWord, type Placement } from "./columns.ts";
import { copyShared } from "./copy_shared.ts";
import { packedStrides, shapeOf } from "./geometry.ts";
import { type ArrayHandle, checkArrayHandle } from "./handle.ts";
import { leftOutOf, type Reject, type Truncated } from "./left_out.ts";
import { matchHandle } from "./match.ts";
import { type Assignable, type BufferLike, expectReading, NDArray, viewOf } from "./ndarray.ts";
import { filePath } from "./npy/file_path.ts";
import { headedArray } from "./npy/header.ts";
import { loadNpy } from "./npy/load.ts";
import { matchFile, type OpenOptions, openFile } from "./npy/open_file.ts";
import { openOrCreate } from "./open_or_create.ts";
import type { FromOptions, LoadOptions, SharedArrayOptions } from "./options.ts";
import { planOf } from "./plan.ts";
import { type PublishOptions, publish } from "./publish.ts";
import { BlockStorage } from "./storage.ts";
import { shapedSource } from "./values.ts";
import { attachOurs, checkAlike, checkSpec, type OpenOrCreateSpec, type Wanted } from "./wanted.ts";

export { blockOf } from "./block_of.ts";
export type { FromOptions, LoadOptions, SharedArrayOptions } from "./options.ts";

let on: <D extends DTypeLike>(block: Block, dtype: DType, at: Placement) => SharedArray<D>;

/**
 * An n-dimensional array in shared memory, which other processes attach to by its handle, without a copy. It owns its
 * attachment: after `close()` it and all its views throw CLOSED; the memory is freed when the last attachment anywhere is gone.
 *
 * ```ts
 * using a = SharedArray.create({ shape: [1000, 3], dtype: "<f8" });
 * a.set([0, 2], 1.5);
 * child.send(a.handle());                         // there: SharedArray.attach(handle)
 * ```
 *
 * (To the compiler: an array of one dtype is an array of dtypes, which it cannot derive through conditional types.)
 * @ts-expect-error TS2636 */
export class SharedArray<out D extends DTypeLike = DTypeLike> extends NDArray<D> {
  readonly #block: Block;

  static {
    on = (block, dtype, at) => new SharedArray(block, dtype, at);
  }

  /** Not for callers: `create`, `from` and `attach` make arrays. */
  private constructor(block: Block, dtype: DType, at: Placement) {
    if (!(block instanceof Block)) {
      throw new SharrayError("BAD_ARGUMENT", "use SharedArray.create(...), from(...) or attach(...), not `new`", {});
    }
    super(at.shape, dtype as DType<D>, new BlockStorage(block) as unknown as BufferLike, at);
    this.#block = block;
  }

  /**
   * A new array of zeros. Its memory is reserved: no later store fails for lack of memory.
   *
   * With a `name` it is the .npy file `/dev/shm/sharray.<name>`, which appears when it is complete.
   *
   * @throws NO_SPACE, TOO_MANY_FILES, BAD_SHAPE, BAD_DTYPE, BAD_ARGUMENT; FILE_EXISTS when an array of that name is in use or
   * persists; NOT_SUPPORTED for a name where there is no /dev/shm
   */
  static create<const D extends DTypeLike>(options: SharedArrayOptions<D>): SharedArray<D> {
    checkOptions(options, ["shape", "dtype", "layout", "name", "persist", "mode"], "SharedArray.create");
    for (const key of ["shape", "dtype"] as const) {
      if (options[key] === undefined) {
        throw new SharrayError("BAD_ARGUMENT", `SharedArray.create: ${key} is missing`, { argument: key });
      }
    }
    const naming = checkNaming(options);
    const place = placeAbove(SharedArray.create);
    const dtype = dtypeOf(options.dtype) as DType;
    const layout = checkLayout(options.layout, dtype, "SharedArray.create");
    return named(create<D>(dtype, options.shape, layout, naming, place), naming);
  }

  /**
   * A new array with the values of a typed array, nested lists, records (with `dtype`), or another array.
   *
   * @throws BAD_VALUE, BAD_SHAPE (ragged lists, another number of elements), BAD_DTYPE where the dtype is not clear, NO_SPACE,
   * TOO_MANY_FILES, BAD_ARGUMENT; with a `name`, which appears when all values are in their place, FILE_EXISTS and NOT_SUPPORTED as
   * for `create`
   */
  static from<const D extends DTypeLike>(values: NDArray<D>, options?: Omit<FromOptions<D>, "dtype">): SharedArray<D>;
  static from<T extends TypedArray>(
    values: T,
    options?: Omit<FromOptions<DTypeLike>, "dtype">,
  ): SharedArray<DTypeOfData<T>>;
  static from<const D extends DTypeLike>(values: Assignable<D>, options?: FromOptions<D>): SharedArray<D>;
  static from(values: unknown, options: FromOptions<DTypeLike> = {}): unknown {
    return from(values, options, placeAbove(SharedArray.from));
  }

  /**
   * A new array of the rows of an Arrow table, which becomes records; of a vector its bare values. The values are copied once.
   *
   * Without `dtype`: texts become S<longest> where all characters are below U+0100, else U<longest>; bytes V<n> where all have one
   * length, else S<longest>; Date M8[D] or M8[ms], Timestamp M8 (the instants, in UTC: NumPy knows no time zones), Time and Duration m8,
   * FixedSizeBinary V<n>, FixedSizeList a sub-array, Struct a record, dictionaries what their entries are. What `toArrow` made has the dtype
   * that it was made of, as long as the values are of it.
   *
   * @throws BAD_VALUE for a value that does not fit `dtype`, and for a null without `fill`, naming column and row; NOT_SUPPORTED for decimals,
   * lists of any length, maps, unions and intervals, naming the column; NOT_FOUND, BAD_SHAPE, BAD_DTYPE; NO_SPACE, TOO_MANY_FILES, FILE_EXISTS,
   * BAD_ARGUMENT
   */
  static fromArrow<const D extends DTypeLike = DTypeLike>(
    table: ArrowSource,
    options: FromArrowOptions<D> = {},
  ): SharedArray<D> {
    const known = ["dtype", "layout", "fill", "name", "persist", "mode"];
    checkOptions(options, known, "SharedArray.fromArrow");
    const naming = checkNaming(options);
    const { dtype, rows, write } = readingOf(table, options);
    const usual = (dtype.fields?.size ?? 0) > 0 ? "columns" : "rows";
    const layout = checkLayout(options.layout ?? usual, dtype, "SharedArray.fromArrow");
    const array = create<D>(dtype, [rows], layout, naming, placeAbove(SharedArray.fromArrow));
    try {
      write(viewOf(array));
    } catch (error) {
      array.close();
      throw error;
    }
    return named(array, naming);
  }

  /**
   * Attaches to the array, or to the view of one, that a handle tells of, or to the named array of a name (short or full) or of another
   * program's .npy file in /dev/shm. Nothing is copied, and nothing is mapped before it is
   * touched. Any thread and process may attach, and make handles of its own.
   *
   * @throws BLOCK_GONE when nobody holds it any more where the handle leads; NOT_REACHABLE; HANDLE_MISMATCH, naming the field;
   * VERSION_MISMATCH, TOO_MANY_FILES, BAD_ARGUMENT; for a name NOT_FOUND, PERMISSION_DENIED, and NPY_BAD_HEADER when it is memory without
   * an array
   */
  static attach<D extends DTypeLike = DTypeLike>(
    handle: ArrayHandle<D> | ArrayHandle | string,
    options: { readonly?: boolean } = {},
  ): SharedArray<D> {
    checkOptions(options, ["readonly"], "SharedArray.attach");
    const readonly = flag(options.readonly, "readonly", false);
    if (typeof handle === "string")
      return headed(Block.attachName(handle, { readonly }), placeAbove(SharedArray.attach));
    const form = checkArrayHandle(handle);
    const block = Block.attach(handle, { readonly });
    try {
      const { dtype, geometry } = matchHandle(block, form);
      const array = new SharedArray<D>(block, dtype, geometry);
      if (block.native.isFile) matchFile(block);
      attached(block, {
        kind: "SharedArray",
        bytes: block.size,
        name: block.name,
        origin: placeAbove(SharedArray.attach),
      });
      return array;
    } catch (error) {
      block.close();
      throw error;
    }
  }

  /**
   * Maps a .npy file as an array, where it lies, without reading it: `numpy.load` with `mmap_mode`. The header is checked, and that the
   * file is as long as it says; bytes behind the array are left alone. The file is not locked; deleted or replaced by another one (a
   * rename), the array goes on with the old one. It must not be cut while it is mapped: whoever reads what was cut away is ended by the
   * kernel (SIGBUS).
   *
   * `mode`: "r" (default), as an attachment with `readonly: true`, also for everybody who gets its handle; "r+", stores reach the file,
   * at once for every process, and the disk when the system writes back; "c", copy on write: stores stay in this array, which has no
   * handle, and the file is not touched.
   *
   * ```ts
   * using grid = SharedArray.open("grid.npy");
   * ```
   *
   * @throws FILE_NOT_FOUND, IS_DIRECTORY, PERMISSION_DENIED, IO_ERROR, TOO_MANY_FILES; NPY_BAD_HEADER when it is no .npy file, is damaged, or
   * is shorter than its header says (details: path, expected, found); BAD_DTYPE for a dtype that sharray does not have; NO_SPACE when it
   * does not fit into the address space or, with "r+", the disk has no room for parts of the file that were never written;
   * NOT_SUPPORTED for what is no regular file; BAD_ARGUMENT
   */
  static open<D extends DTypeLike = DTypeLike>(path: string | URL, options: OpenOptions = {}): SharedArray<D> {
    const { block, dtype, geometry } = openFile(path, options);
    attached(block, { kind: "SharedArray", bytes: block.size, name: null, origin: placeAbove(SharedArray.open) });
    return new SharedArray<D>(block, dtype, geometry);
  }

  /**
   * The array of a name, for many processes that start at about the same time: where there is one, it is attached; else one of
   * them makes it (zeros), runs `fill` on it, which may be asynchronous, and the others wait. The name appears when the fill
   * is done, so nobody sees half an array. A filler that dies, or whose fill throws, is succeeded by one that waits.
   *
   * ```ts
   * using matrix = await SharedArray.openOrCreate("model-7", { shape: [1000, 64], dtype: "<f4" }, async (a) => {
   *   a.data.set(await weights());
   * });
   * ```
   *
   * @throws HANDLE_MISMATCH when there is an array of another shape or dtype (details: field, expected, found); what `fill` throws; NPY_BAD_HEADER
   * when the name is that of raw memory; NO_SPACE, TOO_MANY_FILES, PERMISSION_DENIED, BAD_SHAPE, BAD_DTYPE, BAD_ARGUMENT, NOT_SUPPORTED
   */
  static async openOrCreate<const D extends DTypeLike>(
    name: string,
    spec: OpenOrCreateSpec<D>,
    fill: (array: SharedArray<D>) => unknown,
  ): Promise<SharedArray<D>> {
    const origin = placeAbove(SharedArray.openOrCreate);
    const wanted = checkSpec(name, spec, fill);
    const { dtype, shape, layout, naming } = wanted;
    return await openOrCreate<SharedArray<D>>({
      name,
      mode: spec.mode,
      look: () => existing<D>(name, wanted, origin),
      make: () => create<D>(dtype, shape, layout, naming, origin),
      fill,
      link: (array) => named(array, naming),
      close: (array) => array.close(),
    });
  }

  /**
   * Reads a .npy file of format 1.0, 2.0 or 3.0 into a new array in shared memory, off the event loop. Of an array in Fortran order
   * the strides stay, as NumPy's `np.load` keeps them. What lies behind the data is ignored, as there.
   *
   * ```ts
   * using a = await SharedArray.load<"<f8">("x.npy");
   * ```
   *
   * With a `name` it is a named array, which appears when all of it was read. With `layout: "columns"` the records of the file are put
   * into columns as they are read.
   *
   * @throws FILE_NOT_FOUND, PERMISSION_DENIED, IS_DIRECTORY; NPY_BAD_HEADER when it is no .npy file, is damaged, or is shorter than its
   * header tells (details: path, expected, size), which is found out before memory is taken; BAD_DTYPE for a dtype that sharray
   * does not have, such as Python objects; INPUT_CHANGED when it is cut meanwhile; NO_SPACE, TOO_MANY_FILES, BAD_ARGUMENT; NOT_SUPPORTED for pipes and devices; with a
   * `name` FILE_EXISTS and NOT_SUPPORTED as for `create`
   */
  static async load<D extends DTypeLike = DTypeLike>(
    path: string | URL,
    options: LoadOptions = {},
  ): Promise<SharedArray<D>> {
    const place = placeAbove(SharedArray.load);
    checkOptions(options, ["layout", "name", "persist", "mode"], "SharedArray.load");
    const naming = checkNaming(options);
    const layout = options.layout;
    if (layout !== undefined) checkLayoutWord(layout, "SharedArray.load");
    const { block, ...at } = await loadNpy(filePath(path, "SharedArray.load"), naming, layout);
    return named(arrayOn<D>(block, at, place), naming);
  }

  /** A shared array of its own with the same elements and layout, in C order. Throws CLOSED, NO_SPACE, TOO_MANY_FILES. */
  override copy(): SharedArray<D> {
    viewOf(this).storage.check();
    return from(this, { layout: this.layout }, placeAbove(SharedArray.prototype.copy)) as SharedArray<D>;
  }

  /** `copy` off the event loop: the memory of the copy is taken, and filled, on threads of sharray's own. Throws as `copy`. */
  override async copyAsync(): Promise<SharedArray<D>> {
    const origin = placeAbove(SharedArray.prototype.copyAsync);
    const { block, at } = await copyShared(viewOf(this), this.#block);
    return arrayOn<D>(block, { ...at, dtype: this.dtype as DType }, origin);
  }

  /** Whether `close()` was called. */
  get closed(): boolean {
    return this.#block.closed;
  }

  /** Whether this attachment is read-only. */
  get readonly(): boolean {
    return this.#block.readonly;
  }

  /**
   * Rows of the text that could not be read and were left out, in the order of the text, where `loadtxt` made this array with `rejects`;
   * else none. Other processes do not see them.
   */
  get rejects(): readonly Reject[] {
    return leftOutOf(this).rejects;
  }

  /**
   * Texts that `loadtxt` cut to S<n> or U<n> when it made this array, by field, in the order of the dtype; else none. Other processes do
   * not see them.
   */
  get truncated(): readonly Truncated[] {
    return leftOutOf(this).truncated;
  }

  /**
   * Ends this attachment; others keep theirs. The array, its views, and buffers that they handed out can no longer be used.
   * Closing twice is no error.
   */
  close(): void {
    this.#block.close();
  }

  /**
   * The full name, which is the file's in /dev/shm, such as `sharray.x`; null without one. Still known after `close()`.
   */
  get name(): string | null {
    return this.#block.name;
  }

  /**
   * Makes the finished array appear under a name, complete and in one step: whoever attaches by that name finds all of it, or what had
   * the name before. An array with a name is renamed. One without is copied into the file of the name, over which this object goes on:
   * its views and buffers stay valid, unless others in this process have attached to it; handles made before lead nowhere.
   *
   * @throws FILE_EXISTS without `replace`, when an array of that name is in use or persists; NOT_CONTIGUOUS when this is only part of an
   * array; READ_ONLY, CLOSED, NO_SPACE, PERMISSION_DENIED, BAD_ARGUMENT, NOT_SUPPORTED
   */
  publish(name: string, options: PublishOptions = {}): void {
    publish(this.#block, viewOf(this), name, options);
  }

  /**
   * Removes the name for everybody; who holds the array keeps it until he closes it. Works after `close()` too. An array without
   * a name, or whose name leads to another array by now, has nothing to remove: this does nothing.
   *
   * @throws PERMISSION_DENIED when another user made it; NOT_SUPPORTED when another program did
   */
  unlink(): void {
    this.#block.unlink();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The array that `SharedArray.from` makes. */
function from(values: unknown, options: FromOptions<DTypeLike>, place: Place): SharedArray {
  checkOptions(options, ["shape", "dtype", "layout", "name", "persist", "mode"], "SharedArray.from");
  const naming = checkNaming(options);
  const { source, shape } = shapedSource(values, options);
  const layout = checkLayout(options.layout, source.dtype, "SharedArray.from");
  const array = create(source.dtype, shape, layout, naming, place);
  try {
    // Filled in the shape of the values: in C order both shapes are the same elements.
    array.reshape(source.shape).assign(source.values);
  } catch (error) {
    array.close();
    throw error;
  }
  return named(array, naming);
}

/** A new array of zeros, its block headed like a .npy file; one that is to get a name has none yet. */
function create<D extends DTypeLike>(
  dtype: DType,
  given: unknown,
  layout: ArrayLayout,
  naming: Naming | null,
  place: Place,
): SharedArray<D> {
  const shape = shapeOf(given, dtype.itemsize);
  const { header, size, at } = planOf(dtype, shape, layout);
  const block = naming === null ? Block.create(size) : Block.createUnlinked(size, { mode: naming.mode });
  block.native.write(header, 0);
  attached(block, { kind: "SharedArray", bytes: block.size, name: null, origin: place });
  const array = on<D>(block, dtype, at);
  expectReading(array);
  return array;
}

/** Makes a finished array appear under its name. */
function named<D extends DTypeLike>(array: SharedArray<D>, naming: Naming | null): SharedArray<D> {
  if (naming === null) return array;
  try {
    blockOf(array)!.block.link(naming.name, { persist: naming.persist });
  } catch (error) {
    array.close();
    throw error;
  }
  return array;
}

/** The array that a named block's header tells of, which closes the block. */
function headed<D extends DTypeLike>(block: Block, place: Place): SharedArray<D> {
  try {
    const { dtype, geometry } = headedArray(block);
    return arrayOn(block, { ...geometry, dtype }, place);
  } catch (error) {
    block.close();
    throw error;
  }
}

/** The array of a name of sharray's, as `openOrCreate` asks for it; null when there is none. */
function existing<D extends DTypeLike>(name: string, wanted: Wanted, place: Place): SharedArray<D> | null {
  const block = attachOurs(name);
  if (block === null) return null;
  const array = headed<D>(block, place);
  try {
    checkAlike(block.name, array as { dtype: DType; shape: number[]; layout: ArrayLayout }, wanted);
  } catch (error) {
    array.close();
    throw error;
  }
  return array;
}

/**
 * The shared array on an open block, which it owns from here on: `close()` of the array closes the block. `origin` says where the
 * program that is to close it got it; without one, sharray itself sees to it.
 */
export function arrayOn<D extends DTypeLike = DTypeLike>(
  block: Block,
  at: { readonly dtype: DType } & Omit<Placement, "strides" | "columns"> & Partial<Placement>,
  origin: Place | string | null = null,
): SharedArray<D> {
  if (origin !== null) attached(block, { kind: "SharedArray", bytes: block.size, name: block.name, origin });
  const { offset, shape, dtype, columns = null } = at;
  // The array copies shape and strides: nothing of this call is kept.
  const { strides = packedStrides(shape, columns === null ? dtype.itemsize : 1) } = at;
  return on(block, dtype, { offset, shape, strides, columns });
}
