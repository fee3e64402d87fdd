import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { type DTypeLike, dtypeOf, NDArray, SharedArray } from "sharray";
import { dtypes } from "../dtype/arbitrary.ts";

const shapes = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
  fc.constantFrom([], [1], [30], [2000], [50, 60]),
);

/** An array over arbitrary bytes, read backwards along its first axis if it has one. */
function arrayOver(dtype: DTypeLike, shape: readonly number[], bytes: Uint8Array): NDArray {
  const length = shape.reduce((n, m) => n * m, dtypeOf(dtype).itemsize);
  const memory = Buffer.alloc(length, bytes);
  const array = new NDArray(shape, dtype, memory);
  return shape.length > 0 ? array.slice([null, null, -1]) : array;
}

test("arrays of every dtype and shape over any bytes can be printed, and their texts are short", (t) => {
  let [longest, count] = [0, 0];
  fc.assert(
    fc.property(dtypes({ depth: 3 }), shapes, fc.uint8Array({ minLength: 1, maxLength: 60 }), (dtype, shape, bytes) => {
      const array = arrayOver(dtype, shape, bytes);
      const text = inspect(array);
      assert.ok(text.startsWith(`NDArray(shape [${shape.join(", ")}], dtype `) && text.endsWith(")"));
      assert.ok(!text.includes("unreadable"), text);
      assert.equal(String(array), text);
      assert.ok(!inspect(array, { breakLength: Infinity }).includes("\n"));
      longest = Math.max(longest, text.length);
      count++;
    }),
    { numRuns: 500 },
  );
  t.diagnostic(`${count} arrays; the longest text has ${longest} characters`);
  assert.ok(longest < 100_000);
});

test("records in columns are printed as the same records in rows", (t) => {
  let count = 0;
  const records = dtypes({ least: 1, depth: 2 }).filter((dtype) => typeof dtype !== "string");
  fc.assert(
    fc.property(records, shapes, fc.uint8Array({ minLength: 1, maxLength: 60 }), (dtype, shape, bytes) => {
      const rows = arrayOver(dtype, shape, bytes);
      using columns = SharedArray.create({ shape, dtype, layout: "columns" });
      columns.assign(rows);
      const [theirs, ours] = [inspect(rows), inspect(columns)];
      assert.equal(ours.replace("SharedArray", "NDArray").replace(", columns", ""), theirs);
      count++;
    }),
    { numRuns: 100 },
  );
  t.diagnostic(`${count} arrays in both layouts`);
});
