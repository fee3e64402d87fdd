import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { test } from "node:test";
import { type BlockHandle, SharedMemory } from "sharray";
import { Block } from "../../dist/memory/block.js";

function attachTo(handle: unknown): () => unknown {
  return () => SharedMemory.attach(handle as BlockHandle);
}

test("a handle is plain JSON with exactly its fields", () => {
  using shm = SharedMemory.create(100);
  const handle = shm.handle();
  assert.deepEqual(Object.keys(handle), ["version", "pid", "fd", "dev", "ino", "nonce", "size"]);
  assert.equal(handle.pid, process.pid);
  assert.equal(handle.size, 100);
  assert.match(handle.nonce, /^[0-9a-f]{32}$/);
  assert.deepEqual(JSON.parse(JSON.stringify(handle)), handle);
});

test("what is no handle is BAD_ARGUMENT", () => {
  for (const wrong of [null, undefined, 1, [], true]) assert.throws(attachTo(wrong), { code: "BAD_ARGUMENT" });
});

test("a malformed field is BAD_ARGUMENT and named", () => {
  using shm = SharedMemory.create(100);
  const good = shm.handle();
  const wrong: [keyof BlockHandle, unknown[]][] = [
    ["version", [undefined, -1, 1.5, "1"]],
    ["pid", [undefined, 0, -1, 2 ** 31, "1"]],
    ["fd", [undefined, -1, 2 ** 31, Number.NaN, null]],
    ["dev", [undefined, -1, 2 ** 53, 1n]],
    ["ino", [undefined, -1, 0.5, {}]],
    ["nonce", [undefined, "", "0".repeat(31), "G".repeat(32), 7]],
    ["size", [undefined, -1, 2 ** 60, "100"]],
  ];
  for (const [field, values] of wrong) {
    for (const value of values) {
      const matches = (error: Error & { code: string; details: { field: string } }) => {
        assert.equal(error.code, "BAD_ARGUMENT");
        assert.equal(error.details.field, field);
        assert.match(error.message, new RegExp(`handle\\.${field}`));
        return true;
      };
      assert.throws(attachTo({ ...good, [field]: value }), matches);
    }
  }
});

test("a changed field is HANDLE_MISMATCH, never another's memory", () => {
  using shm = SharedMemory.create(100);
  using other = SharedMemory.create(100);
  const good = shm.handle();
  const changed: [keyof BlockHandle, unknown][] = [
    ["dev", good.dev + 1],
    ["ino", good.ino + 1_000_000],
    ["nonce", other.handle().nonce],
    ["size", 101],
    ["fd", other.handle().fd],
    ["fd", 0],
  ];
  for (const [field, value] of changed) {
    assert.throws(attachTo({ ...good, [field]: value }), (error: Error & { code: string; details: object }) => {
      assert.equal(error.code, "HANDLE_MISMATCH", `${field}: ${error.message}`);
      assert.equal((error.details as { field: string }).field, field);
      return true;
    });
  }
  assert.throws(attachTo({ ...good, version: 2 }), { code: "VERSION_MISMATCH" });
  assert.throws(attachTo({ ...good, pid: 2 ** 31 - 1 }), { code: "BLOCK_GONE" });
  SharedMemory.attach(good).close();
});

/** Opens until the number is taken again. */
function reuse<T>(fd: number, open: () => T, numberOf: (opened: T) => number): T[] {
  const opened = [open()];
  while (numberOf(opened.at(-1)!) !== fd && opened.length < 100) opened.push(open());
  assert.equal(numberOf(opened.at(-1)!), fd);
  return opened;
}

test("a closed block is BLOCK_GONE, also when its descriptor means another file", () => {
  const shm = SharedMemory.create(100);
  const handle = shm.handle();
  shm.close();
  assert.throws(attachTo(handle), { code: "BLOCK_GONE" });
  const others = reuse(
    handle.fd,
    () => SharedMemory.create(100),
    (other) => other.handle().fd,
  );
  assert.throws(attachTo(handle), { code: "BLOCK_GONE" });
  for (const other of others) other.close();
  const files = reuse(
    handle.fd,
    () => openSync("/dev/null", "r"),
    (fd) => fd,
  );
  assert.throws(attachTo(handle), { code: "BLOCK_GONE" });
  for (const file of files) closeSync(file);
});

test("every attachment makes handles of its own", () => {
  const first = SharedMemory.create(100);
  first.buf[0] = 1;
  const second = SharedMemory.attach(first.handle());
  const handle = second.handle();
  first.close();
  using third = SharedMemory.attach(handle);
  second.close();
  assert.equal(third.buf[0], 1);
});

test("a descriptor that arrived is checked and taken over", () => {
  const block = Block.create(100);
  block.window(0, 1)[0] = 8;
  const duplicate = () => openSync(`/proc/self/fd/${block.fd}`, "r+");
  const attached = Block.attachFd(duplicate(), { ...block.handle(), pid: 1, fd: 0 });
  assert.equal(attached.window(0, 1)[0], 8);
  for (const change of [{ ino: 1 }, { dev: 9 }, { nonce: "0".repeat(32) }, { size: 1 }]) {
    const fd = duplicate();
    assert.throws(() => Block.attachFd(fd, { ...block.handle(), ...change }), { code: "HANDLE_MISMATCH" });
    assert.throws(() => closeSync(fd), { code: "EBADF" });
  }
  const fd = openSync(process.execPath, "r");
  assert.throws(() => Block.attachFd(fd, block.handle()), { code: "HANDLE_MISMATCH" });
  const last = duplicate();
  assert.throws(() => Block.attachFd(last, { ...block.handle(), pid: 0 }), { code: "BAD_ARGUMENT" });
  assert.throws(() => closeSync(last), { code: "EBADF" });
  attached.close();
  block.close();
});
