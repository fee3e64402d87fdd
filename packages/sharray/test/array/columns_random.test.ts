import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { type DType, type DTypeLike, dtypeOf, type NDArray, SharedArray } from "sharray";
import { withoutPython } from "../../../../tests/oracle.ts";
import { blockOf } from "../../dist/array/shared.js";
import type { Value } from "../../dist/dtype/element.js";
import { brief, unfold } from "../../dist/process/brief.js";
import { dtypes } from "../dtype/arbitrary.ts";
import { numpy } from "../dtype/numpy.ts";
import { Dice } from "./random_views.ts";
import { samples } from "./values.ts";

interface Case {
  dtype: DTypeLike;
  shape: number[];
  values: Value[];
  other: Value;
  seed: number;
}

const shapes = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
  fc.tuple(fc.integer({ min: 1, max: 40 })).map((one) => [...one]),
);

const hasFields = (dtype: DTypeLike): boolean => ((dtypeOf(dtype) as DType).fields?.size ?? 0) > 0;

const cases: fc.Arbitrary<Case> = fc.tuple(dtypes().filter(hasFields), shapes).chain(([dtype, shape]) => {
  const n = shape.reduce((product, k) => product * k, 1);
  const one = samples(dtypeOf(dtype) as DType).map(({ value }) => value as Value);
  return fc.record({
    dtype: fc.constant(dtype),
    shape: fc.constant(shape),
    values: fc.array(one, { minLength: n, maxLength: n }),
    other: one,
    seed: fc.integer({ min: 1 }),
  });
});

/** The bytes of the fields, in C order, without what lies between them. */
function raw(array: NDArray): string {
  const { names } = array.dtype;
  if (names === null) return Buffer.from(array.copy().bytes).toString("hex");
  return names.map((name) => raw(array.field(name))).join();
}

/** Both arrays give the same answers, whichever of them is asked. */
function alike(rows: NDArray, columns: NDArray, where: string): void {
  assert.equal(columns.layout, rows.dtype.fields === null ? "rows" : "columns", where);
  assert.deepEqual(
    [columns.shape, columns.size, columns.nbytes, columns.dtype.descr],
    [rows.shape, rows.size, rows.nbytes, rows.dtype.descr],
    where,
  );
  if (rows.dtype.fields !== null) assert.deepEqual(columns.strides, rows.strides, where);
  assert.deepEqual(columns.toArray(), rows.toArray(), where);
  assert.equal(raw(columns), raw(rows), where);
  assert.equal(columns.equals(rows), rows.equals(rows), where);
  assert.equal(rows.equals(columns), rows.equals(rows), where);
  if (rows.ndim > 0) assert.deepEqual([...columns].length, [...rows].length, where);
  if (rows.size > 0) {
    const first = rows.shape.map(() => 0);
    const last = rows.shape.map(() => -1);
    for (const index of [first, last]) assert.deepEqual(columns.get(...index), rows.get(...index), where);
  }
}

/** The same view of two arrays, by steps that are drawn. */
function stepped(rows: NDArray, columns: NDArray, dice: Dice): [NDArray, NDArray] {
  const kind = dice.int(0, 4);
  const n = rows.ndim;
  if (kind === 0) {
    const parts = rows.shape.map((size) =>
      dice.chance(3)
        ? null
        : ([dice.int(-size - 1, size + 1), dice.int(-size - 1, size + 1), dice.pick([-2, -1, 1, 2])] as [
            number,
            number,
            number,
          ]),
    );
    return [rows.slice(...parts), columns.slice(...parts)];
  }
  if (kind === 1) {
    const axes = dice.shuffled(rows.shape.map((_, axis) => axis));
    return [rows.transpose(...axes), columns.transpose(...axes)];
  }
  if (kind === 2 && n > 0 && rows.shape[0]! > 0) {
    const i = dice.int(-rows.shape[0]!, rows.shape[0]! - 1);
    return [rows.at(i), columns.at(i)];
  }
  if (kind === 3) {
    const shape = dice.chance(2) ? [rows.size] : [1, ...[...rows.shape].reverse()];
    const tried = [rows, columns].map((array) => {
      try {
        return array.reshape(shape);
      } catch {
        return null;
      }
    });
    assert.equal(tried[0] === null, tried[1] === null, `reshape ${shape} of ${rows.shape} ${rows.strides}`);
    return tried[0] === null ? [rows, columns] : [tried[0]!, tried[1]!];
  }
  return [rows, columns];
}

