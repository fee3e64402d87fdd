import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "./programs.ts";

// Each of these would be a use of freed memory if it were done wrong: a process of its own shows it by its end.

/** What a program that looks into itself needs: its descriptors and mappings of blocks, and a thorough collection. */
const looking = `
  import { readdirSync, readFileSync, readlinkSync } from "node:fs";
  import { SharedMemory } from "sharray";
  const descriptors = () => readdirSync("/proc/self/fd").filter((fd) => {
    try { return readlinkSync("/proc/self/fd/" + fd).startsWith("/memfd:sharray"); } catch { return false; }
  }).length;
  const mappings = () => readFileSync("/proc/self/maps", "utf8").split("memfd:sharray").length - 1;
  const left = () => descriptors() + " " + mappings();
  const settle = async () => {
    for (let i = 0; i < 20; i++) { gc(); await new Promise(setImmediate); }
  };
`;

async function prints(program: string, expected: string): Promise<void> {
  // Some forget memory on purpose; forgotten.test.ts is about what is said of that.
  const ended = await run(looking + program, { node: ["--expose-gc", "--disable-warning=FORGOTTEN"] });
  assert.deepEqual(ended, { status: 0, signal: null, stdout: expected, stderr: "" });
}

const transfer = "transfer" in ArrayBuffer.prototype;
const noTransfer = !transfer && "ArrayBuffer.prototype.transfer came with Node 22";

test("many blocks made, used and closed leave no descriptor and no mapping", () =>
  prints(
    `
    for (let i = 0; i < 2000; i++) {
      const shm = SharedMemory.create(10_000);
      const same = SharedMemory.attach(shm.handle(), { readonly: i % 2 === 0 });
      shm.buf[0] = same.buf[0];
      shm.bytes(5, 10)[0] = 1;
      shm.close();
      same.close();
    }
    console.log(left());
    await settle();
    console.log(left());
    `,
    "0 0\n0 0\n",
  ));

test("closing gives the addresses back", () =>
  prints(
    `
    import { Block } from "./packages/sharray/dist/memory/block.js";
    const gibibytes = () => Number(/VmSize:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) / 2 ** 20;
    const before = gibibytes();
    for (let i = 0; i < 200; i++) {
      const block = Block.create(2 ** 32, { reserve: false });
      block.window(i * 1000, 100)[0] = 1;
      block.close();
      if (i % 20 === 0) await settle();
    }
    for (let i = 0; i < 100 && gibibytes() - before >= 8; i++) await settle();
    console.log(gibibytes() - before < 8);
    `,
    "true\n",
  ));

test("large blocks are gone for others at once, and their pages can be taken again at once", () =>
  prints(
    `
    const size = 256 << 20;
    for (let i = 0; i < 10; i++) {
      const shm = SharedMemory.create(size);
      shm.bytes(i << 20, 100).fill(1);
      const handle = shm.handle();
      shm.close();
      let code;
      try { SharedMemory.attach(handle); } catch (error) { code = error.code; }
      if (code !== "BLOCK_GONE") console.log(code);
    }
    for (let i = 0; i < 100 && left() !== "0 0"; i++) await settle();
    console.log(left());
    `,
    "0 0\n",
  ));

test("forgotten blocks are released by the garbage collector", () =>
  prints(
    `
    const forget = (i) => {
      const shm = SharedMemory.create(10_000);
      shm.buf[0] = 1;
      shm.bytes(i, 10);
      SharedMemory.attach(shm.handle());
    };
    for (let i = 0; i < 100; i++) forget(i);
    await settle();
    console.log(left());
    `,
    "0 0\n",
  ));

test("a buffer alone keeps the block, a forgotten buffer does not", () =>
  prints(
    `
    let kept = (() => {
      const shm = SharedMemory.create(10_000);
      shm.buf[9] = 9;
      return { numbers: new Uint8Array(shm.bytes(9, 1).buffer), handle: shm.handle() };
    })();
    await settle();
    console.log(kept.numbers[0], SharedMemory.attach(kept.handle).buf[9]);
    await settle();
    console.log(left());
    kept = undefined;
    await settle();
    console.log(left());
    `,
    "9 9\n1 1\n0 0\n",
  ));

test("a refused attach leaves no descriptor", () =>
  prints(
    `
    const shm = SharedMemory.create(10);
    for (let i = 0; i < 100; i++) {
      for (const change of [{ size: 11 }, { nonce: "0".repeat(32) }, { ino: 1 }, { version: 9 }]) {
        try { SharedMemory.attach({ ...shm.handle(), ...change }); } catch {}
      }
    }
    console.log(left());
    `,
    "1 0\n",
  ));

test("views are empty after close, whatever the garbage collector did meanwhile", () =>
  prints(
    `
    const views = [];
    for (let i = 0; i < 50; i++) {
      const shm = SharedMemory.create(100_000);
      views.push(shm.buf, shm.bytes(1, 99), new Float64Array(shm.bytes(8, 800).buffer), new DataView(shm.bytes(3, 5).buffer));
      if (i % 10 === 0) await settle();
      shm.close();
    }
    await settle();
    const lengths = views.map((view) => { try { return view.byteLength; } catch { return 0; } });
    console.log(lengths.every((length) => length === 0), views[0][0], left());
    `,
    "true undefined 0 0\n",
  ));

