import assert from "node:assert/strict";
import { test } from "node:test";
import { NDArray, SharedArray, SharrayError } from "sharray";
import { refusal } from "./refusal.ts";

const pair = [
  ["a", "<i4"],
  ["b", "<f8"],
  ["c", "S4"],
] as const;

function records(): { memory: Uint8Array; array: NDArray<typeof pair> } {
  const memory = new Uint8Array(16 * 6).fill(7);
  return { memory, array: new NDArray([6], pair, memory) };
}

/** A record whose member `b` is what `read` gives each time it is asked for. */
function lively(read: () => unknown, a = 1): { a: number; b: number; c: string } {
  return Object.defineProperty({ a, b: 0, c: "x" }, "b", { get: read, enumerable: true });
}

/** Calls with a record (or what holds one) that end in an error: nothing may be stored, and the error is the caller's or ours. */
function untouched(memory: Uint8Array, calls: (() => unknown)[], expected: string | ErrorConstructor): void {
  const before = Buffer.from(memory);
  for (const [i, call] of calls.entries()) {
    assert.throws(call, typeof expected === "string" ? { code: expected } : expected, `call ${i}`);
    assert.deepEqual(Buffer.from(memory), before, `call ${i} left something behind`);
  }
}

test("a getter that throws ends the call with its own error, and nothing is stored", () => {
  const { memory, array } = records();
  const thrower = (): never => {
    throw new Error("mine");
  };
  const bad = lively(thrower);
  const good = lively(() => 2);
  const trap = new Proxy({}, { getOwnPropertyDescriptor: thrower });
  const items = new Proxy([good, good], {
    get: (target, key) => (key === "1" ? thrower() : Reflect.get(target, key)),
  });
  untouched(
    memory,
    [
      () => array.set(0, bad),
      () => array.fill(bad),
      () => array.assign(bad),
      () => array.assign([good, good, good, good, good, bad]),
      () => array.slice([null, null, -2]).assign([good, good, bad]),
      () => array.set(0, trap as never),
      () => array.slice([0, 2]).assign(items),
      () => array.set(new Proxy([0], { get: thrower }), good),
    ],
    Error,
  );
  const numbers = new NDArray([1], "c16", new Uint8Array(16).fill(3));
  assert.throws(() => numbers.set(0, Object.defineProperty({ re: 1, im: 1 }, "im", { get: thrower })), /mine/);
  assert.deepEqual(Buffer.from(numbers.bytes), Buffer.alloc(16, 3));
});

test("a member that is something else each time it is read is read once", () => {
  const { memory, array } = records();
  let reads = 0;
  const turning = lively(() => (reads++ % 2 === 0 ? 2.5 : "no number"));
  array.slice([0, 2]).assign([lively(() => 1), turning]);
  assert.deepEqual([reads, array.get(1)], [1, { a: 1, b: 2.5, c: "x" }]);
  reads = 1;
  untouched(
    memory,
    [
      () => array.assign(turning),
      () => {
        reads = 1;
        array.set(3, turning);
      },
      () => {
        reads = 1;
        array.assign([turning]);
      },
    ],
    "BAD_VALUE",
  );
});

test("a getter that stores another record of the same dtype does not mix the two", () => {
  const { array } = records();
  const outer = lively(() => {
    array.set(1, { a: 100, b: 200, c: "in" });
    array.slice([2, 4]).assign([{ a: 300, b: 400, c: "two" }]);
    array.slice([4, 6]).fill({ a: 500, b: 600, c: "all" });
    return 2;
  }, 11);
  array.set(0, outer);
  assert.deepEqual(array.toArray(), [
    { a: 11, b: 2, c: "x" },
    { a: 100, b: 200, c: "in" },
    { a: 300, b: 400, c: "two" },
    { a: 300, b: 400, c: "two" },
    { a: 500, b: 600, c: "all" },
    { a: 500, b: 600, c: "all" },
  ]);
  const deep = (n: number): { a: number; b: number; c: string } =>
    lively(() => {
      if (n > 0) array.set(n, deep(n - 1));
      return n / 2;
    }, n);
  array.set(0, deep(5));
  assert.deepEqual(
    [...array].map(({ a, b }) => [a, b]),
    [5, 0, 1, 2, 3, 4].map((n) => [n, n / 2]),
  );
});

