/** Checks of the system that sharray runs on: kernel, processor, Node, user, container. */
import { type Check, failure, type Machine, ok, setting, warning } from "./doctor_check.ts";

/** Whether a version like "6.1.0-13-amd64" is at least major.minor. */
function atLeast(version: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = version.split(/[.-]/).map(Number);
  return first > major || (first === major && second >= minor);
}

export function kernel(machine: Machine): Check {
  if (machine.platform !== "linux") {
    return failure(
      "kernel",
      machine.platform,
      "sharray needs Linux: its memory files, leases and limits are the kernel's",
    );
  }
  if (atLeast(machine.kernel, 4, 18)) return ok("kernel", `Linux ${machine.kernel}`);
  return warning(
    "kernel",
    `Linux ${machine.kernel}`,
    "Node 20 and later are made for Linux 4.18 or later: update the system",
  );
}

export function platform(machine: Machine): Check {
  const found = `${machine.arch}, ${machine.libc ?? "a C library of unknown kind"}`;
  if (typeof machine.native !== "string") return ok("platform", found);
  return failure("platform", found, `the native part cannot be loaded: ${machine.native}`);
}

export function node(machine: Machine): Check {
  const found = `Node ${machine.node}`;
  if (!atLeast(machine.node, 20, 17)) return failure("node", found, "sharray needs Node 20.17 or later");
  if (atLeast(machine.node, 22, 0)) return ok("node", found);
  return ok("node", `${found}: one typed array covers at most 4 GiB (from Node 22 on without limit)`);
}

/** The instructions by which text is read. */
export function simd(machine: Machine): Check | null {
  if (typeof machine.native === "string") return null;
  const { simd } = machine.native;
  const asked = machine.environment.SHARRAY_SIMD;
  if (simd === null) {
    return failure(
      "simd",
      `SHARRAY_SIMD is ${JSON.stringify(asked)}`,
      "unset it, or ask for reference, portable, avx2 or avx512",
    );
  }
  if (simd === "avx512" || simd === "avx2") return ok("simd", simd);
  if (asked) return warning("simd", `${simd}, as SHARRAY_SIMD asks`, "unset SHARRAY_SIMD to read text at full speed");
  return ok("simd", `${simd}: text is read without the vector instructions that x86-64 with AVX2 has`);
}

export function user(machine: Machine): Check {
  const found = `uid ${machine.uid}`;
  return ok(
    "user",
    machine.user === null
      ? `${found}, which has no entry in the password file and needs none`
      : `${found} (${machine.user})`,
  );
}

/** Those capabilities (bit and name) that change what a process can see or take of others' memory. */
const telling = [
  [1, "CAP_DAC_OVERRIDE"],
  [2, "CAP_DAC_READ_SEARCH"],
  [19, "CAP_SYS_PTRACE"],
  [21, "CAP_SYS_ADMIN"],
  [24, "CAP_SYS_RESOURCE"],
] as const;

export function capabilities(machine: Machine): Check {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(machine.read("/proc/self/status") ?? "")?.[1];
  if (mask === undefined) return ok("capabilities", "not known (no /proc); none are needed");
  const bits = BigInt(`0x${mask}`);
  if (bits === 0n) return ok("capabilities", "none, and none are needed");
  const names = telling.filter(([bit]) => (bits >> BigInt(bit)) & 1n).map(([, name]) => name);
  const count = [...bits.toString(2)].filter((bit) => bit === "1").length;
  const some = names.length === 0 ? "" : `, ${names.join(", ")} among them`;
  return ok("capabilities", `${count}${some}; none are needed`);
}

/** What kind of container this process runs in, and by what sign; null when there is none. */
export function containerKind(machine: Machine): { kind: string; sign: string } | null {
  const { environment } = machine;
  if (environment.KUBERNETES_SERVICE_HOST) return { kind: "Kubernetes", sign: "KUBERNETES_SERVICE_HOST is set" };
  if (machine.read("/run/.containerenv") !== null) return { kind: "Podman", sign: "/run/.containerenv" };
  if (machine.read("/.dockerenv") !== null) return { kind: "Docker", sign: "/.dockerenv" };
  const named = setting(machine, "/run/systemd/container");
  if (named) return { kind: named, sign: "/run/systemd/container" };
  if (environment.container) return { kind: environment.container, sign: "the variable container is set" };
  const first = /(?:^|\0)container=([^\0]+)/.exec(machine.read("/proc/1/environ") ?? "")?.[1];
  if (first) return { kind: first, sign: "the environment of process 1" };
  const group = /\b(docker|kubepods|libpod|lxc|containerd)\b/.exec(machine.read("/proc/self/cgroup") ?? "")?.[1];
  return group ? { kind: group, sign: "/proc/self/cgroup" } : null;
}

export function container(machine: Machine): Check {
  const found = containerKind(machine);
  if (found === null) return ok("container", "none that can be seen");
  return ok(
    "container",
    `${found.kind} (${found.sign}): named blocks are shared with other containers through a common /dev/shm only ` +
      "(docker run --ipc=container:NAME of one started with --ipc=shareable, or --ipc=host)",
  );
}

/** The number of the machine's first PID namespace is fixed in the kernel. */
const firstNamespace = "pid:[4026531836]";

export function pidNamespace(machine: Machine): Check {
  const name = "PID namespace";
  const link = machine.link("/proc/self/ns/pid");
  if (machine.pid === 1) {
    return warning(
      name,
      "Node is process 1 of it",
      "as process 1 it is sent no signal that it does not handle, and has to bury orphans: start the container with an init (docker run --init)",
    );
  }
  if (link === null) return ok(name, "not known (no /proc)");
  if (link === firstNamespace) return ok(name, "the machine's own");
  return ok(
    name,
    "one of its own: a handle reaches the processes in it, a named block all that have the same /dev/shm",
  );
}
