import "../convert/no_arena.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadtxt } from "sharray";
import { blocks, leaked, ranges } from "../convert/scene.ts";
import { Folder } from "./texts.ts";

test("functions are called row by row, in the order of the columns, once for each text", async () => {
  using folder = new Folder();
  const rows = 5000;
  const path = folder.file(Array.from({ length: rows }, (_, i) => `a${i},${i},c${i}\n`).join(""));
  const calls: string[] = [];
  const convert = (text: string): number => {
    calls.push(text);
    return Number(text.slice(1));
  };
  await ranges(64, async () => {
    const dtype = [
      ["a", "<i4"],
      ["b", "<f8"],
      ["c", "<i2"],
    ] as const;
    using array = await loadtxt(path, { dtype, delimiter: ",", converters: { 2: convert, 0: convert }, threads: 4 });
    assert.deepEqual(array.get(rows - 1), { a: rows - 1, b: rows - 1, c: rows - 1 });
  });
  assert.deepEqual(calls, Array.from({ length: rows }, (_, i) => [`a${i}`, `c${i}`]).flat());
});

test("one function for all columns; columns from the end, and by the header's names", async () => {
  using one = await loadtxt(["0x1 0x2", "0x3 0x4"], { converters: (text) => Number(text), dtype: "<i4" });
  assert.deepEqual(one.toArray(), [
    [1, 2],
    [3, 4],
  ]);
  using last = await loadtxt(["1 50%", "2 5%"], { converters: { [-1]: (text) => Number.parseFloat(text) / 100 } });
  assert.deepEqual(last.toArray(), [
    [1, 0.5],
    [2, 0.05],
  ]);
  const half = (text: string): number => Number(text) / 2;
  using named = await loadtxt(["x,y", "1,2", "3,4"], { header: true, delimiter: ",", converters: { y: half } });
  assert.deepEqual(named.toArray(), [
    [1, 1],
    [3, 2],
  ]);
});

test("with usecols a number means the column of the text, and a column that is not read has no calls", async () => {
  const seen: string[] = [];
  const see = (text: string): number => {
    seen.push(text);
    return -1;
  };
  using array = await loadtxt(["1 2 3", "4 5 6"], { usecols: [2, 0], converters: { 0: see, 1: see } });
  assert.deepEqual(array.toArray(), [
    [3, -1],
    [6, -1],
  ]);
  assert.deepEqual(seen, ["1", "4"]);
  const lines = ["a b c", "1 2 3"];
  using named = await loadtxt(lines, { header: true, usecols: ["c", "b"], converters: { b: see } });
  assert.deepEqual(named.toArray(), [3, -1]);
});

test("a name that no column has is refused also where no column is wanted, unless there are no rows", async () => {
  const converters = { a: () => 1 };
  const call = (text: string[]) => loadtxt(text, { dtype: "<f2", usecols: [], converters });
  await assert.rejects(call(["1 2", "3 4"]), { code: "BAD_ARGUMENT", message: /"a" names no column/ });
  using nothing = await call([]);
  assert.equal(nothing.size, 0);
  using numbered = await loadtxt(["1 2", "3 4"], { usecols: [], converters: { 7: () => 1 } });
  assert.deepEqual(numbered.shape, [2, 0]);
});

test("a text that a function returns is read as the column's dtype reads texts", async () => {
  const dtype = [
    ["n", "<i8"],
    ["x", "<f4"],
    ["d", "<M8[D]"],
    ["s", "S3"],
    ["u", "<U4"],
    ["t", "?"],
  ] as const;
  const converters = {
    0: (text: string) => text.replaceAll(".", ""),
    1: (text: string) => text.replace(",", "."),
    2: (text: string) => text.split("/").reverse().join("-"),
    3: (text: string) => text.toUpperCase(),
    4: (text: string) => Number(text) > 1,
    5: (text: string) => text === "yes",
  };
  using array = await loadtxt(["9.007.199.254.740.993 0,1 24/12/2020 abc 2 yes"], { dtype, converters });
  const { n, x, s, u, t } = array.get() as unknown as Record<string, unknown>;
  assert.deepEqual([n, x, s, u, t], [9007199254740993n, Math.fround(0.1), "ABC", "True", true]);
  using days = await loadtxt(["2020-12-24"], { dtype: "<M8[D]" });
  assert.deepEqual(array.field("d").get(), days.get());
});

