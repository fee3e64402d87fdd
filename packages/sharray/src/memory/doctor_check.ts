import type { NativeSurvey } from "../native/survey.ts";
import type { NamedBlock } from "./names.ts";

/** One thing that was looked at. */
export interface Check {
  /** The name of the thing in the system's own words: "/dev/shm", "vm.max_map_count". */
  name: string;
  /** warning: it works within limits that may surprise; failure: some part of sharray cannot work here. */
  status: "ok" | "warning" | "failure";
  /** What was found, in words. */
  found: string;
  /** What to do; null when all is well. */
  advice: string | null;
}

/** What was tried: null when it worked, else why not. */
export type Trial = string | null;

/** The room of a mounted file system, in bytes. */
export interface Room {
  /** The kernel's number for its kind: 0x01021994 is tmpfs. */
  type: number;
  /** 0 means unlimited, on a tmpfs. */
  size: number;
  free: number;
  /** Files that can still be made; -1 where it is not counted. */
  freeFiles: number;
}

/** All that the checks look at. The real one is `doctor_machine.ts`; tests make others. */
export interface Machine {
  /** The text of a file; null where there is none or it cannot be read. */
  read(path: string): string | null;
  /** The names in a folder; none where it cannot be read. */
  list(path: string): string[];
  /** Where a symbolic link leads; null where there is none. */
  link(path: string): string | null;
  /** null where nothing is there. */
  room(path: string): Room | null;
  platform: string;
  arch: string;
  /** "6.1.0-13-amd64". */
  kernel: string;
  /** "glibc 2.36"; null when it cannot be told. */
  libc: string | null;
  /** "20.17.0". */
  node: string;
  environment: Readonly<Record<string, string | undefined>>;
  pid: number;
  uid: number;
  /** The name of the user; null when the uid has none. */
  user: string | null;
  /** What native code tells; a text when it could not be loaded: why. */
  native: NativeSurvey | string;
  /** The named blocks that there are; none where they cannot be listed. */
  blocks: readonly NamedBlock[];
  /** Anonymous memory was really made, written and closed. */
  memfd: Trial;
  /** A file without a name was really made on /dev/shm. */
  unnamedFile: Trial;
  /** A child's descriptor was really opened through /proc. */
  childDescriptor: Trial;
}

export function ok(name: string, found: string): Check {
  return { name, status: "ok", found, advice: null };
}

export function warning(name: string, found: string, advice: string): Check {
  return { name, status: "warning", found, advice };
}

export function failure(name: string, found: string, advice: string): Check {
  return { name, status: "failure", found, advice };
}

const units = ["KiB", "MiB", "GiB", "TiB", "PiB"];

/** A number of bytes as the errors of sharray write it: "312 bytes", "64.0 MiB". */
export function amount(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** The bytes of a line like "MemTotal:  16 kB" in /proc/meminfo; null where there is none. */
export function meminfo(machine: Machine, name: string): number | null {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(machine.read("/proc/meminfo") ?? "");
  return found === null ? null : 1024 * Number(found[1]);
}

/** A file that holds one word or number; null where it cannot be read. */
export function setting(machine: Machine, path: string): string | null {
  return machine.read(path)?.trim() ?? null;
}
