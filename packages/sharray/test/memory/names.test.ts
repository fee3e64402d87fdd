import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { test } from "node:test";
import { SharedArray, SharedMemory, type SharrayError } from "sharray";

const file = (name: string | null): string => `/dev/shm/${name}`;

/** A name that no other test, and no other run of the tests, uses. */
let count = 0;
function fresh(): string {
  count += 1;
  return `test-${process.pid}-${count}`;
}

test("a named block is the file of its bytes, and goes with its last holder", () => {
  const name = fresh();
  const first = SharedMemory.create(100, { name });
  assert.equal(first.name, `sharray.${name}`);
  const second = SharedMemory.attach(name);
  const third = SharedMemory.attach(`sharray.${name}`);
  second.buf[99] = 7;
  assert.equal(third.buf[99], 7);
  const bytes = readFileSync(file(first.name));
  assert.deepEqual([bytes.length, bytes[99]], [100, 7]);
  first.close();
  second.close();
  assert.ok(existsSync(file(first.name)));
  third.close();
  assert.ok(!existsSync(file(first.name)));
  assert.equal(first.name, `sharray.${name}`);
  assert.throws(() => SharedMemory.attach(name), { code: "NOT_FOUND" });
});

test("a handle of a named block leads by its name, and keeps leading when its maker closed", () => {
  const first = SharedMemory.create(10, { name: true });
  using second = SharedMemory.attach(first.handle());
  const handle = first.handle();
  assert.equal(handle.name, first.name);
  first.close();
  using third = SharedMemory.attach(handle);
  assert.equal(third.name, first.name);
  third.buf[1] = 4;
  assert.equal(second.buf[1], 4);
});

test("what nobody holds any more is gone, also for a process that swept before", () => {
  SharedMemory.sweep();
  const name = fresh();
  // As a killed process leaves it.
  writeFileSync(file(`sharray.${name}`), "half written");
  assert.throws(() => SharedMemory.attach(name), { code: "NOT_FOUND" });
  assert.ok(!existsSync(file(`sharray.${name}`)));
});

test("a name of null is none, as an anonymous block's own is", () => {
  using shm = SharedMemory.create(10, { name: null });
  assert.equal(shm.name, null);
});

test("a block that persists stays until it is unlinked", () => {
  const name = fresh();
  const shm = SharedMemory.create(10, { name, persist: true });
  assert.equal(shm.name, `sharray-keep.${name}`);
  shm.buf[0] = 3;
  shm.close();
  assert.ok(!SharedMemory.sweep().includes(shm.name));
  using again = SharedMemory.attach(name);
  assert.equal(again.buf[0], 3);
  shm.unlink();
  assert.throws(() => SharedMemory.unlink(name), { code: "NOT_FOUND" });
  assert.equal(again.buf[0], 3);
});

test("a name in use is FILE_EXISTS, in both forms", () => {
  const name = fresh();
  using shm = SharedMemory.create(10, { name });
  for (const persist of [false, true]) {
    assert.throws(
      () => SharedMemory.create(10, { name, persist }),
      (error: SharrayError) => error.code === "FILE_EXISTS" && error.details.name === shm.name,
    );
  }
});

test("arrays by name are .npy files", () => {
  using a = SharedArray.from(
    [
      [1.5, 2],
      [3, 4],
    ],
    { name: fresh() },
  );
  using b = SharedArray.attach<"<f8">(a.name!);
  assert.deepEqual(b.toArray(), [
    [1.5, 2],
    [3, 4],
  ]);
  assert.equal(readFileSync(file(a.name)).subarray(1, 6).toString(), "NUMPY");
});

test("another program's file is attached with its size, and never removed", async () => {
  const name = fresh();
  writeFileSync(file(name), Buffer.from([1, 2, 3]));
  try {
    const shm = SharedMemory.attach(name);
    assert.deepEqual([shm.name, shm.size, ...shm.buf], [name, 3, 1, 2, 3]);
    assert.throws(() => shm.unlink(), { code: "NOT_SUPPORTED" });
    shm.close();
    assert.ok(existsSync(file(name)));
  } finally {
    await rm(file(name));
  }
});

test("list tells who holds what", () => {
  using shm = SharedMemory.create(4321, { name: fresh(), mode: 0o640 });
  const { created, ...found } = SharedMemory.list().find(({ name }) => name === shm.name)!;
  assert.ok(Math.abs(created - Date.now()) < 60_000);
  const { holders, ...rest } = found;
  assert.deepEqual(rest, {
    name: shm.name,
    size: 4321,
    persist: false,
    mode: 0o640,
    uid: process.getuid!(),
    held: true,
  });
  assert.ok(holders.some(({ pid, command }) => pid === process.pid && command.includes("node")));
});
