import "./no_arena.ts";
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { ConvertOptions } from "../../dist/convert/convert.js";
import { arrayIn, blocks, children, leaked, ranges, rows, Scene } from "./scene.ts";

/** Inputs of which some cannot be read to their end, for a reason of their own each. */
function inputsOf(scene: Scene): { inputs: string[]; reasons: [string, string][] } {
  const packed = gzipSync(rows(0, 2000));
  const bad = rows(0, 3000).split(/(?<=\n)/);
  bad[1500] = "chr1\t5\n";
  mkdirSync(scene.path("folder"));
  const inputs = [
    scene.file("a.txt", rows(0, 500)),
    scene.path("none.txt"),
    scene.file("bad.txt", bad.join("")),
    scene.file("b.txt.gz", gzipSync(rows(500, 900))),
    scene.file("cut.txt.gz", packed.subarray(0, packed.length - 20)),
    scene.path("folder"),
    scene.file("first.txt", `x\n${rows(0, 10)}`),
    scene.file("latin1.txt", Buffer.from(`${rows(0, 2000)}caf\xe9\t1\t1\t1\t1\n`, "latin1")),
    scene.file("c.txt", rows(900, 1000)),
  ];
  const reasons: [string, string][] = [
    [inputs[1]!, "FILE_NOT_FOUND"],
    [inputs[2]!, "TEXT_BAD_COLUMNS"],
    [inputs[4]!, "TEXT_BAD_ARCHIVE"],
    [inputs[5]!, "IS_DIRECTORY"],
    [inputs[6]!, "TEXT_BAD_COLUMNS"],
    [inputs[7]!, "TEXT_BAD_ENCODING"],
  ];
  return { inputs, reasons };
}

async function positions(output: string, name: string): Promise<number[]> {
  using array = await arrayIn(output, name);
  return [...array].map((record) => (record as { pos: number }).pos);
}

async function sources(output: string): Promise<unknown[]> {
  using array = await arrayIn(output, "all.sources");
  return [...array].map((one) => Object.values(one as object));
}

const counted = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

test("files that cannot be read to their end are left out, each with its reason; the others are whole", async () => {
  using scene = new Scene();
  const { inputs, reasons } = inputsOf(scene);
  const before = blocks();
  const gzip = { kind: "gzip", level: 4 } as const;
  for (const [size, processes, compression] of [
    [undefined, 1, null],
    [512, 2, null],
    [undefined, 2, gzip],
    [512, 2, gzip],
  ] as const) {
    const options: Partial<ConvertOptions> = { onError: "skip", processes, compression, overwrite: true };
    const { result, skipped } = await ranges(size, () => scene.outcome(inputs, options));
    assert.deepEqual(
      result.datasets.map(({ path, rows, source }) => [path, rows, source]),
      [
        ["/a", 500, inputs[0]],
        ["/b", 400, inputs[3]],
        ["/c", 100, inputs[8]],
      ],
    );
    assert.deepEqual(skipped.map(({ file, error }) => [file, error.code]).sort(), [...reasons].sort());
    assert.deepEqual(await positions(result.output, "a"), counted(0, 500));
    assert.deepEqual(await positions(result.output, "b"), counted(500, 900));
    assert.deepEqual(await positions(result.output, "c"), counted(900, 1000));
  }
  assert.deepEqual(scene.made().sort(), ["folder", "out.h5"]);
  assert.deepEqual(children(), []);
  assert.equal(await leaked(before), 0);
});

test("with concat the rows of the others follow one another, and sources tells of them alone", async () => {
  using scene = new Scene();
  const { inputs, reasons } = inputsOf(scene);
  const before = blocks();
  const options: Partial<ConvertOptions> = { onError: "skip", processes: 2, concat: "all" };
  const { result, skipped } = await ranges(512, () => scene.outcome(inputs, options));
  const read = [inputs[0], inputs[3], inputs[8]];
  assert.deepEqual(
    result.datasets.map(({ path, rows, source }) => [path, rows, source]),
    [["/all", 1000, read]],
  );
  assert.deepEqual(skipped.map(({ file, error }) => [file, error.code]).sort(), [...reasons].sort());
  assert.deepEqual(await positions(result.output, "all"), counted(0, 1000));
  assert.deepEqual(await sources(result.output), [
    [inputs[0], 0n, 500n],
    [inputs[3], 500n, 900n],
    [inputs[8], 900n, 1000n],
  ]);
  assert.deepEqual(children(), []);
  assert.equal(await leaked(before), 0);
});

