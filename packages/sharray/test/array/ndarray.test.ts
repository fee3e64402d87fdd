import assert from "node:assert/strict";
import { test } from "node:test";
import { NDArray } from "sharray";
import { refusal } from "./refusal.ts";

const methylation = [
  ["chr", "S6"],
  ["pos", "<i4"],
  ["pct", "<f4"],
] as const;

/** Three records over a buffer that begins at an odd byte. */
function records(): NDArray<typeof methylation> {
  const array = new NDArray([3], methylation, new ArrayBuffer(64), { offset: 3 });
  for (const i of [0, 1, 2]) array.set(i, { chr: `chr${i}`, pos: 100 * i, pct: i / 2 });
  return array;
}

function grid(rows: number, columns: number): NDArray<"<f8"> {
  return new NDArray(
    [rows, columns],
    "<f8",
    Float64Array.from({ length: rows * columns }, (_, i) => i),
  );
}

test("an array lies over any kind of buffer, and sees the same bytes", () => {
  const memory = new ArrayBuffer(32);
  new Float32Array(memory).fill(1.5);
  const shared = new SharedArrayBuffer(8);
  assert.deepEqual(new NDArray([2], "<f4", memory).toArray(), [1.5, 1.5]);
  assert.deepEqual(new NDArray(2, "<f4", new Uint8Array(memory, 4, 8)).toArray(), [1.5, 1.5]);
  assert.deepEqual(new NDArray([1], "<f4", new DataView(memory, 8)).toArray(), [1.5]);
  assert.deepEqual(new NDArray([2], "<f4", Buffer.from(memory)).toArray(), [1.5, 1.5]);
  new NDArray([1], "<i4", shared).set(0, 7);
  assert.equal(new Int32Array(shared)[0], 7);
});

test("shape, strides, size, nbytes and ndim are plain numbers and copies", () => {
  const array = grid(3, 4);
  assert.deepEqual([array.shape, array.strides, array.size, array.nbytes, array.ndim], [[3, 4], [32, 8], 12, 96, 2]);
  array.shape[0] = 99;
  assert.deepEqual(array.shape, [3, 4]);
  assert.equal(array.dtype.descr, "<f8");
});

test("strides and offset choose the elements; what reaches out of the buffer is refused", () => {
  const bytes = Uint8Array.from({ length: 12 }, (_, i) => i);
  assert.deepEqual(new NDArray([2, 2], "u1", bytes, { offset: 1, strides: [4, 2] }).toArray(), [
    [1, 3],
    [5, 7],
  ]);
  assert.deepEqual(new NDArray([3], "u1", bytes, { offset: 11, strides: [-2] }).toArray(), [11, 9, 7]);
  for (const options of [{ offset: 11 }, { offset: 1, strides: [-1] }, { strides: [11] }]) {
    assert.equal(refusal(() => new NDArray([3], "u1", bytes, options)).code, "BAD_SHAPE");
  }
  assert.equal(refusal(() => new NDArray([13], "u1", bytes)).code, "BAD_SHAPE");
  assert.equal(refusal(() => new NDArray([-1], "u1", bytes)).code, "BAD_SHAPE");
  assert.equal(refusal(() => new NDArray([1e15, 1e15], "u1", bytes)).code, "BAD_SHAPE");
  assert.equal(refusal(() => new NDArray([0, 1e15, 1e15], "u1", bytes)).code, "BAD_SHAPE");
  for (const options of [{ offset: -1 }, { offset: 0.5 }, { strides: [1, 1] }, { strides: ["1"] }, { stride: [1] }]) {
    assert.equal(refusal(() => new NDArray([3], "u1", bytes, options as object)).code, "BAD_ARGUMENT");
  }
  assert.equal(refusal(() => new NDArray([3], "u1", [1, 2, 3] as never)).code, "BAD_ARGUMENT");
});

test("get reads an element by as many indices as there are axes, the hundredth time as the first", () => {
  const array = grid(3, 4);
  const table = records();
  for (let round = 0; round < 100; round++) {
    assert.equal(array.get(1, 2), 6);
    assert.equal(array.get(-1, -1), 11);
    assert.deepEqual(table.get(2), { chr: "chr2", pos: 200, pct: 1 });
    assert.equal(table.field("pos").get(-2), 100);
    for (const index of [
      [3, 0],
      [0, 4],
      [-4, 0],
    ]) {
      const error = refusal(() => array.get(...index));
      assert.equal(error.code, "OUT_OF_BOUNDS");
    }
    for (const index of [[0], [0, 0, 0], [0.5, 0], ["0", 0], [undefined, 0], [0n, 0]]) {
      assert.equal(refusal(() => array.get(...(index as number[]))).code, "BAD_ARGUMENT");
    }
  }
  assert.deepEqual(refusal(() => array.get(0, 4)).details, { index: 4, axis: 1, size: 4 });
});

