import "./no_arena.ts";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { dtypeOf } from "sharray";
import type { ConvertOptions, ConvertOutcome } from "../../dist/convert/convert.js";
import { arrayIn, blocks, children, leaked, ranges, row, rows, Scene } from "./scene.ts";

const pair = dtypeOf([
  ["n", "<i4"],
  ["s", "S8"],
]);

/** A hundred rows, of which some cannot be read, and what a table of them says. */
function damaged(): { text: string; wrong: number[]; bytes: number[] } {
  const wrong: number[] = [];
  const bytes: number[] = [];
  let text = "";
  for (let i = 0; i < 100; i++) {
    if (i % 9 === 4) {
      wrong.push(i + 1);
      bytes.push(text.length);
      text += i % 2 === 0 ? `${i};x;y\n` : `no ${i};x\n`;
    } else {
      text += `${i};t${i}\n`;
    }
  }
  return { text, wrong, bytes };
}

async function numbers(outcome: ConvertOutcome, name: string): Promise<number[]> {
  using array = await arrayIn(outcome.result.output, name);
  return [...array].map((record) => (record as { n: number }).n);
}

test("good rows are kept; bad ones are told by line and byte, whatever the ranges and processes", async () => {
  using scene = new Scene();
  const { text, wrong, bytes } = damaged();
  const input = scene.file("a.csv", text);
  const good = Array.from({ length: 100 }, (_, i) => i).filter((i) => i % 9 !== 4);
  for (const [size, processes] of [
    [undefined, 1],
    [64, 1],
    [64, 3],
    [1, 2],
  ] as const) {
    const options = { dtype: pair, delimiter: ";", rejects: {}, processes, overwrite: true };
    const outcome = await ranges(size, () => scene.outcome([input], options));
    assert.deepEqual(
      outcome.rejects.map(({ line }) => line),
      wrong,
    );
    assert.deepEqual(
      outcome.rejects.map(({ byte }) => byte),
      bytes,
    );
    assert.ok(outcome.rejects.every(({ file }) => file === input));
    assert.equal(outcome.result.datasets[0]?.rejected, wrong.length);
    assert.equal(outcome.result.datasets[0]?.rows, 100 - wrong.length);
    assert.deepEqual(await numbers(outcome, "a"), good);
  }
  assert.deepEqual(scene.made(), ["out.h5"]);
  assert.deepEqual(children(), []);
});

test("the CSV file says where each row is, why it was left out, and its text", async () => {
  using scene = new Scene();
  const input = scene.file("a.csv", '1;a\nx;"b"\n3\n2147483648;d\n5;e\n');
  const to = scene.path("bad.csv");
  const { rejects } = await scene.outcome([input], { dtype: pair, delimiter: ";", rejects: { to } });
  assert.deepEqual(
    rejects.map(({ line, byte, column, text }) => [line, byte, column, text]),
    [
      [2, 4, 1, 'x;"b"'],
      [3, 10, null, "3"],
      [4, 12, 1, "2147483648;d"],
    ],
  );
  const lines = readFileSync(to, "utf8").split("\r\n");
  assert.equal(lines[0], "file,line,byte,column,reason,text");
  assert.match(lines[1]!, /^[^,]*a\.csv,2,4,1,.*,"x;""b"""$/);
  assert.match(lines[2]!, /^[^,]*a\.csv,3,10,,.*1 columns? found, 2 expected.*,3$/);
  assert.match(lines[3]!, /^[^,]*a\.csv,4,12,1,.*2147483648.*,2147483648;d$/);
  assert.deepEqual(lines.slice(4), [""]);
  assert.deepEqual(scene.made().sort(), ["bad.csv", "out.h5"]);
});

test("an older table of rejects is replaced, by an empty one where every row is good", async () => {
  using scene = new Scene();
  const to = scene.path("bad.csv");
  const bad = scene.file("bad.txt", `${row(1)}x\n`);
  await scene.outcome([bad], { rejects: { to } });
  await scene.outcome([scene.file("good.txt", row(1))], { rejects: { to }, overwrite: true });
  assert.equal(readFileSync(to, "utf8"), "file,line,byte,column,reason,text\r\n");
});

