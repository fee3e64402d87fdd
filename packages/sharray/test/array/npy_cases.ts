import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { type DTypeLike, type NDArray, SharedArray } from "sharray";
import { dtypes, names } from "../dtype/arbitrary.ts";
import { numpy } from "../dtype/numpy.ts";

/** An array of random bytes that NumPy makes and writes, and a view of it that both write. */
export interface Case {
  dtype: DTypeLike;
  align: boolean;
  shape: number[];
  order: "C" | "F";
  version: 0 | 1 | 2 | 3;
  axes: number[];
  slices: ([number | null, number | null, number] | null)[];
}

const step = fc.constantFrom(1, 1, 1, 2, 3, -1, -2);
const bound = fc.option(fc.integer({ min: -6, max: 6 }), { freq: 2, nil: null });

const wide: fc.Arbitrary<DTypeLike> = fc
  .tuple(fc.integer({ min: 1200, max: 3000 }), names)
  .map(([n, name]) => Array.from({ length: n }, (_, i) => [`${name} column number ${i}`, "<f4"] as const));

const cases: fc.Arbitrary<Case> = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }).chain((shape) =>
  fc.record({
    dtype: fc.oneof({ weight: 300, arbitrary: dtypes() }, { weight: 1, arbitrary: wide }),
    align: fc.boolean(),
    shape: fc.constant(shape),
    order: fc.constantFrom("C" as const, "F" as const),
    version: fc.constantFrom(0 as const, 0 as const, 1 as const, 2 as const, 3 as const),
    axes: fc.shuffledSubarray(
      shape.map((_, axis) => axis),
      { minLength: shape.length },
    ),
    slices: fc.array(fc.option(fc.tuple(bound, bound, step), { freq: 3, nil: null }), { maxLength: shape.length }),
  }),
);

const WRITES = `
import os
folder = sys.argv[2]
rng = np.random.default_rng(5)

def plain(x):
    # The bytes of each element in C order, gaps and all.
    return b"".join(x[i + (Ellipsis,)].tobytes() for i in np.ndindex(*x.shape)).hex()

for n, c in enumerate(cases):
    t = dtype_of(c["dtype"])
    if c["align"] and t.names is not None:
        try: t = np.dtype([(f[0], f[1], *f[2:]) for f in t.descr], align=True)
        except ValueError: pass
    size = int(np.prod(c["shape"], dtype=np.int64)) * t.itemsize
    x = np.ndarray(tuple(c["shape"]), t, rng.bytes(size), order=c["order"])
    if t.kind == "b": x = (np.ndarray(x.shape, "u1", bytes(x.data) if x.size else b"", order=c["order"]) & 1).view("?")
    path = f"{folder}/{n}.npy"
    try:
        with open(path, "wb") as f: npformat.write_array(f, x, version=(c["version"], 0) if c["version"] else None)
        x = np.load(path, max_header_size=10**9)
    except Exception as e:
        emit(str(e)[:200])
        continue
    v = x.transpose(c["axes"])[tuple(slice(None) if s is None else slice(*s) for s in c["slices"]) + (Ellipsis,)]
    np.save(f"{folder}/{n}-view.npy", v)
    np.save(f"{folder}/{n}-same.npy", x)
    emit(dict(elements=plain(x), strides=list(x.strides), shape=list(x.shape)))
`;

/** The bytes of each element in C order, gaps and all. */
function plain(array: NDArray): string {
  const { shape } = array;
  const pieces: Uint8Array[] = [];
  const walk = (index: number[]): void => {
    if (index.length === shape.length) pieces.push(index.length === 0 ? array.bytes : array.at(...index).bytes);
    else for (let i = 0; i < shape[index.length]!; i++) walk([...index, i]);
  };
  walk([]);
  return Buffer.concat(pieces).toString("hex");
}

/**
 * Lets NumPy write files of random arrays, loads them, and writes the array and a view of it: elements, strides and the bytes of the
 * files must be NumPy's. How many there were, and how many NumPy itself could not write and read in that format.
 */
export async function compareFiles(
  folder: string,
  count: number,
  seed: number,
): Promise<{ compared: number; left: number }> {
  mkdirSync(folder, { recursive: true });
  const sample = fc.sample(cases, { numRuns: count, seed });
  const told = await numpy<string | { elements: string; strides: number[]; shape: number[] }>(WRITES, sample, [folder]);
  let left = 0;
  for (const [n, { axes, slices }] of sample.entries()) {
    const where = JSON.stringify(sample[n]).slice(0, 400);
    const theirs = told[n]!;
    if (typeof theirs === "string") {
      left += 1;
      continue;
    }
    using array = await SharedArray.load(join(folder, `${n}.npy`));
    assert.deepEqual(array.shape, theirs.shape, where);
    if (array.size > 0 && array.dtype.itemsize > 0) {
      const strides = (list: number[]): number[] => list.filter((_, axis) => theirs.shape[axis] !== 1);
      assert.deepEqual(strides(array.strides), strides(theirs.strides), where);
    }
    assert.equal(plain(array), theirs.elements, where);
    const same = join(folder, `${n}-ours.npy`);
    await array.save(same);
    assert.ok(readFileSync(same).equals(readFileSync(join(folder, `${n}-same.npy`))), `saved: ${where}`);
    const view = (axes.length === 0 ? array : array.transpose(...axes)).slice(...slices);
    await view.save(same);
    assert.ok(readFileSync(same).equals(readFileSync(join(folder, `${n}-view.npy`))), `saved a view: ${where}`);
  }
  return { compared: count - left, left };
}
