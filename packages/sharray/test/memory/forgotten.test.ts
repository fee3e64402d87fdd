import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Ended, run } from "./programs.ts";

// Programs of their own: what a process says once is said once.

/**
 * Collects what is forgotten, and lets what is said of it be said: that comes from timers of this length, and timers of one length
 * run in the order in which they were set.
 */
const settle = `
  const settle = async () => {
    for (let i = 0; i < 20; i++) { gc(); await new Promise(setImmediate); }
    await new Promise((resolve) => setTimeout(resolve, 200));
  };
`;

async function warnings(program: string, trace = false, node: string[] = []): Promise<Ended & { said: string[] }> {
  const ended = await run(`import { SharedArray, SharedMemory } from "sharray";${settle}${program}`, {
    node: ["--expose-gc", ...node],
    before: trace ? "export SHARRAY_TRACE=1" : "unset SHARRAY_TRACE",
  });
  return { ...ended, said: ended.stderr.split("\n").filter((line) => line.includes("FORGOTTEN")) };
}

test("an array that was forgotten is released with one warning, of its size and where it was made", async () => {
  const { said, stdout, status } = await warnings(`
    process.on("warning", ({ name, code }) => console.log(name, code));
    function forget() {
      return SharedArray.create({ shape: [1000], dtype: "<f8" }).get(0);
    }
    for (let i = 0; i < 10; i++) forget();
    await settle();
    for (let i = 0; i < 10; i++) forget();
    await settle();
  `);
  assert.equal(status, 0);
  assert.equal(stdout, "SharrayWarning FORGOTTEN\n");
  assert.equal(said.length, 1);
  assert.match(said[0]!, /a SharedArray of 8128 bytes, made at .*:9:26, was never closed/);
});

test("SHARRAY_TRACE=1 says it of each, with its stack", async () => {
  const { said, stderr } = await warnings(
    `
    const inner = () => SharedMemory.create(100).size;
    function outer() { inner(); SharedArray.from([1, 2]).copy(); }
    outer();
    await settle();
  `,
    true,
  );
  assert.equal(said.length, 3);
  assert.equal(said.filter((line) => line.includes("SharedMemory of 100 bytes")).length, 1);
  assert.equal(said.filter((line) => line.includes("SharedArray of ")).length, 2);
  assert.match(stderr, /at inner .*\n\s+at outer /);
});

const silent: Record<string, string> = {
  "what was closed": `
    for (let i = 0; i < 100; i++) {
      const a = SharedArray.create({ shape: [10], dtype: "<f8" });
      SharedArray.attach(a.handle()).close();
      a.close();
    }
    await settle();
  `,
  "what is open when the program ends": `
    globalThis.a = SharedArray.create({ shape: [10], dtype: "<f8" });
    (() => SharedArray.create({ shape: [10], dtype: "<f8" }))();
    gc();
    await new Promise(setImmediate);
  `,
  "what can still be reached through a view": `
    globalThis.view = SharedArray.from([1, 2, 3]).slice([0, 2]);
    await settle();
  `,
  "what can still be reached through its data": `
    globalThis.data = SharedArray.from([1, 2, 3]).data;
    await settle();
  `,
  "copies in ordinary memory": `
    const a = SharedArray.from([1, 2, 3]);
    for (let i = 0; i < 10; i++) a.slice([0, 2]).copy();
    await settle();
    a.close();
  `,
  "what could not be made": `
    for (const wrong of [[1, "x"], [[1], [2, 3]]]) try { SharedArray.from(wrong); } catch {}
    const a = SharedArray.from([1]);
    try { SharedArray.attach({ ...a.handle(), shape: [9] }); } catch {}
    await settle();
    a.close();
  `,
};

for (const [what, program] of Object.entries(silent)) {
  test(`nothing is said of ${what}`, async () => {
    const { stderr, status } = await warnings(program, true);
    assert.equal(stderr, "");
    assert.equal(status, 0);
  });
}

test("the object whose method made an array does not keep it from being noticed", async () => {
  const { said } = await warnings(`
    class Server {
      constructor() { this.matrix = SharedArray.create({ shape: [10], dtype: "<f8" }); }
    }
    (() => new Server().matrix.size)();
    await settle();
  `);
  assert.equal(said.length, 1);
});

test("one thread's warning is enough for the process", async () => {
  const { stdout } = await warnings(`
    import { Worker } from "node:worker_threads";
    import { once } from "node:events";
    process.on("warning", ({ code }) => console.log(code));
    const forget = () => SharedMemory.create(100).size;
    const code = \`
      const { workerData } = require("node:worker_threads");
      process.on("warning", ({ code }) => console.log(code));
      import(workerData).then(async ({ SharedMemory }) => {
        const forget = () => SharedMemory.create(100).size;
        forget();
        await (\${settle})();
      });
    \`;
    forget();
    await settle();
    const worker = new Worker(code, { eval: true, workerData: import.meta.resolve("sharray") });
    await once(worker, "exit");
  `);
  assert.equal(stdout, "FORGOTTEN\n");
});

test("the place is that of the source, where a program was compiled and source maps are on", async () => {
  const program = fileURLToPath(new URL("./programs/forgets.ts", import.meta.url));
  const { said } = await warnings(`await import(${JSON.stringify(program)}); await settle();`, false, [
    "--import",
    "tsx",
  ]);
  assert.equal(said.length, 1);
  assert.match(said[0]!, /programs\/forgets\.ts:11:22, was never closed/);
});
