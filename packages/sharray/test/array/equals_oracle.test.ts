import assert from "node:assert/strict";
import { test } from "node:test";
import { type DType, type DTypeLike, dtypeOf, NDArray } from "sharray";
import { withoutPython } from "../../../../tests/oracle.ts";
import { numpy } from "../dtype/numpy.ts";
import { refusal } from "./refusal.ts";

const EQUAL = `
def array(c):
    a = np.frombuffer(bytes.fromhex(c[1]), dtype_of(c[0]))
    # NumPy reads an array of elements without bytes as none.
    return np.zeros(2, a.dtype) if a.dtype.itemsize == 0 else a

for a, b in cases:
    try: emit(bool(np.array_equal(array(a), array(b))))
    except TypeError: emit(False)
`;

const SCALARS = (
  "? i1 u1 <i2 >i2 <u2 <i4 >u4 <i8 >i8 <u8 >u8 <f2 >f2 <f4 <f8 >f8 <c8 >c16 S1 S3 <U1 >U3 V1 V2 " +
  "M8 <M8[s] >M8[s] M8[ms] M8[25s] M8[D] M8[M] M8[Y] M8[W] m8 m8[s] >m8[ms] m8[D] m8[M] m8[Y]"
).split(" ");

/** Dtypes of records, of which some compare although they differ. */
const RECORDS = [
  [["a", "<i4"]],
  [["a", ">i8"]],
  [["a", "<f4"], ["", "V3"]],
  [["b", "<i4"]],
  [["a", "<i4"], ["b", "S2"]],
  [["a", "u1"], ["b", "S5"]],
  [["b", "S2"], ["a", "<i4"]],
  [["a", "<i4"], ["b", "<U2"]],
  [["a", "<i2", [2]]],
  [["a", ">f8", [2]]],
  [["a", "<i2", [1]]],
  [["in", [["t", "M8[s]"], ["z", "c8"]]]],
  [["in", [["t", "M8[ms]"], ["z", "f8"]]]],
  [["re", "<f8"], ["im", "<f8"]],
] as DTypeLike[]; // biome-ignore format: a table

type Small = -1 | 0 | 1 | 2 | "none" | "most";

/** The value of an element that stands for a small number; `none` is NaN or NaT, `most` the largest integer. */
function valueFor(dtype: DType, n: Small): unknown {
  const { kind, itemsize, fields } = dtype;
  if (fields !== null) {
    return Object.fromEntries(
      [...fields].map(([name, { dtype: inner, shape }]) => {
        const item = valueFor(inner, n);
        return [name, shape.length === 0 ? item : Array.from({ length: shape[0]! }, () => item)];
      }),
    );
  }
  const number = n === "none" ? 0 : n === "most" ? 3 : n;
  if ("fc".includes(kind))
    return n === "none" ? Number.NaN : n === "most" ? (kind === "f" && itemsize === 2 ? 2048 : 2 ** 53) : n;
  if (kind === "b") return number !== 0;
  if (kind === "S" || kind === "U") return number === 0 ? "" : String.fromCharCode(98 + number);
  if (kind === "V") return new Uint8Array(itemsize).fill(number & 255);
  if (kind === "u") return n === "most" ? 2n ** BigInt(8 * itemsize) - 1n : Math.max(0, number);
  if (kind === "i") return n === "most" ? 2n ** BigInt(8 * itemsize - 1) - 1n : number;
  // Units are so far apart that what is equal in two of them needs a number of its own: see below.
  return n === "none" ? -(2n ** 63n) : n === "most" ? 63_072_000_000n : number;
}

function arrayOf(dtype: DTypeLike, values: unknown[]): NDArray {
  const array = new NDArray(
    [values.length],
    dtype,
    new ArrayBuffer(values.length * (dtypeOf(dtype) as DType).itemsize),
  );
  for (const [i, value] of values.entries()) array.set(i, value as never);
  return array;
}

/** The elements of an array again and again. */
function many(array: NDArray): NDArray {
  const more = new NDArray([70, array.size], array.dtype, new ArrayBuffer(70 * array.nbytes)).assign(array);
  return more.reshape([-1]);
}

/** Two years in each unit, and the day after: what is equal across units. */
const TWO_YEARS: Record<string, bigint[]> = {
  Y: [2n, 3n],
  M: [24n, 25n],
  W: [104n, 105n],
  D: [730n, 731n, 728n],
  s: [63_072_000n, 63_158_400n],
  "25s": [2_522_880n, 2_526_336n],
  ms: [63_072_000_000n, 63_158_400_000n],
  "": [63_072_000n, 730n, 24n],
};

test("equals is NumPy's array_equal across dtypes, orders, units, NaN and NaT", { skip: withoutPython }, async (t) => {
  const pairs: [NDArray, NDArray][] = [];
  const smalls: Small[] = [-1, 0, 1, 2, "none", "most"];
  for (const dtypes of [SCALARS, RECORDS]) {
    for (const a of dtypes) {
      for (const b of dtypes) {
        const [one, other] = [dtypeOf(a) as DType, dtypeOf(b) as DType];
        for (const n of smalls) pairs.push([arrayOf(a, [valueFor(one, 1), valueFor(one, n)]), arrayOf(b, [valueFor(other, 1), valueFor(other, n)])]); // biome-ignore format: a line
        pairs.push([arrayOf(a, [valueFor(one, 1)]), arrayOf(b, [valueFor(other, 2)])]);
        if (!"Mm".includes(one.kind) || one.kind !== other.kind || a === b) continue;
        for (const x of TWO_YEARS[one.unit]!) for (const y of TWO_YEARS[other.unit]!) pairs.push([arrayOf(a, [x]), arrayOf(b, [y])]); // biome-ignore format: a line
      }
    }
  }
  const written = (array: NDArray): unknown => [array.dtype.descr, Buffer.from(array.bytes).toString("hex")];
  const found = await numpy<boolean>(
    EQUAL,
    pairs.map((pair) => pair.map(written)),
  );
  const count = { equal: 0, different: 0 };
  for (const [i, [a, b]] of pairs.entries()) {
    const where = `${a.dtype} ${Buffer.from(a.bytes).toString("hex")}, ${b.dtype} ${Buffer.from(b.bytes).toString("hex")}`;
    assert.equal(a.equals(b), found[i], where);
    count[found[i] ? "equal" : "different"]++;
    // As many as are compared in Rust, with strides on one side.
    if (i % 4 === 0)
      assert.equal(many(a).equals(many(b).slice([null, null, -1]).slice([null, null, -1])), found[i], where);
  }
  t.diagnostic(JSON.stringify(count));
  assert.ok(count.equal > 1000 && count.different > 3000, JSON.stringify(count));
});

test("equals goes through views, whatever their strides, and needs an array", () => {
  const a = new NDArray([2, 3], "<i4", Int32Array.from([1, 2, 3, 4, 5, 6]));
  const b = new NDArray([3, 2], ">f8", new ArrayBuffer(48)).assign(a.transpose());
  assert.ok(a.transpose().equals(b) && b.transpose().equals(a));
  assert.ok(a.slice(null, [null, null, -1]).equals(b.transpose().slice(null, [null, null, -1])));
  assert.ok(!a.equals(b) && !a.equals(a.reshape([1, 2, 3])) && !a.equals(a.slice([0, 1])));
  assert.ok(a.slice([0, 0]).equals(b.transpose().slice([1, 1])));
  for (const other of [
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    null,
    undefined,
    5,
    new Int32Array(6),
  ]) {
    assert.equal(refusal(() => a.equals(other as never)).code, "BAD_ARGUMENT");
  }
});
