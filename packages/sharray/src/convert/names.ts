import { basename } from "node:path";
import { SharrayError } from "../errors.ts";

/** An input of `convert`, and the dataset that it becomes when the caller names it. */
export interface ConvertInput {
  path: string;
  /** The dataset's name; default: the file's stem. */
  name?: string;
}

/** A file's name less .gz, .bgz, .bz2, .xz or .zst, then less its last extension: `test1.myCpG.txt` is `test1.myCpG`. */
export function stemOf(path: string): string {
  const name = basename(path);
  const plain = name.replace(/(?<=.)\.(gz|bgz|bz2|xz|zst)$/i, "");
  return plain.replace(/(?<=.)\.[^.]*$/, "");
}

function check(name: string, from: string): string {
  const parts = name.split("/");
  if (!name.includes("\0") && parts.every((part) => part !== "" && part !== ".")) return name;
  throw new SharrayError(
    "BAD_ARGUMENT",
    `convert: ${JSON.stringify(name)} (${from}) cannot name a dataset; names have no empty parts, no "." and no NUL.`,
    { name },
  );
}

/** Refuses paths that can only be folders, and have no stem: ".", "..", "/". */
function refuseFolder(path: string): string {
  if (!["", ".", ".."].includes(basename(path))) return path;
  throw new SharrayError("IS_DIRECTORY", `${path}: this is a directory; name the files in it.`, { path });
}

/**
 * The datasets that inputs become, in their order. A "/" at the beginning of a given name is left out: `/run/1` is `run/1`.
 *
 * @throws {SharrayError} DUPLICATE_NAME two inputs have one name, or one is a group to the other; IS_DIRECTORY, BAD_ARGUMENT
 */
export function datasetNames(inputs: readonly ConvertInput[]): string[] {
  const names = inputs.map(({ path, name }) => check(name?.replace(/^\//, "") ?? stemOf(refuseFolder(path)), path));
  const owners = new Map<string, string>();
  for (const [index, name] of names.entries()) {
    const path = inputs[index]!.path;
    const other = owners.get(name);
    if (other !== undefined) {
      throw new SharrayError(
        "DUPLICATE_NAME",
        `convert: ${other} and ${path} would both become /${name}; name one of them by hand (NAME=FILE), or put all rows into one dataset with --concat.`,
        { name, paths: [other, path] },
      );
    }
    owners.set(name, path);
  }
  for (const [name, path] of owners) {
    for (let at = name.indexOf("/"); at > 0; at = name.indexOf("/", at + 1)) {
      const other = owners.get(name.slice(0, at));
      if (other === undefined) continue;
      throw new SharrayError(
        "DUPLICATE_NAME",
        `convert: ${other} would become /${name.slice(0, at)}, which ${path} needs as a group for /${name}; name one of them by hand (NAME=FILE).`,
        { name: name.slice(0, at), paths: [other, path] },
      );
    }
  }
  return names;
}

/** The name of the one dataset of `concat`. @throws {SharrayError} BAD_ARGUMENT */
export function concatName(name: string, inputs: readonly ConvertInput[]): string {
  const named = inputs.find((input) => input.name !== undefined);
  if (named !== undefined) {
    throw new SharrayError(
      "BAD_ARGUMENT",
      `convert: ${named.path} has a name of its own (${named.name}), and with concat all rows go to ${name}; leave one of the two out.`,
      { name: named.name, path: named.path },
    );
  }
  return check(name.replace(/^\//, ""), "concat");
}
