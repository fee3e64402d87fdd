import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { type DType, dtypeOf, NDArray, SharedArray, SharrayError } from "sharray";
import { crossover } from "../../dist/array/bulk/bulk.js";
import { soon } from "../../dist/array/bulk/offloop.js";
import { dtypes } from "../dtype/arbitrary.ts";
import { refusal } from "./refusal.ts";
import { assignable, samples } from "./values.ts";

const large = 1 << 20;
const pair = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["pct", "<f4"],
  ["c", "<i4"],
  ["t", "<i4"],
] as const;

/** Runs with everything in native code, or with nothing that JavaScript does too. */
function forced<T>(native: boolean, run: () => T): T {
  const kept = { ...crossover };
  crossover.elements = crossover.bytes = native ? 0 : Number.POSITIVE_INFINITY;
  try {
    return run();
  } finally {
    Object.assign(crossover, kept);
  }
}

/** What a call did to the bytes of its target, or the error that it threw. */
function outcome(bytes: Uint8Array, run: () => unknown): unknown {
  try {
    const result = run();
    return { bytes: Buffer.from(bytes).toString("hex"), result: typeof result === "boolean" ? result : null };
  } catch (error) {
    assert.ok(error instanceof SharrayError, String(error));
    const { value, ...details } = error.details as { value?: unknown };
    return { code: error.code, message: error.message, value: String(value), details };
  }
}

const NUMBERS = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"];
const number = fc
  .tuple(fc.constantFrom(...NUMBERS), fc.constantFrom("<", ">"))
  .map(([kind, order]) => (kind === "?" ? "?" : `${order}${kind}`));
const value = fc.oneof(
  fc.constantFrom(
    0,
    1,
    -1,
    127,
    128,
    255,
    256,
    32768,
    65504,
    65520,
    2 ** 31,
    2 ** 32,
    2 ** 53 - 1,
    2 ** 53,
    2 ** 63,
    1e39,
  ),
  fc.constantFrom(0.5, -0, Number.NaN, Infinity, -Infinity, 1e300, 2 ** -24, 2 ** -26, 3.4028235677973366e38),
  fc.integer({ min: -300, max: 300 }),
);

/** An array of a numeric dtype with those of some values that it takes; the rest is zeros. */
function numbers(dtype: string, values: readonly number[]): NDArray {
  const array = new NDArray([values.length], dtype, new ArrayBuffer(values.length * dtypeOf(dtype).itemsize));
  for (const [i, one] of values.entries()) {
    try {
      array.set(i, (dtype.endsWith("8") && /[iu]8/.test(dtype) && Number.isInteger(one) ? BigInt(one) : one) as never);
    } catch {
      // It stays 0.
    }
  }
  return array;
}

