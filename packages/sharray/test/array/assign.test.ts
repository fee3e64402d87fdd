import assert from "node:assert/strict";
import { test } from "node:test";
import { type DTypeLike, NDArray, SharrayError } from "sharray";
import { refusal } from "./refusal.ts";

function zeros<const D extends DTypeLike>(shape: number[], dtype: D): NDArray<D> {
  return new NDArray(shape, dtype, new ArrayBuffer(1024));
}

test("values that do not fit are BAD_VALUE and leave the old element", () => {
  const cases: [string, unknown[]][] = [
    ["i1", [128, -129, 1.5, "1", true, null, undefined, Number.NaN, Infinity, 200n]],
    ["u2", [-1, 65536, 0.1, -1n]],
    ["i4", [2 ** 31, -(2 ** 31) - 1, [], {}]],
    ["u4", [2 ** 32, -1]],
    ["i8", [2n ** 63n, -(2n ** 63n) - 1n, 2 ** 53, 0.5, "1", true]],
    ["u8", [2n ** 64n, -1n, -1]],
    ["M8[s]", [2n ** 63n, 1.5, new Date()]],
    ["f4", [1e39, -1e39, "1", true, null]],
    ["f2", [65520, -70000, {}]],
    ["f8", ["1", null, undefined, {}]],
    ["?", [2, -1, "true", null, 0.5]],
    ["c8", [{ re: 1 }, "1", null, { re: 1e39, im: 0 }, { re: 0, im: "1" }]],
    ["S3", ["abcd", "€", "a😀", 1, null, Buffer.from("abc")]],
    ["U2", ["abc", "😀😀😀", 1]],
    ["V3", [new Uint8Array(2), new Uint8Array(4), "abc", [1, 2, 3]]],
  ];
  for (const [dtype, values] of cases) {
    const array = new NDArray(
      [2],
      dtype,
      Uint8Array.from({ length: 64 }, (_, i) => (dtype === "U2" ? (i % 4 === 0 ? 65 : 0) : 1)),
    );
    const before = Buffer.from(array.bytes);
    for (const value of values) {
      const error = refusal(() => array.set(1, value as never));
      assert.equal(error.code, "BAD_VALUE", `${dtype} ${String(value)}`);
      assert.equal(error.details.dtype, array.dtype.descr);
      assert.equal(refusal(() => array.fill(value as never)).code, "BAD_VALUE");
      assert.deepEqual(Buffer.from(array.bytes), before, `${dtype} ${String(value)}`);
    }
  }
});

test("values at the edge of a dtype fit, and safe integers stand for bigints", () => {
  const cases: [string, unknown, unknown][] = [
    ["i1", -128, -128],
    ["u1", 255n, 255],
    ["u4", 2 ** 32 - 1, 2 ** 32 - 1],
    ["i8", 5, 5n],
    [">u8", 2n ** 64n - 1n, 2n ** 64n - 1n],
    ["f4", Infinity, Infinity],
    ["f4", 3.4028235e38, 3.4028234663852886e38],
    ["f2", 65519, 65504],
    ["f8", 3n, 3],
    ["?", 1, true],
    ["c16", 2, { re: 2, im: 0 }],
    ["S3", "é\0ÿ", "é\0ÿ"],
    ["S4", "ab\0\0", "ab"],
    ["U2", "😀é", "😀é"],
    ["m8", -(2n ** 63n), -(2n ** 63n)],
  ];
  for (const [dtype, value, expected] of cases) {
    const array = zeros([1], dtype);
    array.set(0, value as never);
    assert.deepEqual(array.get(0), expected, dtype);
  }
});

test("a wrong member names its field, and leaves the whole record", () => {
  const array = zeros(
    [2],
    [
      ["a", "i4"],
      [
        "in",
        [
          ["b", "u1"],
          ["xy", "f4", [2]],
        ],
      ],
    ],
  );
  const good = { a: 1, in: { b: 2, xy: [3, 4] } };
  array.set(0, good);
  const cases: [unknown, string | undefined][] = [
    [{ a: 9, in: { b: 256, xy: [3, 4] } }, "in.b"],
    [{ a: 9, in: { b: 9, xy: [3] } }, "in.xy"],
    [{ a: 9, in: { b: 9, xy: [3, "x"] } }, "in.xy"],
    [{ a: 9, in: { b: 9 } }, "in"],
    [{ a: 9 }, undefined],
    [{ a: 9, in: { b: 9, xy: [1, 2], c: 1 } }, "in"],
    [[9, [9, [1, 2]]], undefined],
    [null, undefined],
    [9, undefined],
  ];
  for (const [value, field] of cases) {
    const error = refusal(() => array.set(0, value as never));
    assert.equal(error.code, "BAD_VALUE", JSON.stringify(value));
    assert.equal(error.details.field, field, JSON.stringify(value));
    assert.deepEqual(array.get(0), good);
  }
  array.set(-1, { a: 1, in: { b: 1, xy: new Float32Array([5, 6]) } } as never);
  assert.deepEqual(array.get(1).in.xy, [5, 6]);
});

test("set takes a list of indices, or a number where there is one axis", () => {
  const array = zeros([2, 2], "i4");
  array.set([-1, 0], 5);
  assert.deepEqual(array.toArray(), [
    [0, 0],
    [5, 0],
  ]);
  assert.equal(refusal(() => array.set(0, 1)).code, "BAD_ARGUMENT");
  assert.equal(refusal(() => array.set([0, 2], 1)).code, "OUT_OF_BOUNDS");
  assert.equal(refusal(() => array.set("0" as never, 1)).code, "BAD_ARGUMENT");
});

