import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { NDArray, SharedArray, SharedMemory } from "sharray";

const noTransfer = !("transfer" in ArrayBuffer.prototype) && "ArrayBuffer.prototype.transfer came with Node 22";
const take = (view: ArrayBufferView): ArrayBuffer => (view.buffer as unknown as { transfer(): ArrayBuffer }).transfer();

type Numbers = NDArray<"<f8">;

const uses: Record<string, (a: Numbers) => unknown> = {
  get: (a) => a.get(0, 0),
  "get outside": (a) => a.get(9, 9),
  set: (a) => a.set([0, 0], 1),
  at: (a) => a.at(-1),
  slice: (a) => a.slice([0, 1]),
  reshape: (a) => a.reshape([-1]),
  transpose: (a) => a.transpose(),
  assign: (a) => a.assign(1),
  fill: (a) => a.fill(1),
  toArray: (a) => a.toArray(),
  copy: (a) => a.copy(),
  equals: (a) => a.equals(new NDArray([2, 3], "<f8", new ArrayBuffer(48))),
  data: (a) => a.data,
  bytes: (a) => a.bytes,
  handle: (a) => a.handle(),
  iteration: (a) => [...a],
  "assign from it": (a) => new NDArray([2, 3], "<f8", new ArrayBuffer(48)).assign(a),
  "SharedArray.from": (a) => SharedArray.from(a),
};

const six = (): SharedArray<"<f8"> => SharedArray.create({ shape: [2, 3], dtype: "<f8" });

const ways: Record<string, () => { a: Numbers; end: () => void }> = {
  "a shared array": () => {
    const a = six();
    return { a, end: () => a.close() };
  },
  "a read-only one": () => {
    using first = six();
    const a = SharedArray.attach(first.handle(), { readonly: true });
    return { a, end: () => a.close() };
  },
  "a view of a view": () => {
    const whole = SharedArray.create({ shape: [4, 4, 1], dtype: "<f8" });
    return { a: whole.slice([1, 3], [1, 4]).reshape([2, 3]), end: () => whole.close() };
  },
  "an array without elements": () => {
    const a = SharedArray.create({ shape: [0, 3], dtype: "<f8" });
    return { a, end: () => a.close() };
  },
  "an array over shm.buf": () => {
    const shm = SharedMemory.create(48);
    return { a: new NDArray([2, 3], "<f8", shm.buf), end: () => shm.close() };
  },
};

for (const [what, make] of Object.entries(ways)) {
  test(`every use of ${what} throws CLOSED after close, whether it was read often or never`, () => {
    for (const reads of [0, 10]) {
      for (const [name, use] of Object.entries(uses)) {
        const { a, end } = make();
        for (let i = 0; i < reads && a.size > 0; i++) a.get(1, 1);
        end();
        assert.throws(() => use(a), { code: "CLOSED" }, `${name} after ${reads} reads`);
      }
    }
  });
}

test("what an array is stays known after close", () => {
  const a = six();
  a.close();
  a.close();
  a.unlink();
  assert.deepEqual([a.shape, a.strides, a.size, a.nbytes, a.ndim, a.dtype.descr], [[2, 3], [24, 8], 6, 48, 2, "<f8"]);
  assert.equal(a.closed, true);
  assert.match(inspect(a), /closed/);
});

test("readers made for records throw CLOSED too, and so does a loop in which the array is closed", () => {
  const dtype = [
    ["name", "S4"],
    ["wide", "U2"],
    ["at", "<i8"],
    ["half", ">f2"],
    ["z", "<c16"],
    ["in", [["raw", "V3"]]],
    ["list", "<u2", [2]],
  ] as const;
  const a = SharedArray.create({ shape: [3], dtype });
  const fields = ["name", "wide", "at", "half", "z", "in", "list"] as const;
  const views = fields.map((name) => a.field(name) as NDArray);
  for (let i = 0; i < 10; i++) {
    a.get(0);
    for (const view of views) view.get(...view.shape.map(() => 0));
  }
  let seen = 0;
  assert.throws(
    () => {
      for (const _ of a) {
        seen += 1;
        a.close();
      }
    },
    { code: "CLOSED" },
  );
  assert.equal(seen, 1);
  for (const view of views) assert.throws(() => view.get(...view.shape.map(() => 0)), { code: "CLOSED" });
});

test("cloning the object throws, cloning its data copies", () => {
  using a = SharedArray.from([1, 2, 3]);
  for (const object of [a, a.slice([0, 2])]) {
    assert.throws(() => structuredClone(object), { code: "NOT_CLONEABLE" });
  }
  const clone = structuredClone(a.data);
  a.set(0, 9);
  assert.deepEqual([...clone], [1, 2, 3]);
});

test("buffers cannot be made larger or smaller, and taking one away leaves the array whole", {
  skip: noTransfer,
}, () => {
  using a = SharedArray.from([1, 2, 3]);
  for (let i = 0; i < 10; i++) a.get(0);
  const view = a.slice([1, 3]);
  for (let i = 0; i < 10; i++) view.get(0);
  assert.equal((a.data.buffer as ArrayBuffer & { resizable: boolean }).resizable, false);
  for (const [what, lose] of [
    ["data", () => take(a.data)],
    ["bytes", () => take(a.bytes)],
    ["a view's data", () => take(view.data)],
  ] as const) {
    const data = a.data;
    const taken = lose();
    assert.equal(data.length, 0, what);
    assert.deepEqual([...a.data], [1, 2, 3], what);
    assert.deepEqual([a.get(2), view.get(1), view.data.length, a.bytes.length], [3, 3, 2, 24], what);
    // What was taken is the same memory still.
    new Float64Array(taken, taken.byteLength - 8, 1)[0] = 3.5;
    assert.equal(a.get(2), 3.5, what);
    a.set(2, 3);
  }
});
