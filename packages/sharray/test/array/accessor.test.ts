import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { type DTypeLike, dtypeOf, NDArray, SharedArray, SharrayError } from "sharray";

const scalars = [
  "?",
  "i1",
  "u1",
  "<i2",
  ">i2",
  "<u2",
  "<i4",
  ">i4",
  "<u4",
  ">u4",
  "<i8",
  ">i8",
  "<u8",
  "<f2",
  ">f2",
].concat(["<f4", ">f4", "<f8", ">f8", "<c8", ">c16", "S1", "S10", "S30", "<U3", ">U2", "V3", "<M8[s]", ">m8[D]"]);
const records: DTypeLike[] = [
  [
    ["chr", "S10"],
    ["pos", "<i4"],
    ["pct", "<f4"],
    ["c", "<i4"],
    ["t", "<i4"],
  ],
  [
    ["__proto__", "<u2"],
    ["", "V3"],
    ["in", [["raw", "V3"], ["half", ">f2"]]], // biome-ignore format: one record in another
    ["list", "<i2", [2, 2]],
    ["none", "V0"],
    ["z", "<c8"],
    ["wide", "<U2"],
  ],
];
const dtypes = fc.constantFrom<DTypeLike>(...scalars, ...records);
const odd: unknown[] = [
  1.5,
  -0,
  -0.5,
  Number.NaN,
  Infinity,
  2 ** 31,
  -(2 ** 31),
  2 ** 53,
  "1",
  null,
  undefined,
  true,
  1n,
  {},
  [0],
];

type Outcome = { value: unknown } | { code: string };

function outcome(run: () => unknown): Outcome {
  try {
    return { value: run() };
  } catch (error) {
    if (error instanceof SharrayError) return { code: error.code };
    throw error;
  }
}

type AnyGet = (...index: unknown[]) => unknown;
const fast = (a: NDArray, index: unknown[]): Outcome => outcome(() => (a.get as AnyGet)(...index));
/** The reader for arrays that have none of their own. */
const general = (a: NDArray, index: unknown[]): Outcome =>
  outcome(() => NDArray.prototype.get.call(a, ...(index as number[])));

/** Reads often enough for the array to get a reader of its own. */
function warm(a: NDArray): void {
  for (let i = 0; i < 6; i++)
    fast(
      a,
      a.shape.map(() => 0),
    );
}

function hasOwnReader(a: NDArray): boolean {
  return a.get !== NDArray.prototype.get;
}

const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 0, maxLength: 5 });
const steps = fc.array(fc.constantFrom(1, 2, -1, -2), { minLength: 5, maxLength: 5 });

function indices(shape: readonly number[]): fc.Arbitrary<unknown[]> {
  const one = (n: number): fc.Arbitrary<unknown> =>
    fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: -n, max: Math.max(0, n - 1) }) },
      { weight: 1, arbitrary: fc.integer({ min: -9, max: 9 }) },
      { weight: 1, arbitrary: fc.constantFrom(...odd) },
    );
  const right = fc.tuple(...shape.map(one));
  return fc.oneof(
    { weight: 9, arbitrary: right },
    { weight: 1, arbitrary: right.map((index) => index.slice(1)) },
    { weight: 1, arbitrary: right.map((index) => [...index, undefined]) },
    { weight: 1, arbitrary: right.map((index) => [...index, 0]) },
  );
}

/** An array over random bytes, seen shifted, turned and by steps. */
interface Made {
  dtype: DTypeLike;
  shape: number[];
  steps: number[];
  turned: boolean;
  seed: number;
  shift: number;
}

const made: fc.Arbitrary<Made> = fc.record({
  dtype: dtypes,
  shape: shapes,
  steps,
  turned: fc.boolean(),
  seed: fc.nat(),
  shift: fc.nat(9),
});

