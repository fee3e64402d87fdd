// Named memory where the system has little of it, or lacks what it needs: in mount namespaces of their own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { SharedMemory } from "sharray";
import { run } from "./programs.ts";

const space = ["unshare", ...(process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"]), "--mount"];

/** Runs Node where these commands have changed what is mounted. */
function where(mounts: string): string[] {
  return [...space, "sh", "-c", `${mounts} && exec "$@"`, "sh"];
}

const refused =
  spawnSync(space[0]!, [...space.slice(1), "true"]).status === 0 ? false : "needs mount namespaces (unshare)";

const begin = `
  import { readdirSync } from "node:fs";
  import { SharedArray, SharedMemory } from "sharray";
  const refusal = (run) => {
    try { run(); return null; } catch ({ code, message, details }) { return { code, message, details }; }
  };
`;

async function tells(program: string, mounts: string, before?: string): Promise<unknown> {
  const ended = await run(begin + program, { through: where(mounts), ...(before === undefined ? {} : { before }) });
  assert.deepEqual([ended.status, ended.signal, ended.stderr], [0, null, ""]);
  return JSON.parse(ended.stdout);
}

interface Refusal {
  code: string;
  message: string;
  details: Record<string, unknown>;
}

test("a small /dev/shm is filled to its end, and then says what is free and what to do", {
  skip: refused,
}, async () => {
  const found = (await tells(
    `
      const first = SharedMemory.create(40 << 20, { name: "first" });
      first.buf.fill(1);
      const error = refusal(() => SharedMemory.create(40 << 20, { name: "second" }));
      const left = readdirSync("/dev/shm");
      const anonymous = SharedMemory.create(80 << 20);
      anonymous.buf.fill(1);
      const published = refusal(() => SharedArray.from(new Uint8Array(80 << 20), { name: "third" }));
      first.close();
      const again = SharedMemory.create(60 << 20, { name: "second" });
      again.buf.fill(2);
      console.log(JSON.stringify({ error, published: published.code, left, now: readdirSync("/dev/shm") }));
    `,
    "mount -t tmpfs -o size=64m tmpfs /dev/shm",
  )) as { error: Refusal; published: string; left: string[]; now: string[] };
  assert.equal(found.error.code, "NO_SPACE");
  assert.match(
    found.error.message,
    /40\.0 MiB.*24\.0 MiB are free.*\/dev\/shm \(64\.0 MiB in all\).*sharray rm.*--shm-size/,
  );
  assert.deepEqual([found.error.details.asked, found.error.details.free], [40 << 20, 24 << 20]);
  assert.deepEqual([found.published, found.left, found.now], ["NO_SPACE", ["sharray.first"], ["sharray.second"]]);
});

test("what a killed process left makes room before anything is refused", { skip: refused }, async () => {
  const found = await tells(
    `
      import { spawnSync } from "node:child_process";
      SharedMemory.create(10, { name: "early" }).close();
      const child = 'import { SharedMemory } from "sharray";' +
        'globalThis.shm = SharedMemory.create(40 << 20, { name: "left" }); process.kill(process.pid, "SIGKILL");';
      spawnSync(process.execPath, ["--input-type=module", "-e", child]);
      const before = readdirSync("/dev/shm");
      SharedMemory.create(40 << 20, { name: "next" });
      console.log(JSON.stringify([before, readdirSync("/dev/shm")]));
    `,
    "mount -t tmpfs -o size=64m tmpfs /dev/shm",
  );
  assert.deepEqual(found, [["sharray.left"], ["sharray.next"]]);
});

test("a /dev/shm that may hold no more files says so", { skip: refused }, async () => {
  const program = `console.log(JSON.stringify(refusal(() => SharedMemory.create(10, { name: "x" }))));`;
  const error = (await tells(program, "mount -t tmpfs -o nr_inodes=1 tmpfs /dev/shm")) as Refusal;
  assert.equal(error.code, "NO_SPACE");
  assert.match(error.message, /number of files.*nr_inodes/);
});

test("without /dev/shm, and with one that cannot be written to, only names are refused", {
  skip: refused,
}, async () => {
  const program = `
    const error = refusal(() => SharedMemory.create(10, { name: "x" }));
    const missing = refusal(() => SharedMemory.attach("x"));
    const shm = SharedMemory.create(10);
    shm.buf[0] = 1;
    const same = SharedMemory.attach(shm.handle());
    console.log(JSON.stringify([error, missing.code, same.buf[0], SharedMemory.list(), SharedMemory.sweep()]));
  `;
  for (const mounts of ["mount -t tmpfs tmpfs /dev", "mount -t tmpfs -o ro tmpfs /dev/shm"]) {
    const [error, ...others] = (await tells(program, mounts)) as [Refusal, ...unknown[]];
    assert.equal(error.code, "NOT_SUPPORTED");
    assert.match(error.message, /\/dev\/shm.*Mount a tmpfs there, or use blocks without a name/);
    assert.deepEqual(others, ["NOT_FOUND", 1, [], []]);
  }
});

test("without /proc named memory is made where the kernel can do that, or is refused and says why", {
  skip: refused,
}, async () => {
  const program = `
    const error = refusal(() => {
      const shm = SharedMemory.create(10, { name: "x" });
      const same = SharedMemory.attach("x");
      same.buf[0] = 1;
      const handle = shm.handle();
      shm.close();
      SharedMemory.attach(handle).close();
      same.close();
    });
    console.log(JSON.stringify([error, readdirSync("/dev/shm")]));
  `;
  const mounts = "mount -t tmpfs tmpfs /dev/shm && mount -t tmpfs tmpfs /proc";
  const [error, left] = (await tells(program, mounts)) as [Refusal | null, string[]];
  if (error !== null) {
    assert.equal(error.code, "NOT_SUPPORTED");
    assert.match(error.message, /no \/proc/);
  }
  assert.deepEqual(left, []);
});

test("when no descriptor is left, names are TOO_MANY_FILES, and close still removes them", {
  skip: refused,
}, async () => {
  const program = `
    import { closeSync, openSync } from "node:fs";
    const shm = SharedMemory.create(10, { name: "x" });
    SharedMemory.create(10, { name: "y" });
    const held = [];
    for (;;) {
      try { held.push(openSync("/dev/null")); } catch { break; }
    }
    const codes = [
      refusal(() => SharedMemory.create(10, { name: "z" })),
      refusal(() => SharedMemory.attach("x")),
      refusal(() => shm.buf),
    ].map((error) => error?.code);
    shm.close();
    held.forEach((fd) => closeSync(fd));
    console.log(JSON.stringify([codes, readdirSync("/dev/shm")]));
  `;
  const found = await tells(program, "mount -t tmpfs tmpfs /dev/shm", "ulimit -n 64");
  assert.deepEqual(found, [["TOO_MANY_FILES", "TOO_MANY_FILES", "TOO_MANY_FILES"], ["sharray.y"]]);
});

test("threads of one process hold a name each, over one mapping", async () => {
  const shm = SharedMemory.create(100, { name: true });
  shm.buf[0] = 1;
  const program = `
    const { parentPort, workerData } = require("node:worker_threads");
    import("sharray").then(({ SharedMemory }) => {
      const shm = SharedMemory.attach(workerData);
      shm.buf[1] = shm.buf[0] + 1;
      parentPort.on("message", () => { shm.close(); parentPort.close(); });
      parentPort.postMessage("attached");
    });
  `;
  const worker = new Worker(program, { eval: true, workerData: shm.name });
  await new Promise((resolve) => worker.once("message", resolve));
  assert.equal(shm.buf[1], 2);
  shm.close();
  const name = shm.name!;
  assert.ok(!SharedMemory.sweep().includes(name));
  const same = SharedMemory.attach(name);
  assert.equal(same.buf[1], 2);
  same.close();
  worker.postMessage("close");
  await new Promise((resolve) => worker.once("exit", resolve));
  assert.throws(() => SharedMemory.attach(name), { code: "NOT_FOUND" });
});

test("a thread that ends without closing lets its names go", async () => {
  const program = `
    const { parentPort } = require("node:worker_threads");
    import("sharray").then(({ SharedMemory }) => {
      globalThis.shm = SharedMemory.create(100, { name: true });
      parentPort.postMessage(globalThis.shm.name);
    });
  `;
  const worker = new Worker(program, { eval: true });
  const name = await new Promise<string>((resolve) => worker.once("message", resolve));
  await worker.terminate();
  assert.throws(() => SharedMemory.attach(name), { code: "NOT_FOUND" });
});
