import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { SharedMemory } from "sharray";
import { type Ended, run, Talk } from "./programs.ts";

const prefix = `exits-${process.pid}-`;
let count = 0;
const fresh = (): string => `${prefix}${count++}`;
const left = (name: string): string[] => readdirSync("/dev/shm").filter((file) => file.includes(`sharray.${name}`));

after(() => SharedMemory.sweep());

/** Runs a program that holds named blocks (more than one, some of them twice, some forgotten), and ends as it is told to. */
async function ends(name: string, how: string, through: string[] = []): Promise<Ended> {
  return await run(
    `
    import { SharedArray, SharedMemory } from "sharray";
    import { Worker } from "node:worker_threads";
    import { once } from "node:events";
    const name = process.env.INPUT;
    const held = [SharedArray.create({ shape: [1000], dtype: "<f8", name })];
    held[0].data[0] = 1;
    held.push(SharedArray.attach(held[0].handle()), SharedArray.attach(name, { readonly: true }));
    for (let i = 0; i < 40; i++) held.push(SharedMemory.create(100, { name: name + "-" + i }));
    held.at(-1).buf[0] = 1;
    const raise = (signal) => {
      process.kill(process.pid, signal);
      setInterval(() => {}, 1000);
    };
    const inThread = async (code) => {
      for (const memory of held) memory.close();
      const source = "const { parentPort } = require('node:worker_threads'); import('sharray').then(({ SharedMemory }) => {" +
        "globalThis.held = SharedMemory.create(10, { name: '" + name + "' }); setInterval(() => {}, 1000);" + code + "})";
      const worker = new Worker(source, { eval: true, execArgv: [] });
      await once(worker, "message");
      return worker;
    };
    const post = "parentPort.postMessage(1);";
    ${how}
    `,
    { input: name, through },
  );
}

const exits: Record<string, { how: string; status?: number; signal?: NodeJS.Signals; stdout?: string }> = {
  "its own end": { how: "", status: 0 },
  "process.exit": { how: "process.exit(3);", status: 3 },
  "an uncaught exception": { how: "setTimeout(() => { throw new Error('thrown') });", status: 1 },
  "an unhandled rejection": { how: "Promise.reject(new Error('rejected'));", status: 1 },
  SIGTERM: { how: "raise('SIGTERM');", signal: "SIGTERM" },
  SIGINT: { how: "raise('SIGINT');", signal: "SIGINT" },
  SIGHUP: { how: "raise('SIGHUP');", signal: "SIGHUP" },
  "SIGTERM while it is busy": {
    how: "(await import('node:child_process')).spawn('sh', ['-c', 'kill -TERM ' + process.pid]); for (;;);",
    signal: "SIGTERM",
  },
  "SIGTERM that it handles": {
    how: "process.on('SIGTERM', () => { console.log('handled'); process.exit(7); }); raise('SIGTERM');",
    status: 7,
    stdout: "handled\n",
  },
  "SIGTERM after it no longer listens": {
    how: `
      const listen = () => {};
      process.on('SIGTERM', listen);
      process.off('SIGTERM', listen);
      held.push(SharedMemory.create(10, { name: name + '-more' }));
      raise('SIGTERM');`,
    signal: "SIGTERM",
  },
  "process.exit in the fill of an array": {
    how: "await SharedArray.openOrCreate(name + '-fill', { shape: 5, dtype: '<f8' }, () => process.exit(3));",
    status: 3,
  },
  "SIGTERM in the fill of an array": {
    how: `await SharedArray.openOrCreate(name + '-fill', { shape: 5, dtype: '<f8' }, () => {
      raise('SIGTERM');
      return new Promise(() => {});
    });`,
    signal: "SIGTERM",
  },
  "process.exit in a worker thread": { how: "await inThread(post + 'process.exit();');", status: 0 },
  "process.exit while a worker thread holds a block": { how: "await inThread(post); process.exit(2);", status: 2 },
  "SIGTERM while a worker thread holds a block": { how: "await inThread(post); raise('SIGTERM');", signal: "SIGTERM" },
  "terminating the worker thread that holds a block": {
    how: "await (await inThread(post)).terminate();",
    status: 0,
  },
};

for (const [what, { how, status = null, signal = null, stdout = "" }] of Object.entries(exits)) {
  test(`${what} leaves no name`, async () => {
    const name = fresh();
    const ended = await ends(name, how);
    assert.deepEqual({ ...ended, stderr: "" }, { status, signal, stdout, stderr: "" }, ended.stderr);
    assert.deepEqual(left(name), []);
  });
}

test("a signal that a program handles and survives costs it nothing", async () => {
  const name = fresh();
  const { stdout, stderr } = await ends(
    name,
    `
    process.once("SIGTERM", () => {
      console.log(SharedArray.attach(name).get(0), SharedMemory.list().filter((block) => block.name.includes(name)).length);
      process.exit();
    });
    raise("SIGTERM");
    `,
  );
  assert.equal(stdout, "1 41\n", stderr);
  assert.deepEqual(left(name), []);
});

test("what another process holds keeps its name until that one ends too", async () => {
  const name = fresh();
  const other = new Talk(`
    import { SharedMemory } from "sharray";
    process.on("message", (name) => {
      globalThis.held = SharedMemory.attach(name);
      process.send("attached");
    });
    process.send("ready");
  `);
  await other.hear();
  const mine = SharedMemory.create(100, { name });
  other.say(name as unknown as object);
  await other.hear();
  mine.close();
  assert.deepEqual(left(name), [`sharray.${name}`]);
  const ended = new Promise((resolve) => other.child.once("exit", resolve));
  other.child.kill("SIGTERM");
  await ended;
  assert.deepEqual(left(name), []);
});

test("SIGTERM of a program whose workers hold its array leaves no name when they are gone", async () => {
  const name = fresh();
  const tasks = fileURLToPath(new URL("../process/tasks.ts", import.meta.url));
  const { signal, stderr } = await run(
    `
    import { Pool, SharedMemory } from "sharray";
    const tasks = await import(${JSON.stringify(tasks)});
    const memory = SharedMemory.create(100, { name: process.env.INPUT });
    globalThis.pool = new Pool(2);
    await Promise.all([pool.apply(tasks.holdMemory, memory), pool.apply(tasks.holdMemory, memory)]);
    process.kill(process.pid, "SIGTERM");
    setInterval(() => {}, 1000);
    `,
    { input: name, node: ["--import", "tsx"] },
  );
  assert.equal(signal, "SIGTERM", stderr);
  assert.deepEqual(left(name), []);
});

test("what an abort leaves is swept by the next use", async () => {
  const name = fresh();
  const { signal } = await ends(name, "process.abort();");
  assert.equal(signal, "SIGABRT");
  assert.ok(left(name).length > 0);
  await run(`import { SharedMemory } from "sharray"; SharedMemory.create(1).close();`);
  assert.deepEqual(left(name), []);
});

const namespaces = spawnSync("unshare", ["--pid", "--fork", "--mount-proc", "true"]).status === 0;

test("the first process of a container, which a signal does not end, keeps its blocks", {
  skip: !namespaces && "unshare --pid needs root",
}, async () => {
  const name = fresh();
  const { stdout, stderr } = await ends(
    name,
    `
    process.kill(process.pid, "SIGHUP");
    setTimeout(() => {
      console.log(process.pid, SharedArray.attach(name).get(0));
      process.exit();
    }, 50);
    `,
    ["unshare", "--pid", "--fork", "--mount-proc"],
  );
  assert.equal(stdout, "1 1\n", stderr);
  assert.deepEqual(left(name), []);
});
