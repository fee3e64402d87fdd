import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { SharedArray, SharedMemory, SharrayError } from "sharray";

function refusal(run: () => unknown): SharrayError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof SharrayError, `expected a SharrayError, found ${inspect(error)}`);
    return error;
  }
  return assert.fail("nothing was thrown");
}

test("new memory is zero, has the size that was asked for, and no name", () => {
  using shm = SharedMemory.create(10_000);
  assert.equal(shm.size, 10_000);
  assert.equal(shm.name, null);
  assert.equal(shm.readonly, false);
  assert.equal(shm.closed, false);
  assert.equal(shm.buf.length, 10_000);
  assert.ok(shm.buf.every((byte) => byte === 0));
});

test("createAsync makes the same", async () => {
  using shm = await SharedMemory.createAsync(100 << 20);
  assert.equal(shm.buf.length, 100 << 20);
  shm.buf[shm.size - 1] = 9;
  using same = SharedMemory.attach(shm.handle());
  assert.equal(same.bytes(shm.size - 1)[0], 9);
});

test("createAsync reserves without holding up the event loop", async () => {
  let turns = 0;
  const made = SharedMemory.createAsync(256 << 20);
  let done = false;
  const counting = (async () => {
    while (!done) {
      turns += 1;
      await new Promise(setImmediate);
    }
  })();
  const shm = await made;
  done = true;
  await counting;
  shm.close();
  assert.ok(turns > 2, `the event loop turned ${turns} times meanwhile`);
});

test("an attachment sees the same bytes, both ways", () => {
  using first = SharedMemory.create(100);
  using second = SharedMemory.attach(first.handle());
  first.buf.set([1, 2, 3], 50);
  assert.deepEqual([...second.buf.subarray(50, 53)], [1, 2, 3]);
  second.buf[0] = 200;
  assert.equal(first.buf[0], 200);
  using third = SharedMemory.attach(JSON.parse(JSON.stringify(second.handle())));
  assert.equal(third.buf[0], 200);
});

test("buf is the same object each time", () => {
  using shm = SharedMemory.create(100);
  assert.equal(shm.buf, shm.buf);
});

test("bytes gives any window, over an ArrayBuffer of just that window", () => {
  using shm = SharedMemory.create(1000);
  const window = shm.bytes(10, 20);
  assert.deepEqual([window.length, window.byteOffset, window.buffer.byteLength], [20, 0, 20]);
  window.fill(7);
  assert.deepEqual([shm.buf[9], shm.buf[10], shm.buf[29], shm.buf[30]], [0, 7, 7, 0]);
  assert.equal(shm.bytes(990).length, 10);
  assert.equal(shm.bytes().length, 1000);
  assert.equal(shm.bytes(1000).length, 0);
  assert.equal(shm.bytes(10, 20).buffer, window.buffer);
});

test("windows that overlap show the same bytes", () => {
  using shm = SharedMemory.create(1000);
  const windows = Array.from({ length: 500 }, (_, i) => shm.bytes(i, 500));
  shm.buf[499] = 42;
  for (const [i, window] of windows.entries()) assert.equal(window[499 - i], 42);
});

test("a window outside the memory is OUT_OF_BOUNDS, a wrong number BAD_ARGUMENT", () => {
  using shm = SharedMemory.create(100);
  assert.equal(refusal(() => shm.bytes(0, 101)).code, "OUT_OF_BOUNDS");
  assert.equal(refusal(() => shm.bytes(101)).code, "OUT_OF_BOUNDS");
  assert.deepEqual(refusal(() => shm.bytes(99, 2)).details, { offset: 99, length: 2, size: 100 });
  for (const wrong of [-1, 1.5, Number.NaN, "1" as unknown as number]) {
    assert.equal(refusal(() => shm.bytes(wrong)).code, "BAD_ARGUMENT");
    assert.equal(refusal(() => shm.bytes(0, wrong)).code, "BAD_ARGUMENT");
  }
});

test("a size that is none is BAD_ARGUMENT", async () => {
  for (const wrong of [0, -1, 1.5, 2 ** 53, Number.NaN, "10", null, undefined, 10n]) {
    assert.equal(refusal(() => SharedMemory.create(wrong as number)).code, "BAD_ARGUMENT", inspect(wrong));
    await assert.rejects(SharedMemory.createAsync(wrong as number), { code: "BAD_ARGUMENT" });
  }
});

test("it is created or attached, not constructed", () => {
  const Constructor = SharedMemory as unknown as new (size: number) => SharedMemory;
  assert.equal(refusal(() => new Constructor(10)).code, "BAD_ARGUMENT");
});

