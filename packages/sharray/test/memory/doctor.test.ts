import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { diagnose } from "../../dist/memory/doctor.js";
import { type Check, failure, type Machine, ok, type Room } from "../../dist/memory/doctor_check.js";
import * as limits from "../../dist/memory/doctor_limits.js";
import { removeIpc, removeIpcSetting } from "../../dist/memory/doctor_logind.js";
import * as names from "../../dist/memory/doctor_names.js";
import * as system from "../../dist/memory/doctor_system.js";
import { GiB, machine, unlimited } from "./machine.ts";

function found(check: Check | null, status: Check["status"], words: RegExp, advice?: RegExp): void {
  assert.ok(check !== null);
  assert.equal(check.status, status, JSON.stringify(check));
  assert.match(check.found, words);
  if (advice === undefined) assert.equal(check.advice, null);
  else assert.match(check.advice ?? "", advice);
}

suite("doctor", () => {
  test("a healthy machine: everything is ok and nothing is advised", () => {
    const { checks, ok } = diagnose(machine());
    assert.ok(ok);
    assert.deepEqual(
      checks.filter(({ status, advice }) => status !== "ok" || advice !== null),
      [],
    );
    assert.equal(new Set(checks.map(({ name }) => name)).size, checks.length, "each name once");
  });

  test("one failure makes it not ok, a warning does not", () => {
    assert.equal(diagnose(machine({ memfd: "EPERM" })).ok, false);
    const warned = diagnose(machine({ survey: { descriptors: { soft: 64, hard: 64 } } }));
    assert.ok(warned.ok && warned.checks.some(({ status }) => status === "warning"));
  });

  test("where the native part is missing the rest is still looked at", () => {
    const { checks, ok } = diagnose(
      machine({
        native: "UNSUPPORTED_PLATFORM: musl",
        libc: null,
        memfd: "missing",
        unnamedFile: "missing",
        childDescriptor: "missing",
      }),
    );
    assert.equal(ok, false);
    found(
      checks.find(({ name }) => name === "platform") ?? null,
      "failure",
      /unknown kind/,
      /UNSUPPORTED_PLATFORM: musl/,
    );
    assert.ok(checks.some(({ name, status }) => name === "memory" && status === "ok"));
    assert.deepEqual(
      checks.filter(({ status }) => status !== "ok").map(({ name }) => name),
      ["platform"],
      "what could not be tried is not blamed on the machine",
    );
  });
});

