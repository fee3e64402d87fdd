import assert from "node:assert/strict";
import { test } from "node:test";
import { NDArray, SharedArray, SharedMemory } from "sharray";
import { blockOf } from "../../dist/array/shared.js";
import { methylation } from "./methylation.ts";
import { refusal } from "./refusal.ts";

test("after close the array, its views and its buffers are closed; other attachments go on", () => {
  const array = SharedArray.create({ shape: 3, dtype: methylation });
  using other = SharedArray.attach(array.handle());
  const pos = array.field("pos");
  const window = array.bytes;
  for (let i = 0; i < 10; i++) assert.equal(pos.get(0), array.get(0).pos);
  array.close();
  array.close();
  array.unlink();
  assert.ok(array.closed && !other.closed);
  assert.equal(window.length, 0);
  for (const touch of [
    () => array.get(0),
    () => pos.get(0),
    () => pos.set(0, 1),
    () => pos.fill(1),
    () => pos.assign([1, 2, 3]),
    () => pos.toArray(),
    () => pos.slice([0, 1]).get(0),
    () => array.bytes,
    () => pos.copy(),
    () => other.equals(array),
    () => other.assign(array),
    () => array.handle(),
    () => pos.handle(),
    () => [...pos],
  ]) {
    assert.equal(refusal(touch).code, "CLOSED");
  }
  assert.deepEqual(pos.shape, [3]);
  assert.equal(other.get(0).pos, 0);
});

test("a read-only attachment refuses to be changed, also through views", () => {
  using array = SharedArray.create({ shape: 2, dtype: "<i4" });
  using reader = SharedArray.attach(array.handle(), { readonly: true });
  array.fill(5);
  assert.ok(reader.readonly && !array.readonly);
  assert.equal(reader.get(1), 5);
  for (const change of [
    () => reader.set(0, 1),
    () => reader.fill(1),
    () => reader.assign([1, 2]),
    () => reader.slice([0, 1]).set(0, 1),
  ]) {
    assert.equal(refusal(change).code, "READ_ONLY");
  }
  reader.data[0] = 9;
  assert.deepEqual(array.toArray(), [5, 5]);
});

test("overlapping attachments of one block are assigned as if in one step", () => {
  using array = SharedArray.from(new Uint8Array([1, 2, 3, 4, 5]));
  using other = SharedArray.attach(array.handle());
  array.slice([1, null]).assign(other.slice([null, -1]));
  assert.deepEqual(array.toArray(), [1, 1, 2, 3, 4]);
  array.assign(other.slice([null, null, -1]));
  assert.deepEqual(array.toArray(), [4, 3, 2, 1, 1]);
});

test("an array over shm.buf has a handle too, is read-only with it and closes with it", () => {
  const shm = SharedMemory.create(64);
  const array = new NDArray([2, 3], "<i4", shm.buf, { offset: 8 }).fill(5);
  using attached = SharedArray.attach(array.at(1).handle());
  assert.deepEqual(attached.toArray(), [5, 5, 5]);
  assert.deepEqual(blockOf(array.at(1))?.offset, 20);
  const reader = SharedMemory.attach(shm.handle(), { readonly: true });
  assert.equal(refusal(() => new NDArray([2], "u1", reader.buf).fill(1)).code, "READ_ONLY");
  array.assign(new NDArray([2, 3], "<i4", shm.buf, { offset: 4 }).fill(6));
  assert.deepEqual(array.toArray(), [
    [6, 6, 6],
    [6, 6, 6],
  ]);
  shm.close();
  assert.equal(refusal(() => array.get(0, 0)).code, "CLOSED");
  assert.equal(attached.get(2), 6);
  reader.close();
});
