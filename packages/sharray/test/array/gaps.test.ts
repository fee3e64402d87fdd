import assert from "node:assert/strict";
import { test } from "node:test";
import { type DTypeLike, dtypeOf, NDArray } from "sharray";
import { withoutPython } from "../../../../tests/oracle.ts";
import { numpy } from "../dtype/numpy.ts";

const outer = [["x", "u1"], ["", "V1"], ["z", "<u2"], ["", "V3"]] as const; // biome-ignore format: a list

test("two arrays of records over the same memory, each in the gaps of the other, leave each other alone", () => {
  const memory = new Uint8Array(7 * 40);
  const mine = new NDArray([40], outer, memory);
  const other = [["", "V1"], ["y", "u1"], ["", "V2"], ["a", "u1"], ["b", "<i2"]] as const; // biome-ignore format: a list
  const theirs = new NDArray([40], other, memory);
  theirs.fill({ y: 250, a: 251, b: -2 });
  const untouched = Buffer.from(theirs.field("b").copy().bytes);
  const ways = [
    () => mine.set(3, { x: 1, z: 2 }),
    () => mine.fill({ x: 3, z: 4 }),
    () => mine.slice([null, null, -3]).fill({ x: 5, z: 6 }),
    () => mine.assign({ x: 7, z: 8 }),
    () => mine.slice([0, 2]).assign([{ x: 9, z: 10 }, { x: 11, z: 12 }]), // biome-ignore format: a list
    () => mine.assign(new NDArray([40], outer, new ArrayBuffer(280)).fill({ x: 13, z: 14 })),
    () => mine.set(0, { x: 20, z: 21 }),
    () => mine.slice([1, null]).assign(mine.slice([null, -1])),
    () => mine.assign(new NDArray([40], [["x", ">i4"], ["z", "<f8"]], new ArrayBuffer(480)).fill({ x: 1, z: 2 })), // biome-ignore format: a list
  ];
  for (const [i, way] of ways.entries()) {
    const before = Buffer.from(memory);
    way();
    assert.notDeepEqual(Buffer.from(memory), before, `way ${i} stored nothing`);
    assert.ok(theirs.field("y").equals(new NDArray([40], "u1", Buffer.alloc(40, 250))), `way ${i}`);
    assert.ok(theirs.field("a").equals(new NDArray([40], "u1", Buffer.alloc(40, 251))), `way ${i}`);
    assert.deepEqual(Buffer.from(theirs.field("b").copy().bytes), untouched, `way ${i}`);
  }
});

const STORE = `
for c in cases:
    t = dtype_of(c["dtype"])
    memory = bytearray(b"\\xa5" * (t.itemsize * 12))
    a = np.ndarray((4, 3), t, memory)
    a[::2, ::-1] = np.zeros((), t)
    a[1, 1] = np.ones((), t)[()]
    emit(memory.hex())
`;

test("what lies in gaps, also of nested records and of records in sub-arrays, stays as in NumPy", {
  skip: withoutPython,
}, async () => {
  const inner = [["", "V2"], ["p", "u1"], ["", "V1"]]; // biome-ignore format: a list
  const cases = [outer, [["in", inner], ["n", "u1"]], [["in", inner, [2, 2]], ["", "V1"]], [["deep", [["in", inner, [3]]], [2]]]]
    .map((dtype) => ({ dtype })); // biome-ignore format: a list
  const found = await numpy<string>(STORE, cases);
  for (const [i, { dtype }] of cases.entries()) {
    const like = dtype as unknown as DTypeLike;
    const memory = Buffer.alloc(dtypeOf(like).itemsize * 12, 0xa5);
    const array = new NDArray([4, 3], like, memory);
    const filled = (n: number): unknown => {
      const one = new NDArray([1], like, new ArrayBuffer(dtypeOf(like).itemsize));
      for (const leaf of leaves(one)) leaf.fill(n);
      return one.get(0);
    };
    array.slice([null, null, 2], [null, null, -1]).fill(filled(0) as never);
    array.set([1, 1], filled(1) as never);
    assert.equal(memory.toString("hex"), found[i], JSON.stringify(dtype));
  }
});

function leaves(array: NDArray): NDArray[] {
  return array.dtype.names === null ? [array] : array.dtype.names.flatMap((name) => leaves(array.field(name)));
}