suite("doctor: the system", () => {
  test("kernel", () => {
    found(system.kernel(machine()), "ok", /^Linux 6\.1\.0-13-amd64$/);
    found(system.kernel(machine({ kernel: "4.18.0" })), "ok", /4\.18/);
    found(system.kernel(machine({ kernel: "4.9.0-2" })), "warning", /4\.9/, /4\.18/);
    found(system.kernel(machine({ platform: "darwin" })), "failure", /darwin/, /Linux/);
  });

  test("Node", () => {
    found(system.node(machine()), "ok", /^Node 22\.9\.0$/);
    found(system.node(machine({ node: "20.17.0" })), "ok", /4 GiB/);
    found(system.node(machine({ node: "20.16.0" })), "failure", /20\.16/, /20\.17/);
    found(system.node(machine({ node: "100.1.0" })), "ok", /^Node 100/);
  });

  test("SIMD", () => {
    found(system.simd(machine()), "ok", /^avx2$/);
    found(system.simd(machine({ survey: { simd: "portable" } })), "ok", /without the vector/);
    const asked = { environment: { SHARRAY_SIMD: "portable" }, survey: { simd: "portable" } };
    found(system.simd(machine(asked)), "warning", /SHARRAY_SIMD asks/, /unset/);
    found(
      system.simd(machine({ environment: { SHARRAY_SIMD: "x" }, survey: { simd: null } })),
      "failure",
      /"x"/,
      /avx2/,
    );
    assert.equal(system.simd(machine({ native: "none" })), null);
  });

  test("user and capabilities", () => {
    found(system.user(machine()), "ok", /^uid 1000 \(ada\)$/);
    found(system.user(machine({ uid: 4711, user: null })), "ok", /4711.*no entry/);
    found(system.capabilities(machine()), "ok", /^none/);
    const files = { "/proc/self/status": "CapPrm:\t00\nCapEff:\t0000000000080002\n" };
    found(system.capabilities(machine({ files })), "ok", /^2, CAP_DAC_OVERRIDE, CAP_SYS_PTRACE among them/);
    found(system.capabilities(machine({ files: { "/proc/self/status": null } })), "ok", /not known/);
  });

  test("containers by all their signs", () => {
    found(system.container(machine()), "ok", /^none/);
    for (const [changes, kind] of [
      [{ files: { "/.dockerenv": "" } }, /^Docker/],
      [{ files: { "/run/.containerenv": "engine=podman" } }, /^Podman/],
      [{ environment: { KUBERNETES_SERVICE_HOST: "10.0.0.1" } }, /^Kubernetes/],
      [{ environment: { container: "lxc" } }, /^lxc/],
      [{ files: { "/run/systemd/container": "systemd-nspawn\n" } }, /^systemd-nspawn/],
      [{ files: { "/proc/1/environ": "PATH=/bin\0container=lxc\0" } }, /^lxc/],
      [{ files: { "/proc/self/cgroup": "4:memory:/docker/50ab\n" } }, /^docker/],
      [{ files: { "/proc/self/cgroup": "0::/kubepods.slice/x\n" } }, /^kubepods/],
    ] as const) {
      found(system.container(machine(changes)), "ok", kind);
    }
  });

  test("PID namespaces", () => {
    found(system.pidNamespace(machine()), "ok", /the machine's own/);
    found(system.pidNamespace(machine({ links: { "/proc/self/ns/pid": "pid:[4026532000]" } })), "ok", /one of its own/);
    found(system.pidNamespace(machine({ links: { "/proc/self/ns/pid": null } })), "ok", /not known/);
    found(system.pidNamespace(machine({ pid: 1 })), "warning", /process 1/, /--init/);
  });
});

suite("doctor: limits", () => {
  test("memory", () => {
    found(limits.memory(machine()), "ok", /^8\.0 GiB of 16\.0 GiB/);
    found(limits.memory(machine({ survey: { available: 100 * 2 ** 20 } })), "warning", /100\.0 MiB/, /NO_SPACE/);
    found(limits.memory(machine({ files: { "/proc/meminfo": null } })), "warning", /cannot be read/, /mount \/proc/);
  });

  test("overcommit", () => {
    found(limits.overcommit(machine()), "ok", /^0$/);
    const files = { "/proc/sys/vm/overcommit_memory": "2\n" };
    found(limits.overcommit(machine({ files })), "warning", /^2: 4\.0 GiB/, /sysctl/);
    found(limits.overcommit(machine({ files: { ...files, "/proc/meminfo": null } })), "warning", /^2$/, /sysctl/);
    found(limits.overcommit(machine({ files: { "/proc/sys/vm/overcommit_memory": null } })), "ok", /not known/);
  });

  test("control groups: what is left, of how much, and by which file", () => {
    found(limits.cgroup(machine()), "ok", /no control group/);
    const file = "/sys/fs/cgroup/memory.max";
    const files = { [file]: `${4 * GiB}\n` };
    found(
      limits.cgroup(machine({ files, survey: { group: { file, free: 3 * GiB } } })),
      "ok",
      /3\.0 GiB left of 4\.0 GiB \(.*memory\.max\)/,
    );
    found(
      limits.cgroup(machine({ survey: { group: { file, free: 2 ** 20 } } })),
      "warning",
      /^1\.0 MiB left \(/,
      /higher/,
    );
  });

  test("limits of the process", () => {
    for (const check of limits.resources(machine())) found(check, "ok", /^no limit$/);
    const set = { soft: GiB, hard: GiB };
    const tight = limits.resources(
      machine({ survey: { addressSpace: set, fileSize: { soft: GiB, hard: null }, data: set } }),
    );
    assert.deepEqual(
      tight.map(({ name }) => name),
      ["RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_DATA"],
    );
    for (const check of tight)
      found(check, "warning", /^1\.0 GiB$/, check.name === "RLIMIT_FSIZE" ? /ulimit -f/ : /hard limit/);
  });

  test("descriptors", () => {
    found(limits.descriptors(machine()), "ok", /^4096 at most \(/);
    found(
      limits.descriptors(machine({ survey: { descriptors: { soft: 64, hard: 1024 } } })),
      "warning",
      /^64 at most, 1024/,
      /ulimit -n/,
    );
    found(limits.descriptors(machine({ survey: { descriptors: unlimited } })), "ok", /no limit/);
    found(limits.descriptors(machine({ files: { "/proc/self/fd/0": "", "/proc/self/fd/1": "" } })), "ok", /2 in use/);
  });

  test("vm.max_map_count", () => {
    found(limits.maxMapCount(machine()), "ok", /65530/);
    found(
      limits.maxMapCount(machine({ files: { "/proc/sys/vm/max_map_count": "1000\n" } })),
      "warning",
      /1000/,
      /sysctl/,
    );
    found(limits.maxMapCount(machine({ files: { "/proc/sys/vm/max_map_count": null } })), "ok", /not known/);
  });

  test("memfd: what was tried counts, the setting is explained", () => {
    found(limits.memfd(machine()), "ok", /memfd_noexec is 0/);
    found(
      limits.memfd(machine({ files: { "/proc/sys/vm/memfd_noexec": "2\n" } })),
      "ok",
      /2: executable memory files are refused/,
    );
    found(limits.memfd(machine({ files: { "/proc/sys/vm/memfd_noexec": null } })), "ok", /freed$/);
    found(limits.memfd(machine({ memfd: "IO_ERROR: refused" })), "failure", /IO_ERROR: refused \(vm\./, /seccomp/);
  });

  test("huge pages", () => {
    found(limits.hugePages(machine()), "ok", /never: .*faster.*echo advise > \/sys/);
    const file = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";
    const set = (text: string) => limits.hugePages(machine({ files: { [file]: text } }));
    found(set("[always] within_size never\n"), "warning", /always/, /within_size/);
    found(set("always [within_size] never\n"), "ok", /within_size: large arrays/);
    found(set("always within_size [advise] never\n"), "ok", /advise: large tables/);
    found(limits.hugePages(machine({ files: { [file]: null } })), "ok", /none/);
  });
});

suite("doctor: names and handles", () => {
  const room = (changes: Partial<Room>): Record<string, Room> => ({
    "/dev/shm": { type: 0x01021994, size: 8 * GiB, free: 7 * GiB, freeFiles: 1e6, ...changes },
  });

  test("/dev/shm", () => {
    found(names.sharedMount(machine()), "ok", /7\.0 GiB of 8\.0 GiB/);
    found(names.sharedMount(machine({ rooms: { "/dev/shm": null } })), "failure", /not there/, /mount -t tmpfs/);
    found(names.sharedMount(machine({ unnamedFile: "EROFS: read-only" })), "failure", /EROFS/, /O_TMPFILE/);
    found(names.sharedMount(machine({ rooms: room({ freeFiles: 0 }) })), "failure", /inodes/, /sharray gc/);
    found(names.sharedMount(machine({ rooms: room({ freeFiles: -1 }) })), "ok", /free/);
    found(names.sharedMount(machine({ rooms: room({ size: 0, free: 0 }) })), "ok", /without a limit/);
    found(names.sharedMount(machine({ rooms: room({ type: 0xef53 }) })), "warning", /not a tmpfs/, /mount/);
    found(names.sharedMount(machine({ rooms: room({ free: 2 ** 20 }) })), "warning", /1\.0 MiB of 8/, /sharray gc/);
  });

  test("a small /dev/shm: how to make it larger where this runs", () => {
    const small = room({ size: 64 * 2 ** 20, free: 64 * 2 ** 20 });
    found(names.sharedMount(machine({ rooms: small })), "warning", /64\.0 MiB/, /remount,size/);
    const docker = machine({ rooms: small, files: { "/.dockerenv": "" } });
    found(names.sharedMount(docker), "warning", /64\.0 MiB/, /--shm-size.*--ipc/);
    const kubernetes = machine({ rooms: small, environment: { KUBERNETES_SERVICE_HOST: "x" } });
    found(names.sharedMount(kubernetes), "warning", /64\.0 MiB/, /emptyDir/);
  });

  test("/proc", () => {
    found(names.proc(machine()), "ok", /mounted; kernel\.yama\.ptrace_scope is 1/);
    found(names.proc(machine({ links: { "/proc/self": null } })), "failure", /not mounted/, /pools/);
    found(names.proc(machine({ links: { "/proc/self": "4711" } })), "failure", /another PID namespace.*4711/, /mount/);
    const mountinfo = (options: string): Machine =>
      machine({
        files: { "/proc/self/mountinfo": `1 2 0:5 / / rw - ext4 x rw\n22 27 0:21 / /proc rw - proc proc ${options}\n` },
      });
    found(names.proc(mountinfo("rw,hidepid=invisible")), "ok", /hidepid=invisible: .*hidden/);
    found(names.proc(mountinfo("rw,hidepid=0")), "ok", /^mounted; kernel/);
  });

  test("another process's descriptors", () => {
    found(names.otherDescriptors(machine()), "ok", /opened/);
    const refused = machine({ childDescriptor: "EACCES: permission denied" });
    found(names.otherDescriptors(refused), "failure", /EACCES/, /NOT_REACHABLE.*setcap/);
    const without = machine({ childDescriptor: "ENOENT", links: { "/proc/self": null } });
    assert.deepEqual(names.otherDescriptors(without), failure("/proc/PID/fd", "nothing is there", "see /proc"));
  });
});

suite("doctor: named blocks", () => {
  const block = (changes: object): Machine["blocks"][number] => ({
    name: "sharray.x",
    size: 1024,
    persist: false,
    mode: 0o600,
    uid: 1000,
    created: 0,
    held: true,
    holders: [],
    ...changes,
  });

  test("those that nobody holds are told, but for persistent ones", () => {
    found(names.leftovers(machine()), "ok", /^none$/);
    const kept = block({ persist: true, held: false });
    found(names.leftovers(machine({ blocks: [block({}), kept] })), "ok", /^2 \(2\.0 KiB\)$/);
    const dead = block({ held: false });
    found(names.leftovers(machine({ blocks: [dead, kept] })), "warning", /^2 .*; 1 of them \(1\.0 KiB\) is dead/, /gc/);
    const blind = machine({ blocks: [dead], files: { "/proc/locks": null } });
    found(names.leftovers(blind), "ok", /cannot be seen/);
    found(names.leftovers(machine({ blocks: [dead, dead] })), "warning", /2 of them .* are dead/, /gc/);
  });
});

suite("doctor: RemoveIPC", () => {
  const rooms = { "/run/systemd/system": { type: 0, size: 0, free: 0, freeFiles: -1 } };
  const with_ = (files: Record<string, string>, changes: Partial<Machine> = {}): Machine =>
    machine({ rooms, files, ...changes });

  test("without systemd nothing is removed", () => {
    assert.deepEqual(removeIpc(machine()), ok("RemoveIPC", "systemd does not run here"));
  });

  test("not set is yes, for ordinary users who do not linger", () => {
    found(removeIpc(with_({})), "warning", /not set/, /RemoveIPC=no.*linger/);
    found(removeIpc(with_({}, { uid: 999 })), "ok", /system user/);
    found(removeIpc(with_({}, { uid: 0 })), "ok", /system user/);
    found(removeIpc(with_({ "/var/lib/systemd/linger/ada": "" })), "ok", /ada lingers/);
    found(removeIpc(with_({ "/var/lib/systemd/linger/bob": "" })), "warning", /not set/, /loginctl/);
    found(removeIpc(with_({}, { user: null })), "warning", /not set/, /loginctl/);
  });

  test("the main file and its drop-ins, in systemd's order", () => {
    const main = "/etc/systemd/logind.conf";
    found(
      removeIpc(with_({ [main]: "[Login]\n#RemoveIPC=yes\nRemoveIPC = No\n" })),
      "ok",
      /^no \(\/etc\/systemd\/logind\.conf\)$/,
    );
    const setting = (files: Record<string, string>): unknown => removeIpcSetting(with_(files));
    assert.equal(setting({ [main]: "[Other]\nRemoveIPC=no\n" }), null);
    assert.equal(setting({ [main]: "[Login]\nRemoveIPC=perhaps\n" }), null);
    assert.deepEqual(setting({ [main]: "[Login]\nRemoveIPC=no\nRemoveIPC=on" }), { value: true, file: main });
    assert.deepEqual(setting({ "/usr/lib/systemd/logind.conf": "[Login]\nRemoveIPC=0" }), {
      value: false,
      file: "/usr/lib/systemd/logind.conf",
    });
    const [first, second] = ["/etc/systemd/logind.conf.d/10-a.conf", "/usr/lib/systemd/logind.conf.d/20-b.conf"];
    const yes = "[Login]\nRemoveIPC=yes\n";
    const no = "[Login]\nRemoveIPC=no\n";
    assert.deepEqual(setting({ [main]: no, [first]: no, [second]: yes }), { value: true, file: second });
    // The same name in an earlier folder hides the later one, also when it says nothing.
    const hidden = "/etc/systemd/logind.conf.d/20-b.conf";
    assert.deepEqual(setting({ [main]: no, [second]: yes, [hidden]: "" }), { value: false, file: main });
    assert.deepEqual(setting({ [main]: no, "/etc/systemd/logind.conf.d/README": yes }), { value: false, file: main });
  });
});