test("an array in columns and one in rows answer every operation alike", () => {
  fc.assert(
    fc.property(cases, ({ dtype, shape, values, other, seed }) => {
      const dice = new Dice(seed);
      using rows = SharedArray.from(values, { dtype, shape });
      using columns = SharedArray.from(values, { dtype, shape, layout: "columns" });
      alike(rows, columns, "from");
      let [a, b]: [NDArray, NDArray] = [rows, columns];
      for (let i = dice.int(0, 4); i > 0; i--) [a, b] = stepped(a, b, dice);
      alike(a, b, "views");
      assert.equal(b.copy().layout, b === columns ? "columns" : "rows");
      assert.equal(raw(b.copy()), raw(a));
      using copied = columns.copy();
      alike(rows, copied, "copy");
      using back = SharedArray.from(columns);
      assert.equal(back.layout, "rows");
      assert.equal(raw(back), raw(rows));

      // By handle, and as an item of a queue: the very views.
      using attached = SharedArray.attach(JSON.parse(JSON.stringify(b.handle())));
      alike(a, attached, "handle");
      const message = brief([b, 1])!;
      const block = blockOf(columns)!.block.share();
      try {
        const [unfolded] = unfold(message.text, [block.native], "test") as [SharedArray];
        alike(a, unfolded, "brief");
      } finally {
        block.close();
      }
      for (const name of dtypeOf(dtype).names!) {
        using field = SharedArray.attach(b.field(name).handle());
        assert.equal(raw(field), raw(a.field(name)), `field ${name}`);
      }

      // Stores reach the same elements.
      if (a.size > 0) {
        const index = a.shape.map((n) => dice.int(-n, n - 1));
        a.set(index, other);
        b.set(index, other);
        alike(rows, columns, "set");
      }
      const other1 = a.copy();
      const reversed = a.shape.map(() => [null, null, -1] as const);
      a.assign(a.slice(...reversed));
      b.assign(b.slice(...reversed));
      alike(rows, columns, "assign within");
      b.assign(other1);
      a.assign(other1);
      alike(rows, columns, "assign rows");
      a.fill(other);
      b.fill(other);
      alike(rows, columns, "fill");
      rows.assign(copied);
      columns.assign(back);
      alike(rows, columns, "assign both ways");
    }),
    { numRuns: 200 },
  );
});

test("saved and loaded in either layout, the elements are the same", async () => {
  const path = join(tmpdir(), `sharray-columns-${randomUUID()}.npy`);
  try {
    await fc.assert(
      fc.asyncProperty(cases, async ({ dtype, shape, values }) => {
        using columns = SharedArray.from(values, { dtype, shape, layout: "columns" });
        await columns.save(path);
        using rows = await SharedArray.load(path);
        alike(rows, columns, "saved");
        using again = await SharedArray.load(path, { layout: "columns" });
        alike(rows, again, "loaded in columns");
      }),
      { numRuns: 40 },
    );
  } finally {
    await rm(path, { force: true });
  }
});

const OPENED = `
def raw(a):
    # NumPy copies S0 as S1.
    if a.dtype.itemsize == 0 and a.dtype.names is None: return ""
    if a.dtype.names is None: return np.ascontiguousarray(a).tobytes().hex()
    return ",".join(raw(a[n]) for n in a.dtype.names)
for c in cases:
    x = np.load(c["path"], mmap_mode="r")
    bare = [n for n in x.dtype.names if x.dtype[n].base.itemsize == 0]
    emit([list(x.shape), [list(x[n].shape) for n in x.dtype.names if n not in bare],
          [raw(x[n]) for n in x.dtype.names if n not in bare], list(x.dtype.names),
          all(x.dtype.fields[n][1] % 64 == 0 for n in x.dtype.names)])
`;

test("NumPy opens the file of a named array in columns as one record whose fields are the columns", {
  skip: withoutPython,
}, async () => {
  const arrays: SharedArray[] = [];
  try {
    fc.assert(
      fc.property(cases, ({ dtype, shape, values }) => {
        // NumPy has no sub-array of S0: where all fields are such, none tells their shape to it.
        if ([...(dtypeOf(dtype) as DType).fields!.values()].every((field) => field.size === 0)) return;
        if (Buffer.byteLength(JSON.stringify(dtypeOf(dtype).descr)) > 4000) return;
        arrays.push(SharedArray.from(values, { dtype, shape, layout: "columns", name: true }));
      }),
      { numRuns: 250 },
    );
    const opened = await numpy<[number[], number[][], string[], string[], boolean]>(
      OPENED,
      arrays.map(({ name }) => ({ path: `/dev/shm/${name}` })),
    );
    for (const [i, array] of arrays.entries()) {
      const [shape, shapes, bytes, names, aligned] = opened[i]!;
      assert.deepEqual(shape, []);
      assert.deepEqual(names, array.dtype.names);
      assert.ok(aligned);
      const kept = array.dtype.names!.filter((name) => array.field(name).dtype.itemsize > 0);
      assert.deepEqual(
        shapes,
        kept.map((name) => array.field(name).shape),
      );
      assert.deepEqual(
        bytes,
        kept.map((name) => raw(array.field(name))),
      );
      // And sharray finds all of it again, dtype with gaps included.
      using again = SharedArray.attach(array.name!);
      assert.deepEqual([again.layout, again.dtype.descr, again.shape], ["columns", array.dtype.descr, array.shape]);
      assert.equal(raw(again), raw(array));
    }
    assert.ok(arrays.length > 200);
  } finally {
    for (const array of arrays) array.close();
  }
});
