import "./no_arena.ts";
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { dtypeOf } from "sharray";
import { python, withoutPython } from "../../../../tests/oracle.ts";
import type { ConvertOptions, ConvertOutcome } from "../../dist/convert/convert.js";
import { arrayIn, blocks, children, leaked, ranges, rows, Scene } from "./scene.ts";

const pair = dtypeOf([
  ["n", "<i4"],
  ["s", "S4"],
]);

async function records(outcome: ConvertOutcome, name: string): Promise<unknown[]> {
  using array = await arrayIn(outcome.result.output, name);
  return [...array];
}

async function bytesOf(output: string, name: string): Promise<Buffer> {
  using array = await arrayIn(output, name);
  return Buffer.from(array.bytes);
}

test("texts that are cut are counted by field with the first of them, over ranges; strict refuses that one", async () => {
  using scene = new Scene();
  const lines = Array.from({ length: 100 }, (_, i) => `${i} ${i % 10 === 5 ? "longer" : "s"}\n`);
  const [a, b] = [scene.file("a.txt", "1 fits\n"), scene.file("b.txt", lines.join(""))];
  const { truncated, result } = await ranges(64, () => scene.outcome([a, b], { dtype: pair, processes: 2 }));
  assert.deepEqual(truncated, [{ field: "s", count: 10, file: b, line: 6 }]);
  assert.equal(result.datasets[1]?.rows, 100);
  assert.deepEqual(result.datasets[1]?.rejected, 0);
  const strict = { dtype: pair, strict: true, overwrite: true, processes: 2 };
  await ranges(64, () =>
    assert.rejects(scene.outcome([a, b], strict), {
      code: "TEXT_TRUNCATED",
      message: /b\.txt, line 6, column 2 \("s"\): "longer"/,
    }),
  );
  const kept = await ranges(64, () => scene.outcome([a, b], { ...strict, rejects: {} }));
  assert.equal(kept.rejects.length, 10);
  assert.deepEqual(kept.truncated, []);
});

test("a dry run writes nothing, starts nothing, and tells name, dtype and about how many rows", async () => {
  using scene = new Scene();
  const inputs = [scene.file("a.txt", rows(1000, 3000)), scene.file("b.txt.gz", gzipSync(rows(1000, 2000)))];
  const before = blocks();
  const { result } = await scene.outcome(inputs, { dryRun: true });
  assert.deepEqual(
    result.datasets.map(({ path, source }) => [path, source]),
    [
      ["/a", inputs[0]],
      ["/b", inputs[1]],
    ],
  );
  for (const [i, wanted] of [2000, 1000].entries()) {
    const { rows: guessed } = result.datasets[i]!;
    assert.ok(Math.abs(guessed - wanted) < wanted / 5, `${guessed} rows, not about ${wanted}`);
  }
  const joined = await scene.outcome(inputs, { dryRun: true, concat: "all", dtype: "auto" });
  const [all] = joined.result.datasets;
  assert.deepEqual([all?.path, joined.result.datasets.length], ["/all", 1]);
  assert.deepEqual(all?.dtype, [
    ["f0", "|S5"],
    ["f1", "<i4"],
    ["f2", "<f8"],
    ["f3", "<i4"],
    ["f4", "<i4"],
  ]);
  await assert.rejects(scene.outcome([scene.file("bad.txt", "x\n")], { dryRun: true }), { code: "TEXT_BAD_COLUMNS" });
  assert.deepEqual(scene.made(), []);
  assert.deepEqual(children(), []);
  assert.equal(await leaked(before), 0);
});

test("header, and names in usecols: of each file the first line is none of its rows", async () => {
  using scene = new Scene();
  const inputs = [scene.file("a.csv", "s,x,n\na,0,1\nb,0,2\n"), scene.file("b.csv", "s,x,n\nc,0,3\n")];
  const named: Partial<ConvertOptions> = { dtype: pair, delimiter: ",", usecols: ["n", "s"], overwrite: true };
  for (const more of [{}, { header: true }, { usecols: [2, 0], header: true }, { usecols: [2, 0], skiprows: 1 }]) {
    const outcome = await ranges(8, () => scene.outcome(inputs, { ...named, ...more, processes: 2 }));
    assert.deepEqual(await records(outcome, "a"), [
      { n: 1, s: "a" },
      { n: 2, s: "b" },
    ]);
    assert.deepEqual(await records(outcome, "b"), [{ n: 3, s: "c" }]);
  }
  await assert.rejects(scene.outcome(inputs, { ...named, usecols: ["n", "t"] }), {
    code: "BAD_ARGUMENT",
    message: /usecols: expected names of the header \(s, x, n\), found 't'/,
  });
});