test("a getter that closes the array, or takes its buffer away, ends the call with CLOSED", () => {
  const stores: ((array: NDArray<typeof pair>, value: { a: number; b: number; c: string }) => unknown)[] = [
    (array, value) => array.set(0, value),
    (array, value) => array.fill(value),
    (array, value) => array.slice([null, null, -1]).fill(value),
    (array, value) => array.assign(value),
    (array, value) => array.assign([value, value, value]),
    (array, value) => array.slice([null, null, 2]).assign([lively(() => 1), value]),
    (array, value) => array.slice([null, null, 2]).set(1, value),
  ];
  for (const [i, store] of stores.entries()) {
    const shared = SharedArray.create({ shape: 3, dtype: pair });
    const closing = lively(() => {
      shared.close();
      return 1;
    });
    assert.equal(refusal(() => store(shared, closing)).code, "CLOSED", `way ${i}`);
    const memory = new ArrayBuffer(48);
    const moving = lively(() => {
      if (memory.byteLength > 0) structuredClone(memory, { transfer: [memory] });
      return 1;
    });
    assert.equal(refusal(() => store(new NDArray([3], pair, memory), moving)).code, "CLOSED", `way ${i}`);
  }
  const numbers = SharedArray.create({ shape: 1, dtype: "<c8" });
  const closing = Object.defineProperty({ re: 1, im: 1 }, "im", {
    get: () => {
      numbers.close();
      return 1;
    },
  });
  assert.equal(refusal(() => numbers.set(0, closing)).code, "CLOSED");
});

test("a getter that changes the list it is read from changes nothing but what it gives", () => {
  const array = new NDArray([2, 2], [["b", "u1"]], new ArrayBuffer(4));
  const first: { b: number }[] = [];
  const list = [first, [{ b: 3 }, { b: 4 }]];
  first.push({ b: 1 }, { b: 2 });
  const growing = new Proxy(first, {
    get: (target, key) => {
      if (key === "0") target.push({ b: 9 });
      return Reflect.get(target, key);
    },
  });
  list[0] = growing;
  // The list was two long when it was looked at; asked for its shape again, it is longer, and ragged.
  assert.equal(refusal(() => array.assign(list)).code, "BAD_SHAPE");
  assert.deepEqual(array.field("b").toArray(), [
    [0, 0],
    [0, 0],
  ]);
});

test("lists that hold themselves, have holes, or lie deeper than arrays do are refused", () => {
  const array = new NDArray([2, 2], "f8", new Float64Array([1, 2, 3, 4]));
  const loop: unknown[] = [];
  loop.push(loop);
  const twice: unknown[] = [1];
  twice.push(twice);
  const both: unknown[] = [];
  both.push(both, both);
  let deep: unknown = 1;
  for (let i = 0; i < 65; i++) deep = [deep];
  for (const list of [loop, twice, both, deep, [loop, loop]]) {
    assert.equal(refusal(() => array.assign(list as never)).code, "BAD_SHAPE");
    assert.equal(refusal(() => SharedArray.from(list as never)).code, "BAD_SHAPE");
    assert.ok(["BAD_VALUE", "BAD_SHAPE"].includes(refusal(() => array.set([0, 0], list as never)).code));
  }
  const holes = [[1, 2], new Array<number>(2)];
  const error = refusal(() => array.assign(holes));
  assert.deepEqual([error.code, error.details.index], ["BAD_VALUE", [1, 0]]);
  assert.equal(refusal(() => array.assign([[1, 2], ...new Array(1)] as never)).code, "BAD_SHAPE");
  assert.deepEqual(array.toArray().flat(), [1, 2, 3, 4]);
});

test("off the event loop the same values are refused, and nothing is stored either", async () => {
  using shared = SharedArray.create({ shape: 6, dtype: pair });
  shared.fill({ a: 1, b: 2, c: "x" });
  const before = Buffer.from(shared.bytes);
  let reads = 1;
  const turning = lively(() => (reads++ % 2 === 0 ? 2.5 : "no number"));
  const wrong = { a: 2 ** 31, b: 0, c: "" };
  const thrower = lively(() => {
    throw new Error("mine");
  });
  await assert.rejects(shared.fillAsync(turning), { code: "BAD_VALUE" });
  await assert.rejects(shared.fillAsync(wrong), { code: "BAD_VALUE" });
  await assert.rejects(shared.assignAsync([...Array(5).fill({ a: 1, b: 1, c: "" }), wrong]), { code: "BAD_VALUE" });
  await assert.rejects(shared.assignAsync(thrower), /mine/);
  await assert.rejects(shared.field("a").assignAsync(new Float64Array([1, 2, 3, 4, 5, 0.5])), { code: "BAD_VALUE" });
  await assert.rejects(shared.assignAsync([1, 2] as never), { code: "BAD_SHAPE" });
  assert.deepEqual(Buffer.from(shared.bytes), before);
  const closed = SharedArray.create({ shape: 3, dtype: pair });
  const closing = lively(() => {
    closed.close();
    return 1;
  });
  await assert.rejects(closed.fillAsync(closing), { code: "CLOSED" });
});