test("every dtype is read alike before and after a reader was made for the array", () => {
  for (const dtype of "? i1 >i2 i4 >i8 u1 u2 >u4 u8 f2 >f4 f8 c8 >c16 S3 S40 U2 >U2 V5 M8[s] >m8".split(" ")) {
    const bytes = Uint8Array.from({ length: 160 }, (_, i) =>
      dtype === "?" ? i % 2 : dtype.includes("U") ? (i % 4 === (dtype[0] === ">" ? 3 : 0) ? 65 + i : 0) : i,
    );
    const array = new NDArray([3], dtype, bytes, { offset: 1 });
    const first = array.get(1);
    for (let i = 0; i < 10; i++) assert.deepEqual(array.get(1), first, dtype);
    const record = new NDArray(
      [2, 1],
      [
        ["", "V1"],
        ["a", dtype],
        ["__proto__", dtype, [2]],
        ["in", [["x", "i2"]]],
      ],
      new ArrayBuffer(400),
    );
    record.set(
      [1, 0],
      JSON.parse('{"__proto__": 0}') &&
        Object.defineProperty({ a: first, in: { x: 1 } } as never, "__proto__", {
          value: [first, first],
          enumerable: true,
        }),
    );
    const before = record.get(1, 0);
    for (let i = 0; i < 10; i++) assert.deepEqual(record.get(1, 0), before, dtype);
    assert.deepEqual(Object.keys(before as object), ["a", "__proto__", "in"]);
  }
});

test("an array without axes holds one element", () => {
  const array = new NDArray([], "<i4", new ArrayBuffer(4));
  array.set([], 5);
  assert.equal(array.get(), 5);
  assert.equal(array.toArray(), 5);
  assert.deepEqual([array.shape, array.size, array.ndim], [[], 1, 0]);
  assert.equal(array.fill(6).copy().get(), 6);
  assert.deepEqual(array.reshape([1, 1]).toArray(), [[6]]);
  assert.equal(array.assign(7).get(), 7);
  assert.equal(refusal(() => [...array]).code, "BAD_ARGUMENT");
  assert.equal(refusal(() => array.at(0)).code, "BAD_ARGUMENT");
  assert.equal(grid(2, 2).at(1).at(0).get(), 2);
});

test("field gives a view, of views too; a sub-array's axes come last", () => {
  const array = records();
  const pos = array.field("pos");
  assert.deepEqual([pos.toArray(), pos.strides, pos.dtype.descr], [[0, 100, 200], [14], "<i4"]);
  pos.set(1, 7);
  assert.equal(array.get(1).pos, 7);
  assert.deepEqual(array.slice([null, null, -1]).field("chr").toArray(), ["chr2", "chr1", "chr0"]);
  const nested = new NDArray(
    [2],
    [["in", [["xy", "<u2", [2, 3]]]]] as const,
    Uint16Array.from({ length: 12 }, (_, i) => i),
  );
  const xy = nested.field("in").field("xy");
  assert.deepEqual(xy.shape, [2, 2, 3]);
  assert.deepEqual(xy.at(1, 0).toArray(), [6, 7, 8]);
  assert.equal(refusal(() => array.field("posi" as "pos")).code, "NOT_FOUND");
  assert.match(refusal(() => array.field("posi" as "pos")).message, /chr, pos, pct/);
  assert.equal(refusal(() => grid(1, 1).field("x" as never)).code, "NOT_FOUND");
});

test("slices, transposes and at() refuse what is none", () => {
  const array = grid(3, 4);
  for (const slices of [[3], [[0, 1, 0]], [["0"]], [[0, 1, 1, 1]], [null, null, null], [[0.5]]]) {
    assert.equal(refusal(() => array.slice(...(slices as never[]))).code, "BAD_ARGUMENT");
  }
  for (const axes of [[0], [0, 0], [0, 2], [0, 1.5]])
    assert.equal(refusal(() => array.transpose(...axes)).code, "BAD_ARGUMENT");
  for (const index of [[], [0, 0, 0], [null]])
    assert.equal(refusal(() => array.at(...(index as number[]))).code, "BAD_ARGUMENT");
  assert.equal(refusal(() => array.at(3)).code, "OUT_OF_BOUNDS");
  assert.equal(refusal(() => array.reshape([5])).code, "BAD_SHAPE");
  assert.equal(refusal(() => array.reshape([-1, -1])).code, "BAD_SHAPE");
  const error = refusal(() => array.transpose().reshape([12]));
  assert.equal(error.code, "NOT_CONTIGUOUS");
  assert.match(error.message, /copy\(\)/);
});

