import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NDArray, SharedArray } from "sharray";
import { withoutPython } from "../../../../tests/oracle.ts";
import { numpy } from "../dtype/numpy.ts";
import { refusal } from "./refusal.ts";

const KINDS = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"];

interface Case {
  dtype: string;
  /** Elements of the memory; every `step`th of them is an element of the view, from its end where it is negative. */
  bytes: string;
  step: number;
}

/** Memory of random bits, or of numbers that are near each other. */
const memories: fc.Arbitrary<Case> = fc
  .tuple(
    fc.constantFrom(...KINDS),
    fc.constantFrom("<", ">"),
    fc.array(fc.tuple(fc.integer({ min: -128, max: 127 }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })), {
      maxLength: 40,
    }),
    fc.boolean(),
    fc.constantFrom(1, 2, -1, -3),
  )
  .map(([kind, order, seeds, wild, step]) => {
    const dtype = `${kind.length === 1 || kind.endsWith("1") ? "|" : order}${kind}`;
    const size = kind === "?" ? 1 : Number(kind.at(-1));
    const view = new DataView(new ArrayBuffer(seeds.length * size));
    const array = new NDArray([seeds.length], dtype, view);
    for (const [i, [small, raw]] of seeds.entries()) {
      const known = kind === "?" ? small > 0 : kind.startsWith("u") ? Math.abs(small) : small;
      if (!wild) array.set(i, (kind.startsWith("f") ? small / 8 : known) as never);
      else for (let k = 0; k < size; k++) view.setUint8(i * size + k, Number((raw >> BigInt(8 * k)) & 0xffn));
      // NumPy takes what is no 0 and no 1 for a boolean as it comes.
      if (wild && kind === "?") view.setUint8(i, Number(raw & 1n));
    }
    return { dtype, bytes: Buffer.from(view.buffer).toString("hex"), step };
  });

function arrayOf({ dtype, bytes, step }: Case): NDArray {
  const buffer = new Uint8Array(Buffer.from(bytes, "hex")).buffer;
  const size = new NDArray([0], dtype, new ArrayBuffer(0)).dtype.itemsize;
  return new NDArray([buffer.byteLength / size], dtype, buffer).slice([null, null, step]);
}

const PRELUDE = `
import math
def array_of(c):
    return np.frombuffer(bytes.fromhex(c["bytes"]), np.dtype(c["dtype"]))[::c["step"]]

def spelt(x):
    if x.dtype.kind in "iub": return str(int(x))
    return float(x).hex() if math.isfinite(x) else str(float(x))
`;

const REDUCTIONS = `${PRELUDE}
for c in cases:
    a = array_of(c)
    f = a.astype("f8") if a.dtype.kind == "f" else a
    exact = None
    if a.dtype.kind == "f" and np.isfinite(f).all():
        try: exact = math.fsum(f.tolist()).hex()
        except OverflowError: pass
    emit(dict(
        min=spelt(a.min()) if a.size else None, max=spelt(a.max()) if a.size else None,
        sum=spelt(np.sum(a) if a.dtype.kind != "f" else np.sum(f)), exact=exact,
        mean=float(np.mean(f, dtype="f8")).hex() if a.size and np.isfinite(np.mean(f, dtype="f8")) else None,
        total=str(sum(a.tolist())) if a.dtype.kind != "f" else None))
`;

interface Reduced {
  min: string | null;
  max: string | null;
  sum: string;
  exact: string | null;
  mean: string | null;
  total: string | null;
}

/** A double that Python wrote in hexadecimal, or as inf and nan. */
function fromHex(text: string): number {
  const match = /^(-?)0x([01])\.([0-9a-f]+)p([+-]\d+)$/.exec(text);
  if (match === null) return Number(text.replace("inf", "Infinity"));
  const [, sign, whole, fraction, exponent] = match;
  const power = Number(exponent);
  const digits = Number(`0x${whole}${fraction}`);
  const scaled = digits * 2 ** (Math.max(power, -900) - 4 * fraction!.length) * 2 ** Math.min(0, power + 900);
  return sign === "-" ? -scaled : scaled;
}

