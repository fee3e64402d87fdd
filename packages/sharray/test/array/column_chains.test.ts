import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type DType, dtypeOf, type NDArray, SharedArray } from "sharray";
import { arrayOf, attempt, bases, Dice, raw, type Step, step } from "./random_views.ts";
import { refusal } from "./refusal.ts";
import { samples } from "./values.ts";

test("an array of records in columns does what the same array in rows does, through every chain of views", (t) => {
  const dice = new Dice(31);
  const count = { views: 0, refused: 0, stored: 0, arrays: 0 };
  for (const base of bases(1200, 17)) {
    const { fields, itemsize } = dtypeOf(base.dtype) as DType;
    if (fields === null || fields.size === 0 || itemsize > 2000) continue;
    count.arrays++;
    const rows = arrayOf(base).copy();
    using columns = SharedArray.from(rows, { layout: "columns" });
    let [one, other] = [rows, columns as NDArray];
    const steps: Step[] = [];
    const where = (): string => JSON.stringify({ ...base, bytes: "", steps });
    for (let k = dice.int(1, 5); k > 0; k--) {
      const next = step(dice, one);
      steps.push(next);
      const [mine, theirs] = [attempt(one, next), attempt(other, next)];
      if (typeof mine === "string" || typeof theirs === "string") {
        // What one field of columns looks like in memory is its own: it may be contiguous where that of rows is not.
        const told = [mine, theirs].map((found) => (typeof found === "string" ? found : "a view"));
        const own = steps.some(({ op }) => op === "field") && told[0] === "NOT_CONTIGUOUS";
        assert.ok(told[0] === told[1] || own, `${told.join(" ")} ${where()}`);
        count.refused++;
        continue;
      }
      [one, other] = [mine, theirs];
      count.views++;
      assert.deepEqual(other.shape, one.shape, where());
      if (!steps.some(({ op }) => op === "field")) assert.deepEqual(other.strides, one.strides, where());
      assert.equal(raw(other), raw(one), where());
    }
    if (one.size === 0) continue;
    assert.deepEqual(other.toArray(), one.toArray(), where());
    const index = one.shape.map((n) => dice.int(-n, n - 1));
    const value = fc.sample(samples(one.dtype), { numRuns: 1, seed: dice.int(0, 1e6) })[0]!.value as never;
    const whole = rows.ndim === one.ndim && rows.dtype.equals(one.dtype);
    const stores: ((array: NDArray) => unknown)[] = [
      (array) => array.set(index, value),
      (array) => array.fill(value),
      (array) => array.assign(whole ? rows : value),
    ];
    if (one.ndim > 0) stores.unshift((array) => array.assign(array.slice([null, null, -1])));
    for (const store of stores) {
      const told = [one, other].map((array) => {
        try {
          store(array);
          return "stored";
        } catch (error) {
          return (error as { code: string }).code;
        }
      });
      assert.equal(told[1], told[0], where());
      count.stored++;
    }
    assert.equal(raw(columns), raw(rows), where());
  }
  t.diagnostic(JSON.stringify(count));
  assert.ok(count.views > 1000 && count.stored > 1000, JSON.stringify(count));
});

test("values that do not fit leave columns as they were", () => {
  const dtype = [["a", "u1"], ["b", "<i4", [2]], ["c", "S2"]] as const; // biome-ignore format: a list
  using array = SharedArray.create({ shape: [3, 2], dtype, layout: "columns" });
  const good = { a: 1, b: [2, 3], c: "xy" };
  array.fill(good);
  const before = array.toArray();
  for (const wrong of [
    { ...good, a: 256 },
    { ...good, b: [1, 0.5] },
    { ...good, c: "xyz" },
    { a: 1, b: [2, 3] },
  ]) {
    for (const call of [
      () => array.set([2, 1], wrong as never),
      () => array.fill(wrong as never),
      () => array.transpose().assign([[good, good, good], [good, good, wrong]] as never), // biome-ignore format: a list
    ]) {
      assert.equal(refusal(call).code, "BAD_VALUE");
      assert.deepEqual(array.toArray(), before);
    }
  }
  const closing = {
    ...good,
    get c(): string {
      array.close();
      return "z";
    },
  };
  assert.equal(refusal(() => array.set([0, 0], closing)).code, "CLOSED");
});
