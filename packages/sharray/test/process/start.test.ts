import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism as processors, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { expectTypeOf } from "expect-type";
import type { Pool, Process, Queue, SharedArray, Task } from "sharray";
import { workerOptions } from "../../dist/process/child.js";
import { availableParallelism } from "../../dist/process/parallelism.js";

test("workers get this Node's options, less those that concern its own start", () => {
  const kept = ["--require", "./a.cjs", "--import", "file:///loader.mjs", "--max-old-space-size=512"];
  const own = [
    "--test",
    "--test-name-pattern",
    "x",
    "--inspect-brk=9230",
    "--watch",
    "--input-type=module",
    "-e",
    "1 + 1",
  ];
  assert.deepEqual(workerOptions([...kept, ...own]), kept);
  assert.deepEqual(workerOptions([...own, ...kept]), kept);
  assert.deepEqual(workerOptions(["--eval", "code()", "--print", "--enable-source-maps"]), ["--enable-source-maps"]);
});

/** A folder of control groups with these files. */
function groups(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "sharray-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

for (const [what, files, expected] of [
  ["no quota", { own: "0::/a\n", "a/cpu.max": "max 100000" }, processors()],
  ["a quota of one CPU", { own: "0::/a/b\n", "a/b/cpu.max": "100000 100000" }, 1],
  [
    "the quota of an enclosing group",
    { own: "0::/a/b\n", "a/cpu.max": "50000 100000", "a/b/cpu.max": "max 100000" },
    1,
  ],
  [
    "cgroup v1",
    { own: "4:cpu,cpuacct:/a\n", "cpu/a/cpu.cfs_quota_us": "20000", "cpu/a/cpu.cfs_period_us": "100000" },
    1,
  ],
  [
    "cgroup v1 without a quota",
    { own: "4:cpu:/\n", "cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000" },
    processors(),
  ],
  ["no control groups", { own: "" }, processors()],
] as const) {
  test(`the number of processes by default: ${what}`, () => {
    const root = groups(files);
    assert.equal(availableParallelism(root, join(root, "own")), expected);
    rmSync(root, { recursive: true });
  });
}

test("types follow the task through Pool and Process", () => {
  type D = readonly [readonly ["pos", "<i4"]];
  type Load = Task<[path: string, rows?: number], Promise<SharedArray<D>>>;
  const check = (pool: Pool, load: Load, two: Task<[number, number], string>, queue: Queue<{ n: number }>): void => {
    expectTypeOf(pool.map(load, ["a"])).toEqualTypeOf<Promise<SharedArray<D>[]>>();
    expectTypeOf(pool.imap(load, ["a"])).toEqualTypeOf<AsyncGenerator<SharedArray<D>, void, undefined>>();
    expectTypeOf(pool.starmap(two, [[1, 2]])).toEqualTypeOf<Promise<string[]>>();
    expectTypeOf(pool.apply(two, 1, 2)).toEqualTypeOf<Promise<string>>();
    expectTypeOf<Process<[string], Promise<number>>["result"]>().toEqualTypeOf<Promise<number>>();
    expectTypeOf(queue.get()).toEqualTypeOf<Promise<{ n: number }>>();
    // @ts-expect-error a path is a string
    pool.map(load, [1]);
    // @ts-expect-error map calls with one argument, and this task needs two
    pool.map(two, [1]);
    // @ts-expect-error an argument is missing
    pool.apply(two, 1);
  };
  assert.equal(typeof check, "function");
});
