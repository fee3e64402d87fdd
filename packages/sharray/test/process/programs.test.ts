import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { main, Pool, Queue } from "sharray";
import { gone, holders } from "./alive.ts";
import * as tasks from "./tasks.ts";

const path = (name: string): string => fileURLToPath(new URL(`./programs/${name}`, import.meta.url));

/** `apart`: in a process group of its own. */
function start(name: string, args: string[] = [], options: string[] = ["--import", "tsx"], apart = false) {
  const file = name.startsWith("/") ? name : path(name);
  const child = spawn(process.execPath, [...options, file, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: apart,
  });
  const output = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    output.err += text;
  });
  const ended = once(child, "close").then(([status, signal]) => ({ status, signal, ...output }));
  return { child, ended };
}

async function firstLine(child: ReturnType<typeof start>["child"]): Promise<string> {
  let text = "";
  for await (const [chunk] of on(child)) {
    text += chunk;
    if (text.includes("\n")) return text;
  }
  throw new Error("the program ended without a word");
}

async function* on(child: ReturnType<typeof start>["child"]): AsyncGenerator<[string]> {
  while (true) yield (await once(child.stdout, "data")) as [string];
}

for (const [how, end] of [
  ["SIGKILL of", (pid: number) => process.kill(pid, "SIGKILL")],
  ["SIGTERM of", (pid: number) => process.kill(pid, "SIGTERM")],
  ["process.exit in", "exit"],
  ["an uncaught exception in", "throw"],
] as const) {
  test(`${how} the parent leaves no process, not even one in a loop, and no memory`, async () => {
    const { child, ended } = start("holds.ts", typeof end === "string" ? [end] : []);
    const { pids, inode } = JSON.parse(await firstLine(child)) as { pids: number[]; inode: number };
    assert.equal(pids.length, 4);
    if (typeof end !== "string") {
      assert.ok(holders(inode).includes(child.pid!));
      end(child.pid!);
    }
    await ended;
    for (const pid of pids) await gone(pid);
    assert.deepEqual(holders(inode), []);
  });
}

test("a pool and a queue without work do not keep a program running", async () => {
  const { ended } = start("idle.ts");
  const { status, out, err } = await ended;
  assert.equal(status, 0, err);
  const [value, pids] = out.split(" ");
  assert.equal(value, "8");
  for (const pid of JSON.parse(pids!) as number[]) await gone(pid);
});

test("main runs the program of a file that also holds its tasks, once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sharray-"));
  const link = join(folder, "linked.ts");
  symlinkSync(path("own_tasks.ts"), link);
  for (const name of ["own_tasks.ts", link]) {
    const { status, out, err } = await start(name).ended;
    assert.deepEqual([status, out, err], [0, "[1,4,9]\n", ""]);
  }
  rmSync(folder, { recursive: true });
  let ran = false;
  await main(import.meta, () => {
    ran = true;
  });
  assert.equal(ran, process.argv[1] === fileURLToPath(import.meta.url));
});

test("main reports an error as CODE: message, and ends with 1", async () => {
  const { status, err } = await start("own_tasks.ts", ["fail"]).ended;
  assert.deepEqual([status, err], [1, "SOME_CODE: it failed\n"]);
});

for (const name of ["no_main.ts", "no_main_later.ts"]) {
  test(`a module that starts processes when a worker imports it is NOT_MAIN (${name})`, async () => {
    const { status, out, err } = await start(name).ended;
    if (name === "no_main.ts") {
      assert.equal(status, 1);
      assert.match(err, /NOT_MAIN/);
      assert.match(err, /main\(import\.meta/);
    } else assert.equal(out, "NOT_MAIN\n", err);
  });
}

test("a task may use a pool of its own", async () => {
  const { status, out, err } = await start("nested.ts").ended;
  assert.deepEqual([status, out], [0, "14\n"], err);
});

test("without descriptors left, pools and messages fail with TOO_MANY_FILES, and what is open goes on", async () => {
  const { status, out, err } = await start("few_files.ts").ended;
  assert.deepEqual(
    [status, out],
    [0, "TOO_MANY_FILES TOO_MANY_FILES TOO_MANY_FILES taken TOO_MANY_FILES TOO_MANY_FILES 1,2,3 4\n"],
    err,
  );
});

test("to end a process that could not be started signals nobody else", async () => {
  const { status, out, err } = await start("not_started.ts", [], ["--import", "tsx"], true).ended;
  assert.equal(status, 0, err);
  const [signals, ...outcomes] = out.trim().split(" ");
  assert.equal(signals, "0", out);
  for (const outcome of outcomes) assert.match(outcome, /^(TOO_MANY_FILES|POOL_CLOSED|2)$/, out);
});

test("workers leave SIGINT to the parent", async () => {
  await using pool = new Pool(1);
  using begun = new Queue<number>();
  using answers = new Queue<[number, number]>();
  const call = pool.apply(tasks.relay, begun, answers, 2);
  await begun.put(1);
  const [pid] = await answers.get();
  process.kill(pid, "SIGINT");
  await begun.put(2);
  await call;
  assert.equal(await pool.apply(tasks.pid), pid);
});
