import { constants } from "node:fs";
import { access, lstat, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { SharrayError } from "../errors.ts";

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

async function look(path: string, by = stat): Promise<{ dev: number; ino: number; folder: boolean } | null> {
  try {
    const found = await by(path);
    return { dev: found.dev, ino: found.ino, folder: found.isDirectory() };
  } catch {
    return null;
  }
}

/**
 * Checks that the output file can be made, before any work is done for it.
 *
 * @throws {SharrayError} FILE_EXISTS, IS_DIRECTORY, FILE_NOT_FOUND (no such folder), PERMISSION_DENIED; BAD_ARGUMENT the output is an input
 */
export async function checkOutput(output: string, inputs: readonly string[], overwrite: boolean): Promise<void> {
  const folder = dirname(output);
  const parent = await look(folder);
  if (parent === null || !parent.folder) {
    throw new SharrayError("FILE_NOT_FOUND", `${output}: there is no folder ${folder}; make it first (mkdir -p).`, {
      file: output,
      folder,
    });
  }
  try {
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const [code, what] =
      codeOf(cause) === "EROFS" ? ["IO_ERROR", "is read-only"] : ["PERMISSION_DENIED", "is not yours to write to"];
    throw new SharrayError(
      code!,
      `${output}: the folder ${folder} ${what}; choose another.`,
      { file: output, folder },
      { cause },
    );
  }
  // A link whose target is missing is found by itself: its name is taken.
  const found = (await look(output)) ?? (await look(output, lstat));
  if (found === null) return;
  if (found.folder)
    throw new SharrayError("IS_DIRECTORY", `${output}: this is a folder; name the file in it.`, { file: output });
  if (!overwrite) {
    throw new SharrayError(
      "FILE_EXISTS",
      `${output}: there is such a file already; choose another name, or --overwrite it.`,
      {
        file: output,
      },
    );
  }
  for (const input of inputs) {
    const same = await look(input);
    if (same?.dev === found.dev && same.ino === found.ino) {
      throw new SharrayError("BAD_ARGUMENT", `${output}: this is the input ${input} too; choose another output.`, {
        file: output,
      });
    }
  }
}
