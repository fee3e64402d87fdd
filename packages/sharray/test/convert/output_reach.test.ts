// The output file, and the processes that write to it: one that may not open it, and one that nobody may look into.
import "./no_arena.ts";
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { test } from "node:test";
import { loadtxt, SharrayError } from "sharray";
import { run } from "../memory/programs.ts";
import { arrayIn, blocks, children, dtype, leaked, ranges, rows, Scene } from "./scene.ts";

/** Looks in a row, 10 ms apart, at which a worker that has started does nothing. */
const STILL = 8;

/** Leaves a process so many descriptors beside those that it has. */
function leave(pid: number, more: number): void {
  const taken = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let limit = 0;
  for (let free = 0; free < more || taken.has(limit); limit++) if (!taken.has(limit)) free += 1;
  execFileSync("prlimit", ["--pid", String(pid), `--nofile=${limit}`]);
}

/** How often the threads of a process have gone to sleep, if all of them sleep; null: it has not started, or does something. */
function asleep(pid: number): string | null {
  try {
    if (!readFileSync(`/proc/${pid}/maps`, "utf8").includes("sharray.node")) return null;
    const threads = readdirSync(`/proc/${pid}/task`).map((thread) => {
      const status = readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8");
      return /^State:\s+S/m.test(status) ? /^voluntary_ctxt_switches:.*$/m.exec(status)![0] : null;
    });
    return threads.includes(null) ? null : threads.join();
  } catch {
    return null; // a thread has ended meanwhile
  }
}

/** Resolves with the workers when all of them have started, and wait for something to do. */
async function waiting(count: number): Promise<number[]> {
  for (let before = ["busy"], since = 0; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const pids = children();
    const now = pids.map((pid) => asleep(pid) ?? "busy");
    since = pids.length === count && !now.includes("busy") && now.join() === before.join() ? since + 1 : 0;
    if (since === STILL) return pids;
    before = now;
  }
}

test("workers that cannot open the output end the job, and nothing is left", async (t) => {
  if (spawnSync("prlimit", ["--version"]).status !== 0) return t.skip("no prlimit (util-linux)");
  using scene = new Scene();
  const [input, fifo] = [scene.file("a.txt", rows(0, 60_000)), scene.path("b.fifo")];
  execFileSync("mkfifo", [fifo]);
  const refused: SharrayError[] = [];
  for (let more = 0; ; more++) {
    const before = blocks();
    const job = ranges(16384, () => scene.convert([input, fifo], { processes: 2 })).catch((error: unknown) => error);
    // The plan waits for the pipe, and the workers for the plan. Descriptors of the blocks come first, then that of the output.
    for (const pid of await waiting(2)) leave(pid, more);
    const pipe = await open(fifo, "w");
    await pipe.write(rows(0, 10));
    await pipe.close();
    const ended = await job;
    assert.deepEqual(children(), []);
    assert.equal(await leaked(before), 0);
    if (!(ended instanceof Error)) break;
    assert.ok(ended instanceof SharrayError, String(ended));
    assert.deepEqual(scene.made(), ["b.fifo"]);
    refused.push(ended);
  }
  const output = scene.path("out.h5");
  const unopened = refused.filter(({ code }) => code === "IO_ERROR");
  assert.equal(unopened.length, 1, refused.join("\n"));
  assert.equal(unopened[0]!.message, `${output}: a worker cannot open it: Too many open files (os error 24)`);
  assert.deepEqual(unopened[0]!.details, { file: output });
  // Descriptors that are lacking before and after it.
  for (const { code } of refused) assert.ok(["IO_ERROR", "TOO_MANY_FILES"].includes(code), code);
  using wanted = await loadtxt(input, { dtype });
  using found = await arrayIn(output, "a");
  assert.ok(Buffer.from(wanted.bytes).equals(found.bytes));
});

test("rows go through memory, and are the same, where no other process may look into this one", async () => {
  using scene = new Scene();
  const input = scene.file("a.txt", rows(0, 60_000));
  const folder = scene.path("open");
  mkdirSync(folder);
  for (const path of [scene.folder, folder]) chmodSync(path, 0o777);
  // Such is a process whose program its user may run and not read.
  const unreadable = scene.path("node");
  copyFileSync(process.execPath, unreadable);
  chmodSync(unreadable, 0o111);
  const program = `
    import { dtypeOf } from "sharray";
    import { convert } from ${JSON.stringify(new URL("../../dist/convert/convert.js", import.meta.url).href)};
    import { openFile, reachOf } from ${JSON.stringify(new URL("../../dist/hdf5/file.js", import.meta.url).href)};
    const file = await openFile(process.env.INPUT, "x", { placed: true });
    console.log(reachOf(file) !== null);
    await file.discard();
    const dtype = dtypeOf([["chr", "S10"], ["pos", "<i4"], ["pct", "<f4"], ["c", "<i4"], ["t", "<i4"]]);
    const inputs = [{ path: ${JSON.stringify(input)} }];
    await convert({ inputs, output: process.env.INPUT, dtype, processes: 2 });
  `;
  // Root may read all.
  const user = process.getuid?.() === 0 ? { uid: 65534 } : {};
  const made = await ranges(16384, async () => {
    const [seen, hidden] = [`${folder}/seen.h5`, `${folder}/hidden.h5`];
    const through = ["sh", "-c", `shift; exec ${unreadable} "$@"`, "sh"];
    const reached = await run(program, { ...user, input: seen });
    assert.deepEqual([reached.stdout, reached.stderr], ["true\n", ""]);
    const unreached = await run(program, { ...user, input: hidden, through });
    assert.deepEqual([unreached.stdout, unreached.stderr], ["false\n", ""]);
    return [seen, hidden];
  });
  using seen = await arrayIn(made[0]!, "a");
  using hidden = await arrayIn(made[1]!, "a");
  using wanted = await loadtxt(input, { dtype });
  assert.ok(Buffer.from(wanted.bytes).equals(seen.bytes));
  assert.ok(Buffer.from(wanted.bytes).equals(hidden.bytes));
  assert.deepEqual(readdirSync(folder).sort(), ["hidden.h5", "seen.h5"]);
});
