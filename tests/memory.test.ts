import assert from "node:assert/strict";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { generateFile } from "../scripts/generate.mjs";
import { folder, spec, startSharray } from "./command.ts";
import { memoryOf } from "./memory.ts";

suite("memory of sharray convert", () => {
  for (const more of [[], ["--compression", "gzip:1"]]) {
    test(`all processes together stay within 1.15 x the data + 150 MB ${more.join(" ")}`, async (t) => {
      const cwd = folder(t);
      const file = join(cwd, "a.txt");
      generateFile(file, 1, 500_000);
      const part = readFileSync(file);
      for (let i = 1; i < 12; i++) appendFileSync(file, part);
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
      const data = 6_000_000 * 26;
      t.diagnostic(`peak ${Math.round(peak / 1e6)} MB, data ${Math.round(data / 1e6)} MB`);
      assert.ok(peak > data, "the watch has seen the data");
      assert.ok(peak <= 1.15 * data + 150e6, `${Math.round(peak / 1e6)} MB`);
    });
  }
});
