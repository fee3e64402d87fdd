import { readFileSync } from "node:fs";
import { availableParallelism as processors } from "node:os";
import { dirname, join } from "node:path";

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}

/** CPUs that a cgroup's quota is worth, or Infinity. */
function quotaOf(folder: string): number {
  const [max, period] = read(join(folder, "cpu.max"))?.split(" ").map(Number) ?? [];
  if (max && period) return max / period;
  const quota = Number(read(join(folder, "cpu.cfs_quota_us")));
  const every = Number(read(join(folder, "cpu.cfs_period_us")));
  return quota > 0 && every > 0 ? quota / every : Number.POSITIVE_INFINITY;
}

/** The smallest quota of the cgroup at `path` below `root` and all that enclose it. */
function smallestQuota(root: string, path: string): number {
  let smallest = quotaOf(root);
  for (let at = path; at !== "/" && at !== "."; at = dirname(at))
    smallest = Math.min(smallest, quotaOf(join(root, at)));
  return smallest;
}

/**
 * How many processes can run at once: what the scheduler's affinity and the container's CPU quota (cgroup v2 or v1)
 * leave of the machine; at least 1. A quota of one and a half CPUs counts as two.
 */
export function availableParallelism(root = "/sys/fs/cgroup", own = "/proc/self/cgroup"): number {
  let quota = Number.POSITIVE_INFINITY;
  for (const line of read(own)?.split("\n") ?? []) {
    const [, controllers, ...path] = line.split(":");
    const at = path.join(":");
    if (controllers === "") quota = Math.min(quota, smallestQuota(root, at));
    else if (controllers?.split(",").includes("cpu"))
      quota = Math.min(quota, smallestQuota(join(root, "cpu"), at), smallestQuota(join(root, controllers), at));
  }
  return Math.max(1, Math.min(processors(), Math.ceil(quota)));
}
