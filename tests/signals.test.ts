import assert from "node:assert/strict";
import { appendFileSync, existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { generateFile } from "../scripts/generate.mjs";
import { bytesRead, type Ended, fields, folder, type Running, script, spec, startSharray, until } from "./command.ts";
import { assertEqualsLoadtxt } from "./loadtxt.ts";
import { withoutPython } from "./oracle.ts";
import { atTerminal } from "./terminal.ts";

/** A table that keeps the workers busy for a while: some hundred megabytes. */
function large(cwd: string, rows = 8_000_000): string {
  const file = join(cwd, "a.txt");
  const part = Math.min(rows, 500_000);
  generateFile(file, 1, part);
  const text = readFileSync(file);
  for (let made = part; made < rows; made += part) appendFileSync(file, text);
  return file;
}

const args = (...more: string[]): string[] => ["convert", "a.txt", "-o", "out.h5", "--dtype", spec, ...more];

function workers(run: Running): number[] {
  return run.processes().filter((pid) => pid !== run.pid);
}

/** Once a worker has read well into the table; resolves to its id. */
function atWork(run: Running): Promise<number> {
  return until(() => workers(run).find((pid) => bytesRead(pid) > 20e6));
}

/** The children of a process that it has not reaped yet. */
function children(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return []; // it has ended
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // ESRCH: it has ended by itself
  }
}

/** Whether a process has a file open. */
function opened(pid: number, file: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === file;
      } catch {
        return false; // closed meanwhile
      }
    });
  } catch {
    return false; // it has ended
  }
}

/** Bytes of the output file that a process is making in a folder; the file may have no name yet. */
function written(pid: number, cwd: string): number {
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const path = `/proc/${pid}/fd/${fd}`;
    try {
      const target = readlinkSync(path);
      if (target.startsWith(`${cwd}/`) && !target.endsWith("/a.txt")) return statSync(path).size;
    } catch {
      // closed meanwhile
    }
  }
  return 0;
}

function assertNothingLeft(ended: Ended, cwd: string): void {
  assert.deepEqual(ended.left, []);
  assert.deepEqual(readdirSync(cwd), ["a.txt"]);
}

suite("sharray convert: signals", () => {
  for (const [signal, status] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    test(`${signal} while it reads ends it cleanly with ${status}`, async (t) => {
      const cwd = folder(t);
      large(cwd);
      const run = startSharray(args("--quiet"), { cwd });
      await atWork(run);
      process.kill(run.pid, signal);
      const ended = await run.ended;
      assert.equal(ended.stderr, `sharray: ABORTED: stopped by ${signal}, nothing was written\n`);
      assert.deepEqual([ended.status, ended.stdout], [status, ""]);
      assertNothingLeft(ended, cwd);
    });
  }

  test("SIGINT while it writes", async (t) => {
    const cwd = folder(t);
    large(cwd, 2_000_000);
    const run = startSharray(args("--compression", "gzip:9", "--quiet"), { cwd });
    await until(() => written(run.pid, cwd) > 1_000_000);
    process.kill(run.pid, "SIGINT");
    const ended = await run.ended;
    assert.equal(ended.status, 130);
    assertNothingLeft(ended, cwd);
  });

  test("SIGINT before the work has begun", async (t) => {
    const cwd = folder(t);
    large(cwd);
    const run = startSharray(args("--quiet"), { cwd });
    await until(() => workers(run).length > 0);
    process.kill(run.pid, "SIGINT");
    const ended = await run.ended;
    assert.equal(ended.status, 130);
    assertNothingLeft(ended, cwd);
  });

  test("a second SIGINT ends it at once, with nothing left behind either", async (t) => {
    const cwd = folder(t);
    large(cwd);
    const run = startSharray(args("--quiet"), { cwd });
    await atWork(run);
    process.kill(run.pid, "SIGINT");
    process.kill(run.pid, "SIGINT");
    const ended = await run.ended;
    assert.equal(ended.status, 130);
    await until(() => run.processes().length === 0);
    assert.deepEqual(readdirSync(cwd), ["a.txt"]);
  });

  test("^C at a terminal, which reaches the workers too", { skip: withoutPython }, async (t) => {
    const cwd = folder(t);
    large(cwd);
    const { status, output } = await atTerminal([process.execPath, script, ...args()], {
      cwd,
      type: { when: "reading [1-9]", keys: "\u0003" },
    });
    assert.match(output, /sharray: ABORTED: stopped by SIGINT, nothing was written/);
    assert.equal(status, 130);
    assert.doesNotMatch(output, /WORKER_DIED|\n\s+at /);
    assert.ok(output.lastIndexOf("\u001b[?25h") > output.lastIndexOf("\u001b[?25l"), "cursor shown again");
    assert.deepEqual(readdirSync(cwd), ["a.txt"]);
  });

  test("SIGKILL of the command leaves no worker and no broken output file", async (t) => {
    const cwd = folder(t);
    large(cwd);
    const run = startSharray(args("--quiet"), { cwd });
    await atWork(run);
    process.kill(run.pid, "SIGKILL");
    await run.ended;
    await until(() => run.processes().length === 0);
    assert.ok(!existsSync(join(cwd, "out.h5")));
  });
});

