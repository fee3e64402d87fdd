import { existsSync } from "node:fs";
import { NpyFile } from "../array/npy/file.ts";
import { SharrayError } from "../errors.ts";
import type { NamedBlock } from "../memory/names.ts";

/** What an argument of `info` and `head` stands for. An HDF5 file is what is neither of the others: its errors are libhdf5's. */
export type Subject =
  | { kind: "hdf5" }
  | { kind: "npy"; file: NpyFile }
  | { kind: "block"; block: NamedBlock; file: NpyFile | null };

function npyFile(path: string, options?: { links: boolean }): NpyFile | null {
  try {
    return NpyFile.open(path, options);
  } catch (error) {
    // What the system refuses is told by who opens it next, in the same words as for every file.
    if (error instanceof SharrayError) throw error;
    return null;
  }
}

/** An existing file goes before a named block of that name; who means the block writes its full name. */
export async function subject(text: string): Promise<Subject> {
  if (existsSync(text)) {
    const file = npyFile(text);
    return file === null ? { kind: "hdf5" } : { kind: "npy", file };
  }
  if (text === "" || text.includes("/")) return { kind: "hdf5" };
  const [{ find }, { fileOf }] = await Promise.all([import("../memory/names.ts"), import("./blocks.ts")]);
  const block = find(text);
  if (block !== null) return { kind: "block", block, file: npyFile(fileOf(block.name), { links: false }) };
  throw new SharrayError(
    "FILE_NOT_FOUND",
    `${text}: there is no such file, nor a named block of that name (sharray ls shows those there are)`,
    { path: text },
  );
}