test("a misspelt option is BAD_ARGUMENT and names those there are", () => {
  using shm = SharedMemory.create(10);
  const error = refusal(() => SharedMemory.attach(shm.handle(), { readOnly: true } as object));
  assert.equal(error.code, "BAD_ARGUMENT");
  assert.match(error.message, /"readOnly".*readonly/);
  assert.equal(refusal(() => SharedMemory.create(10, { nam: "x" } as object)).code, "BAD_ARGUMENT");
  assert.equal(refusal(() => SharedMemory.create(10, null as never)).code, "BAD_ARGUMENT");
  assert.equal(refusal(() => SharedMemory.attach(shm.handle(), { readonly: 1 as never })).code, "BAD_ARGUMENT");
});

test("a read-only attachment keeps stores to itself", () => {
  using shm = SharedMemory.create(10);
  shm.buf[0] = 1;
  using copy = SharedMemory.attach(shm.handle(), { readonly: true });
  assert.equal(copy.readonly, true);
  copy.buf[0] = 2;
  assert.equal(shm.buf[0], 1);
  assert.equal(copy.buf[0], 2);
  shm.buf[1] = 3;
  using again = SharedMemory.attach(copy.handle());
  assert.deepEqual([...again.buf.subarray(0, 2)], [1, 3]);
});

test("closing empties the views of this attachment only", () => {
  const first = SharedMemory.create(100);
  using second = SharedMemory.attach(first.handle());
  second.buf[5] = 5;
  const [buf, window] = [first.buf, first.bytes(5, 5)];
  const numbers = new Float64Array(buf.buffer, 0, 2);
  first.close();
  assert.deepEqual([buf.length, window.length, numbers.length, buf[5]], [0, 0, 0, undefined]);
  assert.equal(second.buf[5], 5);
  assert.equal(first.closed, true);
  assert.equal(first.size, 100);
});

test("a closed one answers CLOSED; closing and unlinking again is no error", () => {
  const shm = SharedMemory.create(100);
  shm.buf;
  shm.close();
  for (const use of [() => shm.buf, () => shm.bytes(0, 1), () => shm.bytes(100), () => shm.handle()]) {
    assert.equal(refusal(use).code, "CLOSED");
  }
  shm.close();
  shm.unlink();
  shm[Symbol.dispose]();
});

test("unlink does nothing to memory without a name", () => {
  using shm = SharedMemory.create(100);
  shm.unlink();
  shm.buf[0] = 1;
  using same = SharedMemory.attach(shm.handle());
  assert.equal(same.buf[0], 1);
});

test("cloning, posting and JSON throw NOT_CLONEABLE", () => {
  using shm = SharedMemory.create(10);
  const { port1 } = new MessageChannel();
  const attempts = [
    () => structuredClone(shm),
    () => structuredClone({ deep: [shm] }),
    () => port1.postMessage(shm),
    () => JSON.stringify(shm),
  ];
  for (const attempt of attempts) {
    const error = refusal(attempt);
    assert.equal(error.code, "NOT_CLONEABLE");
    assert.match(error.message, /handle\(\)/);
  }
  port1.close();
});

test("new is no way to make one", () => {
  for (const Kind of [SharedMemory, SharedArray] as unknown as (new () => unknown)[]) {
    const error = refusal(() => new Kind());
    assert.equal(error.code, "BAD_ARGUMENT");
    assert.match(error.message, /attach\(.*not `new`/);
  }
});

test("console.log tells what it is", () => {
  const shm = SharedMemory.create(10);
  assert.equal(inspect(shm), "SharedMemory { name: null, size: 10, readonly: false, closed: false }");
  shm.close();
  assert.match(inspect(shm), /closed: true/);
  assert.match(inspect({ deep: { deeper: { deepest: shm } } }, { depth: 2 }), /SharedMemory/);
  inspect(shm, { showHidden: true });
});

test("above 4 GiB: one array where Node can, windows everywhere", async () => {
  const { Block } = await import("../../dist/memory/block.js");
  const { memoryOn } = await import("../../dist/memory/shared_memory.js");
  const size = 5 * 2 ** 30;
  using shm = memoryOn(Block.create(size, { reserve: false }));
  shm.bytes(size - 10, 10).fill(3);
  const { constants } = await import("node:buffer");
  if (constants.MAX_LENGTH >= size) {
    assert.equal(shm.buf.length, size);
    assert.equal(shm.buf[size - 1], 3);
  } else {
    const error = refusal(() => shm.buf);
    assert.equal(error.code, "TOO_LARGE");
    assert.match(error.message, /bytes\(offset, length\)/);
  }
});