test("a window that was transferred away shows zeros after close, and the block is let go", { skip: noTransfer }, () =>
  prints(
    `
    const shm = SharedMemory.create(100_000);
    shm.buf.fill(5);
    let taken = shm.buf.buffer.transfer();
    const view = new Uint8Array(taken);
    console.log(shm.bytes(0, 3)[0], view[99_999], view.length);
    shm.close();
    console.log(view[0], view[99_999], view.length, left());
    view.fill(1);
    await settle();
    console.log(view[5]);
    `,
    "5 5 100000\n0 0 100000 0 0\n1\n",
  ),
);

test("buf is made anew when somebody transferred it away", { skip: noTransfer }, () =>
  prints(
    `
    const shm = SharedMemory.create(100);
    shm.buf[0] = 3;
    shm.buf.buffer.transfer();
    console.log(shm.buf.length, shm.buf[0], shm.buf === shm.buf);
    `,
    "100 3 true\n",
  ),
);

test("every thread has attachments of its own; one that ends takes only its own along", () =>
  prints(
    `
    import { Worker } from "node:worker_threads";
    import { once } from "node:events";
    const shm = SharedMemory.create(1000);
    const code = \`
      import { workerData, parentPort } from "node:worker_threads";
      import(workerData.library).then(({ SharedMemory }) => {
        const shm = SharedMemory.attach(workerData.handle);
        shm.buf[workerData.n] = workerData.n;
        if (workerData.n % 2) shm.close();
        parentPort.postMessage(shm.buf === 1);
      }).catch(() => {});
    \`;
    for (let n = 1; n <= 4; n++) {
      const worker = new Worker(code, {
        eval: true, workerData: { n, handle: shm.handle(), library: import.meta.resolve("sharray") },
      });
      worker.on("error", () => {});
      if (n % 2) await once(worker, "exit");
      else { await once(worker, "message"); await worker.terminate(); }
    }
    console.log([...shm.buf.subarray(0, 5)].join(), left());
    shm.close();
    await settle();
    console.log(left());
    `,
    "0,1,2,3,4 1 1\n0 0\n",
  ));

test("a buffer that outlives the thread it was made in stays readable", { skip: noTransfer }, () =>
  prints(
    `
    import { Worker } from "node:worker_threads";
    import { once } from "node:events";
    const code = \`
      import { workerData, parentPort } from "node:worker_threads";
      import(workerData).then(({ SharedMemory }) => {
        globalThis.shm = SharedMemory.create(1_000_000);
        shm.buf.fill(6);
        const taken = shm.bytes(0, 900_000).buffer.transfer();
        parentPort.postMessage(taken, [taken]);
      });
    \`;
    const worker = new Worker(code, { eval: true, workerData: import.meta.resolve("sharray") });
    const [taken] = await once(worker, "message");
    const view = new Uint8Array(taken);
    await once(worker, "exit");
    await settle();
    let sum = 0;
    for (const byte of view) sum += byte;
    console.log(view.length, sum === 0, left());
    view.fill(1);
    for (let i = 0; i < 50; i++) SharedMemory.create(1_000_000).buf.fill(9);
    console.log(view.every((byte) => byte === 1));
    `,
    "900000 true 0 0\ntrue\n",
  ),
);

test("a thread that is ended while it reserves leaves nothing", () =>
  prints(
    `
    import { Worker } from "node:worker_threads";
    import { once } from "node:events";
    const code = \`
      import { workerData, parentPort } from "node:worker_threads";
      import(workerData).then(({ SharedMemory }) => {
        SharedMemory.createAsync(64 << 20).then(() => {});
        parentPort.postMessage(1);
      });
    \`;
    const worker = new Worker(code, { eval: true, workerData: import.meta.resolve("sharray") });
    await once(worker, "message");
    await worker.terminate();
    while (descriptors() > 0) await new Promise(setImmediate);
    console.log(left());
    `,
    "0 0\n",
  ));

test("addresses stay for as long as threads of Node's own may be at work on a buffer", () =>
  prints(
    `
    import { execFileSync } from "node:child_process";
    import { mkdtempSync, openSync, read, rmSync, writeSync } from "node:fs";
    import { tmpdir } from "node:os";
    import { join } from "node:path";
    import { Block } from "./packages/sharray/dist/memory/block.js";
    const gibibytes = () => Number(/VmSize:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) / 2 ** 20;
    const folder = mkdtempSync(join(tmpdir(), "sharray-views-"));
    execFileSync("mkfifo", [join(folder, "fifo")]);
    const fifo = openSync(join(folder, "fifo"), "r+");
    rmSync(folder, { recursive: true });
    const before = gibibytes();
    const block = Block.create(2 ** 32, { reserve: false });
    let buffer = block.window(0, 100).buffer;
    // Waits on a thread of Node's until something is written.
    const done = new Promise((resolve) => read(fifo, new Uint8Array(buffer), 0, 100, null, (error, count) => resolve(error?.code ?? count)));
    block.close();
    await settle();
    console.log(buffer.byteLength, left(), gibibytes() - before > 3.9);
    writeSync(fifo, "late");
    console.log(await done);
    buffer = undefined;
    for (let i = 0; i < 100 && gibibytes() - before > 3.9; i++) await settle();
    console.log(gibibytes() - before < 3.9);
    `,
    "0 0 0 true\n4\ntrue\n",
  ));
