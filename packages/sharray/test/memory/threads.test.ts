import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { SharedArray, SharedMemory } from "sharray";

/** A thread that attaches to what it is told, holds views of it, and says what it sees. */
const program = `
  const { parentPort, workerData } = require("node:worker_threads");
  import(workerData.library).then(({ SharedArray }) => {
    const arrays = new Map();
    parentPort.on("message", ({ op, id, handle, value }) => {
      try {
        if (op === "attach") {
          const a = SharedArray.attach(handle, { readonly: value === "readonly" });
          arrays.set(id, { a, data: a.data, bytes: a.bytes });
        }
        const { a, data, bytes } = arrays.get(id);
        if (op === "store") data[0] = value;
        if (op === "close") a.close();
        parentPort.postMessage({ first: data[0], length: bytes.length, handle: a.closed ? null : a.handle() });
      } catch (error) {
        parentPort.postMessage({ code: error.code, message: error.message });
      }
    });
  });
`;

interface Answer {
  first?: number;
  length?: number;
  handle?: ReturnType<SharedArray["handle"]> | null;
  code?: string;
  message?: string;
}

class Thread implements AsyncDisposable {
  readonly worker = new Worker(program, { eval: true, workerData: { library: import.meta.resolve("sharray") } });

  async ask(op: string, more: { id?: number; handle?: unknown; value?: unknown } = {}): Promise<Answer> {
    this.worker.postMessage({ op, id: 0, ...more });
    const [answer] = (await once(this.worker, "message")) as [Answer];
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker.terminate();
  }
}

test("closing in one thread leaves the views of another their data", async () => {
  await using thread = new Thread();
  const a = SharedArray.from([1.5, 2, 3]);
  const mine = a.data;
  assert.equal((await thread.ask("attach", { handle: a.handle() })).first, 1.5);
  a.set(0, 2.5);
  a.close();
  assert.equal(mine.length, 0);
  assert.equal((await thread.ask("look")).first, 2.5);
  const { first, length, handle } = await thread.ask("store", { value: 7 });
  assert.deepEqual([first, length], [7, 24]);
  // The other thread's attachment holds the block, so its handle leads there.
  using again = SharedArray.attach(handle!);
  assert.deepEqual(again.toArray(), [7, 2, 3]);
  const { length: left } = await thread.ask("close");
  assert.equal(left, 0);
  assert.equal(again.get(0), 7);
  again.close();
  assert.throws(() => SharedArray.attach(handle!), { code: "BLOCK_GONE" });
});

test("a thread that ends leaves other threads their attachments, and its own are gone", async () => {
  const thread = new Thread();
  const a = SharedArray.from([4, 5]);
  const { handle } = await thread.ask("attach", { handle: a.handle() });
  a.close();
  const b = SharedArray.attach(handle!);
  await thread.worker.terminate();
  assert.deepEqual(b.toArray(), [4, 5]);
  b.close();
  assert.throws(() => SharedArray.attach(handle!), { code: "BLOCK_GONE" });
});

test("two attachments of one thread are closed one by one", async () => {
  const a = SharedArray.from([1, 2]);
  const b = SharedArray.attach(a.handle());
  const data = b.data;
  a.close();
  assert.deepEqual([...data], [1, 2]);
  assert.equal(b.get(1), 2);
  b.close();
  assert.equal(data.length, 0);
});

test("a thread's read-only attachment changes no other's bytes", async () => {
  await using thread = new Thread();
  using a = SharedArray.from([1, 2]);
  assert.equal((await thread.ask("attach", { handle: a.handle(), value: "readonly" })).first, 1);
  assert.equal((await thread.ask("store", { value: 9 })).first, 9);
  assert.equal(a.get(0), 1);
  a.set(1, 5);
  using b = SharedArray.attach(a.handle());
  assert.deepEqual(b.toArray(), [1, 5]);
});

test("posting the object itself is refused, its data arrives as a copy", async () => {
  await using thread = new Thread();
  using a = SharedArray.from([1, 2]);
  using shm = SharedMemory.create(8);
  for (const object of [a, a.at(0), shm]) {
    assert.throws(() => thread.worker.postMessage(object), { code: "NOT_CLONEABLE" });
  }
});
