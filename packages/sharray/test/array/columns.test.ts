import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { NDArray, Pool, Queue, SharedArray, SharedMemory, type SharrayError } from "sharray";
import { File } from "sharray/hdf5";
import { NpyFile } from "../../dist/array/npy/file.js";
import { describe } from "../../dist/cli/blocks.js";
import { refusal } from "./refusal.ts";
import { sparseColumns } from "./sparse_columns.ts";

const dtype = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["", "|V2"],
  ["pct", "<f8"],
] as const;

const rows = Array.from({ length: 6 }, (_, i) => ({ chr: `chr${i}`, pos: i, pct: i / 2 }));

test("each field of an array in columns is a dense typed array that begins at a multiple of 64 bytes", () => {
  using a = SharedArray.from(rows, { dtype, layout: "columns" });
  assert.equal(a.layout, "columns");
  const pos: Int32Array = a.field("pos").data;
  const pct: Float64Array = a.field("pct").data;
  assert.deepEqual([...pos], [0, 1, 2, 3, 4, 5]);
  assert.deepEqual([...pct], [0, 0.5, 1, 1.5, 2, 2.5]);
  assert.ok(pos.byteOffset % 64 === 0 && pct.byteOffset % 64 === 0);
  pos[3] = 33;
  assert.deepEqual(a.get(3), { chr: "chr3", pos: 33, pct: 1.5 });
  assert.equal(a.field("pos").layout, "rows");
  assert.deepEqual(a.slice([1, null, 2]).field("pos").toArray(), [1, 33, 5]);
  for (const read of [() => a.bytes, () => a.data]) assert.equal(refusal(read).code, "NOT_CONTIGUOUS");
  assert.deepEqual([a.strides, a.nbytes], [[24], 144]);
  assert.match(inspect(a), /^SharedArray\(shape \[6\].*'chr0', pos: +0/s);
});

test("only records have columns, and only two layouts exist", () => {
  for (const dtype of ["<f8", [], "V4"] as const) {
    for (const make of [
      () => SharedArray.create({ shape: 3, dtype, layout: "columns" }),
      () => SharedArray.from([], { dtype, layout: "columns" }),
    ]) {
      const error = refusal(make);
      assert.deepEqual([error.code, error.details.argument], ["BAD_ARGUMENT", "layout"]);
    }
  }
  assert.equal(refusal(() => SharedArray.from(new Float32Array(3), { layout: "columns" })).code, "BAD_ARGUMENT");
  const wrong = "diagonal" as "rows";
  assert.equal(refusal(() => SharedArray.create({ shape: 3, dtype, layout: wrong })).code, "BAD_ARGUMENT");
  using plain = SharedArray.create({ shape: 3, dtype: "<f8", layout: "rows" });
  assert.equal(plain.layout, "rows");
  assert.equal(new NDArray([2], dtype, new Uint8Array(48)).layout, "rows");
});

test("a value that does not fit leaves a record in columns as it was; read-only and closed ones refuse", () => {
  using a = SharedArray.from(rows, { dtype, layout: "columns" });
  const bad = { chr: "x", pos: 2 ** 40, pct: 1 };
  assert.equal(refusal(() => a.set(2, bad)).code, "BAD_VALUE");
  assert.equal(refusal(() => a.fill(bad)).code, "BAD_VALUE");
  assert.equal(refusal(() => a.assign([...rows.slice(0, 5), bad])).code, "BAD_VALUE");
  assert.deepEqual(a.toArray(), rows);
  const readonly = SharedArray.attach<typeof dtype>(a.handle(), { readonly: true });
  assert.equal(refusal(() => readonly.set(0, rows[1]!)).code, "READ_ONLY");
  assert.equal(refusal(() => readonly.fill(rows[1]!)).code, "READ_ONLY");
  assert.equal(refusal(() => readonly.field("pos").fill(1)).code, "READ_ONLY");
  const part = readonly.slice([1, 3]);
  readonly.close();
  for (const use of [
    () => part.get(0),
    () => part.toArray(),
    () => part.field("pos"),
    () => part.copy(),
    () => part.handle(),
  ]) {
    assert.equal(refusal(use).code, "CLOSED");
  }
});

test("fields of other dtypes are converted between the layouts, and a wrong value is found before any is stored", () => {
  using a = SharedArray.from(rows, { dtype, layout: "columns" });
  const wide = [
    ["chr", "S12"],
    ["pos", "<i8"],
    ["pct", "<f4"],
  ] as const;
  using b = SharedArray.create({ shape: 6, dtype: wide, layout: "columns" });
  b.assign(a);
  assert.deepEqual(b.get(5), { chr: "chr5", pos: 5n, pct: 2.5 });
  b.set(4, { chr: "c", pos: 2n ** 40n, pct: 1 });
  assert.equal(refusal(() => a.assign(b)).code, "BAD_VALUE");
  assert.deepEqual(a.toArray(), rows);
});

test("a named array in columns is published, attached, opened once, and told from one in rows", async () => {
  const name = `columns-${randomUUID()}`;
  using a = SharedArray.from(rows, { dtype, layout: "columns" });
  a.publish(name);
  using b = SharedArray.attach<typeof dtype>(name);
  assert.deepEqual([b.layout, b.shape], ["columns", [6]]);
  b.field("pos").data[0] = 77;
  assert.equal(a.get(0).pos, 77);
  const fill = (): never => assert.fail("it is there");
  using c = await SharedArray.openOrCreate(name, { shape: 6, dtype, layout: "columns" }, fill);
  assert.ok(c.equals(a));
  await assert.rejects(
    SharedArray.openOrCreate(name, { shape: 6, dtype }, fill),
    (error: SharrayError) => error.code === "HANDLE_MISMATCH" && error.details.field === "layout",
  );
  const other = `columns-${randomUUID()}`;
  using part = SharedArray.attach(a.slice([0, 3]).handle());
  assert.equal(refusal(() => part.publish(other)).code, "NOT_CONTIGUOUS");
  using filled = await SharedArray.openOrCreate(other, { shape: [2, 3], dtype, layout: "columns" }, (array) => {
    array.reshape(-1).assign(a);
  });
  assert.deepEqual([filled.layout, filled.at(1).toArray()], ["columns", a.slice([3, 6]).toArray()]);
});

test("the command tells of the layout of named blocks, and shows their first records", () => {
  using a = SharedArray.from(rows, { dtype, layout: "columns", name: true });
  const block = SharedMemory.list().find(({ name }) => name === a.name)!;
  const { layout, shape, dtype: told } = describe(block);
  assert.deepEqual([layout, shape, told], ["columns", [6], a.dtype.descr]);
  using file = NpyFile.open(`/dev/shm/${a.name}`)!;
  assert.deepEqual(file.rows(2, 4).toArray(), rows.slice(2, 4));
  assert.deepEqual(file.rows(6, 6).toArray(), []);
});

test("a queue carries arrays in columns, views of them and their fields", async () => {
  using a = SharedArray.from(rows, { dtype, layout: "columns" });
  await using queue = new Queue<unknown>();
  await queue.put({ a, part: a.slice([null, null, -2]), pos: a.field("pos"), big: 1n });
  const got = (await queue.get()) as { a: SharedArray<typeof dtype>; part: SharedArray; pos: SharedArray };
  using one = got.a;
  using two = got.part;
  using three = got.pos;
  assert.deepEqual([one.layout, two.layout, three.layout], ["columns", "columns", "rows"]);
  assert.deepEqual(one.toArray(), rows);
  assert.deepEqual(two.toArray(), a.slice([null, null, -2]).toArray());
  assert.deepEqual(three.toArray(), [0, 1, 2, 3, 4, 5]);
});

test("columns are written to HDF5 as records, piece by piece, and come back", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sharray-columns-"));
  try {
    using a = SharedArray.create({ shape: [900_000], dtype, layout: "columns" });
    a.field("pos").data.forEach((_, i, data) => {
      data[i] = i;
    });
    a.field("chr").slice([0, null, 3]).fill("chrX");
    await using file = await File.open(join(folder, "x.h5"), "w");
    const made = await file.createDataset("a", a, { maxshape: [null] });
    await made.append(a.slice([5, 8]));
    await made.write(a.slice([10, 12]), { rows: [0, 2] });
    using read = await made.read();
    assert.equal(read.shape[0], 900_003);
    assert.deepEqual(read.slice([900_000, null]).toArray(), a.slice([5, 8]).toArray());
    assert.deepEqual(read.slice([0, 2]).toArray(), a.slice([10, 12]).toArray());
    assert.ok(read.slice([2, 900_000]).equals(a.slice([2, null])));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("an array in columns above 4 GiB is read and written everywhere", () => {
  const count = 200_000_000;
  using a = sparseColumns(count, dtype);
  assert.ok(a.nbytes > 2 ** 32);
  for (const i of [0, 1, 2 ** 28 / 8, 2 ** 28 / 4 - 1, 2 ** 28 / 4, count - 1]) {
    a.set(i, { chr: "chromosome", pos: i, pct: i / 2 });
    assert.deepEqual(a.get(i), { chr: "chromosome", pos: i, pct: i / 2 });
    assert.equal(a.field("pos").get(i), i);
  }
  assert.equal(a.field("pos").slice([-3, null]).data[2], count - 1);
  const end = a.slice([-4, null]);
  end.fill({ chr: "x", pos: 1, pct: 2 });
  using attached = SharedArray.attach(end.handle());
  assert.deepEqual(attached.toArray(), Array(4).fill({ chr: "x", pos: 1, pct: 2 }));
  assert.equal(a.get(count - 5).pos, 0);
});

test("what does not fit into memory is NO_SPACE before anything is made", () => {
  const error = refusal(() => SharedArray.create({ shape: 2 ** 42, dtype, layout: "columns" }));
  assert.equal(error.code, "NO_SPACE");
  const shape = [2 ** 31, 2 ** 31];
  assert.equal(refusal(() => SharedArray.create({ shape, dtype, layout: "columns" })).code, "BAD_SHAPE");
});

test("an array that was made by a worker in columns stays so", async () => {
  const { columnsOf } = await import("./columns_task.ts");
  await using pool = new Pool(1);
  using a = SharedArray.from(rows, { dtype, layout: "columns" });
  const made = await pool.apply(columnsOf, a);
  using first = made as SharedArray<typeof dtype>;
  assert.equal(first.layout, "columns");
  assert.deepEqual(first.toArray(), [...rows].reverse());
});