function arrayOf({ dtype, shape, steps, turned, seed, shift }: Made): NDArray {
  const size = shape.reduce((product, n) => product * n, dtypeOf(dtype).itemsize);
  let state = seed;
  const memory = Uint8Array.from({ length: size + shift }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  const whole = new NDArray(shape, dtype, memory, { offset: shift }) as NDArray;
  const seen = turned ? whole.transpose() : whole;
  return seen.slice(...seen.shape.map((_, axis) => [null, null, steps[axis] ?? 1] as const));
}

const cases = made.chain((one) => {
  const shape = arrayOf(one).shape;
  return fc.tuple(fc.constant(one), fc.array(indices(shape), { minLength: 1, maxLength: 12 }));
});

test("an array's own reader gives what the general one gives, and refuses what it refuses with the same code", () => {
  fc.assert(
    fc.property(cases, ([one, wanted]) => {
      const a = arrayOf(one);
      warm(a);
      for (const index of wanted) assert.deepEqual(fast(a, index), general(a, index));
    }),
    { numRuns: 2000 },
  );
});

test("the same over shared memory, in rows and in columns, and each item of an iteration too", () => {
  const layouts = fc.constantFrom("rows", "columns");
  const bytes = fc.uint8Array({ minLength: 512, maxLength: 512 });
  fc.assert(
    fc.property(fc.constantFrom(...records), layouts, bytes, indices([5]), (dtype, layout, memory, index) => {
      const from = new NDArray([5], dtype, memory) as NDArray;
      using a = SharedArray.create({ shape: [5], dtype, layout }) as SharedArray;
      a.assign(from);
      warm(a);
      assert.ok(hasOwnReader(a));
      assert.deepEqual(fast(a, index), general(a, index));
      assert.deepEqual(fast(a, index), general(from, index));
      assert.deepEqual(
        [...a],
        [0, 1, 2, 3, 4].map((i) => NDArray.prototype.get.call(a, i)),
      );
      const back = a.slice([null, null, -2]);
      assert.deepEqual(
        [...back],
        [4, 2, 0].map((i) => NDArray.prototype.get.call(a, i)),
      );
      for (const name of ["pct", "list"]) {
        if (!dtypeOf(dtype).names!.includes(name)) continue;
        const field = a.field(name) as NDArray;
        warm(field);
        const at = field.shape.map(() => -1);
        assert.deepEqual(fast(field, at), general(field, at));
      }
    }),
    { numRuns: 200 },
  );
});

test("an array's own set stores what the general one stores, and refuses what it refuses with the same code", () => {
  const numbers = scalars.filter((dtype) => /[iuf][1248]$/.test(dtype));
  const values: fc.Arbitrary<unknown> = fc.oneof(
    fc.constantFrom<unknown>(
      0,
      -0,
      127,
      128,
      -128,
      -129,
      255,
      256,
      32768,
      65535,
      65536,
      2 ** 31,
      -(2 ** 31),
      2 ** 32 - 1,
      2 ** 32,
    ),
    fc.constantFrom<unknown>(
      0.5,
      1e39,
      -1e39,
      3.4028235677973366e38,
      Number.NaN,
      Infinity,
      1n,
      "1",
      null,
      undefined,
      true,
      {},
    ),
    fc.integer(),
    fc.double(),
  );
  fc.assert(
    fc.property(fc.constantFrom(...numbers), values, indices([4]), fc.nat(3), (dtype, value, [index], shift) => {
      const [one, other] = [0, 1].map(() => {
        const whole = new NDArray([4], dtype, new Uint8Array(64).fill(7), { offset: shift, strides: [11] }) as NDArray;
        return whole.slice([null, null, -1]);
      }) as [NDArray, NDArray];
      warm(one);
      type AnySet = (index: unknown, value: unknown) => void;
      assert.deepEqual(
        outcome(() => (one.set as AnySet)(index, value)),
        outcome(() => (NDArray.prototype.set as AnySet).call(other, index, value)),
      );
      assert.deepEqual(one.toArray(), other.toArray());
    }),
    { numRuns: 2000 },
  );
  const array = new NDArray([2], "<f4", new ArrayBuffer(8));
  warm(array as NDArray);
  assert.notEqual(array.set, NDArray.prototype.set);
});

test("an array's own set stores nothing through a read-only attachment, and nothing after close", () => {
  using a = SharedArray.from([1, 2, 3]);
  const b = SharedArray.attach(a.handle(), { readonly: true }) as SharedArray<"<f8">;
  for (const array of [a, b]) warm(array as unknown as NDArray);
  for (let i = 0; i < 20; i++) assert.throws(() => b.set(0, 5), { code: "READ_ONLY" });
  for (let i = 0; i < 20; i++) a.set(-1, i);
  assert.deepEqual([...b], [1, 2, 19]);
  b.close();
  assert.throws(() => b.set(0, 5), { code: "CLOSED" });
  a.close();
  assert.throws(() => a.set(0, 5), { code: "CLOSED" });
});

test("a reader refuses wrong indices and goes on, however often, and so do the readers of like arrays", () => {
  using a = SharedArray.from(Float32Array.from({ length: 100 }, (_, i) => i / 2));
  const sum = (x: NDArray<"<f4">): number => {
    let total = 0;
    for (let i = 0; i < x.size; i++) total += x.get(i);
    return total;
  };
  for (let round = 0; round < 50; round++) {
    assert.equal(sum(a), 2475);
    assert.throws(() => a.get(100), { code: "OUT_OF_BOUNDS" });
    assert.throws(() => a.get(-101), { code: "OUT_OF_BOUNDS" });
    assert.throws(() => a.get(0.5), { code: "BAD_ARGUMENT" });
    assert.throws(() => (a.get as AnyGet)(), { code: "BAD_ARGUMENT" });
    assert.equal(a.get(-1), 49.5);
    assert.equal(sum(a.slice([10, 20])), 72.5);
  }
});

test("arrays of one dtype that come and go are read right, and closed ones throw CLOSED in the midst of others", () => {
  let closed = 0;
  let last: SharedArray<"<i4"> | null = null;
  for (let round = 0; round < 200; round++) {
    const a = SharedArray.from(Int32Array.from({ length: 50 }, (_, i) => i + round));
    let sum = 0;
    for (let i = 0; i < 50; i++) sum += a.get(i);
    assert.equal(sum, 1225 + 50 * round);
    if (last !== null) {
      last.close();
      assert.throws(() => last!.get(0), { code: "CLOSED" });
      assert.throws(() => [...last!], { code: "CLOSED" });
      closed++;
    }
    last = a;
  }
  last?.close();
  assert.equal(closed, 199);
});

test("an array is still of its class, and shows no other properties, once it has a reader of its own", () => {
  using a = SharedArray.from([1, 2, 3]);
  const keys = Object.keys(a);
  warm(a as NDArray);
  assert.ok(hasOwnReader(a as NDArray));
  assert.ok(a instanceof SharedArray && a instanceof NDArray);
  assert.deepEqual([a.constructor, Object.keys(a)], [SharedArray, keys]);
  assert.equal(a.slice([0, 2]).constructor, NDArray);
});

test("a class of a program's own keeps its own get", () => {
  class Doubled extends NDArray<"<f8"> {
    override get(i: number): number {
      return 2 * super.get(i);
    }
  }
  const a = new Doubled([3], "<f8", Float64Array.of(1, 2, 3));
  for (let i = 0; i < 20; i++) assert.equal(a.get(1), 4);
  assert.deepEqual([...a], [2, 4, 6]);
});

test("iterators are like those of other lists", () => {
  using a = SharedArray.from(Int16Array.of(1, 2, 3));
  const iterator = a[Symbol.iterator]();
  assert.equal(iterator[Symbol.iterator](), iterator);
  assert.deepEqual(iterator.next(), { value: 1, done: false });
  assert.deepEqual([...iterator], [2, 3]);
  assert.deepEqual(iterator.next(), { value: undefined, done: true });
  assert.deepEqual([...new NDArray([0], "<f4", new ArrayBuffer(0))], []);
  const rows = [...new NDArray([2, 1], "<f4", Float32Array.of(5, 6))] as unknown as NDArray<"<f4">[];
  assert.deepEqual(
    rows.map((row) => row.get(0)),
    [5, 6],
  );
  assert.throws(() => [...new NDArray([], "<f4", new ArrayBuffer(4))], { code: "BAD_ARGUMENT" });
});

test("without code generation from strings the general reader does all of it", () => {
  const program = `
    import assert from "node:assert/strict";
    import { SharedArray } from "sharray";
    assert.throws(() => new Function("1"));
    const a = SharedArray.create({ shape: [3], dtype: [["name", "S4"], ["at", "<i4"]] });
    a.assign([{ name: "a", at: 1 }, { name: "b", at: 2 }, { name: "c", at: 3 }]);
    for (let i = 0; i < 20; i++) assert.deepEqual(a.get(i % 3), { name: "abc"[i % 3], at: 1 + (i % 3) });
    assert.deepEqual([...a.field("at")], [1, 2, 3]);
    assert.throws(() => a.get(3), { code: "OUT_OF_BOUNDS" });
    a.close();
    assert.throws(() => a.get(0), { code: "CLOSED" });
    assert.throws(() => [...a], { code: "CLOSED" });`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--disallow-code-generation-from-strings", "--input-type=module", "-e", program],
    { cwd: import.meta.dirname, encoding: "utf8" },
  );
  assert.equal(status, 0, stderr);
});

