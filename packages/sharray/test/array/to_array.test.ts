import assert from "node:assert/strict";
import { test } from "node:test";
import { expectTypeOf } from "expect-type";
import { type Complex, type DTypeLike, type Element, NDArray, SharedArray } from "sharray";
import type { Nested } from "../../dist/dtype/element.js";
import { refusal } from "./refusal.ts";

const rich = [
  ["n", "<i8"],
  ["when", ">M8[s]"],
  ["pair", "<u8", [2]],
  ["in", [["z", "<c8"], ["deep", [["m", "m8[D]", [1, 2]]]], ["raw", "V2"]]],
  ["text", "S3"],
] as const; // biome-ignore format: a table

test("with numbers for bigints every depth of an element is numbers, and so is its type", () => {
  const array = new NDArray([2, 1], rich, new ArrayBuffer(200));
  const raw = new Uint8Array([1, 2]);
  array.fill({ n: -3n, when: 5, pair: [1, 2n], in: { z: 1, deep: { m: [[7n, 8]] }, raw }, text: "abc" });
  const inside = { z: { re: 1, im: 0 }, raw };
  assert.deepEqual(array.toArray()[0], [
    { n: -3n, when: 5n, pair: [1n, 2n], in: { ...inside, deep: { m: [[7n, 8n]] } }, text: "abc" },
  ]);
  const numbers = array.toArray({ bigint: "number" });
  assert.deepEqual(numbers[1], [
    { n: -3, when: 5, pair: [1, 2], in: { ...inside, deep: { m: [[7, 8]] } }, text: "abc" },
  ]);
  interface Numbers {
    n: number;
    when: number;
    pair: number[];
    in: { z: Complex; deep: { m: number[][] }; raw: Uint8Array };
    text: string;
  }
  expectTypeOf(numbers).toEqualTypeOf<Nested<Numbers>[]>();
  const plain = new NDArray([1], "<u8", new ArrayBuffer(8));
  expectTypeOf(plain.toArray({ bigint: "number" })).toEqualTypeOf<Nested<number>[]>();
  expectTypeOf(plain.toArray()).toEqualTypeOf<Nested<bigint>[]>();
  expectTypeOf(plain.toArray({ bigint: "bigint" })).toEqualTypeOf<Nested<bigint>[]>();
  const any: DTypeLike = "<u8" as DTypeLike;
  expectTypeOf(new NDArray([1], any, new ArrayBuffer(8)).toArray({ bigint: "number" })).toEqualTypeOf<
    Nested<Element>[]
  >();
});

test("a bigint that no number holds exactly is refused, with its place", () => {
  const array = new NDArray([2, 2], "<i8", new BigInt64Array([2n ** 53n - 1n, -(2n ** 53n) + 1n, 3n, 2n ** 53n]));
  assert.deepEqual(array.slice([0, 1]).toArray({ bigint: "number" }), [[2 ** 53 - 1, -(2 ** 53) + 1]]);
  const error = refusal(() => array.toArray({ bigint: "number" }));
  assert.deepEqual([error.code, error.details.index, error.details.value], ["BAD_VALUE", [1, 1], 2n ** 53n]);
  assert.match(error.message, /^element \[1,1\]: 9007199254740992 is not exact as a number/);
  const nat = new NDArray([], "M8[s]", new BigInt64Array([-(2n ** 63n)]));
  assert.equal(refusal(() => nat.toArray({ bigint: "number" })).code, "BAD_VALUE");
  for (const options of [{ bigint: "numbers" }, { bigint: null }, { bigInt: "number" }, "number"]) {
    assert.equal(refusal(() => array.toArray(options as never)).code, "BAD_ARGUMENT");
  }
});

