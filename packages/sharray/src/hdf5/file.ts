import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import type { DType } from "../dtype/dtype.ts";
import type { DTypeLike } from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
import { checkOptions, flag } from "../memory/arguments.ts";
import type { NativeLoad } from "../native/load.ts";
import { createDataset, fillDataset } from "./create.ts";
import type { Dataset } from "./dataset.ts";
import { fileOf, Group } from "./group.ts";
import { type Entry, OpenFile, resolve } from "./open_file.ts";
import type { CreateDatasetOptions } from "./options.ts";
import type { Writable } from "./source.ts";
import type { Watch } from "./watch.ts";

/** h5py's modes: read; read and write; replace; create; read and write, or create. */
export type FileMode = "r" | "r+" | "w" | "x" | "a";

const MODES: readonly string[] = ["r", "r+", "w", "x", "a"];

/** What `openFile` can be told beyond `File.open`. */
export interface OpenOptions {
  /** Whether closing waits until everything is on the disk. Default: true. */
  sync?: boolean;
  /** Whether a new file has a hidden name until it is closed, even where it could go without. Default: false. */
  named?: boolean;
  /** Whether large contiguous datasets of a new file can be filled before they are made, by `writeTable`. Default: false. */
  placed?: boolean;
}

let made: (file: OpenFile) => File;

/**
 * An HDF5 file, and its root group, as h5py's `File`.
 *
 * ```ts
 * await using f = await File.open("out.h5", "w");
 * const d = await f.createDataset("data1", array, { compression: "gzip" });
 * await d.attrs.set("units", "K");
 * ```
 *
 * A new file (`w`, `x`, and `a` where there was none) appears under its name when it is closed, complete and on the disk;
 * until then, and when the process dies, an existing file stays as it was. If a write fails, it does not appear at all.
 */
export class File extends Group {
  static {
    made = (file) => new File(file, "/");
  }

  /**
   * Opens or creates a file. `mode` is h5py's: "r" (the default), "r+" to change it, "w" to replace it, "x" to create one that
   * must not exist, "a" for "r+" or, where there is none, "x".
   *
   * @throws FILE_NOT_FOUND (also the folder of a new file), FILE_EXISTS, IS_DIRECTORY, PERMISSION_DENIED, HDF5_ERROR (no HDF5
   * file, open elsewhere), BAD_ARGUMENT, TOO_MANY_FILES
   */
  static async open(path: string | URL, mode: FileMode = "r"): Promise<File> {
    return await openFile(path, mode);
  }

  /** Whether `close()` was called. */
  get closed(): boolean {
    return fileOf(this).closed;
  }

  /**
   * Closes the file after all operations under way; a new one appears under its name now. Closing twice is no error.
   *
   * @throws FILE_EXISTS ("x": one has appeared meanwhile), NO_SPACE, IO_ERROR, HDF5_ERROR, and the code of a write that failed
   * before: then a new file does not appear
   */
  async close(): Promise<void> {
    await fileOf(this).close();
  }

  /** Closes the file; a new one does not appear, and what it would have replaced stays. */
  async discard(): Promise<void> {
    await fileOf(this).discard();
  }

  /** Closes the file. A new one in which a write failed does not appear, which that write has told already. */
  async [Symbol.asyncDispose](): Promise<void> {
    await fileOf(this).dispose();
  }
}

/** `File.open` with what the command needs besides. */
export async function openFile(path: string | URL, mode: FileMode = "r", options: OpenOptions = {}): Promise<File> {
  checkOptions(options, ["sync", "named", "placed"], "openFile");
  const sync = flag(options.sync, "sync", true);
  const named = flag(options.named, "named", false);
  const placed = flag(options.placed, "placed", false);
  if (!MODES.includes(mode)) {
    throw new SharrayError("BAD_ARGUMENT", `File.open: the mode ${inspect(mode)} is none of ${MODES.join(", ")}`, {
      mode,
    });
  }
  return made(await OpenFile.open(checkPath(path), mode, { sync, named, placed }));
}

/** `createDataset` with progress in bytes and a signal that ends it. */
export async function writeDataset<D extends DTypeLike>(
  group: Group,
  path: string,
  array: Writable<D>,
  options: CreateDatasetOptions,
  watch: Watch,
): Promise<Dataset<D>> {
  return await createDataset<D>(fileOf(group), resolve(group.path, path), array, options, watch);
}

/**
 * A dataset of the rows of a load's table, which go to it as they come: `what` is the table without rows. False: the load has ended before
 * the table, or has left it out.
 */
export async function writeTable(
  group: Group,
  path: string,
  what: { shape: readonly number[]; dtype: DType },
  from: { load: NativeLoad; table: number },
  options: CreateDatasetOptions,
  watch: Watch,
): Promise<boolean> {
  return await fillDataset(fileOf(group), resolve(group.path, path), what, from, options, watch);
}

/** A path by which worker processes can open a file; null: there is none. */
export function reachOf(file: File): string | null {
  return fileOf(file).reach;
}

/** Everything in a group, itself first, groups before their members: for listings. */
export function entriesOf(group: Group): Entry[] {
  const file = fileOf(group);
  file.check();
  return file.entries(group.path);
}

function checkPath(path: unknown): string {
  if (path instanceof URL && path.protocol === "file:") return fileURLToPath(path);
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return path;
  throw new SharrayError("BAD_ARGUMENT", `File.open: expected a path, found ${inspect(path)}`, { path });
}
