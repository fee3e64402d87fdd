import assert from "node:assert/strict";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { type DTypeLike, dtypeOf, NDArray, SharedArray } from "sharray";
import { draw } from "../../dist/array/inspect.js";
import { BufferStorage } from "../../dist/array/storage.js";

function arrayOf(shape: number[], dtype: DTypeLike, values: unknown): NDArray {
  const { itemsize } = dtypeOf(dtype);
  const array = new NDArray(shape, dtype, new ArrayBuffer(shape.reduce((n, m) => n * m, itemsize)));
  return array.assign(values as number[]);
}

/** The elements as printed, without the heading. */
function body(array: NDArray): string {
  const text = inspect(array);
  return text.slice(text.indexOf("\n") + 3, -1);
}

test("a small array is printed whole", () => {
  const array = new NDArray([2, 3], "<i4", Int32Array.from([1, 2, 3, 4, 5, 6]));
  assert.equal(inspect(array), 'NDArray(shape [2, 3], dtype "<i4",\n  [[1, 2, 3],\n   [4, 5, 6]])');
  assert.equal(inspect(array.at(1, 2)), 'NDArray(shape [], dtype "<i4",\n  6)');
  assert.equal(body(arrayOf([1000], "u1", 7)).split(",").length, 1000);
});

test("of a large array the corners are printed, below each other", () => {
  const array = new NDArray(
    [100, 200],
    "<f8",
    Float64Array.from({ length: 20000 }, (_, i) => i / 2),
  );
  assert.equal(
    inspect(array),
    [
      'NDArray(shape [100, 200], dtype "<f8",',
      "  [[     0,    0.5,      1, ...,   98.5,     99,   99.5],",
      "   [   100,  100.5,    101, ...,  198.5,    199,  199.5],",
      "   [   200,  200.5,    201, ...,  298.5,    299,  299.5],",
      "   ...,",
      "   [  9700, 9700.5,   9701, ..., 9798.5,   9799, 9799.5],",
      "   [  9800, 9800.5,   9801, ..., 9898.5,   9899, 9899.5],",
      "   [  9900, 9900.5,   9901, ..., 9998.5,   9999, 9999.5]])",
    ].join("\n"),
  );
  const long = new NDArray([1e6], "<f8", Float64Array.from(Array(1e6).keys()));
  assert.equal(body(long), "[0, 1, 2, ..., 999997, 999998, 999999]");
});

test("floats are as short as they can be read back", () => {
  assert.equal(body(arrayOf([3], "f4", [0.1, 16777216, 3.4028234663852886e38])), "[0.1, 16777216, 3.4028235e+38]");
  assert.equal(body(arrayOf([4], "f2", [0.1, 65504, 1 / 3, 6e-8])), "[0.1, 65500, 0.3333, 6e-8]");
  assert.equal(body(arrayOf([3], ">f8", [1 / 3, 1e16, 1.23456789012e-7])), "[0.33333333, 1e+16, 1.23456789e-7]");
  const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];
  assert.equal(body(arrayOf([4], "f4", special)), "[NaN, Infinity, -Infinity, -0]");
  assert.equal(body(arrayOf([2], "c8", [{ re: 0.1, im: -2 }, 3])), "[0.1-2j, 3+0j]");
});

