import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DType, dtypeOf, NDArray, Queue, SharedArray, SharedMemory, SharrayError } from "sharray";
import "../../dist/process/carriers.js";
import { addon } from "../../dist/native/addon.js";
import { encode, Letter, type Packed } from "../../dist/process/codec.js";
import { descriptors } from "./alive.ts";

/** As the kernel hands a message on: with descriptors of its own. */
function arrive({ bytes, fds }: Packed): Letter {
  return new Letter({ bytes: Uint8Array.from(bytes), fds: fds.map((fd) => addon.portDuplicate(fd)), truncated: false });
}

function travel<T>(value: T): T {
  return arrive(encode({ kind: 1, id: 2, note: "note" }, value, "value")).value() as T;
}

const leaves = [
  fc.oneof(
    fc.string(),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.bigInt(),
    fc.constant(null),
    fc.constant(undefined),
  ),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array(),
  fc.float64Array(),
  fc.constantFrom(/a+/gi, new TypeError("t")),
];

const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    ...leaves,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 4, noNullPrototype: true }),
    fc.array(fc.tuple(fc.string(), tie("value")), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie("value"), { maxLength: 3 }).map((items) => new Set(items)),
  ),
}));

test("plain values arrive as they were, alone and beside shared memory", () => {
  using memory = SharedMemory.create(16);
  fc.assert(
    fc.property(anything, (value) => {
      assert.deepStrictEqual(travel(value), value);
      const [first, , last] = travel([value, memory, value]) as [unknown, SharedMemory, unknown];
      assert.deepStrictEqual(first, value);
      assert.deepStrictEqual(last, value);
    }),
    { numRuns: 300 },
  );
});

test("the head of a message can be read without its value", () => {
  const letter = arrive(encode({ kind: 3, id: 70_000, note: "ü€" }, { a: 1 }, "value"));
  assert.deepEqual([letter.kind, letter.id, letter.note, letter.value()], [3, 70_000, "ü€", { a: 1 }]);
});

test("cycles and objects met twice stay one object, with and without carried values", () => {
  for (const extra of [1, new Error("carried"), SharedArray.from([1, 2, 3])]) {
    const cycle: Record<string, unknown> = { extra, again: extra, list: [] };
    cycle.self = cycle;
    (cycle.list as unknown[]).push(cycle, new Map([[cycle, new Set([cycle])]]));
    const copy = travel(cycle);
    const list = copy.list as [unknown, Map<unknown, Set<unknown>>];
    assert.equal(copy.self, copy);
    assert.equal(list[0], copy);
    assert.ok(list[1].get(copy)!.has(copy));
    assert.equal(copy.extra, copy.again);
  }
});

test("an array arrives on the same memory, the same array twice as the same array", () => {
  using a = SharedArray.create({ shape: [4, 3], dtype: "<i4" });
  const message = { deep: [new Map([["k", a]]), { again: a }], dtype: a.dtype };
  const copy = travel(message);
  const b = (copy.deep[0] as Map<string, SharedArray>).get("k")!;
  assert.equal((copy.deep[1] as { again: SharedArray }).again, b);
  assert.ok(b instanceof SharedArray);
  b.set([3, 2], 77);
  assert.equal(a.get(3, 2), 77);
  a.set([0, 0], 5);
  assert.equal(b.get(0, 0), 5);
  assert.ok(copy.dtype instanceof DType && copy.dtype.equals(a.dtype as DType));
  b.close();
  assert.equal(a.get(3, 2), 77);
});

test("views travel with their offset and strides; several of one block share a descriptor", () => {
  using a = SharedArray.from(Float64Array.from({ length: 24 }, (_, i) => i));
  const grid = a.reshape([4, 6]);
  const views = [grid.slice([1, 4, 2], [null, null, -2]), grid.transpose(), grid.at(2), a.slice([5, 5])];
  const packed = encode({ kind: 0, id: 0 }, views, "value");
  assert.equal(packed.fds.length, 1);
  const copies = arrive(packed).value() as SharedArray[];
  copies.forEach((copy, i) => {
    assert.deepEqual(copy.toArray(), views[i]!.toArray());
    assert.deepEqual(copy.strides, views[i]!.strides);
  });
  copies[2]!.set([0], -1);
  assert.equal(a.get(12), -1);
  for (const copy of copies) copy.close();
});

test("an array over shared memory's own buffer is shared, one over ordinary memory is copied", () => {
  using memory = SharedMemory.create(800);
  const over = new NDArray([10], "<f8", memory.bytes(80, 160), { offset: 16 });
  const shared = travel(over);
  shared.set([9], 2.5);
  assert.equal(over.get(9), 2.5);
  (shared as SharedArray).close();
  const plain = new NDArray(
    [2, 2],
    [
      ["chr", "S3"],
      ["pos", "<i4"],
    ] as const,
    new ArrayBuffer(28),
  );
  plain.set([1, 0], { chr: "abc", pos: 9 });
  const copy = travel(plain.transpose());
  assert.deepEqual(copy.toArray(), plain.transpose().toArray());
  copy.set([0, 0], { chr: "x", pos: 1 });
  assert.equal((plain.get(0, 0) as { pos: number }).pos, 0);
});

test("a read-only attachment stays read-only", () => {
  using a = SharedArray.from([1, 2]);
  using readonly = SharedArray.attach(a.handle(), { readonly: true });
  using copy = travel(readonly);
  assert.throws(() => copy.set([0], 3), { code: "READ_ONLY" });
});

test("closed memory is refused, and nothing is left open when a message turns out to be unusable", () => {
  const a = SharedArray.from([1, 2]);
  using b = SharedArray.from([1, 2]);
  const queue = new Queue();
  const before = descriptors();
  const letter = arrive(encode({ kind: 0, id: 0 }, [b, queue, b.slice([1]), dtypeOf("<f8")], "value"));
  letter.discard();
  assert.equal(descriptors(), before);
  const packed = encode({ kind: 0, id: 0 }, [b, a], "value");
  const [first, second] = packed.fds.map((fd) => addon.portDuplicate(fd));
  const swapped = new Letter({ bytes: packed.bytes, fds: [second!, first!], truncated: false });
  assert.throws(() => swapped.value(), { code: "HANDLE_MISMATCH" });
  assert.equal(descriptors(), before);
  const lost = new Letter({ bytes: packed.bytes, fds: [], truncated: true });
  assert.throws(() => lost.value(), { code: "TOO_MANY_FILES" });
  a.close();
  assert.throws(() => encode({ kind: 0, id: 0 }, { a }, "value"), { code: "CLOSED" });
  queue.close();
  assert.throws(() => encode({ kind: 0, id: 0 }, { queue }, "value"), { code: "CLOSED" });
});

test("errors keep class, name, code, details, cause and stack", () => {
  class Special extends RangeError {
    override name = "Special";
    extra = { deep: [1] };
  }
  const special = new Special("s", { cause: new SharrayError("X", "x", { n: 1 }) });
  const copy = travel(special);
  assert.ok(copy instanceof RangeError);
  assert.deepEqual([copy.name, copy.message, copy.stack, copy.extra], ["Special", "s", special.stack, { deep: [1] }]);
  const cause = copy.cause as SharrayError;
  assert.ok(cause instanceof SharrayError);
  assert.deepEqual([cause.code, cause.details], ["X", { n: 1 }]);
  const own: Error & { cause?: unknown } = new Error("its own cause");
  own.cause = own;
  assert.equal(travel(own).message, "its own cause");
});