test("auto: header decides what the first line is; without it, what the line holds does", async () => {
  using scene = new Scene();
  const numbers = scene.file("numbers.csv", "1,2\n3,4\n");
  const texts = scene.file("texts.csv", "a,b\nc,d\n");
  const names = scene.file("names.csv", "a,b\n1,x\n");
  for (const [input, header, dtype] of [
    [
      numbers,
      undefined,
      [
        ["f0", "<i4"],
        ["f1", "<i4"],
      ],
    ],
    [
      numbers,
      true,
      [
        ["1", "<i4"],
        ["2", "<i4"],
      ],
    ],
    [
      texts,
      undefined,
      [
        ["f0", "|S1"],
        ["f1", "|S1"],
      ],
    ],
    [
      texts,
      true,
      [
        ["a", "|S1"],
        ["b", "|S1"],
      ],
    ],
    [
      names,
      undefined,
      [
        ["a", "<i4"],
        ["b", "|S1"],
      ],
    ],
    [
      names,
      false,
      [
        ["f0", "|S1"],
        ["f1", "|S1"],
      ],
    ],
  ] as const) {
    const options = { dtype: "auto", delimiter: ",", overwrite: true } as const;
    const outcome = await scene.outcome([input], { ...options, ...(header === undefined ? {} : { header }) });
    assert.deepEqual(outcome.result.datasets[0]?.dtype, dtype);
  }
});

test("missing values become the fill, or what is usual; without a fill an integer column is f8 in auto", async () => {
  using scene = new Scene();
  const input = scene.file("a.csv", "n,x,s\n1,0.5,a\nNA,,NA\n3,NA,\n");
  const given = dtypeOf([
    ["n", "<i4"],
    ["x", "<f8"],
    ["s", "S2"],
  ]);
  const options = { delimiter: ",", header: true, na: ["NA", ""], overwrite: true };
  const filled = await ranges(4, () => scene.outcome([input], { ...options, dtype: given, fill: { n: -1, s: "?" } }));
  assert.deepEqual(await records(filled, "a"), [
    { n: 1, x: 0.5, s: "a" },
    { n: -1, x: Number.NaN, s: "?" },
    { n: 3, x: Number.NaN, s: "?" },
  ]);
  await assert.rejects(scene.outcome([input], { ...options, dtype: given }), {
    code: "TEXT_BAD_VALUE",
    message: /line 3, column 1 \("n"\): "NA"/,
  });
  const auto = await scene.outcome([input], { ...options, dtype: "auto" });
  assert.deepEqual(await records(auto, "a"), [
    { n: 1, x: 0.5, s: "a" },
    { n: Number.NaN, x: Number.NaN, s: "" },
    { n: 3, x: Number.NaN, s: "" },
  ]);
  const nines = await scene.outcome([input], { ...options, dtype: "auto", fill: -9 });
  assert.deepEqual(await records(nines, "a"), [
    { n: 1, x: 0.5, s: "a" },
    { n: -9, x: -9, s: "" },
    { n: 3, x: -9, s: "" },
  ]);
});

test("columns of fixed widths", async () => {
  using scene = new Scene();
  const input = scene.file("a.txt", "  1ab\n 12c d\n123\n");
  const outcome = await ranges(4, () => scene.outcome([input], { dtype: pair, delimiter: [3, 4], processes: 2 }));
  assert.deepEqual(await records(outcome, "a"), [
    { n: 1, s: "ab" },
    { n: 12, s: "c d" },
    { n: 123, s: "" },
  ]);
});

const text = rows(0, 3000);
const withoutZstd = spawnSync("zstd", ["--version"]).status === 0 ? false : "no zstd command";

test("compressed inputs and other encodings give the dataset of their text", { skip: withoutPython }, async () => {
  using scene = new Scene();
  const plain = scene.file("a.txt", text);
  const wanted = await bytesOf((await scene.outcome([plain])).result.output, "a");
  await python(
    `
import bz2, lzma, sys
text = open(sys.argv[1], "rb").read()
open(sys.argv[2], "wb").write(bz2.compress(text))
open(sys.argv[3], "wb").write(lzma.compress(text))`,
    [plain, scene.file("b.txt.bz2", ""), scene.file("x.txt.xz", "")],
  );
  const packed = [scene.file("g.txt.gz", gzipSync(text)), scene.path("b.txt.bz2"), scene.path("x.txt.xz")];
  if (withoutZstd === false) packed.push(scene.file("z.txt.zst", execFileSync("zstd", ["-qc", plain])));
  const { result } = await ranges(4096, () => scene.outcome(packed, { processes: 2, overwrite: true }));
  for (const { path } of result.datasets) assert.ok((await bytesOf(result.output, path)).equals(wanted), path);
  const wide = scene.file("w.txt", Buffer.from(`\ufeff${text}`, "utf16le"));
  const utf16 = await scene.outcome([wide], { encoding: "utf-16", overwrite: true });
  assert.ok((await bytesOf(utf16.result.output, "w")).equals(wanted));
  const latin1 = scene.file("l.txt", Buffer.from("1 caf\xe9\n", "latin1"));
  const western = await scene.outcome([latin1], { encoding: "latin1", dtype: pair, overwrite: true });
  assert.deepEqual(await records(western, "l"), [{ n: 1, s: "café" }]);
});
