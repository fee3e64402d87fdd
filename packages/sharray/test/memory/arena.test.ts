import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { run } from "./programs.ts";

const MIB = 2 ** 20;

/** A file that goes with the test. */
function fileOf(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "sharray-arena-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "a.txt");
  writeFileSync(path, text);
  return path;
}

/** Runs a program with SHARRAY_ARENA set, and returns the lines that it printed. */
async function lines(program: string, { arena = "1G", before = ":", input = "" } = {}): Promise<string[]> {
  const opening = `
    import { SharedArray, SharedMemory } from "sharray";
    import { addon } from "./packages/sharray/dist/native/addon.js";
    const MIB = 2 ** 20;
    const gone = (handle) => {
      try { SharedMemory.attach(handle); } catch (error) { return error.code; }
      return "attached";
    };
  `;
  const ended = await run(opening + program, { before: `${before}; export SHARRAY_ARENA=${arena}`, input });
  assert.deepEqual([ended.status, ended.signal, ended.stderr], [0, null, ""]);
  return ended.stdout.trimEnd().split("\n");
}

test("the next array has the memory of the one before, in zeros, and no old handle leads to it", async () => {
  const printed = await lines(`
    let before = null;
    for (let round = 0; round < 4; round++) {
      const shm = round % 2 === 0 ? SharedMemory.create(16 * MIB) : await SharedMemory.createAsync(16 * MIB);
      console.log(before?.ino === shm.handle().ino, shm.buf.every((byte) => byte === 0), before && gone(before));
      shm.buf.fill(round + 1);
      before = shm.handle();
      shm.close();
      console.log(addon.keptBytes() >= 16 * MIB, gone(before), shm.size, addon.mappedBlocks());
    }
  `);
  const kept = "true BLOCK_GONE 16777216 0";
  const again = "true true BLOCK_GONE";
  assert.deepEqual(printed, ["false true null", kept, again, kept, again, kept, again, kept]);
});

const noTransfer = !("transfer" in ArrayBuffer.prototype) && "ArrayBuffer.prototype.transfer came with Node 22";

test("a buffer that was transferred away shows zeros, not the next array", { skip: noTransfer }, async () => {
  const printed = await lines(`
    const first = SharedMemory.create(16 * MIB);
    first.buf.fill(1);
    const { ino } = first.handle();
    const taken = new Uint8Array(first.buf.buffer.transfer());
    first.close();
    const second = SharedMemory.create(16 * MIB);
    second.buf.fill(2);
    console.log(second.handle().ino === ino, taken.length, taken[0], taken[15 * MIB]);
    taken.fill(3);
    console.log(second.buf.every((byte) => byte === 2));
  `);
  assert.deepEqual(printed, ["true 16777216 0 0", "true"]);
});

test("what a worker has been given is not used again while it is held", async () => {
  const printed = await lines(`
    import { spawn } from "node:child_process";
    import { once } from "node:events";
    const holder = spawn(process.execPath, ["--input-type=module", "-e", \`
      import { SharedMemory } from "sharray";
      process.once("message", (handle) => {
        const shm = SharedMemory.attach(handle);
        process.send("attached");
        process.once("message", () => {
          process.send([shm.buf[0], shm.buf[shm.size - 1]]);
          process.disconnect();
        });
      });
    \`], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const first = SharedMemory.create(16 * MIB);
    first.buf.fill(7);
    const { ino } = first.handle();
    holder.send(first.handle());
    await once(holder, "message");
    first.close();
    const second = SharedMemory.create(16 * MIB);
    second.buf.fill(9);
    console.log(second.handle().ino === ino);
    holder.send("tell");
    console.log((await once(holder, "message"))[0].join());
    second.close();
  `);
  assert.deepEqual(printed, ["false", "7,7"]);
});

test("a second load writes to the memory of the first, and its array is as it would be without", async (t) => {
  const file = fileOf(t, Array.from({ length: 300_000 }, (_, row) => `${row} ${row / 7}\n`).join(""));
  const program = `
    import { loadtxt } from "sharray/text";
    const inodes = new Set();
    let sum = 0;
    for (let round = 0; round < 3; round++) {
      const a = await loadtxt(process.env.INPUT, { maxRows: 300_000 - 1000 * round });
      inodes.add(a.handle().ino);
      console.log(a.shape.join("x"), a.get(299_999 - 1000 * round, 1), a.data.reduce((sum, value) => sum + value));
      a.close();
    }
    console.log(inodes.size);
  `;
  const kept = await lines(program, { input: file });
  const fresh = await lines(program, { input: file, arena: "0" });
  assert.equal(kept.pop(), "1");
  assert.notEqual(fresh.pop(), "1");
  assert.deepEqual(kept, fresh);
});