test("what a function throws, and a value that does not fit, are told with line, column and text", async () => {
  using folder = new Folder();
  const path = folder.file("# head\na b\n1 2\n\n3 x\n");
  const before = blocks();
  const mine = new RangeError("no such thing");
  const dtype = [
    ["p", "<i4"],
    ["q", "<i2"],
  ] as const;
  const failing = (text: string): number => {
    if (text === "x") throw mine;
    return Number(text);
  };
  await assert.rejects(loadtxt(path, { dtype, skiprows: 2, converters: { 1: failing } }), {
    code: "TEXT_BAD_VALUE",
    message: `${path}, line 5, column 2 ("q"): the converter could not make a value of "x": no such thing`,
    cause: mine,
    details: { file: path, line: 5, column: 2, field: "q", text: "x", dtype: "<i2" },
  });
  for (const [value, cause] of [
    [40_000, "BAD_VALUE"],
    [1.5, "BAD_VALUE"],
    [undefined, "BAD_VALUE"],
    [{}, "BAD_VALUE"],
    ["1.5", "TEXT_BAD_VALUE"],
  ] as const) {
    const error = await loadtxt(path, {
      dtype,
      skiprows: 2,
      converters: { q: () => value, 1: () => value } as never,
    }).catch((thrown: unknown) => thrown);
    assert.equal((error as { code: string }).code, "BAD_ARGUMENT", "there is no header");
    const wrong = loadtxt(path, { dtype, skiprows: 2, converters: { 1: () => value } });
    await assert.rejects(wrong, (thrown: { code: string; message: string; cause: { code: string } }) => {
      assert.equal(thrown.code, "TEXT_BAD_VALUE", thrown.message);
      assert.match(thrown.message, /line 3, column 2 \("q"\)/);
      assert.equal(thrown.cause.code, cause, thrown.message);
      return true;
    });
  }
  await assert.rejects(loadtxt(path, { usecols: -1, skiprows: 2, converters: failing }), {
    code: "TEXT_BAD_VALUE",
    message: /line 5, column 2: .*"x"/,
  });
  assert.equal(await leaked(before), 0);
});

test("an abort in the midst of the calls ends them, and leaves nothing", async () => {
  using folder = new Folder();
  const path = folder.file("1\n".repeat(100_000));
  const before = blocks();
  const controller = new AbortController();
  const enough = new Error("enough");
  let calls = 0;
  const converters = (text: string): number => {
    calls += 1;
    if (calls === 10) controller.abort(enough);
    return Number(text);
  };
  await assert.rejects(loadtxt(path, { converters, signal: controller.signal }), { code: "ABORTED", cause: enough });
  assert.ok(calls < 10_000, `${calls} calls after the tenth`);
  assert.equal(await leaked(before), 0);
});

test("a text that is too long is cut and counted, as NumPy cuts it; strict refuses it", async () => {
  const lines = ["a 1", "ab 2", "abcd 3", "😀😀😀 4"];
  const dtype = [
    ["u", "<U2"],
    ["s", "S2"],
  ] as const;
  const converters = { 0: (text: string) => text, 1: (text: string) => Number(text) * 100 };
  using array = await loadtxt(lines, { dtype, converters });
  assert.deepEqual(
    [...array].map(({ u, s }) => [u, s]),
    [
      ["a", "10"],
      ["ab", "20"],
      ["ab", "30"],
      ["😀😀", "40"],
    ],
  );
  assert.deepEqual(array.truncated, [
    { field: "s", count: 4, file: "the lines", line: 1 },
    { field: "u", count: 2, file: "the lines", line: 3 },
  ]);
  await assert.rejects(loadtxt(lines, { dtype, converters, strict: true }), {
    code: "TEXT_TRUNCATED",
    message: /line 1, column 2 \("s"\): the converter's "100" has 3 characters, S2 holds 2/,
  });
  using plain = await loadtxt(["abc abc", "ab a"], { dtype: "S2", converters: { 0: (text) => text } });
  assert.deepEqual(plain.truncated, [{ field: null, count: 2, file: "the lines", line: 1 }]);
});

test("rejects: rows that cannot be read have no calls; those of good rows stay in order", async () => {
  const seen: string[] = [];
  using array = await loadtxt(["1 a", "x b", "3", "4 d"], {
    dtype: "<i4",
    rejects: {},
    converters: { 1: (text) => seen.push(text) },
  });
  assert.deepEqual(array.toArray(), [
    [1, 1],
    [4, 2],
  ]);
  assert.deepEqual(seen, ["a", "d"]);
  assert.deepEqual(
    array.rejects.map(({ line }) => line),
    [2, 3],
  );
  const double = { 0: (text: string) => 2 * Number(text) };
  const lines = ["1 a", "1 2", '"3" "x\ny"', "3 4", "5 6"];
  using few = await loadtxt(lines, { maxRows: 2, rejects: {}, converters: double, quotechar: '"' });
  assert.deepEqual(few.toArray(), [
    [2, 2],
    [6, 4],
  ]);
});
