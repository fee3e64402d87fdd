/** Checks of what limits memory: the machine, control groups, limits of the process, settings of the kernel. */
import type { NativeLimit } from "../native/survey.ts";
import { amount, type Check, failure, type Machine, meminfo, ok, setting, warning } from "./doctor_check.ts";

const MiB = 2 ** 20;

/** Below so much, a single array of ordinary size is refused. */
const little = 256 * MiB;

export function memory(machine: Machine): Check {
  const total = meminfo(machine, "MemTotal");
  const available = typeof machine.native === "string" ? meminfo(machine, "MemAvailable") : machine.native.available;
  if (total === null || available === null) {
    return warning(
      "memory",
      "/proc/meminfo cannot be read",
      "mount /proc: without it sharray cannot refuse what the machine has no memory for",
    );
  }
  const found = `${amount(available)} of ${amount(total)} are available`;
  if (available >= little) return ok("memory", found);
  return warning("memory", found, "end other programs: larger arrays are refused with NO_SPACE");
}

/** With strict accounting the kernel refuses what could be used, not only what is used. */
export function overcommit(machine: Machine): Check {
  const name = "vm.overcommit_memory";
  const value = setting(machine, "/proc/sys/vm/overcommit_memory");
  if (value !== "2") return ok(name, value ?? "not known (no /proc)");
  const [limit, used] = [meminfo(machine, "CommitLimit"), meminfo(machine, "Committed_AS")];
  const room = limit === null || used === null ? "" : `: ${amount(Math.max(0, limit - used))} can still be promised`;
  return warning(
    name,
    `2${room}`,
    "memory counts as soon as it is reserved, and Node reserves much: set it to 0 (sysctl vm.overcommit_memory=0), or raise vm.overcommit_ratio",
  );
}

export function cgroup(machine: Machine): Check | null {
  if (typeof machine.native === "string") return null;
  const { group } = machine.native;
  if (group === null) return ok("cgroup", "no control group limits memory");
  const limit = Number(setting(machine, group.file) ?? Number.NaN);
  const found = `${amount(group.free)} left${Number.isFinite(limit) ? ` of ${amount(limit)}` : ""} (${group.file})`;
  if (group.free >= little) return ok("cgroup", found);
  return warning("cgroup", found, "run it with a higher memory limit: larger arrays are refused with NO_SPACE");
}

function resource(name: string, limit: NativeLimit, what: string, option: string): Check {
  if (limit.soft === null) return ok(name, "no limit");
  const raise =
    limit.hard === null || limit.hard > limit.soft
      ? `raise it with ulimit ${option}`
      : "its hard limit has to be raised, by root";
  return warning(name, amount(limit.soft), `${what}; ${raise}`);
}

/** RLIMIT_AS, RLIMIT_FSIZE and RLIMIT_DATA. */
export function resources({ native }: Machine): Check[] {
  if (typeof native === "string") return [];
  return [
    resource(
      "RLIMIT_AS",
      native.addressSpace,
      "arrays for which no address space is left are refused with NO_SPACE",
      "-v",
    ),
    resource("RLIMIT_FSIZE", native.fileSize, "an array of more than this is refused with NO_SPACE", "-f"),
    resource("RLIMIT_DATA", native.data, "read-only attachments count as data, and so does Node's own memory", "-d"),
  ];
}

/** Below so many descriptors a pool with some dozen arrays meets the limit. */
const fewDescriptors = 512;

export function descriptors(machine: Machine): Check | null {
  if (typeof machine.native === "string") return null;
  const { soft, hard } = machine.native.descriptors;
  if (soft === null) return ok("descriptors", "no limit (RLIMIT_NOFILE)");
  const used = machine.list("/proc/self/fd").length;
  const raised = hard === soft ? "" : `, ${hard ?? "unlimited"} after raising`;
  const found = `${soft} at most${raised} (RLIMIT_NOFILE)${used > 0 ? `; ${used} in use` : ""}`;
  if (soft >= fewDescriptors) return ok("descriptors", found);
  return warning(
    "descriptors",
    found,
    "each open array takes one, each worker of a pool several: raise it with ulimit -n 4096 (systemd: LimitNOFILE=, docker run --ulimit nofile=4096)",
  );
}

/** What the kernel has by default. */
const usualMaps = 65530;

export function maxMapCount(machine: Machine): Check {
  const name = "vm.max_map_count";
  const value = setting(machine, "/proc/sys/vm/max_map_count");
  if (value === null) return ok(name, "not known (no /proc)");
  if (Number(value) >= usualMaps) return ok(name, value);
  return warning(name, value, `each open array takes one mapping or more: sysctl vm.max_map_count=${usualMaps}`);
}

const noexec: Record<string, string> = {
  "0": "memory files may be executable",
  "1": "memory files are not executable unless a program asks for it",
  "2": "executable memory files are refused, which sharray's never are",
};

/** Whether anonymous memory can be made; the setting alone does not tell. */
export function memfd(machine: Machine): Check | null {
  if (typeof machine.native === "string") return null;
  const name = "memfd";
  const value = setting(machine, "/proc/sys/vm/memfd_noexec");
  const rule = value === null ? "" : `vm.memfd_noexec is ${value}${value in noexec ? `: ${noexec[value]}` : ""}`;
  if (machine.memfd === null) return ok(name, `made, written and freed${rule && `; ${rule}`}`);
  const advice =
    "no array can be made without: look at the limits above, and whether a security profile (seccomp) of the container refuses memfd_create";
  return failure(name, `${machine.memfd}${rule && ` (${rule})`}`, advice);
}

/** What shared memory may have of them. Loads into fresh memory ask for them, and spend most of their time on pages without. */
export function hugePages(machine: Machine): Check {
  const name = "huge pages";
  const path = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";
  const text = setting(machine, path);
  const chosen = text === null ? null : (/\[(\w+)\]/.exec(text)?.[1] ?? text);
  if (chosen === null) return ok(name, "none for shared memory in this kernel");
  const found = `shmem_enabled is ${chosen}`;
  if (chosen === "always" || chosen === "force") {
    return warning(name, found, `each small array takes a whole huge page (2 MiB): echo within_size > ${path}`);
  }
  if (chosen === "advise") return ok(name, `${found}: large tables are loaded into them`);
  if (chosen === "within_size") return ok(name, `${found}: large arrays have them`);
  return ok(name, `${found}: tables larger than 8 MiB are loaded faster with them: echo advise > ${path}`);
}
