import assert from "node:assert/strict";
import { test } from "node:test";
import { dtypeOf, NDArray, SharedArray } from "sharray";
import { npyHeader } from "../../dist/array/npy/format.js";
import { blockOf } from "../../dist/array/shared.js";
import { methylation } from "./methylation.ts";
import { refusal } from "./refusal.ts";

test("create makes zeros behind the header of a .npy file", () => {
  using array = SharedArray.create({ shape: [3, 2], dtype: methylation });
  assert.deepEqual(array.get(2, 1), { chr: "", pos: 0, xy: [0, 0], in: { a: 0 } });
  const { block, offset } = blockOf(array)!;
  const header = npyHeader(dtypeOf(methylation), [3, 2]);
  assert.equal(offset, header.length);
  assert.equal(block.size, offset + array.nbytes);
  assert.deepEqual(Buffer.from(block.window(0, offset)), Buffer.from(header));
  using single = SharedArray.create({ shape: [], dtype: "i8" });
  single.set([], 5n);
  assert.equal(single.get(), 5n);
  using empty = SharedArray.create({ shape: 0, dtype: "f8" });
  assert.deepEqual([empty.shape, empty.toArray(), empty.data.length], [[0], [], 0]);
});

test("create refuses what it does not know", () => {
  for (const options of [{ shape: 3 }, { dtype: "f8" }, { shape: 3, dtype: "f8", dytpe: 1 }, null]) {
    assert.equal(refusal(() => SharedArray.create(options as never)).code, "BAD_ARGUMENT");
  }
  assert.equal(refusal(() => SharedArray.create({ shape: [-1], dtype: "f8" })).code, "BAD_SHAPE");
  assert.equal(refusal(() => SharedArray.create({ shape: 1, dtype: "f9" })).code, "BAD_DTYPE");
  assert.equal(refusal(() => SharedArray.create({ shape: 1, dtype: "f8", persist: true })).code, "BAD_ARGUMENT");
  assert.equal(refusal(() => SharedArray.create({ shape: 2 ** 45, dtype: "f8" })).code, "NO_SPACE");
});

test("from copies typed arrays, lists, records and arrays", () => {
  const cases: [unknown, object | undefined, unknown, unknown][] = [
    [new Float32Array([1, 2.5]), undefined, "<f4", [1, 2.5]],
    [new BigInt64Array([1n]), undefined, "<i8", [1n]],
    [Buffer.from([1, 2]), undefined, "|u1", [1, 2]],
    [
      new Int16Array([1, 2, 3, 4]),
      { shape: [2, 2] },
      "<i2",
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [new Float64Array([1, 2]), { dtype: ">i4" }, ">i4", [1, 2]],
    [
      [
        [1, 2],
        [3, 4],
      ],
      undefined,
      "<f8",
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      [1, 2, 3, 4],
      { shape: [2, 2], dtype: "u1" },
      "|u1",
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [[1n, 2n], undefined, "<i8", [1n, 2n]],
    [[true, false], undefined, "|b1", [true, false]],
    [["a", "b😀c"], undefined, "<U3", ["a", "b😀c"]],
    [[{ re: 1, im: 2 }], undefined, "<c16", [{ re: 1, im: 2 }]],
    [7, undefined, "<f8", 7],
    [[], undefined, "<f8", []],
    [[[], []], { dtype: "i4" }, "<i4", [[], []]],
    [
      [{ a: 1, b: "x" }],
      {
        dtype: [
          ["a", "i4"],
          ["b", "S2"],
        ],
      },
      [
        ["a", "<i4"],
        ["b", "|S2"],
      ],
      [{ a: 1, b: "x" }],
    ],
    [[{ a: [1, 2] }], { dtype: [["a", "i4", [2]]] }, [["a", "<i4", [2]]], [{ a: [1, 2] }]],
    [new NDArray([2], ">u2", new ArrayBuffer(4)).fill(3), undefined, ">u2", [3, 3]],
    [new NDArray([2, 2], "u1", new Uint8Array([1, 2, 3, 4])).transpose(), { shape: 4 }, "|u1", [1, 3, 2, 4]],
    [[new Uint8Array([1, 2])], { dtype: "V2" }, "|V2", [new Uint8Array([1, 2])]],
  ];
  for (const [values, options, descr, expected] of cases) {
    using array = SharedArray.from(values as never, options as never) as SharedArray;
    assert.deepEqual(array.dtype.descr, descr);
    assert.deepEqual(array.toArray(), expected);
  }
});

test("from refuses values that do not make an array, and keeps no memory then", () => {
  assert.equal(refusal(() => SharedArray.from([1, "a"] as never)).code, "BAD_DTYPE");
  assert.equal(refusal(() => SharedArray.from([{ a: 1 }])).code, "BAD_DTYPE");
  assert.equal(refusal(() => SharedArray.from([[1, 2], [3]])).code, "BAD_SHAPE");
  assert.equal(refusal(() => SharedArray.from([1, 2, 3], { shape: [2] })).code, "BAD_SHAPE");
  assert.equal(refusal(() => SharedArray.from([1, 300], { dtype: "u1" })).code, "BAD_VALUE");
  assert.equal(refusal(() => SharedArray.from([1], { type: "u1" } as never)).code, "BAD_ARGUMENT");
  assert.equal(refusal(() => SharedArray.from([1], { name: 1 } as never)).code, "BAD_ARGUMENT");
});
test("the copy of a shared array is shared memory of its own, that of a view is not", () => {
  using array = SharedArray.from([
    [1, 2],
    [3, 4],
  ]);
  using copy = array.copy();
  copy.set([0, 0], 9);
  assert.deepEqual(
    [array.get(0, 0), copy.toArray()],
    [
      1,
      [
        [9, 2],
        [3, 4],
      ],
    ],
  );
  assert.notEqual(blockOf(copy)?.block, blockOf(array)?.block);
  assert.equal(blockOf(array.at(0).copy()), null);
});