test("more elements than a list has room for are TOO_LARGE, and parts are not", () => {
  const array = new NDArray([2 ** 33], "u1", new Uint8Array([7]), { strides: [0] });
  const error = refusal(() => array.toArray());
  assert.equal(error.code, "TOO_LARGE");
  assert.match(error.message, /slice/);
  assert.deepEqual(array.slice([-2, null]).toArray(), [7, 7]);
  assert.deepEqual(new NDArray([2 ** 33, 0], "u1", new Uint8Array(0)).slice([0, 1]).toArray(), [[]]);
});

test("what the axes of an array are is told where an index does not match", () => {
  const array = new NDArray([2, 3], "f8", new ArrayBuffer(48));
  const cases: [() => unknown, string, RegExp][] = [
    [() => array.get([1, 2] as never), "BAD_ARGUMENT", /^1 index for an array of 2 axes\. get takes them one by one: get\(1,2\)/],
    [() => array.get(1), "BAD_ARGUMENT", /^1 index for an array of 2 axes\. at\(i\) and slice/],
    [() => array.get(1, 2, 3), "BAD_ARGUMENT", /^3 indices for an array of 2 axes\.$/],
    [() => array.at(), "BAD_ARGUMENT", /^at takes 1 to 2 indices for an array of 2 axes, not 0/],
    [() => array.at(0, 0).at(0), "BAD_ARGUMENT", /^at: an array without axes/],
    [() => array.get(0, 3), "OUT_OF_BOUNDS", /^index 3 is out of bounds for axis 1 of 3 elements: allowed are -3 to 2/],
    [() => array.slice([0, 0]).get(0, 0), "OUT_OF_BOUNDS", /the axis is empty/],
    [() => (array.reshape as (...sizes: number[]) => unknown).call(array, 3, 2), "BAD_ARGUMENT", /reshape\(\[3,2\]\)/],
    [() => array.reshape([4, 2]), "BAD_SHAPE", /cannot reshape 6 elements to \[4,2\]: that is 8 elements/],
    [() => array.reshape([4, -1]), "BAD_SHAPE", /no size for the -1/],
    [() => array.reshape([-1, -1]), "BAD_SHAPE", /only one size can be -1/],
    [() => array.transpose([1, 0] as never), "BAD_ARGUMENT", /one by one: transpose\(1, 0\)/],
    [() => array.transpose(0, 2), "BAD_ARGUMENT", /2 is not an axis; the array's axes are 0 to 1, or -2 to -1/],
    [() => array.transpose(0, 0), "BAD_ARGUMENT", /do not name each of the array's 2 axes once/],
    [() => array.slice(1 as never), "BAD_ARGUMENT", /slice\(\[1, null\]\); at\(1\)/],
    [() => array.slice(null, null, null), "BAD_ARGUMENT", /3 slices for an array of 2 axes/],
    [() => array.assign([1, 2]), "BAD_SHAPE", /shape \[2\] do not fit an array of shape \[2,3\]; counted from the last axis/],
  ]; // biome-ignore format: a table
  for (const [call, code, message] of cases) {
    const error = refusal(call);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
  }
});

test("an array without elements has data and bytes, whatever its strides", () => {
  const memory = new ArrayBuffer(96);
  const empty = new NDArray([3, 4], "<f8", memory).slice([0, 0], [null, null, 2]);
  assert.deepEqual([empty.data.length, empty.bytes.length, empty.transpose().data.length], [0, 0, 0]);
  const one = new NDArray([3, 4], "<f8", memory).fill(2).slice([1, 2], [null, null, 3]).slice(null, [1, 2]);
  assert.deepEqual([...one.data], [2], "strides of axes of one element do not count");
  const pairs = new NDArray([4], [["a", "<f8"], ["b", "<i8"]] as const, memory); // biome-ignore format: a list
  assert.deepEqual([...pairs.slice([2, 3]).field("b").data], [2n ** 62n], "the bytes of 2.0");
  assert.equal(refusal(() => pairs.field("b").data).code, "NOT_CONTIGUOUS");
  using shared = SharedArray.create({ shape: [0, 5], dtype: "<i4" });
  assert.deepEqual([shared.data.length, shared.bytes.length, shared.toArray()], [0, 0, []]);
});