/** The distance of two doubles from one to the next. */
function apart(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  const view = new DataView(new ArrayBuffer(16));
  const order = (value: number): bigint => {
    view.setFloat64(0, value);
    const bits = view.getBigInt64(0);
    return bits < 0n ? -(bits & (2n ** 63n - 1n)) : bits;
  };
  const distance = order(a) - order(b);
  return Number(distance < 0n ? -distance : distance);
}

test("min, max, sum and mean of 4000 arrays are NumPy's", { skip: withoutPython }, async () => {
  const cases = fc.sample(memories, 4000);
  const found = await numpy<Reduced>(REDUCTIONS, cases);
  for (const [i, one] of cases.entries()) {
    const array = arrayOf(one);
    const theirs = found[i]!;
    const where = JSON.stringify(one);
    const float = array.dtype.kind === "f";
    const spell = (value: unknown): string =>
      float ? String(value) : String(typeof value === "boolean" ? +value : value);
    const read = (text: string): string => (float ? String(fromHex(text)) : text);
    if (theirs.min === null) {
      assert.equal(refusal(() => array.min()).code, "BAD_SHAPE", where);
      assert.ok(Number.isNaN(array.mean()), where);
    } else {
      assert.equal(spell(array.min()).replace(/^-0$/, "0"), read(theirs.min).replace(/^-0$/, "0"), where);
      assert.equal(spell(array.max()).replace(/^-0$/, "0"), read(theirs.max!).replace(/^-0$/, "0"), where);
    }
    const sum = array.sum();
    if (!float) {
      assert.equal(String(sum), theirs.sum, where);
      if (theirs.mean !== null) {
        const exact = Number(BigInt(theirs.total!)) / array.size;
        assert.ok(apart(array.mean() as number, exact) <= 1, `${where}: ${array.mean()} ${exact}`);
      }
      continue;
    }
    const numpys = fromHex(theirs.sum);
    if (theirs.exact === null)
      assert.ok(Number.isNaN(numpys) ? Number.isNaN(sum) : !Number.isFinite(sum as number), where);
    else {
      const exact = fromHex(theirs.exact);
      assert.ok(apart(sum as number, exact) <= 1, `${where}: ${sum} ${exact}`);
      if (array.size > 0) assert.ok(apart(array.mean() as number, exact / array.size) <= 1, where);
    }
  }
});

const HISTOGRAMS = `${PRELUDE}
for c in cases:
    a = array_of(c)
    try:
        counts, edges = np.histogram(a, bins=c["bins"], range=c["range"])
        emit(dict(counts=counts.tolist(), edges=[float(e).hex() for e in edges]))
    except ValueError as e:
        emit(dict(refused=str(e)))
`;

test("histograms of 4000 arrays are NumPy's, bit for bit", { skip: withoutPython }, async () => {
  const range = fc.option(
    fc
      .tuple(fc.integer({ min: -200, max: 100 }), fc.integer({ min: 0, max: 300 }))
      .map(([a, b]) => [a / 3, (a + b) / 3]),
    { nil: null },
  );
  const cases = fc
    .sample(fc.tuple(memories, fc.integer({ min: 1, max: 30 }), range), 4000)
    .map(([memory, bins, range]) => ({ ...memory, bins, range }));
  const found = await numpy<{ counts?: number[]; edges?: string[]; refused?: string }>(HISTOGRAMS, cases);
  let refused = 0;
  for (const [i, one] of cases.entries()) {
    const array = arrayOf(one);
    const options = { bins: one.bins, ...(one.range === null ? {} : { range: one.range as [number, number] }) };
    const { counts, edges, refused: reason } = found[i]!;
    const where = JSON.stringify(one);
    if (reason !== undefined) {
      refused++;
      assert.match(refusal(() => array.histogram(options)).code, /^BAD_(VALUE|ARGUMENT)$/, where);
      continue;
    }
    const ours = array.histogram(options);
    assert.deepEqual(ours.edges, edges!.map(fromHex), where);
    assert.deepEqual(ours.counts, counts, where);
  }
  assert.ok(refused > 0 && refused < cases.length / 2, `${refused} refused`);
});

