import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("..", import.meta.url));
/** The script that npm puts into node_modules/.bin. */
export const script: string = join(root, "packages", "sharray", "bin", "sharray.js");
/** The real tables; fixtures/methylation/README.md says where they are from. */
export const methylation: string = join(root, "fixtures", "methylation");

export const spec = "chr:S10,pos:i4,pct:f4,c:i4,t:i4";
/** The same dtype for NumPy. */
export const fields: [string, string][] = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["pct", "<f4"],
  ["c", "<i4"],
  ["t", "<i4"],
];

/** How a program ended and what it printed. */
export interface Ended {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** Its processes, itself and workers, that were alive right after it had ended. */
  left: number[];
}

/** A program under way. */
export interface Running {
  child: ChildProcess;
  pid: number;
  /** The processes of this program that are alive now, however they are related; zombies are not. */
  processes(): number[];
  ended: Promise<Ended>;
}

const mark = "SHARRAY_TEST_RUN";

/** All processes that inherited the mark of one run: also those whose parent is gone. */
function marked(id: string): number[] {
  const wanted = `${mark}=${id}`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(wanted);
      } catch {
        return false; // it has ended, or is not ours
      }
    })
    .map(Number);
}

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
}

/** Starts a program with its output collected. */
export function start(program: string, args: string[], options: RunOptions = {}): Running {
  const id = randomUUID();
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env, [mark]: id },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const closed = once(child, "close");
  const ended = once(child, "exit").then(async ([status, signal]) => {
    const left = marked(id);
    await closed;
    return { status, signal, stdout, stderr, left };
  });
  return { child, pid: child.pid!, processes: () => marked(id), ended };
}

/** Starts `sharray ...` with the Node that runs the tests. */
export function startSharray(args: string[], options: RunOptions = {}): Running {
  return start(process.execPath, [script, ...args], options);
}

/** Runs `sharray ...` to its end. */
export function sharray(args: string[], options: RunOptions = {}): Promise<Ended> {
  return startSharray(args, options).ended;
}

/** A folder for one test, removed after it. */
export function folder(t: Pick<TestContext, "after">): string {
  const path = mkdtempSync(join(tmpdir(), "sharray-test-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Resolves once `condition` gives something; asks again every few milliseconds. */
export async function until<T>(condition: () => T | undefined | null | false): Promise<T> {
  for (;;) {
    const found = condition();
    if (found !== undefined && found !== null && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** How many bytes a process has read so far, by read and pread; 0 when it is gone. */
export function bytesRead(pid: number): number {
  try {
    return Number(/^rchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, "latin1"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
