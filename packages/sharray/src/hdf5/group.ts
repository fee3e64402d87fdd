import { inspect } from "node:util";
import type { NDArray } from "../array/ndarray.ts";
import type { DTypeLike } from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
import { Attributes } from "./attributes.ts";
import { createDataset } from "./create.ts";
import { Dataset } from "./dataset.ts";
import { type OpenFile, type OtherEntry, resolve } from "./open_file.ts";
import type { CreateDatasetOptions } from "./options.ts";
import type { Writable } from "./source.ts";

/** The open file under a group: for the modules beside this one. */
export let fileOf: (group: Group) => OpenFile;

/** A group of a file, which holds groups and datasets under names, as h5py's `Group`. */
export class Group {
  /** Its path within the file, from the root on. */
  readonly path: string;
  /** Its attributes. */
  readonly attrs: Attributes;
  readonly #file: OpenFile;

  static {
    fileOf = (group) => group.#file;
    const print = function (this: Group): string {
      const kind = this.constructor.name;
      return this.#file.closed ? `${kind} (closed)` : `${kind} ${this.path} [${this.keys().join(", ")}]`;
    };
    Object.defineProperty(Group.prototype, inspect.custom, { value: print });
  }

  /** Not for callers: `File.open`, `createGroup` and `get` make them. */
  constructor(file: OpenFile, path: string) {
    this.#file = file;
    this.path = path;
    this.attrs = new Attributes(file, path);
  }

  /** The names of its members, sorted. Throws CLOSED. */
  keys(): string[] {
    this.#file.check();
    const entry = this.#file.entry(this.path);
    return entry?.kind === "group" ? [...(entry.members ?? [])] : [];
  }

  /** Whether something is at this path. Throws CLOSED. */
  has(path: string): boolean {
    this.#file.check();
    const entry = this.#file.entry(resolve(this.path, path));
    return entry !== undefined && entry.kind !== "other";
  }

  /**
   * The group or dataset at a path, from this group on ("/" at its start: from the file's root on).
   *
   * @throws NOT_FOUND, CLOSED, NOT_SUPPORTED for what is neither, BAD_ARGUMENT
   */
  get(path: string): Group | Dataset {
    this.#file.check();
    const absolute = resolve(this.path, path);
    const entry = this.#file.entry(absolute);
    if (entry?.kind === "group") return new Group(this.#file, absolute);
    if (entry?.kind === "dataset") return new Dataset(this.#file, absolute);
    throw notHere(this.#file, absolute, entry);
  }

  /**
   * Makes a group, and the groups on the way to it.
   *
   * @throws DUPLICATE_NAME, READ_ONLY, CLOSED, BAD_ARGUMENT, HDF5_ERROR
   */
  async createGroup(path: string): Promise<Group> {
    const absolute = resolve(this.path, path);
    await this.#file.write(async (native) => {
      await native.createGroup(absolute);
      this.#file.note({ kind: "group", path: absolute, members: [] });
    });
    return new Group(this.#file, absolute);
  }

  /**
   * Makes a dataset of an array, and the groups on the way to it. The array's memory goes into the file without a copy where it
   * is a SharedArray in rows (or a contiguous view of one). Other arrays are gathered in pieces of 16 MiB, or of a chunk where one is
   * more; lists are copied first. Do not change it before this resolves. A dataset whose data did not get in is taken out again.
   *
   * @throws DUPLICATE_NAME, READ_ONLY, CLOSED, BAD_ARGUMENT, BAD_SHAPE, NOT_SUPPORTED (U, M8, m8, lzf), NO_SPACE, IO_ERROR,
   * HDF5_ERROR
   */
  async createDataset<D extends DTypeLike>(
    path: string,
    array: NDArray<D>,
    options?: CreateDatasetOptions,
  ): Promise<Dataset<D>>;
  async createDataset(path: string, array: Writable, options?: CreateDatasetOptions): Promise<Dataset>;
  async createDataset(path: string, array: Writable, options: CreateDatasetOptions = {}): Promise<Dataset> {
    return await createDataset(this.#file, resolve(this.path, path), array, options);
  }
}

/** Why there is nothing to give at a path: NOT_FOUND, HDF5_ERROR, NOT_SUPPORTED. */
function notHere(file: OpenFile, path: string, entry: OtherEntry | undefined): SharrayError {
  const details = { file: file.path, path };
  if (entry === undefined) {
    const known = file.nearest(path);
    const list = known.members?.length ? `${known.path} holds ${known.members.join(", ")}` : `${known.path} is empty`;
    return new SharrayError("NOT_FOUND", `${file.path}: there is no ${path}; ${list}`, details);
  }
  if (entry.reason !== null) return new SharrayError("HDF5_ERROR", `${file.path}, ${path}: ${entry.reason}`, details);
  const reason = "is neither a group nor a dataset, or a link whose target is missing";
  return new SharrayError("NOT_SUPPORTED", `${file.path}: ${path} ${reason}`, details);
}
