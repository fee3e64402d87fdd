import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { SharrayError } from "../../src/errors.ts";
import { Queue, SharedArray, SharedMemory } from "../../src/index.ts";
import { Block } from "../../src/memory/block.ts";
import { brief, unfold } from "../../src/process/brief.ts";

function back(value: unknown): unknown {
  const short = brief(value);
  assert.ok(short !== null);
  return unfold(short.text, [], "a test");
}

test("what has a brief form comes back equal, whatever it is", () => {
  const plain = fc.jsonValue({ maxDepth: 4 });
  fc.assert(
    fc.property(plain, (value) => {
      if (brief(value) !== null) assert.deepEqual(back(value), value);
    }),
    { numRuns: 2000 },
  );
  assert.deepEqual(back({ a: [1, "é\ud800", null, true, { b: {} }], "": -1.5e-300 }), {
    a: [1, "é\ud800", null, true, { b: {} }],
    "": -1.5e-300,
  });
});

test("what JSON cannot say has no brief form", () => {
  const twice = { x: 1 };
  const named = Object.assign([1], { name: "x" });
  const values: unknown[] = [
    undefined,
    Number.NaN,
    Infinity,
    -0,
    1n,
    new Date(),
    new Map(),
    new Uint8Array(1),
    new Array(2),
  ];
  values.push({ a: undefined }, [twice, twice], named, Object.create(null), { toJSON: 1 }, new SharrayError("X", "x"));
  values.push(JSON.parse('{"__proto__": 1}'), "x".repeat(5000), new Array(40).fill(0), Object.create({ inherited: 1 }));
  for (const value of values) {
    assert.equal(brief(value), null);
    assert.equal(brief({ within: value }), null);
  }
});

test("two arrays on one block, and memory without an array, go the general way", () => {
  using a = SharedArray.from([1, 2, 3]);
  using shm = SharedMemory.create(10);
  assert.notEqual(brief([a]), null);
  for (const value of [[a, a], [a, a.slice([1, 2])], shm, [a, shm]]) assert.equal(brief(value), null);
});

test("arrays, views and read-only ones arrive through a queue at any depth, as they were", async () => {
  const queue = new Queue<unknown>();
  using a = SharedArray.from([1, 2, 3, 4]);
  const record = [
    ["name", "S4"],
    ["pos", "<i4", [2]],
  ] as const;
  using b = SharedArray.create({ shape: [2, 3], dtype: record });
  b.set([1, 2], { name: "chr1", pos: [7, 8] });
  using ro = SharedArray.attach(a.handle(), { readonly: true });
  for (const item of [a, { x: [0, a] }, { x: a.slice([3, null, -2]), y: [b.transpose()] }])
    assert.notEqual(brief(item), null);
  await queue.put(a);
  using whole = (await queue.get()) as SharedArray<"<f8">;
  assert.deepEqual(whole.toArray(), [1, 2, 3, 4]);
  await queue.put({ x: a.slice([3, null, -2]), y: [b.transpose()], n: 5 });
  const { x, y, n } = (await queue.get()) as { x: SharedArray; y: [SharedArray]; n: number };
  assert.deepEqual([x.toArray(), n], [[4, 2], 5]);
  assert.deepEqual(y[0].shape, [3, 2]);
  assert.deepEqual(y[0].get(2, 1), { name: "chr1", pos: [7, 8] });
  assert.deepEqual(y[0].dtype.descr, b.dtype.descr);
  x.close();
  y[0].close();
  await queue.put([ro]);
  const [arrived] = (await queue.get()) as [SharedArray<"<f8">];
  assert.throws(() => arrived.set(0, 9), { code: "READ_ONLY" });
  arrived.close();
  queue.close();
});

test("a closed array is refused before anything is sent", async () => {
  const queue = new Queue<unknown>();
  const a = SharedArray.from([1]);
  a.close();
  await assert.rejects(queue.put({ a }), { code: "CLOSED" });
  queue.close();
});

test("a message that does not agree with its memory attaches to nothing", () => {
  using a = SharedArray.from([1, 2]);
  const text = brief(a)!.text.replace("[2]", "[2000]");
  const native = Block.attach(a.handle()).native;
  assert.throws(() => unfold(text, [native], "a test"), { code: "HANDLE_MISMATCH" });
  assert.throws(() => native.fd, /CLOSED/);
});

test("a thread that waits in get can be ended at any moment", async () => {
  const program = `
    const { parentPort } = require("node:worker_threads");
    import(${JSON.stringify(new URL("../../dist/index.js", import.meta.url).href)}).then(async ({ Queue }) => {
      const queue = new Queue();
      await queue.put(1);
      parentPort.postMessage(await queue.get());
      await queue.get();
    });`;
  for (let i = 0; i < 5; i++) {
    const worker = new Worker(program, { eval: true });
    assert.equal(await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject)), 1);
    assert.equal(await worker.terminate(), 1);
  }
});
