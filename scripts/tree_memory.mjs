// Measures the memory of a process and all its descendants: what each has of its own, and shared memory once.
//
// A sample is the sum of Pss over the tree less its Pss_Shmem, plus the rise of Shmem in /proc/meminfo since the watch began. The
// latter because a process's Pss does not show the pages that it wrote to shared memory without mapping them. Shmem is of
// the whole machine: what others do with shared memory meanwhile is counted too.
import { readdirSync, readFileSync } from "node:fs";

const KiB = 1024;

function figure(text, name) {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text);
  return match ? Number(match[1]) * KiB : 0;
}

function sharedMemory() {
  return figure(readFileSync("/proc/meminfo", "utf8"), "Shmem");
}

/** The ids of a process and all its descendants; what ends meanwhile is left out. */
export function tree(pid) {
  const found = [];
  const todo = [pid];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    try {
      for (const thread of readdirSync(`/proc/${next}/task`)) {
        const children = readFileSync(`/proc/${next}/task/${thread}/children`, "latin1");
        todo.push(...children.split(" ").filter(Boolean).map(Number));
      }
      found.push(next);
    } catch {
      // It has ended.
    }
  }
  return found;
}

function own(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
    return figure(text, "Pss") - figure(text, "Pss_Shmem");
  } catch {
    return 0;
  }
}

/**
 * Watches the tree of a process from now on, at best from right after it was started; `stop()` ends that and returns the highest
 * sample in bytes.
 */
export function watchTree(pid, { everyMs = 20 } = {}) {
  const before = sharedMemory();
  let peak = 0;
  const sample = () => {
    const processes = tree(pid);
    if (processes.length === 0) return;
    const unshared = processes.reduce((sum, one) => sum + own(one), 0);
    peak = Math.max(peak, unshared + Math.max(0, sharedMemory() - before));
  };
  sample();
  const timer = setInterval(sample, everyMs);
  return {
    stop() {
      clearInterval(timer);
      return peak;
    },
  };
}
