import { realpathSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { SharrayError } from "../errors.ts";
import { inWorker } from "./context.ts";

/** Whether a path of the command line leads to this file: it may be a link, lack the extension, or name the folder. */
function leadsTo(argument: string, file: string): boolean {
  const bare = file.slice(0, -extname(file).length || undefined);
  for (const candidate of [argument, `${argument}${extname(file)}`, join(argument, `index${extname(file)}`)]) {
    try {
      const real = realpathSync(candidate);
      if (real === file || real === bare) return true;
    } catch {
      // No such file: not this one.
    }
  }
  return argument === bare;
}

function isEntry(meta: ImportMeta): boolean {
  if (inWorker() || !process.getBuiltinModule("node:worker_threads").isMainThread) return false; // slow to load
  const known = (meta as { main?: boolean }).main;
  if (known === true) return true;
  const [, argument] = process.argv;
  if (!argument || !meta.url.startsWith("file:")) return false;
  const file = fileURLToPath(meta.url);
  let real = file;
  try {
    real = realpathSync(file);
  } catch {
    // A module that has no file: compared as it is.
  }
  return leadsTo(argument, real) || leadsTo(argument, file);
}

function report(error: unknown): void {
  const brief = error instanceof SharrayError && process.env.SHARRAY_TRACE !== "1";
  process.stderr.write(`${brief ? `${error.code}: ${error.message}` : inspect(error)}\n`);
  process.exitCode = 1;
}

/**
 * Runs the program of a file that also holds tasks: Python's `if __name__ == "__main__"`. Does nothing when the file is
 * imported, as workers do. When `fn` throws, the error is written to standard error (a SharrayError as `CODE: message`; with
 * `SHARRAY_TRACE=1` its stack too) and the exit status is 1.
 *
 *     main(import.meta, async () => {
 *       await using pool = new Pool(2);
 *       console.log(await pool.map(load, process.argv.slice(2)));
 *     });
 */
export async function main(meta: ImportMeta, fn: () => unknown): Promise<void> {
  if (!isEntry(meta)) return;
  try {
    await fn();
  } catch (error) {
    report(error);
  }
}