suite("sharray convert: workers that die", () => {
  test("one is killed half-way: its ranges are done again, and the result is right", {
    skip: withoutPython,
  }, async (t) => {
    const cwd = folder(t);
    const file = large(cwd, 3_000_000);
    const run = startSharray(args("--no-sync"), { cwd });
    process.kill(await atWork(run), "SIGKILL");
    const ended = await run.ended;
    assert.deepEqual([ended.status, ended.left], [0, []]);
    await assertEqualsLoadtxt(join(cwd, "out.h5"), [{ dataset: "a", files: [file], options: { dtype: fields } }]);
  });

  test("the only one is killed: another takes its place", async (t) => {
    const cwd = folder(t);
    large(cwd, 3_000_000);
    const run = startSharray(args("--no-sync", "--processes", "1", "--json"), { cwd });
    process.kill(await atWork(run), "SIGKILL");
    const ended = await run.ended;
    assert.deepEqual([ended.status, ended.left], [0, []]);
    assert.equal(JSON.parse(ended.stdout).datasets[0].rows, 3_000_000);
  });

  test("a range that kills its worker twice ends the command, which names signal, file and range", async (t) => {
    const cwd = folder(t);
    const file = large(cwd);
    const run = startSharray(args("--processes", "1", "--quiet"), { cwd });
    let over = false;
    const ended = run.ended.finally(() => {
      over = true;
    });
    // Each worker that has just opened the table, so that the second dies with the range that the first has died with.
    while (!over) {
      for (const pid of children(run.pid)) if (opened(pid, file)) kill(pid);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { stderr, status, left } = await ended;
    assert.match(stderr, /^sharray: WORKER_DIED: a\.txt, bytes \d+ to \d+: [^\n]*SIGKILL[^\n]*\n$/);
    assert.equal(status, 1);
    assert.deepEqual(left, []);
    assert.deepEqual(readdirSync(cwd), ["a.txt"]);
  });

  test("workers that cannot even start end it too", async (t) => {
    const cwd = folder(t);
    large(cwd);
    const run = startSharray(args("--quiet"), { cwd });
    let over = false;
    const ended = run.ended.finally(() => {
      over = true;
    });
    while (!over) {
      for (const pid of children(run.pid)) kill(pid);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { stderr, status, left } = await ended;
    assert.match(stderr, /^sharray: WORKER_DIED: [^\n]*SIGKILL[^\n]*\n$/);
    assert.deepEqual([status, left], [1, []]);
    assert.deepEqual(readdirSync(cwd), ["a.txt"]);
  });
});
