import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Folder } from "../text/texts.ts";
import { run } from "./programs.ts";

const setting = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";
const offered = existsSync(setting) ? readFileSync(setting, "utf8").trim() : "nothing";
const missing = offered.includes("[advise]")
  ? false
  : `huge pages are not to be had on request (${setting}: ${offered})`;

test("a large table lies on huge pages where the system offers them on request, and takes no more than its rows", {
  skip: missing,
}, async () => {
  using folder = new Folder();
  const rows = 1_700_000;
  const input = folder.file(Array.from({ length: rows }, (_, row) => `${row % 1000}\n`).join(""));
  const program = `
    import { fstatSync, readFileSync } from "node:fs";
    import { loadtxt } from "sharray";
    for (const options of [{ threads: 3 }, { threads: 2, rejects: {} }]) {
      const table = await loadtxt(process.env.INPUT, { dtype: "f8", ...options });
      const huge = [...readFileSync("/proc/self/smaps", "latin1").matchAll(/ShmemPmdMapped:\\s+(\\d+) kB/g)];
      const mapped = huge.reduce((sum, [, kib]) => sum + Number(kib), 0) / 1024;
      const beyond = fstatSync(table.handle().fd).blocks * 512 - table.nbytes;
      console.log(JSON.stringify({ mapped, beyond, sum: table.sum(), shape: table.shape }));
      table.close();
    }
  `;
  const ended = await run(program, { before: "export SHARRAY_ARENA=0", input });
  assert.equal(ended.stderr, "");
  const lines = ended.stdout.trim().split("\n");
  assert.equal(lines.length, 2);
  for (const line of lines) {
    const { mapped, beyond, ...table } = JSON.parse(line);
    assert.deepEqual(table, { sum: 499.5 * rows, shape: [rows] });
    // 13 MB, of which the first 2 MiB and the last are small pages.
    assert.ok(mapped >= 8, `${mapped} MiB are on huge pages`);
    assert.ok(beyond < 1 << 16, `${beyond} bytes beyond the rows`);
  }
});
