import "./no_arena.ts";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import type { ConvertOptions, ConvertOutcome } from "../../dist/convert/convert.js";
import { arrayIn, blocks, children, leaked, reader, row, rows, Scene, slowly } from "./scene.ts";

/** Kills a worker in the midst of its work. */
async function killed(scene: Scene, input: string, options: Partial<ConvertOptions>): Promise<ConvertOutcome> {
  return slowly(async () => {
    let over = false;
    const kill = reader(input, () => over).then((pid) => {
      assert.ok(pid !== null, "no worker was seen at work");
      process.kill(pid, "SIGKILL");
    });
    const outcome = await scene.outcome([input], { processes: 2, ...options });
    over = true;
    await kill;
    return outcome;
  });
}

async function bytesOf(output: string, name: string): Promise<Buffer> {
  using array = await arrayIn(output, name);
  return Buffer.from(array.bytes);
}

test("rows that a killed worker had left out are told once, and in order", async () => {
  using scene = new Scene();
  const lines = rows(0, 600_000).split(/(?<=\n)/);
  for (let i = 3; i < lines.length; i += 5000) lines[i] = `chr1\tx${i}\n`;
  const input = scene.file("a.txt", lines.join(""));
  const outcome = await killed(scene, input, { rejects: {} });
  assert.deepEqual(
    outcome.rejects.map(({ line, text }) => [line, text]),
    lines.flatMap((line, i) => (i % 5000 === 3 ? [[i + 1, line.trimEnd()]] : [])),
  );
  const good = lines.filter((_, i) => i % 5000 !== 3).join("");
  const whole = await scene.outcome([scene.file("good.txt", good)], { output: scene.path("good.h5") });
  assert.ok((await bytesOf(outcome.result.output, "a")).equals(await bytesOf(whole.result.output, "good")));
  assert.deepEqual(children(), []);
});

test("texts that a killed worker had cut are counted once", async () => {
  using scene = new Scene();
  const long = `${"x".repeat(11)}\t1\t1\t1\t1\n`;
  const input = scene.file("a.txt", `${rows(0, 3000)}${long}`.repeat(200));
  const { truncated } = await killed(scene, input, {});
  assert.deepEqual(truncated, [{ field: "chr", count: 200, file: input, line: 3001 }]);
});

test("quotes with line ends: the ranges of a killed worker are done again where they were cut", async () => {
  using scene = new Scene();
  const quoted = `${rows(0, 2000)}"a\nb"\t1\t1\t1\t1\n`;
  const input = scene.file("a.txt", quoted.repeat(300));
  const outcome = await killed(scene, input, { quotechar: '"' });
  assert.equal(outcome.result.datasets[0]?.rows, 2001 * 300);
  const whole = scene.file("b.txt", quoted);
  const one = await scene.outcome([whole], { quotechar: '"', output: scene.path("one.h5") });
  const wanted = await bytesOf(one.result.output, "b");
  assert.ok((await bytesOf(outcome.result.output, "a")).equals(Buffer.concat(new Array(300).fill(wanted))));
});

test("an abort while an input is decompressed, or waited for, leaves nothing", async () => {
  using scene = new Scene();
  const before = blocks();
  const plain = scene.file("a.txt", rows(0, 100_000).repeat(20));
  execFileSync("gzip", ["-1", "-k", plain]);
  scene.file("one.txt", row(1));
  execFileSync("mkfifo", [scene.path("fifo")]);
  const stays = [...scene.made()].sort();
  const reason = new Error("enough");
  for (const input of [scene.path("a.txt.gz"), scene.path("fifo")]) {
    for (const options of [{}, { dtype: "auto" }, { onError: "skip" }, { dryRun: true }] as const) {
      // Of a file it looks at the first rows only.
      if ("dryRun" in options && input.endsWith(".gz")) continue;
      const controller = new AbortController();
      const job = scene.outcome([scene.path("one.txt"), input], options, { signal: controller.signal });
      setTimeout(() => controller.abort(reason), 30);
      await assert.rejects(job, { code: "ABORTED", cause: reason });
      assert.deepEqual(scene.made().sort(), stays);
      assert.deepEqual(children(), []);
      assert.equal(await leaked(before), 0);
    }
  }
});