test("more than max end the job, and leave neither output nor table, block nor process", async () => {
  using scene = new Scene();
  const { text, wrong } = damaged();
  const input = scene.file("a.csv", text);
  const before = blocks();
  const options = (max: number): Partial<ConvertOptions> => ({
    dtype: pair,
    delimiter: ";",
    rejects: { max, to: scene.path("bad.csv") },
    processes: 2,
  });
  for (const max of [0, 1, wrong.length - 1]) {
    await ranges(64, () =>
      assert.rejects(scene.outcome([input], options(max)), { code: "TEXT_TOO_MANY_REJECTS", message: /a\.csv/ }),
    );
    assert.deepEqual(scene.made(), []);
    assert.deepEqual(children(), []);
    assert.equal(await leaked(before), 0);
  }
  const outcome = await ranges(64, () => scene.outcome([input], options(wrong.length)));
  assert.equal(outcome.rejects.length, wrong.length);
});

test("a table of rejects that cannot be written fails the job, and leaves nothing", async () => {
  using scene = new Scene();
  const input = scene.file("a.txt", rows(0, 10));
  for (const [to, code] of [
    [scene.path("none/bad.csv"), "FILE_NOT_FOUND"],
    [scene.folder, "IS_DIRECTORY"],
  ] as const) {
    await assert.rejects(scene.outcome([input], { rejects: { to } }), { code });
    assert.deepEqual(scene.made(), []);
  }
});

test("each dataset counts its own; with concat all of them are the one's", async () => {
  using scene = new Scene();
  const inputs = [
    scene.file("a.txt", `${row(0)}x\n`),
    scene.file("b.txt", rows(1, 4)),
    scene.file("c.txt", `y\n${row(4)}z z z z z\n`),
  ];
  const { result, rejects } = await scene.outcome(inputs, { rejects: { max: 3 } });
  assert.deepEqual(
    result.datasets.map(({ rows, rejected }) => [rows, rejected]),
    [
      [1, 1],
      [3, 0],
      [1, 2],
    ],
  );
  assert.deepEqual(
    rejects.map(({ file, line }) => [file, line]),
    [
      [inputs[0], 2],
      [inputs[2], 1],
      [inputs[2], 3],
    ],
  );
  const joined = await scene.outcome(inputs, { rejects: {}, concat: "all", overwrite: true });
  assert.deepEqual(
    joined.result.datasets.map(({ rows, rejected }) => [rows, rejected]),
    [[5, 3]],
  );
  using sources = await arrayIn(joined.result.output, "all.sources");
  assert.deepEqual(
    [...sources].map((one) => [(one as { start: bigint }).start, (one as { stop: bigint }).stop]),
    [
      [0n, 1n],
      [1n, 4n],
      [4n, 5n],
    ],
  );
});

test("a bad row with a quoted line end is one reject with its first line, over ranges and processes", async () => {
  using scene = new Scene();
  let text = "";
  const wrong: number[] = [];
  let line = 1;
  for (let i = 0; i < 60; i++) {
    if (i % 7 === 3) wrong.push(line);
    const one = i % 7 === 3 ? `x,"a\n""b""\n"\n` : i % 5 === 2 ? `${i},"p\nq"\n` : `${i},t\n`;
    text += one;
    line += one.split("\n").length - 1;
  }
  const input = scene.file("a.csv", text);
  for (const processes of [1, 2]) {
    const options = { dtype: pair, delimiter: ",", quotechar: '"', rejects: {}, processes, overwrite: true };
    const outcome = await ranges(64, () => scene.outcome([input], options));
    assert.deepEqual(
      outcome.rejects.map((reject) => reject.line),
      wrong,
    );
    assert.ok(outcome.rejects.every((reject) => reject.text.startsWith('x,"a')));
    assert.deepEqual(
      await numbers(outcome, "a"),
      Array.from({ length: 60 }, (_, i) => i).filter((i) => i % 7 !== 3),
    );
  }
});
