import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { NDArray } from "sharray";
import { withoutPython } from "../../../../tests/oracle.ts";
import { spellFloat } from "../../dist/array/element/cell.js";
import { spellDate } from "../../dist/array/element/moment.js";
import { numpy } from "../dtype/numpy.ts";

/** An array of random values over random bytes, for both sides. */
const arrays = fc
  .tuple(
    fc.constantFrom("|i1", "|u1", "<i2", ">u2", "<i4", ">i4", "<u4", "<i8", "|b1", "<M8[s]", "<M8[D]"),
    fc.oneof(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 0, maxLength: 3 }),
      fc.constantFrom(
        [1],
        [7],
        [40],
        [999],
        [1000],
        [1001],
        [30, 33],
        [40, 40],
        [7, 200],
        [1100, 1],
        [1, 1100],
        [12, 11, 10],
      ),
    ),
    fc.nat(2 ** 31 - 1),
  )
  .map(([dtype, shape, seed]) => ({ dtype, shape, seed }));

/** Small numbers, so that widths differ; the same on both sides. */
function filled({ dtype, shape, seed }: { dtype: string; shape: readonly number[]; seed: number }): NDArray {
  const array = new NDArray(shape, dtype, new ArrayBuffer(shape.reduce((n, m) => n * m, 8)));
  const flat = array.reshape([-1]);
  for (let i = 0; i < flat.size; i++) {
    const value = ((seed % 10007) * (i + 1)) % 100;
    const big = /8/.test(dtype) && /[iM]/.test(dtype);
    flat.set(i, (dtype === "|b1" ? value % 2 === 0 : big ? BigInt(value) : value) as never);
  }
  return array;
}

const PROGRAM = `
for c in cases:
    n = int(np.prod(c["shape"], dtype=int))
    v = ((c["seed"] % 10007) * (np.arange(n, dtype="i8") + 1)) % 100
    v = (v % 2 == 0) if c["dtype"] == "|b1" else v
    a = v.astype(c["dtype"]).reshape(c["shape"])
    emit(np.array2string(a, separator=", ", prefix="  ", max_line_width=75))`;

test("arrays are laid out as NumPy prints them", { skip: withoutPython }, async (t) => {
  const cases = fc.sample(arrays, 600);
  const found = await numpy<string>(PROGRAM, cases);
  let lines = 0;
  for (const [i, one] of cases.entries()) {
    const array = filled(one);
    const printed = inspect(array);
    const ours = printed.slice(printed.indexOf("\n") + 3, -1);
    let theirs = found[i]!.replaceAll("True", "true").replaceAll("False", "false").replaceAll("'", "");
    // A row that fits into one line needs no columns.
    if (one.shape.length < 2 && !ours.includes("\n")) theirs = theirs.replace(/ +(?=\S)/g, " ").replace("[ ", "[");
    // The wider cells of bigints and of dates without quotes break lines elsewhere; NumPy leaves room for a False that is nowhere.
    const flat = (text: string) => text.replace(/\s+/g, "");
    const wider = /[iM]8/.test(one.dtype) || (one.dtype === "|b1" && !theirs.includes("false"));
    if (wider) assert.equal(flat(ours.replaceAll("n", "")), flat(theirs), JSON.stringify(one));
    else assert.equal(ours, theirs, JSON.stringify(one));
    lines += ours.split("\n").length;
  }
  t.diagnostic(`${cases.length} arrays, ${lines} lines compared with NumPy`);
});

test("dates are written as NumPy writes them", { skip: withoutPython }, async (t) => {
  const units = [
    "Y",
    "M",
    "W",
    "D",
    "h",
    "m",
    "s",
    "ms",
    "us",
    "ns",
    "ps",
    "fs",
    "as",
    "7D",
    "25s",
    "3M",
    "10Y",
    "100ms",
  ];
  // Beyond these NumPy's own year, which has 64 bits, overflows.
  const most: Record<string, bigint> = { Y: 10n ** 14n, M: 10n ** 14n, W: 10n ** 14n, D: 10n ** 14n };
  const cases = fc.sample(
    fc
      .tuple(fc.constantFrom(...units), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.nat(55))
      .map(([unit, value, shift]) => {
        const bound = most[unit.replace(/\d/g, "")] ?? 2n ** 55n;
        return [unit, String((value >> BigInt(shift)) % bound)] as const;
      }),
    5000,
  );
  const program = `for u, v in cases: emit(str(np.array([int(v)], "i8").view("M8[%s]" % u)[0]))`;
  const found = await numpy<string>(program, cases);
  for (const [i, [unit, value]] of cases.entries())
    assert.equal(spellDate(BigInt(value), unit), found[i], `${value} ${unit}`);
  t.diagnostic(`${cases.length} dates compared with NumPy`);
});

test("floats have the digits that NumPy prints", { skip: withoutPython }, async (t) => {
  const bits = fc.tuple(
    fc.constantFrom(2, 4, 8),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -80, max: 80 }),
  );
  const cases = fc
    .sample(bits, 6000)
    .map(([size, value, power]): [number, number] => {
      const scaled =
        power % 3 === 0 ? value : (value / 2 ** Math.ceil(Math.log2(Math.abs(value) || 1))) * 2 ** (power / 4);
      const near = new NDArray([1], "f2", new ArrayBuffer(2));
      if (size === 4) return [size, Math.fround(scaled)];
      if (size === 8 || !(Math.abs(scaled) < 60000)) return [8, scaled];
      near.set(0, scaled);
      return [size, near.get(0)];
    })
    .filter(([, value]) => Number.isFinite(value) && !Object.is(value, -0));
  // The digits that read back; then at most eight after the point, where there are more.
  const program = `
for size, v in cases:
    x = np.dtype("f%d" % size).type(v)
    positional = abs(x) < 1e16 and (abs(x) >= 1e-4 or x == 0)
    spell = np.format_float_positional if positional else np.format_float_scientific
    emit(spell(x, unique=True, precision=8, trim="-"))`;
  const found = await numpy<string>(program, cases);
  for (const [i, [size, value]] of cases.entries()) {
    const ours = spellFloat(value, size).replace(/e([+-])(\d)$/, "e$10$2");
    if (ours === found[i]) continue;
    // Of two that are as near NumPy takes the even one.
    const between = Math.abs(Number(ours) + Number(found[i]) - 2 * value) <= 1e-12 * Math.abs(value);
    assert.ok(ours.length === found[i]!.length && between, `${value} of ${size} bytes: ${ours}, NumPy ${found[i]}`);
  }
  t.diagnostic(`${cases.length} floats compared with NumPy`);
});