test("a load that failed leaves nothing in the next array", async (t) => {
  const file = fileOf(t, `${"1 2 3 4 5 6 7 8 9\n".repeat(100_000)}bad\n`);
  const printed = await lines(
    `
    import { loadtxt } from "sharray/text";
    await loadtxt(process.env.INPUT).catch((error) => console.log(error.code));
    const a = SharedArray.create({ shape: [900_000], dtype: "<f8" });
    console.log(a.data.every((value) => value === 0));
    a.close();
  `,
    { input: file },
  );
  assert.deepEqual(printed, ["TEXT_BAD_COLUMNS", "true"]);
});

test("0 keeps nothing, a limit holds, and what is no limit is warned of", async () => {
  const program = `
    for (const size of [40, 41, 42]) SharedMemory.create(size * MIB).close();
    console.log(Math.floor(addon.keptBytes() / MIB));
  `;
  assert.deepEqual(await lines(program, { arena: "0" }), ["0"]);
  assert.deepEqual(await lines(program, { arena: "100M" }), ["83"]);
  assert.deepEqual(await lines(program, { arena: String(41 * MIB + 8192) }), ["41"]);
  const wrong = await run(
    `import "sharray"; import { SharedMemory } from "sharray"; SharedMemory.create(10).close();`,
    {
      before: "export SHARRAY_ARENA=lots",
    },
  );
  assert.deepEqual([wrong.status, wrong.stdout], [0, ""]);
  assert.match(
    wrong.stderr,
    /\[BAD_ARGUMENT\] SharrayWarning: SHARRAY_ARENA: expected .* such as 512M .* found "lots"/,
  );
  assert.equal(wrong.stderr.match(/SHARRAY_ARENA/g)?.length, 1);
});

test("what is kept is given back before an array is refused for lack of addresses or descriptors", async () => {
  const addresses = await lines(
    `
    import { readFileSync } from "node:fs";
    const used = Number(readFileSync("/proc/self/statm", "latin1").split(" ")[0]) * 4096;
    const limit = Number(/^Max address space +(\\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"))[1]);
    const first = SharedMemory.create(400 * MIB);
    first.bytes(0, 10)[0] = 1;
    first.close();
    // Node lets go of a buffer's addresses in a later turn.
    while (addon.mappedBlocks() > 0 || /^VmSize:\\s+(\\d+)/m.exec(readFileSync("/proc/self/status", "latin1"))[1] * 1024 > used + 700 * MIB) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const rest = (limit - used) / MIB;
    console.log(addon.keptBytes() > 0, rest > 1000);
    const { Block } = await import("./packages/sharray/dist/memory/block.js");
    // Takes addresses and no pages. What threads reserve for themselves meanwhile has room beside it.
    const sparse = Block.create((rest - 700) * MIB, { reserve: false });
    sparse.window(0, 10);
    const kept = addon.keptBytes();
    const second = SharedMemory.create(420 * MIB);
    second.buf[0] = 1;
    console.log(kept > 0, addon.keptBytes());
  `,
    { before: "ulimit -v 16777216" },
  );
  assert.deepEqual(addresses, ["true true", "true 0"]);
  const descriptors = await lines(
    `
    SharedMemory.create(20 * MIB).close();
    console.log(addon.keptBytes() > 0);
    const all = [];
    try {
      for (;;) all.push(SharedMemory.create(10));
    } catch (error) {
      console.log(error.code, addon.keptBytes());
    }
    for (const shm of all) shm.close();
  `,
    { before: "ulimit -n 128" },
  );
  assert.deepEqual(descriptors, ["true", "TOO_MANY_FILES 0"]);
});

test("what nobody takes goes back to the system, and keeps no process alive", async () => {
  const printed = await lines(`
    SharedMemory.create(32 * MIB).close();
    console.log(addon.keptBytes() > 0);
    while (addon.keptBytes() > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    SharedMemory.create(32 * MIB).close();
    console.log(addon.keptBytes() > 0);
  `);
  assert.deepEqual(printed, ["true", "true"]);
});
