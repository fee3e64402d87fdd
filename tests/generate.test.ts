import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { suite, test } from "node:test";
import { root, start } from "./command.ts";

const generator = join(root, "scripts", "generate.mjs");

async function table(seed: number, rows: number): Promise<string> {
  const { status, stdout, stderr } = await start(process.execPath, [generator, String(seed), String(rows)]).ended;
  assert.deepEqual([status, stderr], [0, ""]);
  return stdout;
}

suite("the generator of methylation tables", () => {
  test("the same seed gives the same bytes, on every machine", async () => {
    const text = await table(1, 20_000);
    assert.equal(text, await table(1, 20_000));
    assert.equal(
      createHash("sha256").update(text).digest("hex"),
      "f562e642bbfba481b79cc5259eb9cba690b9ddbed4454c22636a6dd4b5eb4154",
    );
    assert.notEqual(text, await table(2, 20_000));
  });

  test("rows are in order, within their chromosome, and pct is what c and t say", async () => {
    const lines = (await table(7, 30_000)).split("\n");
    assert.equal(lines.pop(), "");
    assert.equal(lines.length, 30_000);
    const last = new Map<string, number>();
    for (const line of lines) {
      const [chr, position, pct, c, t] = line.split("\t") as [string, string, string, string, string];
      assert.ok(Number(position) > (last.get(chr) ?? 0), line);
      last.set(chr, Number(position));
      assert.match(pct, /^(0|[1-9]\d*)(\.\d{0,5}[1-9])?$/);
      const depth = Number(c) + Number(t);
      assert.ok(depth >= 1 && depth <= 40);
      assert.ok(Math.abs(Number(pct) - (100 * Number(c)) / depth) <= 0.5000001e-6, line);
    }
    assert.equal(last.size, 24);
    assert.ok(last.get("chr1")! <= 248_956_422 && last.get("chrY")! <= 57_227_415);
  });

  test("takes a seed and a number of rows, and nothing else", async () => {
    assert.equal(await table(1, 0), "");
    assert.equal((await table(1, 1)).split("\n").length, 2);
    for (const args of [[], ["1"], ["x", "5"], ["1", "-5"], ["1", "2", "3"]]) {
      const { status, stdout, stderr } = await start(process.execPath, [generator, ...args]).ended;
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, /^usage: /);
    }
  });
});
