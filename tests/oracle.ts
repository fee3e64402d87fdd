import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The Python interpreter of the tests. */
export const interpreter: string = fileURLToPath(new URL("../.cache/python/bin/python", import.meta.url));

/**
 * Why tests that compare with NumPy and h5py cannot run, or false when they can: for node:test's `skip` option.
 * `npm test` makes the environment (NumPy 2.4, h5py 3.16) when python3 with venv is there.
 */
export const withoutPython: string | false = existsSync(interpreter)
  ? false
  : "no Python environment: install python3 with venv, then `npm test` makes it";

/** Runs a Python program with NumPy and h5py at hand and returns what it printed; throws with its traceback when it fails. */
export async function python(program: string, args: string[] = []): Promise<string> {
  const { stdout } = await promisify(execFile)(interpreter, ["-c", program, ...args], { maxBuffer: 1 << 28 });
  return stdout;
}
