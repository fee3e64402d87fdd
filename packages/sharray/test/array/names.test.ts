import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { test } from "node:test";
import { SharedArray, SharedMemory } from "sharray";
import { refusal } from "./refusal.ts";

const file = (name: string | null): string => `/dev/shm/${name}`;

let count = 0;
function fresh(): string {
  count += 1;
  return `array-${process.pid}-${count}`;
}

/** A .npy file that another program wrote. */
function npy(dict: string, data: Uint8Array): Buffer {
  const text = `${dict.padEnd(117)}\n`;
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\x00\x76\x00", "latin1"), Buffer.from(text, "latin1"), data]);
}

test("an array of any dtype and shape is attached by its name", () => {
  const fields = [
    ["chr", "S4"],
    ["pos", "<i4"],
    ["xyz", "<f4", [3]],
  ] as const;
  for (const [shape, dtype] of [
    [[2, 3], "<f8"],
    [[], ">i2"],
    [[0, 4], "u1"],
    [5, fields],
    [[3], "<U2"],
  ] as const) {
    using a = SharedArray.create({ shape, dtype, name: fresh() });
    if (a.size > 0) a.bytes.fill(1);
    using b = SharedArray.attach(a.name!);
    assert.deepEqual([b.shape, b.strides, b.dtype.descr, b.name], [a.shape, a.strides, a.dtype.descr, a.name]);
    assert.deepEqual(b.bytes, a.bytes);
  }
});

test("with a fresh name, persistence and a mode", () => {
  const a = SharedArray.create({ shape: 3, dtype: "<i4", name: true, persist: true, mode: 0o640 });
  a.fill(7);
  a.close();
  const listed = SharedMemory.list().find(({ name }) => name === a.name)!;
  assert.deepEqual([listed.persist, listed.mode, listed.held], [true, 0o640, false]);
  using b = SharedArray.attach<"<i4">(a.name!, { readonly: true });
  assert.deepEqual([...b], [7, 7, 7]);
  assert.equal(refusal(() => b.fill(1)).code, "READ_ONLY");
  a.unlink();
  assert.ok(!existsSync(file(a.name)));
});

test("a name appears when all values are in their place, or not at all", () => {
  const name = fresh();
  assert.equal(refusal(() => SharedArray.from([1, 300], { dtype: "u1", name })).code, "BAD_VALUE");
  assert.equal(refusal(() => SharedArray.attach(name)).code, "NOT_FOUND");
  using a = SharedArray.from([1], { name });
  assert.deepEqual(a.toArray(), [1]);
  const taken = refusal(() => SharedArray.from([2], { name }));
  assert.deepEqual([taken.code, taken.details.name], ["FILE_EXISTS", a.name]);
  assert.equal(refusal(() => SharedArray.create({ shape: 1, dtype: "u1", name, persist: true })).code, "FILE_EXISTS");
});

test("handles of named arrays and of their views carry the name, and outlive the array that made them", () => {
  const a = SharedArray.from(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    { dtype: "<i4", name: fresh() },
  );
  using kept = SharedArray.attach<"<i4">(a.name!);
  const [whole, column] = [a.handle(), a.transpose().at(1).handle()];
  assert.deepEqual([whole.name, column.name], [a.name, a.name]);
  a.close();
  using b = SharedArray.attach(whole);
  using c = SharedArray.attach(column);
  assert.deepEqual([b.toArray(), c.toArray()], [kept.toArray(), [2, 5]]);
  assert.equal(refusal(() => SharedArray.attach({ ...whole, shape: [3, 3] })).code, "HANDLE_MISMATCH");
  assert.equal(refusal(() => SharedArray.attach({ ...whole, name: "a/b" })).code, "BAD_ARGUMENT");
});

test("a long dtype's handle finds it in the named block", () => {
  const dtype = Array.from({ length: 100 }, (_, i) => [`a long name of field ${i}`, "<f8"] as const);
  using a = SharedArray.create({ shape: 2, dtype, name: fresh() });
  const handle = a.handle();
  assert.match(String(handle.dtype), /^sha256:/);
  using b = SharedArray.attach(handle);
  assert.deepEqual(b.dtype.descr, a.dtype.descr);
});

test("another program's .npy file in /dev/shm is an array, in either order", async () => {
  const name = fresh();
  try {
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6);
    writeFileSync(file(name), npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", data));
    using a = SharedArray.attach<"u1">(name);
    assert.deepEqual(
      [a.shape, a.strides, a.toArray()],
      [
        [2, 3],
        [1, 2],
        [
          [1, 3, 5],
          [2, 4, 6],
        ],
      ],
    );
    a.set([1, 2], 60);
    assert.equal(readFileSync(file(name)).at(-1), 60);
  } finally {
    await rm(file(name));
  }
});

test("memory that holds no array, or not all of it, is NPY_BAD_HEADER", async () => {
  using shm = SharedMemory.create(100, { name: fresh() });
  const error = refusal(() => SharedArray.attach(shm.name!));
  assert.equal(error.code, "NPY_BAD_HEADER");
  assert.match(error.message, /SharedMemory\.attach/);
  const name = fresh();
  try {
    for (const [dict, data] of [
      ["{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", new Uint8Array(47)],
      ["{'descr': '<f8', 'fortran_order': False, 'shape': (2, ", new Uint8Array(48)],
    ] as const) {
      writeFileSync(file(name), npy(dict, data));
      assert.equal(refusal(() => SharedArray.attach(name)).code, "NPY_BAD_HEADER");
    }
  } finally {
    await rm(file(name));
  }
});

test("wrong names and options are refused in words", () => {
  for (const name of ["", "a/b", ".x", "a b", "x~lock", "sharray.", 1, false]) {
    const error = refusal(() => SharedArray.create({ shape: 1, dtype: "u1", name: name as string }));
    assert.equal(error.code, "BAD_ARGUMENT", String(name));
  }
  for (const name of ["", "a/b", "..", "sharray.x~lock"]) {
    assert.equal(refusal(() => SharedArray.attach(name)).code, "BAD_ARGUMENT", name);
    assert.equal(refusal(() => SharedMemory.attach(name)).code, "BAD_ARGUMENT", name);
    assert.equal(refusal(() => SharedMemory.unlink(name)).code, "BAD_ARGUMENT", name);
  }
  for (const mode of [-1, 0o1000, 1.5, "660"]) {
    assert.equal(refusal(() => SharedMemory.create(1, { name: true, mode: mode as number })).code, "BAD_ARGUMENT");
  }
  assert.equal(refusal(() => SharedMemory.create(1, { mode: 0o600 })).code, "BAD_ARGUMENT");
  assert.equal(refusal(() => SharedMemory.create(1, { name: "x", persist: 1 as never })).code, "BAD_ARGUMENT");
  assert.equal(refusal(() => SharedMemory.unlink(1 as never)).code, "BAD_ARGUMENT");
});
