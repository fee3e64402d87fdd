import type { Machine, Room } from "../../dist/memory/doctor_check.js";

export const GiB: number = 2 ** 30;
export const unlimited: { soft: null; hard: null } = { soft: null, hard: null };

/** A healthy machine with changes; `files` are added to its own, null takes one away. */
export function machine(
  changes: Partial<Machine> & {
    files?: Record<string, string | null>;
    links?: Record<string, string | null>;
    rooms?: Record<string, Room | null>;
    survey?: Partial<Exclude<Machine["native"], string>>;
  } = {},
): Machine {
  const { files, links, rooms, survey, ...rest } = changes;
  const texts: Record<string, string | null> = {
    "/proc/meminfo":
      "MemTotal:       16777216 kB\nMemAvailable:    8388608 kB\nCommitLimit:  8388608 kB\nCommitted_AS:  4194304 kB\n",
    "/proc/self/status": "Name:\tnode\nCapEff:\t0000000000000000\n",
    "/proc/self/mountinfo": "22 27 0:21 / /proc rw,nosuid - proc proc rw\n",
    "/proc/self/cgroup": "0::/user.slice\n",
    "/proc/sys/vm/overcommit_memory": "0\n",
    "/proc/sys/vm/max_map_count": "65530\n",
    "/proc/sys/vm/memfd_noexec": "0\n",
    "/proc/locks": "",
    "/proc/sys/kernel/yama/ptrace_scope": "1\n",
    "/sys/kernel/mm/transparent_hugepage/shmem_enabled": "always within_size advise [never] deny force\n",
    ...files,
  };
  const targets: Record<string, string | null> = {
    "/proc/self": "77",
    "/proc/self/ns/pid": "pid:[4026531836]",
    ...links,
  };
  const places: Record<string, Room | null> = {
    "/dev/shm": { type: 0x01021994, size: 8 * GiB, free: 7 * GiB, freeFiles: 1e6 },
    ...rooms,
  };
  return {
    read: (path) => texts[path] ?? null,
    list: (path) =>
      Object.keys(texts)
        .filter((file) => texts[file] !== null && file.startsWith(`${path}/`))
        .map((file) => file.slice(path.length + 1)),
    link: (path) => targets[path] ?? null,
    room: (path) => places[path] ?? null,
    platform: "linux",
    arch: "x64",
    kernel: "6.1.0-13-amd64",
    libc: "glibc 2.36",
    node: "22.9.0",
    environment: {},
    pid: 77,
    uid: 1000,
    user: "ada",
    native: {
      available: 8 * GiB,
      group: null,
      descriptors: { soft: 4096, hard: 4096 },
      addressSpace: unlimited,
      fileSize: unlimited,
      data: unlimited,
      simd: "avx2",
      ...survey,
    },
    blocks: [],
    memfd: null,
    unnamedFile: null,
    childDescriptor: null,
    ...rest,
  };
}
