import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Whether a process exists and is not merely waiting to be collected. */
export function alive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}

/** Resolves when a process is gone; the tests' own time-out ends a wait that would never end. */
export async function gone(pid: number): Promise<void> {
  while (alive(pid)) await new Promise((resolve) => setImmediate(resolve));
}

/** Processes that hold a descriptor of the file with this inode. */
export function holders(inode: number): number[] {
  const found: number[] = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const held = readdirSync(`/proc/${pid}/fd`).some((fd) => {
        const link = readlinkSync(`/proc/${pid}/fd/${fd}`);
        return link.startsWith("/memfd:") && existsSync(`/proc/${pid}/fd/${fd}`) && inodeOf(pid, fd) === inode;
      });
      if (held) found.push(Number(pid));
    } catch {
      // It ended meanwhile, or belongs to somebody else.
    }
  }
  return found;
}

function inodeOf(pid: string, fd: string): number {
  const line = readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8").match(/^ino:\s*(\d+)/m);
  return Number(line?.[1]);
}

/** Descriptors that this process has open. */
export function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
