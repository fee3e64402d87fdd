import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Block } from "../../dist/memory/block.js";
import { checkSpace } from "../../dist/memory/limits.js";

test("a sparse block may be larger than memory, and is cut to its size", () => {
  const block = Block.create(2 ** 44, { reserve: false });
  assert.equal(block.size, 2 ** 44);
  block.native.write(new Uint8Array([1, 2, 3]), 4095);
  const early = block.handle();
  const window = block.window(4000, 1000);
  assert.equal(window[95], 1);
  block.cut(4098);
  assert.equal(window.length, 0);
  assert.equal(block.size, 4098);
  assert.deepEqual([...block.window(4095, 3)], [1, 2, 3]);
  assert.throws(() => block.window(4095, 4), { code: "OUT_OF_BOUNDS" });
  assert.throws(() => Block.attach(early), { code: "HANDLE_MISMATCH" });
  const attached = Block.attach(block.handle());
  assert.deepEqual([...attached.window(4095, 3)], [1, 2, 3]);
  assert.throws(() => attached.cut(10), { code: "NOT_SUPPORTED" });
  assert.throws(() => block.cut(10), { code: "NOT_SUPPORTED" });
  attached.close();
  block.close();
});

test("a reserved block cannot be cut", () => {
  const block = Block.create(100);
  assert.throws(() => block.cut(10), { code: "NOT_SUPPORTED" });
  assert.throws(() => Block.create(100, { sparse: true } as object), { code: "BAD_ARGUMENT" });
  block.close();
  assert.throws(() => block.fd, { code: "CLOSED" });
  assert.throws(() => block.cut(10), { code: "CLOSED" });
});

test("a cut to more than there is is refused", () => {
  const block = Block.create(100, { reserve: false });
  const window = block.window(0, 10);
  assert.throws(() => block.cut(101), { code: "OUT_OF_BOUNDS" });
  assert.equal(window.length, 10);
  block.cut(0);
  assert.equal(block.window(0, 0).length, 0);
  block.close();
});

test("an attachment made before the cut is mapped only after it", () => {
  const block = Block.create(10_000, { reserve: false });
  const early = Block.attach(block.handle());
  assert.throws(() => early.window(0, 10), { code: "NOT_SUPPORTED" });
  early.native.write(new Uint8Array([5]), 9);
  block.cut(10);
  assert.equal(early.window(0, 10)[9], 5);
  assert.throws(() => early.window(0, 5000), { code: "OUT_OF_BOUNDS" });
  early.close();
  block.close();
});

test("a read-only attachment does not write", () => {
  const block = Block.create(10);
  const readonly = Block.attach(block.handle(), { readonly: true });
  assert.throws(() => readonly.native.write(new Uint8Array(1), 0), /READ_ONLY/);
  readonly.close();
  block.close();
});

test("checkSpace allows what is there and refuses what is not, in words", () => {
  checkSpace(4096, "a test");
  assert.throws(
    () => checkSpace(2 ** 50, "loading data1.txt"),
    (error: Error & { code: string; details: object }) => {
      assert.equal(error.code, "NO_SPACE");
      assert.match(error.message, /cannot take 1\.0 PiB for loading data1\.txt: .* are free by .*\. Close arrays/);
      assert.deepEqual(Object.keys(error.details).sort(), ["asked", "free", "limit", "what"]);
      return true;
    },
  );
});

test("windows of any place and order are one memory", () => {
  const window = fc.record({ offset: fc.nat(9000), length: fc.nat(1000), value: fc.nat(255), reader: fc.boolean() });
  fc.assert(
    fc.property(fc.array(window, { maxLength: 30 }), (windows) => {
      const block = Block.create(10_000);
      const other = Block.attach(block.handle());
      const model = new Uint8Array(10_000);
      for (const { offset, length, value, reader } of windows) {
        (reader ? other : block).window(offset, length).fill(value);
        model.fill(value, offset, offset + length);
      }
      assert.deepEqual(other.window(0, 10_000), model);
      other.close();
      assert.deepEqual(block.window(0, 10_000), model);
      block.close();
    }),
    { numRuns: 50 },
  );
});
