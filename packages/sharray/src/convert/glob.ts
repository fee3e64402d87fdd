import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import { glob } from "tinyglobby";
import { SharrayError } from "../errors.ts";
import type { ConvertInput } from "./names.ts";

/** What makes a pattern of a path. */
const MAGIC = /[*?[{]/;

/**
 * The inputs with every pattern replaced by the files that it matches, in the order of their names' characters: `*`, `?`, `[...]`,
 * `{a,b}`, and `**` for folders at any depth, as in a shell; what begins with a dot has to be named. A file of just that name
 * is itself, never a pattern (`a[1].txt`). Names that were given by hand go to each file of a pattern.
 *
 * @throws {SharrayError} FILE_NOT_FOUND a pattern matches nothing
 */
export async function expandInputs(inputs: readonly ConvertInput[]): Promise<ConvertInput[]> {
  const expanded: ConvertInput[] = [];
  for (const input of inputs) {
    if (!MAGIC.test(input.path) || existsSync(input.path)) {
      expanded.push(input);
      continue;
    }
    const paths = await matches(input.path);
    if (paths.length === 0) {
      throw new SharrayError("FILE_NOT_FOUND", `${input.path}: no file matches this pattern.`, { path: input.path });
    }
    expanded.push(...paths.map((path) => ({ ...input, path })));
  }
  return expanded;
}

async function matches(pattern: string): Promise<string[]> {
  // Only what is a pattern to a shell is one here; to the library, these are signs of patterns as well.
  const shell = pattern.replace(/[()|!+@]/g, (sign, at: number) => (inBrackets(pattern, at) ? sign : `\\${sign}`));
  const paths = await glob(shell, {
    absolute: isAbsolute(pattern),
    onlyFiles: false,
    expandDirectories: false,
    extglob: false,
    followSymbolicLinks: true,
  });
  return paths.filter((path) => !path.endsWith("/")).sort((a, b) => (a < b ? -1 : 1));
}

/** Whether a place of a pattern is between brackets, where `!` turns the set round. */
function inBrackets(pattern: string, at: number): boolean {
  return pattern.lastIndexOf("[", at) > pattern.lastIndexOf("]", at);
}
