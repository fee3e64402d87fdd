import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { assertNoLeaks, Pool, Process, Queue, SharedMemory } from "sharray";
import { run } from "../memory/programs.ts";
import * as tasks from "./tasks.ts";

function leaks(): string[] {
  try {
    assertNoLeaks();
    return [];
  } catch (error) {
    const { blocks } = (error as { details: { blocks: { place: string }[] } }).details;
    return blocks.map(({ place }) => place.replace(/ of .*[/]/, " of "));
  }
}

test("what a task returned and a queue gave is the receiver's to close", async () => {
  await using pool = new Pool(1);
  const results = await pool.map(tasks.fillMemory, [1, 2]);
  const queue = new Queue<SharedMemory>();
  const sent = SharedMemory.create(10);
  await queue.put(sent);
  const received = await queue.get();
  const child = new Process(tasks.fillMemory, 3);
  child.start();
  const third = await child.result;
  await child.join();
  const returned = "returned by the task fillMemory of tasks.ts";
  const [first, second, own, ...rest] = leaks();
  assert.deepEqual([first, second, ...rest], [returned, returned, "taken from a Queue", returned]);
  assert.match(own!, /ownership\.test\.ts:\d+:\d+$/);
  for (const memory of [...results, sent, received, third]) memory.close();
  queue.close();
  assertNoLeaks();
});

test("results that nobody takes any more are closed", async () => {
  await using pool = new Pool(2);
  for (const method of ["imap", "imapUnordered"] as const) {
    for await (const memory of pool[method](tasks.fillMemory, [1, 2, 3, 4, 5, 6])) {
      memory.close();
      await pool.apply(tasks.double, 1); // others have come meanwhile
      break;
    }
    assertNoLeaks();
  }
  await assert.rejects(pool.starmap(tasks.fillMemory as never, [[1], [2], [3, -1]] as never), { code: "BAD_ARGUMENT" });
  assertNoLeaks();
});

test("a worker does not count what it was given, nor what it returned", async () => {
  await using pool = new Pool(1);
  const memory = await pool.apply(tasks.fillMemory, 1);
  assert.equal(await pool.apply(tasks.openHere, memory), "");
  await pool.apply(tasks.forgetMemory, 100);
  const open = await pool.apply(tasks.openHere, memory);
  assert.match(open, /^1 attachment is still open\./);
  assert.match(open, /SharedMemory of 100 bytes, made at .*tasks\.ts:\d+:\d+$/);
  memory.close();
});

async function heard(last: string): Promise<string[]> {
  const program = `
    import { Pool } from "sharray";
    const tasks = await import(${JSON.stringify(fileURLToPath(new URL("./tasks.ts", import.meta.url)))});
    const pool = new Pool(1);
    for (let i = 0; i < 20; i++) {
      const memory = await pool.apply(tasks.fillMemory, i);
      await pool.apply(tasks.sumMemory, memory);
      memory.close();
    }
    ${last}
    console.log(JSON.stringify(await pool.apply(tasks.hearForgotten)));
    pool.close();
    await pool.join();
  `;
  const { stdout, stderr } = await run(program, {
    node: ["--import", "tsx", "--expose-gc"],
    before: "export SHARRAY_TRACE=1",
  });
  assert.match(stdout, /^\[.*\]\n$/, stderr);
  return JSON.parse(stdout) as string[];
}

test("nothing is said of what a worker was given or returned", async () => {
  assert.equal((await heard("")).length, 1);
});

test("what the code of a task forgot is said by the worker", async () => {
  const [said, ...rest] = await heard("await pool.apply(tasks.forgetMemory, 777);");
  assert.equal(rest.length, 1);
  assert.match(said!, /^a SharedMemory of 777 bytes, made at .*tasks\.ts:\d+:\d+\), was never closed/);
});
