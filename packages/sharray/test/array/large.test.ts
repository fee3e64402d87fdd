import assert from "node:assert/strict";
import { constants } from "node:buffer";
import { fstatSync } from "node:fs";
import { test } from "node:test";
import { type DTypeLike, dtypeOf, type NDArray, SharedArray } from "sharray";
import { npyHeader } from "../../dist/array/npy/format.js";
import { arrayOn, blockOf } from "../../dist/array/shared.js";
import { Block } from "../../dist/memory/block.js";
import { methylation } from "./methylation.ts";
import { refusal } from "./refusal.ts";

/** An array far larger than its pages: only what is touched takes memory. */
function sparse<const D extends DTypeLike>(shape: number[], dtype: D): SharedArray<D> {
  const type = dtypeOf(dtype);
  const header = npyHeader(type, shape);
  const size = header.length + shape.reduce((product, n) => product * n, type.itemsize);
  const block = Block.create(2 * size, { reserve: false });
  block.cut(size);
  block.window(0, header.length).set(header);
  return arrayOn(block, { offset: header.length, shape, dtype: type });
}

test("an array above 4 GiB is read and written everywhere, on every Node", () => {
  const rows = 200_000_000;
  using array = sparse([rows], methylation);
  assert.ok(array.nbytes > 2 ** 32);
  const offset = blockOf(array)!.offset;
  // Records that lie across the places where one window ends and the next begins.
  const across = Array.from({ length: 17 }, (_, k) => Math.floor((k * 2 ** 28 - offset) / 24)).filter(
    (i) => i > 0 && i < rows - 1,
  );
  const pos = array.field("pos");
  for (const i of [0, ...across, ...across.map((i) => i + 1), rows - 1]) {
    array.set(i, { chr: "chromosome", pos: i, xy: [i, -1], in: { a: 7 } });
    assert.deepEqual(array.get(i), { chr: "chromosome", pos: i, xy: [Math.fround(i), -1], in: { a: 7 } });
    assert.equal(pos.get(i), i);
    assert.equal(pos.get(i - rows), i);
  }
  const end = array.slice([across.at(-1)! - 2, across.at(-1)! + 3]);
  assert.equal(end.field("chr").toArray()[2], "chromosome");
  assert.equal(end.copy().get(2).pos, across.at(-1));
  end.fill({ chr: "x", pos: 1, xy: [2, 3], in: { a: 4 } });
  end.slice([null, null, -1]).assign(end);
  assert.deepEqual(end.field("pos").toArray(), [1, 1, 1, 1, 1]);
  assert.equal(end.bytes.length, 120);
  using attached = SharedArray.attach(end.handle());
  assert.ok(attached.equals(end));
  if (array.nbytes > constants.MAX_LENGTH) assert.equal(refusal(() => array.bytes).code, "TOO_LARGE");
  else assert.equal(array.bytes.length, array.nbytes);
});

/** Bytes of a block that are there: pages that nobody touched are not. */
function touched(array: SharedArray): number {
  return fstatSync(array.handle().fd).blocks * 512;
}

