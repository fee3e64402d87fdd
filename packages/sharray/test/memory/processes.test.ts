import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { type BlockHandle, SharedMemory } from "sharray";
import { run, Talk } from "./programs.ts";

/** Makes memory, fills it, sends its handle, and closes it when told. */
const holder = `
  import { SharedMemory } from "sharray";
  const shm = SharedMemory.create(100_000);
  shm.buf.fill(7);
  process.on("message", () => { shm.close(); process.send("closed"); });
  process.send(shm.handle());
`;

/** Attaches to the handle in INPUT and prints what comes of it. */
const attacher = `
  import { SharedMemory } from "sharray";
  try {
    console.log(SharedMemory.attach(JSON.parse(process.env.INPUT)).buf[0]);
  } catch (error) {
    console.log(error.code + ": " + error.message);
  }
`;

test("a child makes it, the parent attaches, the child is killed: the bytes stay", async () => {
  await using child = new Talk(holder);
  using shm = SharedMemory.attach(await child.hear<BlockHandle>());
  await child.kill();
  assert.ok(shm.buf.every((byte) => byte === 7));
  using again = SharedMemory.attach(shm.handle());
  assert.equal(again.buf[99_999], 7);
});

test("killed before anybody attached: BLOCK_GONE", async () => {
  await using child = new Talk(holder);
  const handle = await child.hear<BlockHandle>();
  await child.kill();
  assert.throws(() => SharedMemory.attach(handle), { code: "BLOCK_GONE", message: /process has ended/ });
});

test("closed before anybody attached: BLOCK_GONE", async () => {
  await using child = new Talk(holder);
  const handle = await child.hear<BlockHandle>();
  child.say({});
  assert.equal(await child.hear(), "closed");
  assert.throws(() => SharedMemory.attach(handle), { code: "BLOCK_GONE", message: /has closed it|closed it, and/ });
});

test("both sides write to the same bytes", async () => {
  using shm = SharedMemory.create(100);
  const writer = `
    import { SharedMemory } from "sharray";
    using: { const shm = SharedMemory.attach(JSON.parse(process.env.INPUT)); shm.buf[3] = shm.buf[2] + 1; shm.close(); }
  `;
  shm.buf[2] = 41;
  const ended = await run(writer, { input: JSON.stringify(shm.handle()) });
  assert.deepEqual(ended, { status: 0, signal: null, stdout: "", stderr: "" });
  assert.equal(shm.buf[3], 42);
});

test("a read-only attachment in another process changes nothing", async () => {
  using shm = SharedMemory.create(100);
  const program = `
    import { SharedMemory } from "sharray";
    const shm = SharedMemory.attach(JSON.parse(process.env.INPUT), { readonly: true });
    shm.buf.fill(1);
    console.log(shm.buf[50]);
  `;
  const ended = await run(program, { input: JSON.stringify(shm.handle()) });
  assert.equal(ended.stdout, "1\n");
  assert.equal(shm.buf[50], 0);
});

test("another user's process is NOT_REACHABLE", { skip: process.getuid?.() !== 0 && "needs root" }, async (t) => {
  using shm = SharedMemory.create(100);
  const ended = await run(attacher, { input: JSON.stringify(shm.handle()), uid: 65534 });
  if (ended.status !== 0 && /EACCES|ERR_MODULE_NOT_FOUND|permission denied/i.test(ended.stderr)) {
    return t.skip("another user may not read this checkout");
  }
  assert.match(ended.stdout, /^NOT_REACHABLE: .*another user.*named blocks/, ended.stderr);
});

const unshare = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"];
const noNamespaces = spawnSync(unshare[0]!, [...unshare.slice(1), "true"]).status !== 0;

test("another PID namespace is NOT_REACHABLE", {
  skip: noNamespaces && "PID namespaces cannot be made here",
}, async () => {
  using shm = SharedMemory.create(100);
  const ended = await run(attacher, { input: JSON.stringify(shm.handle()), through: unshare });
  assert.match(ended.stdout, /^NOT_REACHABLE: .*another PID namespace.*named blocks/, ended.stderr);
  const inside = await run(attacher.replace("JSON.parse(process.env.INPUT)", "SharedMemory.create(9).handle()"), {
    through: unshare,
  });
  assert.equal(inside.stdout, "0\n", inside.stderr);
});

test("memory that is never closed does not outlive its process", async () => {
  const ended = await run(`
    import { SharedMemory } from "sharray";
    const shm = SharedMemory.create(1000);
    shm.buf[0] = 1;
    const part = shm.bytes(10, 10);
    console.log(JSON.stringify(shm.handle()));
  `);
  assert.equal(ended.status, 0, ended.stderr);
  assert.throws(() => SharedMemory.attach(JSON.parse(ended.stdout)), { code: "BLOCK_GONE" });
});
