/** The real machine, as the checks look at it: files are read when asked for, and what can only be known by trying is tried. */
import { spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readlinkSync, statfsSync } from "node:fs";
import { release, userInfo } from "node:os";
import { getSystemErrorMap } from "node:util";
import { SharrayError } from "../errors.ts";
import type { Addon } from "../native/addon.ts";
import { call } from "../native/call.ts";
import type { Machine, Room, Trial } from "./doctor_check.ts";

/** What `ask` gives, or null when the system refuses. */
function whether<T>(ask: () => T): T | null {
  try {
    return ask();
  } catch {
    return null;
  }
}

function reason(error: unknown): string {
  return error instanceof SharrayError ? `${error.code}: ${error.message}` : (error as Error).message;
}

function room(path: string): Room | null {
  return whether(() => {
    const { type, bsize, blocks, bavail, files, ffree } = statfsSync(path);
    return { type, size: bsize * blocks, free: bsize * bavail, freeFiles: files === 0 ? -1 : ffree };
  });
}

/** "glibc 2.36", as Node's own report tells; null where it does not. */
function libc(): string | null {
  const { report } = process;
  // Names of open connections would be looked up, which can take long. Node before 22.12 has no such setting.
  Object.assign(report, { excludeNetwork: true });
  const { header } = report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined ? null : `glibc ${header.glibcVersionRuntime}`;
}

/** A descriptor of anonymous memory, or why there is none. */
function memory(addon: Addon): number | string {
  try {
    return call(() => addon.tryMemory());
  } catch (error) {
    return reason(error);
  }
}

function unnamedFile(addon: Addon): Trial {
  const errno = addon.unnamedFileErrno("/dev/shm");
  if (errno === 0) return null;
  const [name, words] = getSystemErrorMap().get(-errno) ?? [`error ${errno}`, "unknown"];
  return `${name}: ${words}`;
}

/**
 * Opens a descriptor of a child through /proc, as attaching to a handle does. The child gets a memory file as its descriptor 3 and
 * is killed before it has done anything; no program of its own is needed for it.
 */
async function childDescriptor(memory: number | string): Promise<Trial> {
  if (typeof memory === "string") return "there is no memory to try it with";
  const child = spawn(process.execPath, ["-e", ""], { stdio: ["ignore", "ignore", "ignore", memory] });
  const ended = new Promise<void>((resolve) => child.on("error", () => resolve()).on("exit", () => resolve()));
  try {
    if (child.pid === undefined) return "no other process could be started to try it with";
    const fd = openSync(`/proc/${child.pid}/fd/3`, "r");
    const same = fstatSync(fd).ino === fstatSync(memory).ino;
    closeSync(fd);
    return same ? null : "another process's memory was opened, but it is not the same";
  } catch (error) {
    return reason(error);
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

/** What only native code can tell, and what only trying can. */
async function nativeFacts(): Promise<
  Pick<Machine, "native" | "blocks" | "memfd" | "unnamedFile" | "childDescriptor">
> {
  let addon: Addon;
  try {
    ({ addon } = await import("../native/addon.ts"));
  } catch (error) {
    const missing = "the native part cannot be loaded";
    return { native: reason(error), blocks: [], memfd: missing, unnamedFile: missing, childDescriptor: missing };
  }
  const { list } = await import("./names.ts");
  const made = memory(addon);
  const facts = {
    native: addon.survey(),
    blocks: list(),
    memfd: typeof made === "string" ? made : null,
    unnamedFile: unnamedFile(addon),
    childDescriptor: await childDescriptor(made),
  };
  if (typeof made === "number") closeSync(made);
  return facts;
}

/** The machine that this process runs on. */
export async function thisMachine(): Promise<Machine> {
  return {
    read: (path) => whether(() => readFileSync(path, "latin1")),
    list: (path) => whether(() => readdirSync(path)) ?? [],
    link: (path) => whether(() => readlinkSync(path)),
    room,
    platform: process.platform,
    arch: process.arch,
    kernel: release(),
    libc: libc(),
    node: process.versions.node,
    environment: process.env,
    pid: process.pid,
    uid: process.getuid?.() ?? -1,
    user: whether(() => userInfo().username),
    ...(await nativeFacts()),
  };
}
