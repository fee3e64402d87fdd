import assert from "node:assert/strict";
import { test } from "node:test";
import { loadtxt } from "sharray";

test("records that are unpacked into fields tell in each of them what was left out or cut", async () => {
  const dtype = [
    ["id", "<i4"],
    ["name", "S2"],
  ] as const;
  const arrays = await loadtxt(["1 abc", "x a"], { dtype, rejects: {}, unpack: true });
  assert.equal(arrays.length, 2);
  for (const array of arrays) {
    const reason = 'TEXT_BAD_VALUE: "x" is not an integer in -2147483648..2147483647 (int32)';
    assert.deepEqual(array.rejects, [{ file: "the lines", line: 2, byte: 6, column: 1, reason, text: "x a" }]);
    assert.deepEqual(array.truncated, [{ field: "name", count: 1, file: "the lines", line: 1 }]);
    array.close();
  }
});
