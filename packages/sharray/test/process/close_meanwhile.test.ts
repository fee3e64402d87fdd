import assert from "node:assert/strict";
import { test } from "node:test";
import { Queue, SharedArray } from "sharray";

test("what was put into a queue arrives whole although the sender closed it at once", async () => {
  using queue = new Queue<SharedArray<"<i4">>();
  const COUNT = 400; // more than the socket takes at once: some wait in this process
  for (let i = 0; i < COUNT; i++) {
    const a = SharedArray.create({ shape: [3], dtype: "<i4" });
    a.fill(i);
    void queue.put(a);
    a.close();
  }
  for (let i = 0; i < COUNT; i++) {
    using a = await queue.get();
    assert.deepEqual(a.toArray(), [i, i, i]);
  }
});

test("a read-only array stays read-only through a queue, and its maker's handle does not", async () => {
  using queue = new Queue<SharedArray<"<f8">>();
  using a = SharedArray.from([1, 2, 3]) as SharedArray<"<f8">;
  using readonly = SharedArray.attach(a.handle(), { readonly: true });
  await queue.put(readonly);
  using arrived = await queue.get();
  assert.equal(arrived.readonly, true);
  for (const change of [() => arrived.set(0, 9), () => arrived.fill(9), () => arrived.slice([0, 1]).assign(9)]) {
    assert.throws(change, { code: "READ_ONLY" });
  }
  arrived.data[0] = 9;
  assert.deepEqual(a.toArray(), [1, 2, 3]);
  // A handle says where the memory is, not what may be done with it.
  using writable = SharedArray.attach(arrived.handle());
  assert.equal(writable.readonly, false);
  writable.set(1, 7);
  assert.deepEqual(a.toArray(), [1, 7, 3]);
});
