import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { SharrayError } from "sharray";

/** A fresh folder that is gone after the test; the function gives paths in it. */
export async function folder(t: TestContext): Promise<(name: string) => string> {
  const path = await mkdtemp(join(tmpdir(), "sharray-hdf5-"));
  t.after(() => rm(path, { recursive: true, force: true }));
  return (name) => join(path, name);
}

/** The SharrayError with which a promise is rejected; anything else fails the test. */
export async function rejection(run: () => Promise<unknown>): Promise<SharrayError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof SharrayError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