test("native code converts numbers, and refuses them, as JavaScript does", () => {
  fc.assert(
    fc.property(
      number,
      number,
      fc.array(value, { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      (to, from, values, back) => {
        const source = numbers(from, values).slice([null, null, back ? -1 : 1]);
        const done = [true, false].map((native) => {
          const target = numbers(to, values);
          return forced(native, () => outcome(target.bytes, () => target.assign(source)));
        });
        assert.deepEqual(done[0], done[1]);
      },
    ),
    { numRuns: 4000 },
  );
});

test("native code copies, fills and compares arrays of any dtype as JavaScript does", () => {
  const cases = fc.sample(dtypes({ least: 1 }).filter(assignable), 400);
  for (const description of cases) {
    const dtype = dtypeOf(description) as DType;
    const list = fc.sample(samples(dtype), 6).map(({ value }) => value);
    const make = (): NDArray => {
      const array = new NDArray([2, 3], dtype as never, new Uint8Array(6 * dtype.itemsize).fill(0x5a).buffer);
      for (const [i, one] of list.entries()) array.set([Math.floor(i / 3), i % 3], one as never);
      return array;
    };
    const [one, other] = [true, false].map((native) =>
      forced(native, () => {
        const [source, target] = [make(), make()];
        const steps = [
          outcome(target.bytes, () => target.assign(source.slice([null, null, -1], [null, null, -1]))),
          outcome(target.bytes, () => target.equals(source)),
          outcome(target.bytes, () => source.equals(make())),
          outcome(target.bytes, () => target.slice(null, [0, 3, 2]).fill(list[0] as never)),
          outcome(target.bytes, () => target.slice(null, [1, 3]).assign(target.slice(null, [0, 2]))),
        ];
        return [...steps, Buffer.from(source.transpose().copy().bytes).toString("hex")];
      }),
    );
    assert.deepEqual(one, other, JSON.stringify(description));
  }
});

test("records in columns and in rows become each other, whole and in part", () => {
  const rows = SharedArray.create({ shape: 5000, dtype: pair });
  for (let i = 0; i < 5000; i += 7) rows.set(i, { chr: `chr${i % 23}`, pos: i, pct: i / 8, c: -i, t: i * i });
  const columns = SharedArray.from(rows, { layout: "columns" });
  assert.ok(columns.equals(rows) && rows.equals(columns));
  const back = SharedArray.from(columns, { layout: "rows" });
  assert.deepEqual(back.bytes, rows.bytes);
  columns.slice([0, 2500]).assign(rows.slice([2500, 5000]));
  assert.ok(columns.slice([0, 2500]).equals(rows.slice([2500, 5000])));
  const swapped = SharedArray.from(rows.slice([null, null, -1]), {
    dtype: pair.map(([name, dtype]) => [name, dtype.replace("<", ">")] as const),
  });
  assert.ok(swapped.slice([null, null, -1]).equals(rows));
  assert.equal(swapped.get(4992).pos, 7);
});

test("an array is assigned to a part of itself as it was before", () => {
  const values = Array.from({ length: 3000 }, (_, i) => i);
  for (const array of [
    SharedArray.from(values, { dtype: "<i4" }),
    SharedArray.from(values, { dtype: "<i4" }).slice(),
  ]) {
    array.slice([null, null, -1]).assign(array);
    assert.deepEqual([array.get(0), array.get(2999)], [2999, 0]);
    array.slice([1, 3000]).assign(array.slice([0, 2999]));
    assert.deepEqual([array.get(0), array.get(1), array.get(2999)], [2999, 2999, 1]);
  }
  const square = SharedArray.from(values.slice(0, 2500), { dtype: "<f8", shape: [50, 50] });
  square.assign(square.transpose());
  assert.deepEqual([square.get(0, 1), square.get(49, 0)], [50, 49]);
});

test("overlapping parts of one array are right off the event loop, too", async () => {
  const values = Array.from({ length: large }, (_, i) => i);
  const shared = SharedArray.from(values, { dtype: "<i4" });
  const ordinary = shared.slice().copy();
  for (const array of [shared, ordinary]) {
    await array.slice([null, null, -1]).assignAsync(array);
    assert.deepEqual([array.get(0), array.get(large - 1)], [large - 1, 0]);
    await array.slice([1, large]).assignAsync(array.slice([0, large - 1]));
    assert.deepEqual([array.get(1), array.get(large - 1)], [large - 1, 1]);
  }
});

/**
 * Whether the event loop turns before the work is done. Once it may be done so soon that there is no turn in between; what blocks the loop
 * has none however often it is tried.
 */
async function turnsDuring(work: () => Promise<unknown>): Promise<boolean> {
  for (let round = 0; round < 100; round++) {
    let turns = 0;
    let going = true;
    const count = (): void => {
      turns++;
      if (going) setImmediate(count);
    };
    setImmediate(count);
    await work();
    going = false;
    if (turns > 0) return true;
  }
  return false;
}

test("the event loop turns while large arrays are filled, assigned and copied", async () => {
  const shape = 8 * large;
  const shared = SharedArray.create({ shape, dtype: "<f8" });
  const ordinary = new NDArray([shape], "<f8", new ArrayBuffer(8 * shape));
  for (const array of [shared, ordinary]) {
    assert.ok(await turnsDuring(() => array.fillAsync(2.5)));
    assert.equal(array.sum(), 2.5 * shape);
    assert.ok(await turnsDuring(() => array.assignAsync(array === shared ? ordinary : shared)));
    assert.ok(await turnsDuring(() => array.copyAsync()));
    assert.ok((await array.copyAsync()).equals(array));
    assert.equal(await array.fillAsync(1), array);
  }
  assert.ok((await shared.copyAsync()) instanceof SharedArray);
  shared.close();
});

test("small and empty arrays are done with at once", async () => {
  const array = SharedArray.create({ shape: [0, 3], dtype: "<i4" });
  await array.fillAsync(1);
  await array.assignAsync([[1, 2, 3]]);
  assert.deepEqual((await array.copyAsync()).shape, [0, 3]);
  const few = SharedArray.from([1, 2, 3]);
  assert.equal(few.nbytes < soon.bytes, true);
  assert.deepEqual((await few.slice().copyAsync()).toArray(), [1, 2, 3]);
});

test("an array that is closed while it is copied, filled or assigned leaves the work to its end", async () => {
  const source = SharedArray.create({ shape: 4 * large, dtype: "<f8" }).fill(3);
  const target = SharedArray.create({ shape: 4 * large, dtype: "<f4" });
  const again = SharedArray.attach(target.handle());
  const view = source.slice([1, null]);
  const work = [source.copyAsync(), view.copyAsync(), target.assignAsync(source)] as const;
  source.close();
  target.close();
  const [copy, part] = await Promise.all(work);
  assert.equal(copy.sum(), 12 * large);
  assert.equal(part.sum(), 12 * large - 3);
  assert.equal(again.sum(), 12 * large);
  const filled = again.fillAsync(1);
  again.close();
  await filled;
  await assert.rejects(again.fillAsync(1), { code: "CLOSED" });
  await assert.rejects(source.copyAsync(), { code: "CLOSED" });
  await assert.rejects(view.copyAsync(), { code: "CLOSED" });
});

test("ordinary memory that is transferred away meanwhile ends the work with CLOSED", {
  skip: "transfer" in ArrayBuffer.prototype ? false : "ArrayBuffer.prototype.transfer came with Node 22",
}, async () => {
  const buffer = new ArrayBuffer(32 * large);
  const array = new NDArray([4 * large], "<f8", buffer);
  for (const work of [array.fillAsync(1), array.copyAsync()]) {
    // The first look at the memory has been taken, no part has been done.
    const outcome = assert.rejects(work, { code: "CLOSED" });
    if (buffer.byteLength > 0) (buffer as ArrayBuffer & { transfer(): ArrayBuffer }).transfer();
    await outcome;
  }
});

test("values that do not fit are refused before any is stored, with the index of the first", async () => {
  const source = SharedArray.create({ shape: [2, large], dtype: "<f8" }).fill(1);
  const target = SharedArray.create({ shape: [2, large], dtype: "<i2" }).fill(7);
  source.set([1, 5], 0.5);
  source.set([1, large - 1], 1e6);
  const expected = {
    code: "BAD_VALUE",
    message: 'element [1,5]: 0.5 does not fit "<i2": it is not an integer.',
    details: { value: 0.5, dtype: "<i2", index: [1, 5] },
  };
  assert.throws(() => target.assign(source), expected);
  await assert.rejects(target.assignAsync(source), expected);
  const ordinary = source.slice().copy();
  await assert.rejects(target.assignAsync(ordinary), expected);
  await assert.rejects(target.fillAsync(1e6), { code: "BAD_VALUE" });
  await assert.rejects(target.assignAsync(new Float64Array(3)), { code: "BAD_SHAPE" });
  assert.deepEqual([target.min(), target.max()], [7, 7]);
});

test("a read-only array is refused, and read", async () => {
  const array = SharedArray.create({ shape: large, dtype: "<i4" }).fill(2);
  const reader = SharedArray.attach(array.handle(), { readonly: true });
  for (const work of [reader.fillAsync(1), reader.assignAsync(array)]) {
    await assert.rejects(work, { code: "READ_ONLY" });
  }
  assert.equal(refusal(() => reader.fill(1)).code, "READ_ONLY");
  assert.equal((await reader.copyAsync()).sum(), 2 * large);
  // Its own pages: what it is shows through, whoever looks.
  await array.slice([0, large - 1]).assignAsync(reader.slice([1, large]));
  assert.equal(array.sum(), 2 * large);
});

test("a worker thread may end while its arrays are at work", async () => {
  const array = SharedArray.create({ shape: 4 * large, dtype: "<f8" });
  const url = new URL("../../dist/index.js", import.meta.url).href;
  const program = `
    const { workerData, parentPort } = require("node:worker_threads");
    import(${JSON.stringify(url)}).then(({ SharedArray, NDArray }) => {
      const array = SharedArray.attach(workerData);
      array.fillAsync(5);
      array.slice([1, null]).copyAsync();
      new NDArray([4194304], "<f8", new SharedArrayBuffer(33554432)).fillAsync(1);
      parentPort.postMessage("begun");
    });`;
  const worker = new Worker(program, { eval: true, workerData: array.handle() });
  await new Promise((resolve) => worker.once("message", resolve));
  await worker.terminate();
  // What was begun is done, or goes on beside this: both store the same.
  await array.fillAsync(5);
  assert.equal(array.sum(), 20 * large);
});

test("elements of a target that lie over each other get the last value", () => {
  const array = new NDArray([3, 200], "<i2", new ArrayBuffer(400), { strides: [0, 2] });
  array.assign(Array.from({ length: 3 }, (_, i) => Array.from({ length: 200 }, (_, k) => i * 1000 + k)));
  assert.deepEqual([array.get(0, 0), array.get(1, 199)], [2000, 2199]);
});