test("data is the typed array over the elements, bytes the bytes", () => {
  const memory = new ArrayBuffer(96);
  const array = new NDArray([3, 4], "<f8", memory);
  assert.ok(array.data instanceof Float64Array);
  assert.equal(array.data.buffer, memory);
  array.data[5] = 2.5;
  assert.equal(array.get(1, 1), 2.5);
  assert.equal(array.at(1).data.length, 4);
  assert.equal(array.data, array.data);
  assert.equal(array.slice([1, 3]).bytes.byteOffset, 32);
  assert.ok(new NDArray([2], "i8", memory).data instanceof BigInt64Array);
  assert.ok(new NDArray([2], "?", memory).data instanceof Uint8Array);
  assert.ok(new NDArray([2], "M8[s]", memory).data instanceof BigInt64Array);
  assert.equal(new NDArray([0], "f8", memory).data.length, 0);
  for (const refused of [
    () => array.transpose().data,
    () => array.slice(null, [null, null, 2]).bytes,
    () => new NDArray([2], ">f8", memory).data,
    () => new NDArray([2], "S2", memory).data,
    () => new NDArray([2], "f8", memory, { offset: 1 }).data,
    () => records().data,
    () => records().field("pos").data,
  ]) {
    assert.equal(refusal(refused).code, "NOT_CONTIGUOUS");
  }
  assert.equal(records().bytes.length, 42);
});

test("iteration gives elements of one axis, and views of more", () => {
  assert.deepEqual(
    [...records()].map(({ chr }) => chr),
    ["chr0", "chr1", "chr2"],
  );
  const sums: number[] = [];
  for (const row of grid(2, 3) as unknown as Iterable<NDArray<"<f8">>) sums.push([...row].reduce((a, b) => a + b));
  assert.deepEqual(sums, [3, 12]);
});

test("copy is an array of its own in C order; equals compares shape and elements", () => {
  const array = grid(2, 3);
  const copy = array.transpose().copy();
  assert.deepEqual(
    [copy.shape, copy.strides],
    [
      [3, 2],
      [16, 8],
    ],
  );
  copy.set([0, 0], 99);
  assert.equal(array.get(0, 0), 0);
  assert.ok(array.equals(grid(2, 3)));
  assert.ok(
    array.equals(
      new NDArray([2, 3], ">i8", new ArrayBuffer(48)).assign([
        [0, 1, 2],
        [3, 4, 5],
      ]),
    ),
  );
  assert.ok(!array.equals(copy) && !array.equals(array.reshape([3, 2])) && !array.equals(grid(2, 2)));
  const nan = new NDArray([1], "f4", new Float32Array([Number.NaN]));
  assert.ok(!nan.equals(nan), "as in NumPy");
  assert.ok(records().equals(records()));
});

test("toArray gives bigints as they are, or as numbers where they are exact", () => {
  const array = new NDArray(
    [2],
    [
      ["n", "i8"],
      ["l", "u8", [2]],
    ],
    new ArrayBuffer(48),
  );
  array.fill({ n: -3n, l: [1, 2] });
  assert.deepEqual(array.toArray()[0], { n: -3n, l: [1n, 2n] });
  assert.deepEqual(array.toArray({ bigint: "number" })[1], { n: -3, l: [1, 2] });
  array.field("n").set(0, 2n ** 60n);
  assert.equal(refusal(() => array.toArray({ bigint: "number" })).code, "BAD_VALUE");
  assert.equal(refusal(() => array.toArray({ bigInt: "number" } as object)).code, "BAD_ARGUMENT");
});

test("a detached or transferred buffer is CLOSED, in every way to touch it", () => {
  const memory = new ArrayBuffer(24);
  const array = new NDArray([3], "<f8", memory);
  const texts = new NDArray([3], "S8", memory);
  for (let i = 0; i < 10; i++) assert.equal(array.get(0) + texts.get(0).length, 0);
  structuredClone(memory, { transfer: [memory] });
  for (const touch of [
    () => array.get(0),
    () => texts.get(0),
    () => array.set(0, 1),
    () => array.data,
    () => array.bytes,
    () => array.toArray(),
    () => array.copy(),
    () => array.fill(1),
    () => array.assign([1, 2, 3]),
    () => array.equals(array),
    () => [...array],
    () => array.at(0).get(),
  ]) {
    assert.equal(refusal(touch).code, "CLOSED");
  }
});

test("an array cannot be cloned, and has no handle over ordinary memory", () => {
  assert.equal(refusal(() => structuredClone(grid(1, 1))).code, "NOT_CLONEABLE");
  assert.equal(refusal(() => grid(1, 1).handle()).code, "NOT_SUPPORTED");
});
