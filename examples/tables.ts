import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateFile } from "../scripts/generate.mjs";

/** The tables that an example reads: those named on its command line, else two small ones that are made here and removed at the end. */
export function tables(named: string[]): string[] {
  if (named.length > 0) return named;
  const folder = mkdtempSync(join(tmpdir(), "sharray-example-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return [1, 2].map((seed) => {
    const path = join(folder, `data${seed}.txt`);
    generateFile(path, seed, seed * 5000);
    return path;
  });
}
