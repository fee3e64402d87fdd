import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { SharedMemory } from "sharray";
import { Block } from "../../dist/memory/block.js";
import { lockName } from "../../dist/memory/names.js";

const file = (name: string | null): string => `/dev/shm/${name}`;

let count = 0;
function fresh(): string {
  count += 1;
  return `publish-${process.pid}-${count}`;
}

test("a block without a name is copied into a named one, and its windows go on", () => {
  const block = Block.create(100_000);
  const window = block.window(10, 99_990);
  window[0] = 9;
  const name = fresh();
  block.publish(name);
  assert.equal(block.name, `sharray.${name}`);
  assert.equal(block.handle().name, block.name);
  assert.equal(readFileSync(file(block.name))[10], 9);
  window[1] = 8;
  assert.equal(readFileSync(file(block.name))[11], 8);
  assert.equal(block.window(10, 99_990).buffer, window.buffer);
  block.close();
  assert.equal(window.length, 0);
  assert.ok(!existsSync(file(block.name)));
});

test("a named block is renamed, and its other holders take the new name along", () => {
  const block = Block.create(10, { name: fresh() });
  const [old, ino] = [block.name, block.handle().ino];
  const other = Block.attachName(old!);
  const name = fresh();
  block.publish(name);
  block.publish(name);
  assert.equal(block.handle().ino, ino);
  assert.ok(!existsSync(file(old)));
  block.close();
  assert.ok(existsSync(file(block.name)));
  other.close();
  assert.ok(!existsSync(file(block.name)));
});

test("what keeps its name keeps persisting, and is removed by its maker under whatever name", () => {
  const block = Block.create(10, { name: fresh(), persist: true });
  const other = Block.attachName(block.name!);
  const name = fresh();
  block.publish(name);
  assert.equal(block.name, `sharray-keep.${name}`);
  block.close();
  other.close();
  assert.ok(existsSync(file(block.name)));
  other.unlink();
  assert.ok(!existsSync(file(block.name)));
});

test("a name in use is FILE_EXISTS, or replaced: its holders keep what they have", () => {
  const name = fresh();
  const first = Block.create(10, { name });
  first.window(0, 10).fill(1);
  const second = Block.create(20);
  second.window(0, 20).fill(2);
  assert.throws(() => second.publish(name), { code: "FILE_EXISTS" });
  assert.equal(second.name, null);
  second.publish(name, { replace: true, mode: 0o640 });
  assert.equal(Block.attachName(name).size, 20);
  assert.equal(first.window(0, 10)[0], 1);
  first.close();
  assert.ok(existsSync(file(second.name)));
  const third = Block.create(30, { name: fresh() });
  third.publish(name, { replace: true });
  assert.equal(Block.attachName(name).size, 30);
  for (const block of [second, third]) block.close();
});

test("a name that persists goes on persisting when it is replaced", () => {
  const name = fresh();
  const kept = Block.create(10, { name, persist: true });
  for (const options of [{}, { name: fresh() }]) {
    const block = Block.create(20, options);
    assert.throws(() => block.publish(name), { code: "FILE_EXISTS" });
    block.publish(name, { replace: true });
    assert.equal(block.name, kept.name);
    block.close();
    assert.equal(Block.attachName(name).size, 20);
  }
  assert.equal(kept.size, 10);
  SharedMemory.unlink(name);
  assert.ok(!existsSync(file(kept.name)));
  kept.close();
});

test("when others use the old mapping, windows are detached and the old block stays theirs", () => {
  const block = Block.create(10);
  const other = Block.attach(block.handle());
  const [window, theirs] = [block.window(0, 10), other.window(0, 10)];
  window[0] = 5;
  block.publish(fresh());
  assert.deepEqual([window.length, theirs.length], [0, 10]);
  block.window(0, 10)[0] = 6;
  assert.equal(theirs[0], 5);
  assert.equal(readFileSync(file(block.name))[0], 6);
  for (const one of [block, other]) one.close();
});

test("a block that lost its name is published as a copy", () => {
  const block = Block.create(10, { name: fresh() });
  const ino = block.handle().ino;
  block.unlink();
  block.window(0, 10)[3] = 3;
  block.publish(fresh());
  assert.notEqual(block.handle().ino, ino);
  assert.equal(readFileSync(file(block.name))[3], 3);
  block.close();
});

test("what cannot be published says so", () => {
  const block = Block.create(10);
  const readonly = Block.attach(block.handle(), { readonly: true });
  assert.throws(() => readonly.publish(fresh()), { code: "READ_ONLY" });
  const sparse = Block.create(10, { reserve: false });
  assert.throws(() => sparse.publish(fresh()), { code: "NOT_SUPPORTED" });
  for (const wrong of ["", "a/b", "~", 1 as never]) {
    assert.throws(() => block.publish(wrong), { code: "BAD_ARGUMENT" });
  }
  assert.throws(() => block.publish("x", { replce: true } as object), { code: "BAD_ARGUMENT" });
  for (const one of [block, readonly, sparse]) one.close();
  assert.throws(() => block.publish(fresh()), { code: "CLOSED" });
});

test("the lock of a name is one holder's at a time, and leaves nothing", async () => {
  const name = fresh();
  const first = await lockName(name);
  let got = false;
  const second = lockName(name).then((lock) => {
    got = true;
    return lock;
  });
  assert.ok(existsSync(file(`sharray.${name}~lock`)));
  const other = await lockName(fresh());
  other.release();
  assert.equal(got, false);
  first.release();
  first.release();
  (await second).release();
  assert.ok(!existsSync(file(`sharray.${name}~lock`)));
  await assert.rejects(lockName("a/b"), { code: "BAD_ARGUMENT" });
});
