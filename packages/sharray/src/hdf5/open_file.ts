import type { Layout } from "../dtype/layout.ts";
import { SharrayError } from "../errors.ts";
import { addon } from "../native/addon.ts";
import { call, callAsync } from "../native/call.ts";
import type { NativeFile } from "../native/hdf5.ts";

/** What a dataset is, as native code tells it. Sizes in elements, `stored` in bytes of the file. */
export interface DatasetInfo {
  element: Layout | null;
  unsupported: string | null;
  shape: number[] | null;
  maxshape: (number | null)[];
  layout: "contiguous" | "chunked" | "compact" | "virtual";
  chunks: number[] | null;
  compression: string | null;
  level: number | null;
  filters: string[];
  stored: number;
}

export type GroupEntry = { kind: "group"; path: string; members: string[] | null };
export type DatasetEntry = { kind: "dataset"; path: string; info: DatasetInfo };
/** What is neither: `reason` is what libhdf5 says against reading it. */
export type OtherEntry = { kind: "other"; path: string; reason: string | null };
export type Entry = GroupEntry | DatasetEntry | OtherEntry;

/** How many objects are looked at when a file is opened; what lies beyond is looked up when it is asked for. */
const LISTED_AT_OPEN = 4096;

/** After these the data of a file cannot be trusted to be complete. */
const BREAKING = new Set(["NO_SPACE", "IO_ERROR", "HDF5_ERROR", "ABORTED"]);

let watchingExit = false;

/**
 * An open file as its File, Groups and Datasets share it: the native file, and what is known of its objects, so that names,
 * shapes and dtypes are there without waiting.
 */
export class OpenFile {
  readonly path: string;
  readonly writable: boolean;
  /** Whether the file appears under its name only when it is closed. */
  readonly isNew: boolean;
  readonly #native: NativeFile;
  readonly #entries = new Map<string, Entry>();
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;
  #broken = false;

  private constructor(native: NativeFile, path: string, writable: boolean, isNew: boolean) {
    this.#native = native;
    this.path = path;
    this.writable = writable;
    this.isNew = isNew;
  }

  static async open(
    path: string,
    mode: string,
    { sync, named, placed }: { sync: boolean; named: boolean; placed: boolean },
  ): Promise<OpenFile> {
    const native = await callAsync(() => addon.openHdf5(path, mode, sync, named, placed));
    const file = new OpenFile(native, path, mode !== "r", native.isNew);
    const { isMainThread } = process.getBuiltinModule("node:worker_threads"); // slow to load
    if (file.writable && isMainThread && !watchingExit) {
      // A hidden file must not outlive the process, and what was written to a file in place shall be readable.
      process.once("exit", () => addon.hdf5Exit());
      watchingExit = true;
    }
    const tree: Entry[] = JSON.parse(await callAsync(() => native.tree(LISTED_AT_OPEN)));
    for (const entry of tree) file.#entries.set(entry.path, entry);
    return file;
  }

  /** A path by which other processes of the same user can open the file; null: there is none. */
  get reach(): string | null {
    return this.#native.reach ?? null;
  }

  get closed(): boolean {
    return this.#closing !== null;
  }

  /**
   * Runs an operation on the native file once all that were begun before it have ended: what a program asks for happens in the
   * order of its calls, whether or not it awaits each.
   */
  async run<T>(operation: (native: NativeFile) => Promise<T>): Promise<T> {
    this.check();
    const result = this.#last.then(() => callAsync(() => operation(this.#native)));
    this.#last = result.catch(() => {});
    return await result;
  }

  /** The same for one that writes data: when it fails half-way a new file is not fit to appear. */
  async write<T>(operation: (native: NativeFile) => Promise<T>): Promise<T> {
    return await this.run(async (native) => {
      try {
        return await callAsync(() => operation(native));
      } catch (error) {
        if (error instanceof SharrayError && BREAKING.has(error.code)) this.spoil();
        throw error;
      }
    });
  }

  check(): void {
    if (this.closed) throw new SharrayError("CLOSED", `${this.path}: the file is closed`, { file: this.path });
  }

