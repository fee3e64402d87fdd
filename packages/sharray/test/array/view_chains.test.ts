import assert from "node:assert/strict";
import { test } from "node:test";
import type { NDArray } from "sharray";
import { withoutPython } from "../../../../tests/oracle.ts";
import { viewOf } from "../../dist/array/ndarray.js";
import { numpy } from "../dtype/numpy.ts";
import { arrayOf, attempt, bases, Dice, raw, step } from "./random_views.ts";

/** What NumPy has to say of each step; `view` is a chain of steps from an array over given bytes. */
const CHAINS = `
def base(c):
    return np.ndarray(tuple(c["shape"]), dtype_of(c["dtype"]), bytearray.fromhex(c["bytes"]), c["offset"], tuple(c["strides"]))

def raw(a):
    # The bytes of the fields, without what lies between them.
    if a.dtype.names is None: return np.ascontiguousarray(a).tobytes().hex()
    return "".join(raw(a[n]) for n in a.dtype.names)

def follow(a, s):
    op, args = s["op"], s["args"]
    if op == "slice": return a[tuple(slice(None) if x is None else slice(*x) for x in args) + (...,)]
    if op == "transpose": return a.transpose(*args)
    if op == "at": return a[tuple(args) + (...,)]
    if op == "field": return a[args[0]]
    return a.reshape(args)

for c in cases:
    a = base(c)
    start = a.__array_interface__["data"][0] - c["offset"]
    trail = []
    for s in c["steps"]:
        try: b = follow(a, s)
        except (ValueError, IndexError) as e: trail.append("refused"); continue
        if s["op"] == "reshape":
            try: b = a.reshape(s["args"], copy=False)
            except ValueError: trail.append("copied"); continue
            assert not b.size or np.shares_memory(a, b)
        a = b
        trail.append([list(a.shape), list(a.strides), a.__array_interface__["data"][0] - start, raw(a)])
    emit(trail)
`;

/** get, at, toArray and iteration tell the same of an array, whichever way an index is written. */
function consistent(array: NDArray, dice: Dice, where: string): void {
  const lists = array.toArray() as unknown;
  const index = array.shape.map((n) => dice.int(0, n - 1));
  const written = index.map((i, axis) => (dice.chance(2) ? i - array.shape[axis]! : i));
  const expected = index.reduce<unknown>((list, i) => (list as unknown[])[i], lists);
  assert.deepEqual(array.get(...written), expected, where);
  if (array.ndim === 0) return;
  assert.deepEqual(array.at(...written).get(), expected, where);
  const items = [...array].map((item) => (array.ndim === 1 ? item : (item as unknown as NDArray).toArray()));
  assert.deepEqual(items, lists, where);
}

test("chains of slices, fields, transposes, reshapes and at() over any array are NumPy's views, byte for byte", {
  skip: withoutPython,
}, async (t) => {
  const dice = new Dice(20261122);
  const trails: (NDArray | string)[][] = [];
  const cases = bases(3000, 5).map((base) => {
    let array = arrayOf(base);
    const trail: (NDArray | string)[] = [];
    const steps = Array.from({ length: dice.int(1, 6) }, () => {
      const one = step(dice, array);
      const found = attempt(array, one);
      trail.push(found);
      if (typeof found !== "string") array = found;
      return one;
    });
    trails.push(trail);
    return { ...base, steps };
  });
  const found = await numpy<("refused" | "copied" | [number[], number[], number, string])[]>(CHAINS, cases);
  const count: Record<string, number> = { views: 0, refused: 0, copied: 0 };
  for (const [i, trail] of trails.entries()) {
    for (const [k, ours] of trail.entries()) {
      const theirs = found[i]![k]!;
      const told = typeof ours === "string" ? ours : [ours.shape, ours.strides];
      const where = JSON.stringify({ case: { ...cases[i], bytes: "" }, step: k, ours: told, theirs });
      if (typeof theirs === "string") {
        const codes =
          theirs === "copied" ? ["NOT_CONTIGUOUS"] : ["BAD_SHAPE", "BAD_ARGUMENT", "OUT_OF_BOUNDS", "NOT_FOUND"];
        assert.ok(typeof ours === "string" && codes.includes(ours), where);
        count[theirs]!++;
        continue;
      }
      assert.ok(typeof ours !== "string", where);
      count.views!++;
      assert.deepEqual(ours.shape, theirs[0], where);
      assert.equal(raw(ours), theirs[3], where);
      if (ours.size === 0) continue;
      assert.deepEqual(ours.strides, theirs[1], where);
      assert.equal(viewOf(ours).offset, theirs[2], where);
      if (dice.chance(4)) consistent(ours, dice, where);
    }
  }
  t.diagnostic(`${cases.length} arrays: ${JSON.stringify(count)}`);
  assert.ok(count.views! > 5000 && count.refused! > 300 && count.copied! > 100, JSON.stringify(count));
});
