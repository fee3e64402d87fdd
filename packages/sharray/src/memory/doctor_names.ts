/** Checks of what named blocks and handles need: /dev/shm and /proc. */
import { amount, type Check, failure, type Machine, ok, setting, warning } from "./doctor_check.ts";
import { containerKind } from "./doctor_system.ts";

const tmpfs = 0x01021994;
const mount = "/dev/shm";
const MiB = 2 ** 20;

function larger(machine: Machine): string {
  const container = containerKind(machine);
  if (container === null) return "mount -o remount,size=8g /dev/shm";
  if (container.kind === "Kubernetes") return "mount an emptyDir with `medium: Memory` at /dev/shm";
  return "docker run --shm-size=8g (compose: shm_size: 8g), or --ipc=host for the machine's own";
}

/** The mount that named blocks live on. Anonymous memory does not, and is not limited by it. */
export function sharedMount(machine: Machine): Check {
  const room = machine.room(mount);
  if (room === null) {
    return failure(
      mount,
      "is not there",
      "mount -t tmpfs tmpfs /dev/shm: there are no named blocks without; arrays without a name work",
    );
  }
  if (machine.unnamedFile !== null && typeof machine.native !== "string") {
    return failure(
      mount,
      `no file can be made there: ${machine.unnamedFile}`,
      "named blocks need a /dev/shm that this user may write to and that knows O_TMPFILE (a tmpfs): " +
        "chmod 1777 /dev/shm, or mount -t tmpfs tmpfs /dev/shm; arrays without a name work",
    );
  }
  if (room.freeFiles === 0) {
    return failure(
      mount,
      "no more files can be made there (inodes)",
      "remove some: sharray gc, then look at ls /dev/shm",
    );
  }
  const found = room.size === 0 ? "a tmpfs without a limit" : `${amount(room.free)} of ${amount(room.size)} are free`;
  if (room.type !== tmpfs) {
    return warning(
      mount,
      `${found}; it is not a tmpfs`,
      "named blocks are as slow as that file system: mount -t tmpfs tmpfs /dev/shm",
    );
  }
  if (room.size > 0 && room.size <= 64 * MiB) {
    return warning(
      mount,
      found,
      `named blocks larger than that are refused with NO_SPACE, arrays without a name are not limited by it: ${larger(machine)}`,
    );
  }
  if (room.size > 0 && room.free < 64 * MiB) {
    return warning(
      mount,
      found,
      "larger named blocks are refused with NO_SPACE: see sharray ls, sharray gc, and what else is in /dev/shm",
    );
  }
  return ok(mount, found);
}

/** How /proc is mounted, by /proc/self/mountinfo: the last mount at that place is the one that is seen. */
function hidepid(machine: Machine): string | null {
  const lines = (machine.read("/proc/self/mountinfo") ?? "").split("\n");
  const line = lines.findLast((line) => line.split(" ")[4] === "/proc" && / - proc /.test(line));
  return line === undefined ? null : (/\bhidepid=(\w+)/.exec(line)?.[1] ?? null);
}

export function proc(machine: Machine): Check {
  const self = machine.link("/proc/self");
  if (self === null) {
    return failure(
      "/proc",
      "is not mounted",
      "mount -t proc proc /proc: without it named blocks and handles carried by hand are refused; pools, processes and queues work",
    );
  }
  if (Number(self) !== machine.pid) {
    return failure(
      "/proc",
      `belongs to another PID namespace (it calls this process ${self}, which is ${machine.pid})`,
      "mount a /proc of this namespace (unshare --mount-proc, or mount -t proc proc /proc): handles lead nowhere without",
    );
  }
  const hidden = hidepid(machine);
  const scope = setting(machine, "/proc/sys/kernel/yama/ptrace_scope");
  const parts = [
    "mounted",
    hidden === null || hidden === "0" || hidden === "off"
      ? null
      : `hidepid=${hidden}: processes of other users are hidden, holders of theirs too`,
    scope === null ? null : `kernel.yama.ptrace_scope is ${scope}, which concerns debuggers only`,
  ];
  return ok("/proc", parts.filter((part) => part !== null).join("; "));
}

/** Whether handles carried by hand can work: one process has to open what another has open. */
export function otherDescriptors(machine: Machine): Check | null {
  if (typeof machine.native === "string") return null;
  const name = "/proc/PID/fd";
  if (machine.childDescriptor === null) return ok(name, "another process's memory was opened through it");
  if (proc(machine).status === "failure") return failure(name, "nothing is there", "see /proc");
  return failure(
    name,
    machine.childDescriptor,
    "handles carried by hand are NOT_REACHABLE here: send arrays through pools, processes and queues, or give them names " +
      "(a Node with file capabilities, as setcap gives, is closed to all others: take them off)",
  );
}

/** What killed processes left. */
export function leftovers(machine: Machine): Check | null {
  const { blocks } = machine;
  if (typeof machine.native === "string") return null;
  const name = "named blocks";
  if (blocks.length === 0) return ok(name, "none");
  const bytes = (some: Machine["blocks"]): string => amount(some.reduce((sum, { size }) => sum + size, 0));
  const found = `${blocks.length} (${bytes(blocks)})`;
  if (machine.read("/proc/locks") === null) return ok(name, `${found}; who holds them cannot be seen (no /proc)`);
  const dead = blocks.filter(({ held, persist }) => !held && !persist);
  if (dead.length === 0) return ok(name, found);
  return warning(
    name,
    `${found}; ${dead.length} of them (${bytes(dead)}) ${dead.length === 1 ? "is" : "are"} dead: no process that can be seen holds ${dead.length === 1 ? "it" : "them"}`,
    "sharray gc removes what nobody holds, and so does the next use of sharray; sharray ls shows them all",
  );
}
