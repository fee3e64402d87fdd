import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type DType, dtypeOf, NDArray } from "sharray";
import { withoutPython } from "../../../../tests/oracle.ts";
import { numpy } from "../dtype/numpy.ts";
import { bases, Dice, follow, type Step } from "./random_views.ts";

const ASSIGN = `
for c in cases:
    a = np.zeros(c["to"], c["dtype"])
    target = a[tuple(slice(None, None, s) for s in c["steps"]) or ...]
    b = np.arange(1, 1 + int(np.prod(c["from"])), dtype=c["source"]).reshape(c["from"])
    try: target[...] = b
    except ValueError: emit(None); continue
    emit(a.tolist())
`;

test("assign broadcasts, converts and goes through strides as NumPy does", { skip: withoutPython }, async () => {
  const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 });
  const numbers = fc.constantFrom("<i2", ">i4", "<f4", ">f8", "|u1", "<f2", "<i4", ">u2");
  const cases = fc
    .sample(
      fc.record({
        to: shape,
        from: shape,
        dtype: numbers,
        source: numbers,
        steps: fc.array(fc.constantFrom(1, -1), { minLength: 3, maxLength: 3 }),
        lists: fc.boolean(),
      }),
      2500,
    )
    .map((item) => ({ ...item, steps: item.to.map((_, axis) => item.steps[axis]!) }));
  const found = await numpy<unknown>(ASSIGN, cases);
  const over = (dims: number[], dtype: string): NDArray =>
    new NDArray(dims, dtype, new ArrayBuffer(8 * dims.reduce((p, n) => p * n, 1)));
  for (const [i, item] of cases.entries()) {
    const where = JSON.stringify(item);
    const source = over(item.from, item.source);
    const size = source.size;
    source.reshape([size]).assign(Array.from({ length: size }, (_, k) => k + 1));
    const array = over(item.to, item.dtype);
    const target = array.slice(...item.steps.map((step) => [null, null, step] as const));
    const values = item.lists ? source.toArray() : source;
    if (found[i] === null) {
      assert.throws(() => target.assign(values), { code: "BAD_SHAPE" }, where);
    } else {
      target.assign(values);
      assert.deepEqual(array.toArray(), found[i], where);
    }
  }
});

const OVERLAP = `
def part(a, chain):
    for s in chain:
        args = s["args"]
        if s["op"] == "slice": a = a[tuple(slice(None) if x is None else slice(*x) for x in args) + (...,)]
        elif s["op"] == "transpose": a = a.transpose(*args)
        elif s["op"] == "at": a = a[tuple(args) + (...,)]
        elif s["op"] == "field": a = a[args[0]]
        else: a = a.reshape(args)
    return a

for c in cases:
    memory = bytearray.fromhex(c["bytes"])
    a = np.ndarray(tuple(c["shape"]), dtype_of(c["dtype"]), memory, c["offset"], tuple(c["strides"]))
    try: part(a, c["to"])[...] = part(a, c["from"])
    except ValueError: emit("refused"); continue
    emit(memory.hex())
`;

/** A slice of each axis that has so many elements, in either direction. */
function window(dice: Dice, shape: readonly number[], counts: readonly number[]): Step {
  const args = shape.map((n, axis): [number, number | null, number] => {
    const count = counts[axis]!;
    const most = count > 1 ? Math.floor((n - 1) / (count - 1)) : 1;
    const step = dice.int(1, Math.max(1, most));
    const first = dice.int(0, n - 1 - (count - 1) * step);
    const last = first + (count - 1) * step;
    if (dice.chance(2)) return [first, last + 1, step];
    return [last, first === 0 ? null : first - 1, -step];
  });
  return { op: "slice", args };
}

test("parts of an array assigned to parts of itself, in all directions, are what NumPy makes of them", {
  skip: withoutPython,
}, async (t) => {
  const dice = new Dice(7);
  const cases = bases(4000, 11)
    .filter(({ shape, dtype }) => shape.length > 0 && !shape.includes(0) && (dtypeOf(dtype) as DType).itemsize < 300)
    .map((base) => {
      // Each element has a place of its own, so that the order in which they are stored does not matter.
      const { itemsize } = dtypeOf(base.dtype) as DType;
      const shape = base.shape.map((n) => n + dice.int(0, 3));
      const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((p, n) => p * n, itemsize));
      const length = shape.reduce((p, n) => p * n, itemsize) + 9;
      const bytes = Buffer.from(Array.from({ length }, () => dice.int(0, 255))).toString("hex");
      const counts = shape.map((n) => dice.int(1, n));
      const to: Step[] = [window(dice, shape, counts)];
      const narrow = counts.map((n) => (dice.chance(4) ? 1 : n));
      const from: Step[] = [window(dice, shape, dice.chance(10) ? shape : narrow)];
      if (dice.chance(4)) {
        // The same axes in another order fit where their sizes do.
        const order = dice.shuffled(shape.map((_, axis) => axis));
        (dice.chance(2) ? to : from).push({ op: "transpose", args: order });
      }
      if (from.length === 1 && dice.chance(6)) from.push({ op: "reshape", args: [1, ...narrow] });
      if (dice.chance(6)) from.push({ op: "at", args: [0] });
      return { dtype: base.dtype, shape, strides, offset: dice.int(0, 9), bytes, to, from };
    });
  const count = { equal: 0, refused: 0 };
  const ours = cases.map((one) => {
    const memory = Buffer.from(one.bytes, "hex");
    const whole = new NDArray(one.shape, one.dtype, memory, { offset: one.offset, strides: one.strides });
    const part = (steps: Step[]): NDArray => steps.reduce(follow, whole);
    try {
      part(one.to).assign(part(one.from));
    } catch (error) {
      assert.ok(["BAD_SHAPE", "OUT_OF_BOUNDS"].includes((error as { code: string }).code), String(error));
      return "refused";
    }
    return memory.toString("hex");
  });
  const found = await numpy<string>(OVERLAP, cases);
  for (const [i, mine] of ours.entries()) {
    assert.equal(mine, found[i], JSON.stringify({ ...cases[i], bytes: "" }));
    count[mine === "refused" ? "refused" : "equal"]++;
  }
  t.diagnostic(JSON.stringify(count));
  assert.ok(count.equal > 2000, JSON.stringify(count));
});