test("memory that was taken away before is memory of no bytes", () => {
  const gone = new Float64Array(4);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  const array = new NDArray([4], "f8", new ArrayBuffer(32)).fill(1);
  assert.equal(refusal(() => array.assign(gone)).code, "BAD_SHAPE");
  assert.equal(refusal(() => new NDArray([1], "f8", gone)).code, "BAD_SHAPE");
  assert.equal(refusal(() => new NDArray([1], "f8", gone.buffer)).code, "BAD_SHAPE");
  assert.equal(new NDArray([0], "f8", gone).size, 0);
  for (const values of [[undefined], [null], [{}], [new Date(0)], new Array(2), [array]]) {
    const error = refusal(() => SharedArray.from(values as never));
    assert.equal(error.code, "BAD_DTYPE");
    assert.match(error.message, /is no number, bigint, boolean, text or complex number; give \{ dtype \}/);
  }
});

test("members that are missing, inherited or too many, and objects that are no records, are refused", () => {
  const { memory, array } = records();
  const good = { a: 1, b: 2, c: "x" };
  const values: [unknown, RegExp][] = [
    [{ a: 1, b: 2 }, /"c" is missing/],
    [{ ...good, d: 1 }, /no field "d"/],
    [Object.create(good), /"a" is missing \(an inherited one does not count\)/],
    [{ ...good, "\ud800": 1 }, /no field "\\ud800"/],
    [new Map(Object.entries(good)), /"a" is missing/],
    [[1, 2, "x"], /an object with the members a, b, c is expected/],
    [new NDArray([], pair, new ArrayBuffer(16)), /"a" is missing/],
    [() => good, /a function does not fit/],
    [Symbol("good"), /Symbol\(good\) does not fit/],
    [{ ...good, b: Symbol("b") }, /field "b": Symbol\(b\) does not fit/],
    [{ ...good, a: null }, /field "a": null does not fit/],
    [{ ...good, a: undefined }, /field "a": undefined does not fit/],
    [{ ...good, c: "12345" }, /field "c": "12345" does not fit "\|S4": it has 5 characters, 4 are allowed/],
  ];
  for (const [value, message] of values) {
    for (const call of [
      () => array.set(0, value as never),
      () => array.fill(value as never),
      () => array.slice([0, 2]).assign([good, value] as never),
    ]) {
      // A list where a record belongs is one axis more.
      if (Array.isArray(value) && call.toString().includes("assign")) continue;
      untouched(memory, [call], "BAD_VALUE");
      assert.match(refusal(call).message, message);
    }
  }
  array.set(0, Object.assign(Object.create(null), good));
  array.set(1, Object.freeze({ c: "x", b: 2, a: 1 }));
  array.set(2, new Proxy(good, {}));
  assert.deepEqual(array.slice([0, 3]).toArray(), [good, good, good]);
});

test("errors about values show them without running their code, on one short line", () => {
  const array = new NDArray([1], "i4", new ArrayBuffer(4));
  const cases: [unknown, string][] = [
    [{ a: 1, b: [1, "x", null, 5n] }, '{"a":1,"b":[1,"x",null,5n]}'],
    [{ get a(): number { throw new Error("read"); } }, '{"a":(a getter)}'], // biome-ignore format: a line
    [{ toJSON: () => { throw new Error("called"); } }, '{"toJSON":a function}'], // biome-ignore format: a line
    [new Proxy({}, {}), "a Proxy"],
    [new Date(0), "Date 1970-01-01T00:00:00.000Z"],
    [new Date(Number.NaN), "Date (invalid)"],
    [new Float32Array([1, 2.5]), "Float32Array [1,2.5]"],
    [new Map(), "Map object"],
    [new NDArray([], "f8", new ArrayBuffer(8)), "NDArray object"],
    [Object.create({ constructor: 5 }), "an object"],
    [{ a: { b: { c: { d: { e: 1 } } } } }, '{"a":{"b":{"c":{"d":{...}}}}}'],
    ["\ud83d\ude00".repeat(60), `"${"\ud83d\ude00".repeat(38)}...`],
  ];
  for (const [value, shown] of cases) {
    assert.ok(
      refusal(() => array.set(0, value as never)).message.startsWith(`${shown} does not fit "<i4": `),
      refusal(() => array.set(0, value as never)).message,
    );
  }
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const huge = Array.from({ length: 2 ** 20 }, () => "x");
  for (const value of [
    revoked.proxy,
    huge,
    new Uint8Array(2 ** 28),
    "y".repeat(2 ** 24),
    { [Symbol.toStringTag]: 1 },
  ]) {
    const error = refusal(() => array.set(0, value as never));
    assert.ok(error instanceof SharrayError && error.message.length < 200, error.message);
  }
});
