// Folders with tables, and looks at what is going on in them.
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dtypeOf, type SharedArray } from "sharray";
import { File } from "sharray/hdf5";
import {
  type ConvertHooks,
  type ConvertOptions,
  type ConvertOutcome,
  type ConvertResult,
  convert,
} from "../../dist/convert/convert.js";

export const dtype = dtypeOf([
  ["chr", "S10"],
  ["pos", "<i4"],
  ["pct", "<f4"],
  ["c", "<i4"],
  ["t", "<i4"],
]);

/** Row `i` of the tables that tests make. */
export function row(i: number): string {
  return `chr${i % 23}\t${i}\t${(i % 1000) / 8}\t${i % 38}\t${i % 7}\n`;
}

export function rows(from: number, to: number): string {
  const parts: string[] = [];
  for (let i = from; i < to; i++) parts.push(row(i));
  return parts.join("");
}

/** A folder for one test, which goes with it. */
export class Scene implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), "sharray-convert-"));
  readonly #inputs = new Set<string>();

  /** Writes an input file and returns its path. */
  file(name: string, text: string | Uint8Array): string {
    this.#inputs.add(name);
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** What lies in the folder besides the inputs. */
  made(): string[] {
    return readdirSync(this.folder).filter((name) => !this.#inputs.has(name));
  }

  async convert(
    inputs: readonly string[],
    options: Partial<ConvertOptions> = {},
    hooks: ConvertHooks = {},
  ): Promise<ConvertResult> {
    return (await this.outcome(inputs, options, hooks)).result;
  }

  /** The same with what was left out. */
  outcome(
    inputs: readonly string[],
    options: Partial<ConvertOptions> = {},
    hooks: ConvertHooks = {},
  ): Promise<ConvertOutcome> {
    const output = this.path("out.h5");
    return convert({ inputs: inputs.map((path) => ({ path })), output, dtype, sync: false, ...options }, hooks);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** What a file of /proc says; nothing when what it is about has ended meanwhile. */
function look(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** The worker processes that this one has started and that still exist. */
export function children(): number[] {
  const threads = readdirSync("/proc/self/task").map((thread) => look(`/proc/self/task/${thread}/children`));
  const pids = threads.flatMap((list) => list.split(" ").filter((pid) => pid !== ""));
  return pids.filter((pid) => look(`/proc/${pid}/cmdline`).includes("process/worker.js")).map(Number);
}

/** Where a process's descriptors lead. */
function links(pid: number | "self"): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return ""; // closed meanwhile
      }
    });
  } catch {
    return []; // gone meanwhile
  }
}

/** Blocks of shared memory that this process holds. */
export function blocks(): number {
  return links("self").filter((link) => link.startsWith("/memfd:")).length;
}

/**
 * Blocks that stay held beyond those of `before`: a native thread lets go of its own a moment after it has told that it is done. Those that
 * an earlier test had not let go of yet may be among those of `before`.
 */
export async function leaked(before: number): Promise<number> {
  for (let turn = 0; turn < 10_000 && blocks() > before; turn++) await new Promise((resolve) => setImmediate(resolve));
  return Math.max(0, blocks() - before);
}

/** Resolves with a worker process that has the file open, and so has taken a range of it; null when `over` comes first. */
export async function reader(path: string, over: () => boolean): Promise<number | null> {
  while (!over()) {
    const found = children().find((pid) => links(pid).includes(path));
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return null;
}

/** All of a dataset. */
export async function arrayIn(output: string, name: string): Promise<SharedArray> {
  await using file = await File.open(output);
  const dataset = file.get(name);
  if (!("read" in dataset)) throw new Error(`${name} is a group`);
  return (await dataset.read()) as SharedArray;
}

/** Runs `body` while inputs are cut into ranges of so many bytes, so that small ones have many. */
export async function ranges<T>(bytes: number | undefined, body: () => Promise<T>): Promise<T> {
  if (bytes === undefined) return body();
  process.env.SHARRAY_RANGE_BYTES = String(bytes);
  try {
    return await body();
  } finally {
    delete process.env.SHARRAY_RANGE_BYTES;
  }
}

/** Runs `body` while the kernel parses slowly, so that there is time to interfere. */
export async function slowly<T>(body: () => Promise<T>): Promise<T> {
  const before = process.env.SHARRAY_SIMD;
  process.env.SHARRAY_SIMD = "reference";
  try {
    return await body();
  } finally {
    if (before === undefined) delete process.env.SHARRAY_SIMD;
    else process.env.SHARRAY_SIMD = before;
  }
}
