// What a fault leaves behind, measured before and after it.
import { readdirSync, readFileSync } from "node:fs";

/** Names that a run put on the mount, bytes of shared memory, processes, descriptors. */
export interface Left {
  names: string[];
  shmem: number;
  processes: number[];
  descriptors: number;
}

/**
 * The kernel's figure of all shared memory (memfd, tmpfs) of the machine moves by itself a little: a terminal's or a logger's
 * files in /tmp or /run. A fault that leaks one of its blocks (16 MiB and more) moves it by twice this.
 */
export const TOLERANCE: number = 8 << 20;

/** Polls before a difference is believed, 5 ms apart: the kernel gives pages back after the process is gone. */
export const POLLS = 4000;

/** `Shmem` of /proc/meminfo, in bytes. */
export function systemShmem(): number {
  return 1024 * Number(/^Shmem:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "latin1"))?.[1] ?? 0);
}

/** How many descriptors this process has open. */
export function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** Processes that are alive and inherited this mark in their environment, however they are related to this one. */
export function marked(mark: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(mark);
      } catch {
        return false; // it has ended, or is not ours
      }
    })
    .map(Number);
}

/** Whether nothing is left. */
export function clean(left: Left): boolean {
  return left.names.length === 0 && left.shmem === 0 && left.processes.length === 0 && left.descriptors === 0;
}

/** Asks again until nothing is left, or long enough; the last answer. */
export async function settled(look: () => Left): Promise<Left> {
  let left = look();
  for (let i = 0; i < POLLS && !clean(left); i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    left = look();
  }
  return left;
}
