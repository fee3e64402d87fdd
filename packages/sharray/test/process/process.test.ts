import assert from "node:assert/strict";
import { test } from "node:test";
import { Process, Queue, SharedMemory, SharrayError } from "sharray";
import { alive } from "./alive.ts";
import * as tasks from "./tasks.ts";

test("a Process returns what its task returned, and ends with 0", async () => {
  const p = new Process(tasks.add, 1, 2);
  assert.equal(p.pid, null);
  assert.equal(p.isAlive(), false);
  p.start();
  assert.ok(alive(p.pid!));
  assert.equal(p.isAlive(), true);
  assert.equal(p.exitcode, null);
  assert.equal(await p.result, 3);
  await p.join();
  await p.join();
  assert.equal(p.exitcode, 0);
  assert.equal(p.isAlive(), false);
});

test("it ends with 1 when the task threw, and result rejects with the error", async () => {
  const p = new Process(tasks.throwShared);
  p.start();
  await p.join();
  assert.equal(p.exitcode, 1);
  await assert.rejects(p.result, { code: "SOME_CODE", message: "it failed" });
});

for (const [how, exitcode, signal] of [
  ["kill", -9, "SIGKILL"],
  ["terminate", -15, "SIGTERM"],
] as const) {
  test(`${how}() gives the exit code ${exitcode}, and result is WORKER_DIED`, async () => {
    using begun = new Queue<number>();
    const p = new Process(tasks.spin, begun);
    p.start();
    assert.equal(await begun.get(), p.pid);
    await p.join({ timeout: 1 });
    assert.equal(p.exitcode, null);
    p[how]();
    await p.join();
    assert.equal(p.exitcode, exitcode);
    await assert.rejects(p.result, (error) => {
      assert.ok(error instanceof SharrayError);
      assert.equal(error.code, "WORKER_DIED");
      assert.deepEqual(error.details, { signal, exitcode, pid: p.pid, task: "spin" });
      return true;
    });
  });
}

test("process.exit in the task is WORKER_DIED with its status", async () => {
  const p = new Process(tasks.exitWith, 7);
  p.start();
  await assert.rejects(p.result, {
    code: "WORKER_DIED",
    details: { signal: null, exitcode: 7, pid: p.pid, task: "exitWith" },
  });
  assert.equal(p.exitcode, 7);
});

test("memory that a process made is there after its end", async () => {
  const p = new Process(tasks.fillMemory, 9, 1 << 20);
  p.start();
  await p.join();
  using memory = await p.result;
  assert.ok(memory instanceof SharedMemory);
  assert.equal(memory.buf[(1 << 20) - 1], 9);
});

test("it can be started once, and joined when it was started", async () => {
  const p = new Process(tasks.double, 1);
  await assert.rejects(p.join(), { code: "BAD_ARGUMENT" });
  p.start();
  assert.throws(() => p.start(), { code: "BAD_ARGUMENT" });
  await p.join();
  const bad = new Process(tasks.echo, () => 1);
  assert.throws(() => bad.start(), /args\[0\] is a function/);
  assert.throws(() => new Process(tasks.notATask as never), { code: "BAD_ARGUMENT" });
});
