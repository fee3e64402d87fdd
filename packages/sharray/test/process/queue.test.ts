import assert from "node:assert/strict";
import { test } from "node:test";
import { Pool, Process, Queue, SharedMemory, SharrayError } from "sharray";
import { descriptors, gone } from "./alive.ts";
import * as tasks from "./tasks.ts";

function coded(code: string): (error: unknown) => boolean {
  return (error) => error instanceof SharrayError && error.code === code;
}

test("items of one sender arrive in order, however many the system has no room for", async () => {
  using queue = new Queue<number>();
  for (let i = 0; i < 3000; i++) await queue.put(i);
  for (let i = 0; i < 3000; i++) assert.equal(await queue.get(), i);
});

test("get waits, and gives items to those that wait in their order", async () => {
  using queue = new Queue<string>();
  const both = Promise.all([queue.get(), queue.get()]);
  await queue.put("first");
  await queue.put("second");
  assert.deepEqual(await both, ["first", "second"]);
});

test("a get that times out or is aborted takes no item with it", async () => {
  using queue = new Queue<number>();
  await assert.rejects(queue.get({ timeout: 0 }), coded("TIMEOUT"));
  await assert.rejects(queue.get({ timeout: 5 }), coded("TIMEOUT"));
  const controller = new AbortController();
  const aborted = queue.get({ signal: controller.signal });
  controller.abort("no longer");
  await assert.rejects(aborted, coded("ABORTED"));
  await assert.rejects(queue.get({ signal: controller.signal }), coded("ABORTED"));
  await queue.put(1);
  assert.equal(await queue.get({ timeout: 0 }), 1);
});

test("no item is lost or doubled between gets that time out and puts", async () => {
  using queue = new Queue<number>();
  const seen: number[] = [];
  let puts = 0;
  while (seen.length < 300) {
    const taken = queue.get({ timeout: seen.length % 3 }).then(
      (item) => seen.push(item),
      (error) => assert.ok(coded("TIMEOUT")(error)),
    );
    if (puts < 300) await queue.put(puts++);
    await taken;
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 300 }, (_, i) => i),
  );
  await assert.rejects(queue.get({ timeout: 1 }), coded("TIMEOUT"));
});

test("maxsize makes put wait for a place, or time out without a trace", async () => {
  using queue = new Queue<number>({ maxsize: 2 });
  await queue.put(1);
  await queue.put(2);
  await assert.rejects(queue.put(3, { timeout: 5 }), coded("TIMEOUT"));
  const fourth = queue.put(4);
  assert.equal(await queue.get(), 1);
  await fourth;
  assert.equal(await queue.get(), 2);
  assert.equal(await queue.get(), 4);
  await assert.rejects(queue.get({ timeout: 1 }), coded("TIMEOUT"));
});

test("many senders and receivers in many processes get each item exactly once", async () => {
  using from = new Queue<number>({ maxsize: 7 });
  using to = new Queue<[number, number]>();
  await using pool = new Pool(3);
  const working = pool.starmap(tasks.relay, [
    [from, to, 100],
    [from, to, 100],
    [from, to, 100],
  ]);
  const sent = (async () => {
    for (let i = 0; i < 300; i++) await from.put(i);
  })();
  const got: number[] = [];
  for (let i = 0; i < 300; i++) got.push((await to.get())[1]);
  await Promise.all([working, sent]);
  assert.deepEqual(
    got.sort((a, b) => a - b),
    Array.from({ length: 300 }, (_, i) => i),
  );
});

test("everything put is received although its process ends at once", async () => {
  using queue = new Queue<unknown>();
  const items = Array.from({ length: 2000 }, (_, i) => ({ i, text: "x".repeat(i % 500) }));
  const p = new Process(tasks.putAll, queue, items);
  p.start();
  for (const item of items) assert.deepEqual(await queue.get(), item);
  await p.join();
  assert.equal(p.exitcode, 0);
});

test("an item keeps its memory when the sender has closed it, or is dead", async () => {
  using queue = new Queue<SharedMemory>();
  const memory = SharedMemory.create(4096);
  memory.buf.fill(3);
  await queue.put(memory);
  memory.close();
  using received = await queue.get();
  assert.equal(received.buf[4095], 3);
  const p = new Process(tasks.putAll, queue as Queue<unknown>, [received]);
  p.start();
  await p.join();
  using again = await queue.get();
  assert.equal(again.buf[4095], 3);
});

test("a process killed while it waits in get or put harms nobody", async () => {
  using queue = new Queue<unknown>({ maxsize: 1 });
  using begun = new Queue<number>();
  const getter = new Process(tasks.getForEver, queue, begun);
  getter.start();
  process.kill(await begun.get(), "SIGKILL");
  await getter.join();
  assert.equal(getter.exitcode, -9);
  await queue.put("one");
  const putter = new Process(tasks.putForEver, queue, begun);
  putter.start();
  const pid = await begun.get();
  process.kill(pid, "SIGKILL");
  await gone(pid);
  assert.equal(await queue.get(), "one");
  await queue.put("two");
  assert.equal(await queue.get(), "two");
  await assert.rejects(queue.get({ timeout: 1 }), coded("TIMEOUT"));
});

test("a queue travels in items of a queue, and is the same one where it is known already", async () => {
  using outer = new Queue<{ inner: Queue<string> }>();
  using inner = new Queue<string>();
  await outer.put({ inner });
  const received = (await outer.get()).inner;
  assert.equal(received, inner);
});

test("close ends what waits with CLOSED, and leaves no descriptor", async () => {
  const queue = new Queue<number>({ maxsize: 1 });
  const waiting = queue.get();
  queue.close();
  queue.close();
  await assert.rejects(waiting, coded("CLOSED"));
  await assert.rejects(queue.get(), coded("CLOSED"));
  await assert.rejects(queue.put(1), coded("CLOSED"));
  using memory = SharedMemory.create(64);
  const before = descriptors();
  for (let i = 0; i < 100; i++) {
    const full = new Queue<SharedMemory>({ maxsize: 1 });
    await full.put(memory);
    const stuck = full.put(memory);
    full.close();
    await assert.rejects(stuck, coded("CLOSED"));
  }
  assert.ok(descriptors() <= before);
});

test("what cannot travel is refused with its path, and so are wrong options", async () => {
  using queue = new Queue<unknown>();
  await assert.rejects(queue.put({ a: [() => 1] }), /item\.a\[0\] is a function/);
  await assert.rejects(queue.get({ timeOut: 1 } as never), coded("BAD_ARGUMENT"));
  await assert.rejects(queue.get({ timeout: -1 }), coded("BAD_ARGUMENT"));
  assert.throws(() => new Queue({ maxsize: -1 }), coded("BAD_ARGUMENT"));
});
