import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { dtypeOf } from "sharray";
import { NpyFile } from "../../dist/array/npy/file.js";
import { npyHeader } from "../../dist/array/npy/format.js";
import { refusal } from "./refusal.ts";

const folder = mkdtempSync(join(tmpdir(), "sharray-npy-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, ...parts: Uint8Array[]): string {
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

function bytesOf(values: number[]): Uint8Array {
  return new Uint8Array(new Int16Array(values).buffer);
}

const counted = Array.from({ length: 24 }, (_, i) => i);

test("rows of an array in C order", () => {
  const path = file("c.npy", npyHeader(dtypeOf("<i2"), [6, 2, 2]), bytesOf(counted));
  using found = NpyFile.open(path)!;
  assert.deepEqual([found.path, found.header.shape, found.header.fortranOrder], [path, [6, 2, 2], false]);
  assert.deepEqual(found.rows(2, 4).toArray(), [
    [
      [8, 9],
      [10, 11],
    ],
    [
      [12, 13],
      [14, 15],
    ],
  ]);
  assert.deepEqual(found.rows(6, 6).shape, [0, 2, 2]);
});

test("rows of an array in Fortran order", () => {
  const header = Buffer.from(npyHeader(dtypeOf("<i2"), [6, 2, 2]));
  // The same length: a blank of the padding goes.
  const text = header.toString("latin1").replace("False, 'shape': (6, 2, 2), } ", "True, 'shape': (6, 2, 2), }  ");
  using found = NpyFile.open(file("f.npy", Buffer.from(text, "latin1"), bytesOf(counted)))!;
  assert.equal(found.header.fortranOrder, true);
  assert.deepEqual(found.rows(4, 6).toArray(), [
    [
      [4, 16],
      [10, 22],
    ],
    [
      [5, 17],
      [11, 23],
    ],
  ]);
});

test("an array without axes has one element, one without rows none", () => {
  using one = NpyFile.open(file("one.npy", npyHeader(dtypeOf("<i2"), []), bytesOf([7])))!;
  assert.equal(one.rows(0, 1).get(), 7);
  using none = NpyFile.open(file("none.npy", npyHeader(dtypeOf("<i2"), [0, 3])))!;
  assert.deepEqual(none.rows(0, 0).toArray(), []);
});

test("a header longer than a first read", () => {
  const fields = Array.from({ length: 500 }, (_, i) => [`column${i}`, "<i2"] as const);
  const header = npyHeader(dtypeOf(fields), [1]);
  assert.ok(header.length > 4096);
  using found = NpyFile.open(file("long.npy", header, bytesOf(Array.from({ length: 500 }, (_, i) => i))))!;
  assert.equal((found.rows(0, 1).get(0) as Record<string, number>).column499, 499);
});

test("what is no .npy file is none, and leaves no descriptor", () => {
  const open = (): number => readdirSync("/proc/self/fd").length;
  const before = open();
  assert.equal(NpyFile.open(file("text", Buffer.from("1 2 3"))), null);
  assert.equal(NpyFile.open(file("empty")), null);
  assert.equal(NpyFile.open(folder), null);
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  assert.equal(NpyFile.open(pipe), null);
  assert.throws(() => NpyFile.open(join(folder, "missing")), { code: "ENOENT" });
  assert.equal(open(), before);
});

test("symbolic links, where they are not followed", () => {
  const path = file("target.npy", npyHeader(dtypeOf("<i2"), [0]));
  const link = join(folder, "link.npy");
  symlinkSync(path, link);
  NpyFile.open(link)!.close();
  assert.throws(() => NpyFile.open(link, { links: false }), { code: "ELOOP" });
});

test("damaged files are told by their path", () => {
  const header = npyHeader(dtypeOf("<i2"), [3]);
  for (const [name, parts, code] of [
    ["cut.npy", [header, bytesOf([1])], "NPY_BAD_HEADER"],
    ["header.npy", [header.subarray(0, 60)], "NPY_BAD_HEADER"],
    ["mark.npy", [header.subarray(0, 8)], "NPY_BAD_HEADER"],
    ["version.npy", [Buffer.from("\x93NUMPY\x09\0\0\0\0\0", "latin1")], "NPY_BAD_HEADER"],
    ["huge.npy", [Buffer.from("\x93NUMPY\x02\0\xff\xff\xff\xff", "latin1")], "NPY_BAD_HEADER"],
    ["object.npy", [Buffer.from(Buffer.from(header).toString("latin1").replace("<i2", "|O8"), "latin1")], "BAD_DTYPE"],
  ] as const) {
    const path = file(name, ...parts);
    const error = refusal(() => NpyFile.open(path));
    assert.equal(error.code, code, name);
    assert.ok(error.message.startsWith(`${path}: `), error.message);
    assert.equal(error.details.path, path);
  }
});