test("a wrong value among many leaves the array as it was, and its index is told", () => {
  const array = zeros([2, 3], "i1").fill(7);
  const error = refusal(() =>
    array.assign([
      [1, 2, 3],
      [4, 500, 6],
    ]),
  );
  assert.equal(error.code, "BAD_VALUE");
  assert.deepEqual(error.details.index, [1, 1]);
  assert.equal(refusal(() => array.assign(new Int16Array([1, 2, 300]))).code, "BAD_VALUE");
  assert.equal(refusal(() => array.assign(new NDArray([3], "f8", new Float64Array([1, 2, 0.5])))).code, "BAD_VALUE");
  assert.deepEqual(array.toArray(), [
    [7, 7, 7],
    [7, 7, 7],
  ]);
});

test("values of another shape are BAD_SHAPE", () => {
  const array = zeros([2, 3], "i4").fill(7);
  for (const values of [
    [1, 2],
    [[1], [2], [3]],
    [
      [1, 2, 3],
      [4, 5],
    ],
    [[1, 2, 3], 4],
    [1, [2], 3],
    new Int32Array(2),
    [[[1, 2, 3]], [[1, 2, 3]]],
  ]) {
    assert.equal(refusal(() => array.assign(values as never)).code, "BAD_SHAPE", JSON.stringify(values));
  }
  assert.deepEqual(array.toArray(), [
    [7, 7, 7],
    [7, 7, 7],
  ]);
});

test("arrays of one kind do not go into another kind", () => {
  for (const [to, from] of [
    ["i4", "S4"],
    ["S4", "i4"],
    ["f8", [["a", "f8"]]],
    ["M8[s]", "M8[ms]"],
    ["M8[s]", "i8"],
    ["V4", "S4"],
  ] as const) {
    assert.equal(
      refusal(() => zeros([2], to).assign(zeros([2], from as DTypeLike))).code,
      "BAD_VALUE",
      `${to} ${from}`,
    );
  }
  assert.equal(
    zeros([1], "U3")
      .assign(zeros([1], "S3").fill("é"))
      .get(0),
    "é",
  );
  assert.equal(
    zeros([1], "i4")
      .assign(zeros([1], "?").fill(true))
      .get(0),
    1,
  );
});

test("records go into records by the names of their fields", () => {
  const from = zeros(
    [2],
    [
      ["b", ">i2"],
      ["a", "f4"],
    ],
  );
  from.fill({ a: 1.5, b: 3 });
  const to = zeros(
    [2],
    [
      ["a", "f8"],
      ["b", "i8"],
    ],
  );
  assert.deepEqual(to.assign(from).get(1), { a: 1.5, b: 3n });
  assert.deepEqual(
    zeros([2], [["a", "f8"]])
      .assign([{ a: 1 }, { a: 2 }])
      .field("a")
      .toArray(),
    [1, 2],
  );
});

test("an array assigned to a view of itself is read before it is overwritten", () => {
  const array = new NDArray([6], "u1", new Uint8Array([1, 2, 3, 4, 5, 6]));
  array.assign(array.slice([null, null, -1]));
  assert.deepEqual(array.toArray(), [6, 5, 4, 3, 2, 1]);
  array.slice([1, null]).assign(array.slice([null, -1]));
  assert.deepEqual(array.toArray(), [6, 6, 5, 4, 3, 2]);
  const memory = new ArrayBuffer(8);
  const shorts = new NDArray([4], "<i2", memory).assign([1, 2, 3, 4]);
  shorts.assign(new NDArray([4], "u1", memory, { offset: 0, strides: [2] }).slice([null, null, -1]));
  assert.deepEqual(shorts.toArray(), [4, 3, 2, 1]);
});

test("fill and assign go through strides and leave gaps alone", () => {
  const array = zeros([2, 4], "i2");
  array.slice(null, [null, null, 2]).fill(3);
  array
    .transpose()
    .slice([1, 2])
    .assign([[8, 9]]);
  assert.deepEqual(array.toArray(), [
    [3, 8, 3, 0],
    [3, 9, 3, 0],
  ]);
  zeros([0, 3], "i4").assign(5).fill(6);
  const many = new NDArray([100_001], "S3", new ArrayBuffer(300_003)).fill("xyz");
  assert.ok([...many].every((text) => text === "xyz"));
});

test("void elements are lists of bytes", () => {
  const array = zeros([2], "V3");
  array.assign(new Uint8Array([1, 2, 3]));
  array.set(1, new Uint8Array([4, 5, 6]));
  assert.deepEqual(array.toArray(), [new Uint8Array([1, 2, 3]), new Uint8Array([4, 5, 6])]);
  array.assign([new Uint8Array([7, 8, 9]), new Uint8Array(3)]);
  assert.deepEqual(array.get(0), new Uint8Array([7, 8, 9]));
});

test("an error's details can be told apart from its message", () => {
  const error = refusal(() => zeros([1], "i1").set(0, 300));
  assert.ok(error instanceof SharrayError);
  assert.deepEqual(error.details, { value: 300, dtype: "|i1" });
  assert.match(error.message, /300 does not fit "\|i1": allowed are -128 to 127/);
});