test("without it the first of them ends the job, and leaves nothing", async () => {
  using scene = new Scene();
  const { inputs } = inputsOf(scene);
  const before = blocks();
  for (const bad of [1, 2, 4, 5, 6, 7]) {
    const [first, last] = [inputs[3]!, inputs[0]!];
    await assert.rejects(scene.outcome([first, inputs[bad]!, last], { processes: 2 }));
    assert.deepEqual(scene.made(), ["folder"]);
    assert.deepEqual(children(), []);
    assert.equal(await leaked(before), 0);
  }
});

test("with a dtype that is to be found, only files that can be read count", async () => {
  using scene = new Scene();
  const inputs = [
    scene.file("a.csv", "n,s\n1,ab\n2,c\n"),
    scene.path("none.csv"),
    scene.file("cut.csv.gz", gzipSync("n,s\n1.5,long text\n").subarray(0, 20)),
    scene.file("ragged.csv", "n,s\n1.5,long text\n2\n"),
    scene.file("b.csv", "n,s\n3000000000,d\n"),
  ];
  const { result, skipped } = await scene.outcome(inputs, { dtype: "auto", delimiter: ",", onError: "skip" });
  assert.deepEqual(
    result.datasets.map(({ path, dtype }) => [path, dtype]),
    ["/a", "/b"].map((path) => [
      path,
      [
        ["n", "<i8"],
        ["s", "|S2"],
      ],
    ]),
  );
  assert.deepEqual(skipped.map(({ file }) => file).sort(), inputs.slice(1, 4).sort());
});

test("rows that cannot be read go to the rejects before a file is left out for them", async () => {
  using scene = new Scene();
  const { inputs } = inputsOf(scene);
  const { result, skipped, rejects } = await scene.outcome(inputs, { onError: "skip", rejects: {} });
  assert.deepEqual(
    result.datasets.map(({ path, rows, rejected }) => [path, rows, rejected]),
    [
      ["/a", 500, 0],
      ["/bad", 2999, 1],
      ["/b", 400, 0],
      ["/first", 10, 1],
      ["/latin1", 2000, 1],
      ["/c", 100, 0],
    ],
  );
  assert.deepEqual(
    rejects.map(({ file, line }) => [file, line]),
    [
      [inputs[2], 1501],
      [inputs[6], 1],
      [inputs[7], 2001],
    ],
  );
  assert.equal(skipped.length, 3);
});

test("when no file is left, there is an error instead of an empty file", async () => {
  using scene = new Scene();
  const [none, bad] = [scene.path("none.txt"), scene.file("bad.txt", "x\n")];
  const late = scene.file("late.txt", `${rows(0, 100)}x\n`);
  const before = blocks();
  for (const [inputs, code, message] of [
    [[none], "FILE_NOT_FOUND", /^\S*none\.txt: /],
    [[bad, none], "FILE_NOT_FOUND", /^none of the 2 inputs can be read; of the first: .*none\.txt/],
    [[late], "TEXT_BAD_COLUMNS", /^\S*late\.txt, line 101: /],
    [[late, bad], "TEXT_BAD_COLUMNS", /^none of the 2 inputs /],
  ] as const) {
    for (const more of [{}, { concat: "all" }]) {
      await assert.rejects(scene.outcome(inputs, { onError: "skip", ...more }), { code, message });
      assert.deepEqual(scene.made(), []);
      assert.equal(await leaked(before), 0);
    }
  }
  const dry = { onError: "skip", dryRun: true } as const;
  await assert.rejects(scene.outcome([none, bad], dry), { code: "FILE_NOT_FOUND" });
});
