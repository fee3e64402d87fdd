import "../convert/no_arena.ts";
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadtxt } from "sharray";
import { blocks, leaked, ranges, slowly } from "../convert/scene.ts";
import { Folder } from "./texts.ts";

const dtype = [
  ["n", "<i4"],
  ["s", "S3"],
] as const;

test("rejects: the good rows, and of each other one where it is, why, and what it says", async () => {
  using folder = new Folder();
  const path = folder.file("# head\n1 a\nx b\n\n3\n4 d\n5 é\n6 f g\n");
  for (const threads of [1, 4]) {
    await ranges(threads, async () => {
      using array = await loadtxt(path, { dtype, rejects: {}, threads });
      assert.deepEqual(
        [...array].map(({ n }) => n),
        [1, 4, 5],
      );
      assert.deepEqual(
        array.rejects.map(({ file, line, byte, column, text }) => [file, line, byte, column, text]),
        [
          [path, 3, 11, 1, "x b"],
          [path, 5, 16, null, "3"],
          [path, 8, 27, null, "6 f g"],
        ],
      );
      assert.match(array.rejects[0]!.reason, /^TEXT_BAD_VALUE: "x" is not an integer/);
      assert.match(array.rejects[1]!.reason, /^TEXT_BAD_COLUMNS: 1 column found, 2 expected/);
    });
  }
  using none = await loadtxt(["1 a"], { dtype });
  assert.deepEqual([none.rejects, none.truncated], [[], []]);
});

test("rejects.max: one more ends the load and leaves neither table nor memory; to: the table is there", async () => {
  using folder = new Folder();
  const path = folder.file("1\nx\ny\n2\n");
  const to = join(folder.path, "bad.csv");
  const before = blocks();
  await assert.rejects(loadtxt(path, { rejects: { max: 1, to } }), { code: "TEXT_TOO_MANY_REJECTS" });
  assert.equal(existsSync(to), false);
  assert.equal(await leaked(before), 0);
  using array = await loadtxt(path, { rejects: { max: 2, to } });
  assert.deepEqual(array.toArray(), [1, 2]);
  assert.match(readFileSync(to, "utf8"), /^file,line,byte,column,reason,text\r\n.*,2,2,1,.*,x\r\n.*,3,4,1,.*,y\r\n$/);
  await assert.rejects(loadtxt(path, { rejects: { to: join(to, "below") } }), { code: "FILE_NOT_FOUND" });
  assert.deepEqual(readdirSync(folder.path).length, 2);
  array.close();
  assert.equal(await leaked(before), 0);
});

test("rejects in a table of plain numbers: of rows, what the first of them is decides", async () => {
  using array = await loadtxt(["1 2", "3", "4 x", "5 6"], { rejects: {} });
  assert.deepEqual(array.toArray(), [
    [1, 2],
    [5, 6],
  ]);
  assert.deepEqual(
    array.rejects.map(({ line, column }) => [line, column]),
    [
      [2, null],
      [3, 2],
    ],
  );
});

test("truncated: texts that were cut, by field, with the first of them; strict is an error there", async () => {
  const lines = Array.from({ length: 500 }, (_, i) => `${i} ${i % 100 === 42 ? "four" : "abc"}`);
  for (const threads of [1, 3]) {
    await ranges(64, async () => {
      using array = await loadtxt(lines, { dtype, threads });
      assert.deepEqual(array.truncated, [{ field: "s", count: 5, file: "the lines", line: 43 }]);
      await assert.rejects(loadtxt(lines, { dtype, threads, strict: true }), {
        code: "TEXT_TRUNCATED",
        message: /^the lines, line 43, column 2 \("s"\): "four" has 4 characters, S3 holds 3/,
      });
    });
  }
  using plain = await loadtxt(["abc ab", "a abcd", "abc abc"], { dtype: "S2" });
  assert.deepEqual(plain.truncated, [{ field: null, count: 4, file: "the lines", line: 1 }]);
});

test("header: the first line with columns names them, in a comment or not, behind skiprows", async () => {
  for (const head of [["n s"], ["# n s"], ["", "# ", "n s"], ["#n s"]]) {
    using array = await loadtxt([...head, "1 a"], { dtype, header: true, usecols: ["n", "s"] });
    assert.deepEqual(array.get(), { n: 1, s: "a" });
  }
  using swapped = await loadtxt(["skipped", "s n", "a 1"], { dtype, header: true, skiprows: 1, usecols: ["n", "s"] });
  assert.deepEqual(swapped.get(), { n: 1, s: "a" });
  using numbers = await loadtxt(["1 2", "3 4"], { header: true });
  assert.deepEqual(numbers.toArray(), [3, 4]);
  await assert.rejects(loadtxt(["a a b", "1 2 3"], { header: true, usecols: ["a"] }), {
    code: "BAD_ARGUMENT",
    message: /a name that the header has once/,
  });
});

test("na and fill: for all columns, or for each field; integers have no usual fill", async () => {
  const table = ["1,x", "NA,NA", "-,y"];
  const options = { delimiter: ",", dtype, na: ["NA", "-"] } as const;
  using filled = await loadtxt(table, { ...options, fill: { n: -1 } });
  assert.deepEqual(
    [...filled],
    [
      { n: 1, s: "x" },
      { n: -1, s: "" },
      { n: -1, s: "y" },
    ],
  );
  using all = await loadtxt(table, { ...options, fill: 7 });
  assert.deepEqual(all.get(1), { n: 7, s: "" });
  await assert.rejects(loadtxt(table, options), { code: "TEXT_BAD_VALUE", message: /line 2, column 1 \("n"\): "NA"/ });
  await assert.rejects(loadtxt(table, { ...options, fill: { n: 2 ** 31 } }), {
    code: "BAD_ARGUMENT",
    message: /fill of "n"/,
  });
  using floats = await loadtxt(["1,,3"], { delimiter: ",", na: "" });
  assert.deepEqual(floats.toArray(), [1, Number.NaN, 3]);
});

test("an abort is seen within 256 KiB of input a thread", async () => {
  using folder = new Folder();
  const path = folder.file("1 2 3\n".repeat(8_000_000));
  const threads = 2;
  const before = blocks();
  await slowly(async () => {
    const controller = new AbortController();
    let then = 0;
    let last = 0;
    const onProgress = ({ bytes, totalBytes }: { bytes: number; totalBytes: number }): void => {
      last = bytes;
      if (controller.signal.aborted) return;
      assert.ok(bytes < totalBytes);
      then = bytes;
      controller.abort();
    };
    const load = loadtxt(path, { threads, signal: controller.signal, onProgress });
    await assert.rejects(load, { code: "ABORTED" });
    assert.ok(last - then <= threads * 2 ** 18, `${last - then} bytes were read after the abort`);
  });
  assert.equal(await leaked(before), 0);
});