test("numbers of 5 GiB: every way to look at them and to change them works on both sides of 4 GiB", () => {
  const columns = 2 ** 27;
  using grid = sparse([5, columns], "<f8");
  assert.equal(grid.nbytes, 5 * 2 ** 30);
  const flat = grid.reshape([-1]);
  // The element that begins 4 GiB behind the first one.
  const line = 2 ** 29;
  assert.deepEqual([flat.shape, grid.reshape([5 * 64, -1]).shape], [[5 * columns], [320, 2 ** 21]]);
  grid.set([-1, -1], 1.5);
  assert.deepEqual([grid.get(4, columns - 1), flat.get(-1), flat.get(5 * columns - 1)], [1.5, 1.5, 1.5]);
  for (let i = 0; i < 10; i++) assert.equal(flat.get(line), 0, "by the general reader and by one of its own");
  assert.equal(refusal(() => flat.get(5 * columns)).code, "OUT_OF_BOUNDS");

  const across = flat.slice([line - 500, line + 500]);
  across.assign(Float64Array.from({ length: 1000 }, (_, i) => i));
  assert.deepEqual([across.get(499), across.get(500), flat.get(line), grid.at(4, 0).get()], [499, 500, 500, 500]);
  assert.deepEqual([...across.slice([498, 502])], [498, 499, 500, 501]);
  assert.deepEqual(across.slice([502, 497, -2]).toArray(), [502, 500, 498]);
  assert.equal(across.data.length, 1000);
  assert.deepEqual([...across.data.subarray(499, 501)], [499, 500]);
  assert.equal(flat.slice([line, line + 1000]).bytes.length, 8000);

  // Overlapping, in both directions.
  across.slice([1, null]).assign(across.slice([null, -1]));
  assert.deepEqual([across.get(0), across.get(1), across.get(501), across.get(999)], [0, 0, 500, 998]);
  across.assign(across.slice([null, null, -1]));
  assert.deepEqual([across.get(0), across.get(498), across.get(999)], [998, 500, 0]);
  const copy = across.copy();
  assert.ok(copy.equals(across) && !copy.equals(flat.slice([line, line + 1000])));
  using attached = SharedArray.attach(across.slice([null, null, -1]).handle());
  assert.ok(attached.equals(copy.slice([null, null, -1])));

  // One element of every 32 MiB, backwards, and across rows.
  const far = flat.slice([null, null, -(2 ** 22)]);
  far.fill(7);
  assert.deepEqual([far.size, far.get(0), far.at(-1).get(), flat.get(2 ** 22 - 1)], [160, 7, 7, 7]);
  far.assign(Array.from({ length: 160 }, (_, i) => i));
  assert.deepEqual(far.slice([0, 160, 40]).toArray(), [0, 40, 80, 120]);
  const corner = grid.transpose().slice([-1, -3, -1], [null, null, -2]);
  corner.assign([[1, 2, 3]]);
  assert.deepEqual([grid.get(4, columns - 2), grid.get(2, columns - 1), grid.get(0, columns - 1)], [1, 2, 3]);
  assert.deepEqual([...corner.at(0)], [1, 2, 3]);
  const rows = [...(grid.slice(null, [2000, 2002]) as unknown as Iterable<NDArray<"<f8">>)];
  assert.deepEqual(rows.map((row) => row.toArray()), Array(5).fill([0, 0])); // biome-ignore format: a line
  grid.slice(null, [10, 12]).assign(grid.slice([4, 5], [columns - 2, columns]));
  assert.deepEqual(grid.slice([0, 5, 4], [10, 12]).toArray(), [[1, 1], [1, 1]]); // biome-ignore format: a line
  if (grid.nbytes > constants.MAX_LENGTH) assert.equal(refusal(() => grid.data).code, "TOO_LARGE");
  assert.ok(touched(grid) < 2 ** 26, `${touched(grid)} bytes were touched`);
});

test("records of 5 GiB: fields, values that do not fit, and copies on both sides of 4 GiB", () => {
  const rows = 224_000_000;
  using array = sparse([rows], methylation);
  assert.ok(array.nbytes > 5 * 2 ** 30);
  const line = Math.ceil(2 ** 32 / 24);
  const part = array.slice([line - 3, line + 3]);
  const record = (pos: number) => ({ chr: `chr${pos}`, pos, xy: [pos, -pos], in: { a: pos } });
  part.assign([1, 2, 3, 4, 5, 6].map(record));
  const before = Buffer.from(part.bytes);
  const wrong = { ...record(9), in: { a: 2 ** 15 } };
  const error = refusal(() => part.assign([...[1, 2, 3, 4, 5].map((n) => record(n + 10)), wrong]));
  assert.deepEqual([error.code, error.details.index, error.details.field], ["BAD_VALUE", [5], "in.a"]);
  assert.equal(refusal(() => array.set(line, wrong)).code, "BAD_VALUE");
  assert.equal(refusal(() => part.fill(wrong)).code, "BAD_VALUE");
  assert.deepEqual(Buffer.from(part.bytes), before);

  const y = array
    .field("xy")
    .slice([line - 3, line + 3], [1, null])
    .reshape([6]);
  assert.deepEqual([...y], [-1, -2, -3, -4, -5, -6]);
  assert.deepEqual(part.slice([null, null, -1]).field("in").field("a").toArray(), [6, 5, 4, 3, 2, 1]);
  y.assign(new Int8Array([1, 2, 3, 4, 5, 6]));
  assert.deepEqual(array.get(line).xy, [4, 4]);
  array.slice([-6, null]).assign(part.slice([null, null, -1]));
  assert.deepEqual(array.field("pos").slice([-6, null]).toArray(), [6, 5, 4, 3, 2, 1]);
  assert.equal(array.get(-1).chr, "chr1");
  // Far parts, assigned to each other, and an equal copy in shared memory of its own.
  array.slice([0, 6]).assign(array.slice([rows - 6, rows]));
  using copied = SharedArray.from(array.slice([null, 6]));
  assert.ok(copied.equals(array.slice([-6, null])) && !copied.equals(part));
  assert.deepEqual(
    [...array.slice([line, line + 2])].map(({ chr }) => chr),
    ["chr4", "chr5"],
  );
  array
    .slice([null, null, 2 ** 21])
    .field("pos")
    .fill(-1);
  assert.equal(array.field("pos").get(2 ** 21 * 90), -1);
  assert.ok(touched(array) < 2 ** 26, `${touched(array)} bytes were touched`);
});