test("other elements are printed as what they mean", () => {
  assert.equal(body(arrayOf([2], "u8", [1n, 2n ** 64n - 1n])), "[1n, 18446744073709551615n]");
  assert.equal(body(arrayOf([2], "?", [true, false])), "[true, false]");
  assert.equal(body(arrayOf([2], "M8[ms]", [1700000000123n, -(2n ** 63n)])), "[2023-11-14T22:13:20.123, NaT]");
  assert.equal(body(arrayOf([1], "M8[7D]", [1n])), "[1970-01-08]");
  assert.equal(body(arrayOf([1], "M8", [5n])), "[5n]");
  assert.equal(body(arrayOf([2], ">m8[s]", [-5n, -(2n ** 63n)])), "[-5n, NaT]");
  assert.equal(body(arrayOf([3], "U4", ["é", "it's", "a\n"])), `['é', "it's", 'a\\n']`);
  assert.equal(body(arrayOf([1], "V3", [Uint8Array.of(0, 10, 255)])), "[<00 0a ff>]");
  const long = body(arrayOf([2], "V100", [new Uint8Array(100), new Uint8Array(100)]));
  assert.match(long, /^\[<00( 00){15} \.\.\. 84 more>,\n {3}</);
  assert.equal(body(arrayOf([1], "S100", ["a".repeat(100)])), `['${"a".repeat(60)}'...]`);
  assert.equal(body(arrayOf([1], ">U100", ["é".repeat(61)])), `['${"é".repeat(60)}'...]`);
});

const dtype = [
  ["chr", "S10"],
  ["pos", "<i8"],
  ["pct", "<f4"],
  ["xyz", "<f4", [3]],
  ["in", [["a b", "?"]]],
] as const;

test("records stand one a line, and their fields below each other", () => {
  const values = [
    { chr: "chr1", pos: 5n, pct: 0.1, xyz: [1, 2, 3], in: { "a b": true } },
    { chr: "chr10", pos: 1000n, pct: 12.5, xyz: [1, 2, 300], in: { "a b": false } },
  ];
  const printed = [
    `[{ chr: 'chr1',  pos:    5n, pct:  0.1, xyz: [  1,   2,   3], in: { 'a b':  true } },`,
    `   { chr: 'chr10', pos: 1000n, pct: 12.5, xyz: [  1,   2, 300], in: { 'a b': false } }]`,
  ].join("\n");
  assert.equal(body(arrayOf([2], dtype, values)), printed);
  using columns = SharedArray.from(values, { dtype, layout: "columns" });
  assert.equal(body(columns as unknown as NDArray), printed);
  assert.match(inspect(columns), /^SharedArray\(shape \[2\], dtype .*, columns,\n/);
  assert.equal(
    body(columns.slice([null, null, -1]).slice([1, 2]) as unknown as NDArray),
    `[${printed.split("\n")[0]!.slice(1, -1).replace("'chr1',  pos:    5n, pct:  0.1", "'chr1', pos: 5n, pct: 0.1").replace("[  1,   2,   3]", "[1, 2, 3]").replace("  true", " true")}]`,
  );
});

test("records without fields, gaps, and empty sub-arrays have a place", () => {
  const empty = [
    ["e", []],
    ["", "V2"],
    ["n", "i2", [2, 0]],
    ["r", [["x", "i1"]], [2]],
  ] as unknown as DTypeLike;
  const array = new NDArray([1], empty, new ArrayBuffer(4));
  assert.equal(body(array), "[{ e: {}, n: [[], []], r: [{ x: 0 }, { x: 0 }] }]");
});

test("what is printed stays short, whatever the array", () => {
  const deep = new NDArray([9, 9, 9, 9, 9], "u1", new Uint8Array(9 ** 5));
  const wide = new NDArray(
    [50],
    Array.from({ length: 500 }, (_, i) => [`field ${i}`, "U50"] as const),
    new ArrayBuffer(50 * 500 * 200),
  );
  const long = new NDArray([20], "S100000", new Uint8Array(2_000_000).fill(65));
  const rich = new NDArray([10], [["a", "f8", [100, 100]]], new ArrayBuffer(800_000));
  const many = new NDArray(Array(40).fill(2), "u1", new Uint8Array(1), { strides: Array(40).fill(0) });
  let nested: DTypeLike = [["x", "i1"]];
  for (let i = 0; i < 4; i++) nested = Array.from({ length: 9 }, (_, k) => [`f${k}`, nested] as const);
  const tree = new NDArray([2], nested, new ArrayBuffer(2 * 9 ** 4));
  const names = new NDArray([2], [["n".repeat(1e5), "i1"]], new ArrayBuffer(2));
  for (const array of [deep, wide, long, rich, many, tree, names] as NDArray[]) {
    const { length } = inspect(array);
    assert.ok(length < 15000, `${length} characters of ${inspect(array).slice(0, 200)}`);
  }
  assert.equal(inspect(new NDArray([0, 3], "f8", new ArrayBuffer(0))), 'NDArray(shape [0, 3], dtype "<f8", empty)');
});

test("only what is printed is read, of however many elements", () => {
  let [reads, bytes] = [0, 0];
  class Counted extends BufferStorage {
    override window(offset: number, length: number): ReturnType<BufferStorage["window"]> {
      reads++;
      bytes += length;
      return { view: new DataView(new ArrayBuffer(length)), start: offset };
    }
  }
  const storage = new Counted(new ArrayBuffer(1 << 16), 0, 1 << 16);
  const view = (shape: number[], like: DTypeLike) =>
    draw("NDArray", {
      storage,
      dtype: dtypeOf(like),
      offset: 0,
      shape,
      strides: shape.map(() => 0),
      columns: null,
    } as Parameters<typeof draw>[1]);
  view([5 * 2 ** 30, 2 ** 20], "f8");
  assert.equal(reads, 36);
  reads = 0;
  // An element of two gigabytes: of its sub-array and its text only the beginnings are read.
  [reads, bytes] = [0, 0];
  view(
    [2 ** 30],
    [
      ["many", "i1", [30000, 30000]],
      ["text", "S1000000000"],
    ],
  );
  assert.ok(reads < 60 && bytes < 1000, `${reads} reads, ${bytes} bytes`);
});

test("of a mapped file of five gigabytes the corners are printed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sharray-test-"));
  try {
    const path = join(folder, "large.npy");
    const rows = (5 * 2 ** 30) / 16;
    const dict = `{'descr': [('pos', '<i8'), ('pct', '<f8')], 'fortran_order': False, 'shape': (${rows},), }`;
    const header = Buffer.from(`\x93NUMPY\x01\x00v\x00${dict.padEnd(117)}\n`, "latin1");
    const file = await open(path, "w");
    await file.write(header);
    await file.truncate(header.length + rows * 16);
    const last = Buffer.alloc(16);
    last.writeBigInt64LE(7n);
    last.writeDoubleLE(0.1, 8);
    await file.write(last, 0, 16, header.length + (rows - 1) * 16);
    using array = SharedArray.open(path);
    assert.equal(array.nbytes, 5 * 2 ** 30);
    const none = "{ pos: 0n, pct:   0 }";
    const shown = [none, none, none, "...", none, none, "{ pos: 7n, pct: 0.1 }"];
    assert.equal(body(array), `[${shown.join(",\n   ")}]`);
    // The file is one great hole but for its ends, and looking at it did not fill it.
    assert.ok((await file.stat()).blocks * 512 < 2 ** 20);
    await file.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("inside of other things an array is printed as they are", () => {
  const array = arrayOf([2, 2], "u1", [
    [1, 2],
    [3, 4],
  ]);
  assert.equal(
    inspect({ a: array }, { breakLength: 80 }),
    '{\n  a: NDArray(shape [2, 2], dtype "|u1",\n    [[1, 2],\n     [3, 4]])\n}',
  );
  assert.equal(inspect({ a: { b: { c: array } } }, { depth: 1 }), "{ a: { b: [Object] } }");
  assert.equal(inspect({ a: array }, { depth: 0 }), "{ a: [NDArray] }");
  assert.equal(
    inspect({ a: array }, { breakLength: Infinity }),
    '{ a: NDArray(shape [2, 2], dtype "|u1", [[1, 2], [3, 4]]) }',
  );
  assert.equal(inspect(array, { depth: -1 }), "[NDArray]");
  assert.equal(inspect(array, { breakLength: Infinity }), 'NDArray(shape [2, 2], dtype "|u1", [[1, 2], [3, 4]])');
  assert.equal(
    inspect(arrayOf([1], "u1", [7]), { colors: true }),
    'NDArray(shape [1], dtype "|u1",\n  [\x1b[33m7\x1b[39m])',
  );
});

test("as a text an array is what is printed, as JSON its lists", () => {
  const array = arrayOf([2], "<i8", [1n, -2n]);
  assert.equal(String(array), inspect(array));
  assert.equal(`${array}`, 'NDArray(shape [2], dtype "<i8",\n  [1n, -2n])');
  assert.equal(JSON.stringify({ a: array }), '{"a":[1,-2]}');
  const rows = arrayOf(
    [1, 2],
    [
      ["s", "S2"],
      ["raw", "V2"],
      ["z", "c8"],
      ["m", "M8[s]", [2]],
    ] as DTypeLike,
    { s: "é", raw: Uint8Array.of(1, 2), z: 1, m: [1n, 2n] },
  );
  const one = { s: "é", raw: [1, 2], z: { re: 1, im: 0 }, m: [1, 2] };
  assert.deepEqual(JSON.parse(JSON.stringify(rows)), [[one, one]]);
  assert.equal(JSON.stringify(arrayOf([], "f8", 0.5)), "0.5");
  assert.throws(() => JSON.stringify(arrayOf([1], "u8", [2n ** 60n])), { code: "BAD_VALUE" });
  assert.throws(() => JSON.stringify(new NDArray([1000, 1001], "u1", new Uint8Array(1001000))), { code: "TOO_LARGE" });
  assert.throws(() => JSON.stringify(new NDArray([2], [["a", "i1", [600000]]], new ArrayBuffer(1200000))), {
    code: "TOO_LARGE",
  });
});

test("a closed array is printed without elements", () => {
  const array = SharedArray.create({
    shape: 1000,
    dtype: [
      ["chr", "S4"],
      ["n", "<i8"],
    ],
  });
  array.fill({ chr: "chrX", n: 5n });
  const line = "{ chr: 'chrX', n: 5n }";
  assert.equal(
    inspect(array),
    `SharedArray(shape [1000], dtype [["chr","|S4"],["n","<i8"]],\n  [${[line, line, line, "...", line, line, line].join(",\n   ")}])`,
  );
  array.close();
  assert.equal(inspect(array), 'SharedArray(shape [1000], dtype [["chr","|S4"],["n","<i8"]], closed)');
  assert.equal(String(array), inspect(array));
  assert.throws(() => JSON.stringify(array), { code: "CLOSED" });
});