  /** What lies at a path; undefined when nothing does. Not for a closed file. */
  entry(path: string): Entry | undefined {
    const known = this.#entries.get(path);
    if (known !== undefined && !(known.kind === "group" && known.members === null)) return known;
    if (known === undefined && this.#listed(path)) return undefined;
    const found = JSON.parse(call(() => this.#native.look(path))) as Entry | null;
    if (found === null) return undefined;
    this.#entries.set(path, found);
    return found;
  }

  /** The group nearest to a path that is not there. */
  nearest(path: string): GroupEntry {
    for (let at = path; at !== "/"; ) {
      at = split(at).group;
      const entry = this.entry(at);
      if (entry?.kind === "group") return entry;
    }
    return { kind: "group", path: "/", members: [] };
  }

  /** All objects below a group that can be reached, groups before their members. */
  entries(path: string): Entry[] {
    const found: Entry[] = [];
    const visit = (at: string, above: readonly string[]): void => {
      const entry = this.entry(at);
      if (entry === undefined) return;
      found.push(entry);
      // A hard link may lead back to a group that this one lies in.
      if (entry.kind !== "group" || above.length > 100) return;
      for (const name of entry.members ?? []) visit(join(at, name), [...above, at]);
    };
    visit(path, []);
    return found;
  }

  /** Notes an object that was made, and the groups that were made on the way to it. */
  note(entry: Entry): void {
    this.#entries.set(entry.path, entry);
    for (let path = entry.path; path !== "/"; ) {
      const { group, name } = split(path);
      const above = this.#entries.get(group);
      if (above?.kind === "group") {
        if (above.members !== null && !above.members.includes(name)) above.members = [...above.members, name].sort();
        return;
      }
      this.#entries.set(group, { kind: "group", path: group, members: [name] });
      path = group;
    }
  }

  /** Forgets what was seen at a path while it was being made. */
  forget(path: string): void {
    this.#entries.delete(path);
  }

  /** A write has failed half-way: a new file is not fit to appear. */
  spoil(): void {
    this.#broken = true;
  }

  /** Whether the group above a path is known with all its members, so that what it does not list does not exist. */
  #listed(path: string): boolean {
    if (path === "/") return false;
    const above = this.#entries.get(split(path).group);
    return above?.kind === "group" && above.members !== null && !above.members.includes(split(path).name);
  }

  /** Closes the file after all that was begun; a new one appears. */
  close(): Promise<void> {
    return this.#end(() => this.#native.close());
  }

  /** Closes the file after all that was begun; a new one does not appear. */
  discard(): Promise<void> {
    return this.#end(() => this.#native.discard());
  }

  /** The end of an `await using`: a write that failed has been told already, and its file does not appear. */
  dispose(): Promise<void> {
    return this.#end(() => (this.#broken && this.isNew ? this.#native.discard() : this.#native.close()));
  }

  /** Only the first end counts: a file that was discarded is not closed again by its `await using`. */
  #end(how: () => Promise<void>): Promise<void> {
    this.#closing ??= this.#last.then(() => callAsync(how));
    return this.#closing;
  }
}

export function join(group: string, name: string): string {
  return group === "/" ? `/${name}` : `${group}/${name}`;
}

function split(path: string): { group: string; name: string } {
  const at = path.lastIndexOf("/");
  return { group: at === 0 ? "/" : path.slice(0, at), name: path.slice(at + 1) };
}

/** A path from a group on, as h5py reads it: "/" at its start means the file's root; "." and empty names are skipped. */
export function resolve(group: string, path: unknown): string {
  if (typeof path !== "string" || path === "") {
    throw new SharrayError("BAD_ARGUMENT", 'path: expected the name of an object, such as "run/1/data"', { path });
  }
  if (path.includes("\0")) {
    throw new SharrayError("BAD_ARGUMENT", `path ${JSON.stringify(path)}: HDF5 has no names with NUL in them`, {
      path,
    });
  }
  const names = (path.startsWith("/") ? path : `${group}/${path}`)
    .split("/")
    .filter((name) => name !== "" && name !== ".");
  return `/${names.join("/")}`;
}