test("results have the type of their elements", () => {
  const of = (dtype: string, ...values: unknown[]): NDArray => SharedArray.from(values as never, { dtype });
  assert.equal(of("<i8", 3n, -5n).min(), -5n);
  assert.equal(of("<i4", 3, -5).min(), -5);
  assert.equal(of("?", true, false).max(), true);
  assert.equal(of("?", true, true, false).sum(), 2);
  assert.equal(of("<i8", 2n ** 63n - 1n, 1n).sum(), -(2n ** 63n));
  assert.equal(of("<u8", 2n ** 64n - 1n, 2n).sum(), 1n);
  assert.equal(of("<i8", 2n ** 63n - 1n, 2n ** 63n - 1n).mean(), 2 ** 63);
  assert.deepEqual(of("<c16", { re: 1, im: 2 }, { re: 3, im: -5 }).sum(), { re: 4, im: -3 });
  assert.deepEqual(of(">c8", { re: 1, im: 2 }, { re: 3, im: -5 }).mean(), { re: 2, im: -1.5 });
});

test("no time is the least, the greatest and the sum of times with it", () => {
  const nat = -(2n ** 63n);
  const times = SharedArray.from([5n, nat, 7n], { dtype: "<m8[s]" });
  assert.deepEqual([times.min(), times.max(), times.sum(), times.mean()], [nat, nat, nat, Number.NaN]);
  assert.deepEqual([times.slice([0, 1]).max(), times.slice([2, 3]).sum(), times.slice([2, 3]).mean()], [5n, 7n, 7]);
  assert.equal(SharedArray.from([5n, 7n], { dtype: ">M8[D]" }).max(), 7n);
});

test("what has no such result is refused, with the way to one", () => {
  const records = SharedArray.create({
    shape: 3,
    dtype: [
      ["pos", "<i4"],
      ["name", "S4"],
    ],
  });
  for (const method of ["min", "max", "sum", "mean", "histogram"] as const) {
    const { code, message } = refusal(() => records[method]());
    assert.equal(code, "BAD_DTYPE");
    assert.match(message, new RegExp(`field\\("pos"\\)\\.${method}\\(\\)`));
    assert.equal(refusal(() => records.field("name")[method]()).code, "BAD_DTYPE");
  }
  const complex = SharedArray.create({ shape: 3, dtype: "<c8" });
  for (const method of ["min", "max", "histogram"] as const) {
    assert.equal(refusal(() => complex[method]()).code, "BAD_DTYPE");
  }
  const dates = SharedArray.create({ shape: 3, dtype: "<M8[s]" });
  for (const method of ["sum", "mean", "histogram"] as const) {
    assert.equal(refusal(() => dates[method]()).code, "BAD_DTYPE");
  }
  const numbers = records.field("pos");
  for (const options of [
    { bins: 0 },
    { bins: 1.5 },
    { bins: 2 ** 30 },
    { range: [1, 0] },
    { range: [0, Infinity] },
    { bin: 3 },
  ]) {
    assert.equal(refusal(() => numbers.histogram(options as never)).code, "BAD_ARGUMENT");
  }
  const large = SharedArray.from([2 ** 60, 2 ** 60 + 256], { dtype: "<f8" });
  assert.equal(refusal(() => large.histogram({ bins: 1000 })).code, "BAD_ARGUMENT");
  records.close();
  assert.equal(refusal(() => numbers.sum()).code, "CLOSED");
});
