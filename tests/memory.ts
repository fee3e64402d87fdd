import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";

function figure(text: string, name: string): number {
  return 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
}

/**
 * Bytes that processes hold: what each has of its own (Pss without shared memory) and every memfd once, by the pages that it really
 * has. Unlike the machine's Shmem this does not see what others do meanwhile, and unlike Pss it sees pages that were
 * written without being mapped.
 */
export function memoryOf(processes: number[]): number {
  let total = 0;
  const blocks = new Map<number, number>();
  for (const pid of processes) {
    try {
      const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
      total += figure(text, "Pss") - figure(text, "Pss_Shmem");
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        const path = `/proc/${pid}/fd/${fd}`;
        if (!readlinkSync(path).startsWith("/memfd:")) continue;
        const { ino, blocks: pages } = statSync(path);
        blocks.set(ino, pages * 512);
      }
    } catch {
      // It has ended, or closed the descriptor, meanwhile.
    }
  }
  for (const bytes of blocks.values()) total += bytes;
  return total;
}
