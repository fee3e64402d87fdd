import assert from "node:assert/strict";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, type TestContext, test } from "node:test";
import { generateFile } from "../scripts/generate.mjs";
import { folder, spec, startSharray } from "./command.ts";
import { memoryOf } from "./memory.ts";

/** Rows of a part of the table. */
const ROWS = 500_000;

suite("memory of sharray convert", () => {
  const watched = async (t: TestContext, parts: number, more: readonly string[]): Promise<number> => {
    const cwd = folder(t);
    const file = join(cwd, "a.txt");
    generateFile(file, 1, ROWS);
    const part = readFileSync(file);
    for (let i = 1; i < parts; i++) appendFileSync(file, part);
    const run = startSharray(
      ["convert", "a.txt", "-o", "out.h5", "--dtype", spec, "--processes", "2", "--no-sync", "--quiet", ...more],
      { cwd },
    );
    let peak = 0;
    const timer = setInterval(() => {
      peak = Math.max(peak, memoryOf(run.processes()));
    }, 10);
    const { status, stderr } = await run.ended;
    clearInterval(timer);
    assert.deepEqual([status, stderr], [0, ""]);
    t.diagnostic(`peak ${Math.round(peak / 1e6)} MB, data ${Math.round((parts * ROWS * 26) / 1e6)} MB`);
    return peak;
  };

  for (const [name, more] of [
    ["uncompressed", []],
    ["compressed", ["--compression", "gzip:1"]],
  ] as const) {
    test(`${name}, all processes together stay within 250 MB, whatever the data`, async (t) => {
      const peak = await watched(t, 24, more);
      assert.ok(peak <= 250e6, `${Math.round(peak / 1e6)} MB`);
    });
  }
});
