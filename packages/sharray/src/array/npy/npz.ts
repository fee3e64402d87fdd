import { SharrayError } from "../../errors.ts";
import { checkOptions, flag } from "../../memory/arguments.ts";
import { type Place, placeAbove } from "../../memory/places.ts";
import { addon } from "../../native/addon.ts";
import { callAsync } from "../../native/call.ts";
import type { NativeArchiveInput, NativeArchiveOutput } from "../../native/file.ts";
import { NDArray, viewOf } from "../ndarray.ts";
import { arrayOn, type SharedArray } from "../shared.ts";
import { text } from "../spell.ts";
import { filePath } from "./file_path.ts";
import { readNpy, type Source } from "./load.ts";
import { isNpy } from "./read.ts";
import { type NpyContent, npyContent, writeFile } from "./save.ts";

/** Options of `savez`. */
export interface SavezOptions {
  /** Whether the arrays are deflated, as `np.savez_compressed` does. Default: false. */
  compressed?: boolean;
}

/** What `loadz` gives: the arrays by their names, in the order of the archive. `using` closes all of them. */
export type LoadedArrays = { [name: string]: SharedArray } & Disposable;

const SUFFIX = ".npy";

/** The arrays that `savez` was given, by their names. */
function arraysIn(arrays: unknown): [string, NDArray][] {
  if (typeof arrays !== "object" || arrays === null || arrays instanceof NDArray || ArrayBuffer.isView(arrays)) {
    throw new SharrayError("BAD_ARGUMENT", "savez: expected an object of arrays by their names: { a, b }", {
      argument: "arrays",
    });
  }
  const entries = Object.entries(arrays);
  for (const [name, array] of entries) {
    if (!(array instanceof NDArray)) {
      throw new SharrayError(
        "BAD_ARGUMENT",
        `savez: ${JSON.stringify(name)} is ${text(array)}, not an array; SharedArray.from(...) makes one of lists and typed arrays`,
        { argument: name },
      );
    }
    const bytes = Buffer.byteLength(name) + SUFFIX.length;
    if (name !== "" && bytes <= 0xffff && !/\p{Surrogate}/u.test(name) && !name.includes("\0")) continue;
    throw new SharrayError("BAD_ARGUMENT", `savez: ${text(name)} cannot be the name of an array in an archive`, {
      argument: name,
    });
  }
  return entries;
}

/**
 * Writes arrays as an .npz file, as NumPy's `np.savez` and `np.savez_compressed`: a zip archive with a member `<name>.npy` of each. The
 * path is taken as it is: no ".npz" is appended. The file appears under its name when all of it is on the disk, as with `save`.
 *
 * ```ts
 * await savez("run.npz", { counts, times }, { compressed: true });
 * ```
 *
 * @throws FILE_NOT_FOUND when there is no such folder; PERMISSION_DENIED, IS_DIRECTORY, NO_SPACE, CLOSED, BAD_DTYPE, BAD_ARGUMENT
 */
export async function savez(
  path: string | URL,
  arrays: { readonly [name: string]: NDArray },
  options: SavezOptions = {},
): Promise<void> {
  const target = filePath(path, "savez");
  checkOptions(options, ["compressed"], "savez");
  const compressed = flag(options.compressed, "compressed", false);
  const contents: [string, NpyContent][] = [];
  try {
    for (const [name, array] of arraysIn(arrays)) contents.push([name, npyContent(viewOf(array))]);
    const create = (): Promise<NativeArchiveOutput> => addon.createArchive(target, false);
    await writeFile(create, async (archive) => {
      for (const [name, content] of contents) {
        await archive.member(name + SUFFIX, compressed);
        await content.writeTo(archive);
      }
    });
  } finally {
    for (const [, content] of contents) content.release();
  }
}

/** The bytes of a member. */
function sourceOf(
  archive: NativeArchiveInput,
  path: string,
  number: number,
  member: { name: string; size: number },
): Source {
  return {
    shown: `${path}, ${member.name}`,
    size: member.size,
    start: (length) => callAsync(() => archive.start(number, length)),
    fill: (offset, block, to, length) => callAsync(() => archive.readBlock(number, offset, block.native, to, length)),
  };
}

async function loadAll(archive: NativeArchiveInput, path: string, into: LoadedArrays, origin: Place): Promise<void> {
  const members = JSON.parse(await callAsync(() => archive.members())) as { name: string; size: number }[];
  for (const [number, member] of members.entries()) {
    const source = sourceOf(archive, path, number, member);
    const named = member.name.endsWith(SUFFIX);
    if (!named && !isNpy(await source.start(6))) continue;
    const { block, ...at } = await readNpy(source, null);
    const name = named ? member.name.slice(0, -SUFFIX.length) : member.name;
    into[name] = arrayOn(block, at, origin);
  }
}

/**
 * Reads all arrays of an .npz file into shared memory, off the event loop: an object without a prototype, whose names are the
 * members' less ".npy", as NumPy's `np.load`. Stored and deflated members are read, and their checksums are compared. Members that are no
 * arrays are left out.
 *
 * ```ts
 * using run = await loadz("run.npz");
 * console.log(run.counts?.shape);
 * ```
 *
 * @throws NPZ_BAD_ARCHIVE for what is no zip archive, was cut off, has a wrong checksum or is not as long as it says; NPY_BAD_HEADER and BAD_DTYPE
 * as for `SharedArray.load`; NOT_SUPPORTED for members that are encrypted or compressed in another way; FILE_NOT_FOUND, PERMISSION_DENIED,
 * IS_DIRECTORY, NO_SPACE, TOO_MANY_FILES, BAD_ARGUMENT. After an error no array stays.
 */
export async function loadz(path: string | URL): Promise<LoadedArrays> {
  const origin = placeAbove(loadz);
  const file = filePath(path, "loadz");
  const arrays = Object.create(null) as LoadedArrays;
  const close = (): void => {
    for (const array of Object.values(arrays)) array.close();
  };
  Object.defineProperty(arrays, Symbol.dispose, { value: close });
  const archive = await callAsync(() => addon.openArchive(file));
  try {
    await loadAll(archive, file, arrays, origin);
  } catch (error) {
    close();
    throw error;
  } finally {
    archive.close();
  }
  return arrays;
}