test("fields of numbers have their reader before the first element, and so have new arrays of a kind that was read", () => {
  using table = SharedArray.create({
    shape: 3,
    dtype: [
      ["pos", "<i4"],
      ["chr", "S4"],
      ["kind-early", ">u2"],
    ],
  });
  assert.ok(hasOwnReader(table.field("pos") as NDArray));
  assert.ok(hasOwnReader(table.field("kind-early") as NDArray));

  const dtype = ">f8";
  warm(new NDArray([4], dtype, new Uint8Array(32)) as NDArray);
  assert.ok(hasOwnReader(new NDArray([4], dtype, new Uint8Array(32)) as NDArray));
  warm(SharedArray.from([1], { dtype }) as NDArray);
  using next = SharedArray.from([1, 2], { dtype });
  assert.ok(hasOwnReader(next as NDArray));
  assert.deepEqual([next.get(1), next.get(-2)], [2, 1]);
});

test("the field of an array that was closed is CLOSED, before and after its reader is made", () => {
  const table = SharedArray.create({ shape: 3, dtype: [["pos", "<i4"]] });
  const pos = table.field("pos");
  table.close();
  assert.deepEqual(fast(pos as NDArray, [0]), { code: "CLOSED" });
  assert.deepEqual(
    outcome(() => table.field("pos")),
    { code: "CLOSED" },
  );
});

test("V8 gives all shared arrays of a kind one shape, and all views of them, so that loops are compiled once", () => {
  const program = `
    import { SharedArray } from "sharray";
    const kinds = [() => SharedArray.from(new Float32Array(3)), () => SharedArray.create({ shape: 3, dtype: [["x", "<u2"]] })];
    for (const [name, kind] of kinds.entries()) {
      const made = Array.from({ length: 5 }, () => {
        const array = kind();
        const read = name === 0 ? array : array.field("x");
        for (let i = 0; i < 9; i++) read.get(i % 3);
        return read;
      });
      console.log(made.slice(2).every((array) => %HaveSameMap(array, made[1])));
    }`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--allow-natives-syntax", "--no-warnings", "--input-type=module", "--eval", program],
    { encoding: "utf8", cwd: import.meta.dirname },
  );
  assert.equal(stdout, "true\ntrue\n", stderr);
});
