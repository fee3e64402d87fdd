// A memory control group of its own for a test: a limit, and an exact figure of the shared memory that is left.
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface ControlGroup {
  /** The file into which a process writes its number to enter. */
  procs: string;
  /** Bytes of shared memory that were taken in the group and not given back, whoever holds them now. */
  shmem(): number;
  /** Processes in the group. */
  processes(): number[];
  limit(bytes: number): void;
  remove(): void;
}

const versions = [
  { folder: "/sys/fs/cgroup/memory", limit: "memory.limit_in_bytes" },
  { folder: "/sys/fs/cgroup", limit: "memory.max" },
] as const;

let count = 0;

/** A fresh group, or why there can be none. */
export function controlGroup(): ControlGroup | string {
  const reasons: string[] = [];
  for (const { folder, limit } of versions) {
    const group = join(folder, `sharray-faults-${process.pid}-${count++}`);
    try {
      mkdirSync(group);
    } catch (error) {
      reasons.push((error as Error).message);
      continue;
    }
    const read = (file: string): string => readFileSync(join(group, file), "latin1");
    try {
      read(limit);
      read("memory.stat");
      return {
        procs: join(group, "cgroup.procs"),
        shmem: () => Number(/^shmem (\d+)$/m.exec(read("memory.stat"))?.[1] ?? 0),
        processes: () => read("cgroup.procs").split("\n").filter(Boolean).map(Number),
        limit: (bytes) => writeFileSync(join(group, limit), String(bytes)),
        remove: () => rmdirSync(group),
      };
    } catch (error) {
      reasons.push((error as Error).message);
      rmdirSync(group);
    }
  }
  return `no memory control group can be made here: ${reasons.join("; ")}`;
}
