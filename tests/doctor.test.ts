import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { suite, test } from "node:test";
import { type Ended, folder, root, script, sharray, start, until } from "./command.ts";
import { controlGroup } from "./faults/control_group.ts";
import { noMounts, PrivateMount, unshare } from "./mount.ts";

interface Check {
  name: string;
  status: "ok" | "warning" | "failure";
  found: string;
  advice: string | null;
}

/** One check of `doctor --json`, after what holds for every answer. */
function check(ended: Ended, name: string): Check {
  assert.deepEqual([ended.stderr, ended.signal, ended.left], ["", null, []]);
  const { checks, ok } = JSON.parse(ended.stdout) as { checks: Check[]; ok: boolean };
  assert.equal(
    ok,
    checks.every(({ status }) => status !== "failure"),
  );
  assert.equal(ended.status, ok ? 0 : 1);
  for (const { status, advice } of checks) assert.equal(advice === null, status === "ok");
  const found = checks.find((one) => one.name === name);
  assert.ok(found !== undefined, `${name} is among ${checks.map((one) => one.name).join(", ")}`);
  return found;
}

/** Runs `sharray doctor --json` from a line of shell, where "$@" is the command. */
function within(program: string, args: string[], line: string): Promise<Ended> {
  return start(program, [...args, "sh", "-c", line, "sh", process.execPath, script, "doctor", "--json"]).ended;
}

suite("sharray doctor", () => {
  test("each thing on a line with OK or what to do, and a count", async () => {
    const { status, stdout, stderr } = await sharray(["doctor"]);
    assert.equal(stderr, "");
    assert.ok(status === 0 || status === 1);
    const [body, count] = stdout.split("\n\n");
    for (const line of body!.split("\n")) assert.match(line, /^(OK {7}|WARNING {2}|FAILURE {2}| {11,})\S/);
    assert.match(count!, /^\d+ checks: (no|\d+) failures?, (no|\d+) warnings?\n$/);
    for (const name of [
      "kernel",
      "memory",
      "cgroup",
      "descriptors",
      "/dev/shm",
      "/proc",
      "memfd",
      "RemoveIPC",
      "container",
    ]) {
      assert.match(stdout, new RegExp(`^(OK|WARNING|FAILURE) +${name} `, "m"), name);
    }
    assert.equal(status === 0, count!.includes(": no failures"));
  });

  test("--json is one object; it looks, and leaves nothing", async () => {
    const kernel = check(await sharray(["doctor", "--json"]), "kernel");
    assert.deepEqual(Object.keys(kernel), ["name", "status", "found", "advice"]);
    assert.match(kernel.found, /^Linux \d/);
  });

  test("arguments are refused", async () => {
    const { status, stderr } = await sharray(["doctor", "all"]);
    assert.equal(status, 2);
    assert.match(stderr, /^sharray: USAGE: /);
  });

  test("a limit of 64 descriptors", async () => {
    const found = check(await within("env", [], 'ulimit -n 64; exec "$@"'), "descriptors");
    assert.equal(found.status, "warning");
    assert.match(found.found, /^64 at most/);
    assert.match(found.advice!, /ulimit -n/);
  });

  test("a limit of the address space", async () => {
    const found = check(await within("env", [], 'ulimit -v 8388608; exec "$@"'), "RLIMIT_AS");
    assert.deepEqual([found.status, found.found], ["warning", "8.0 GiB"]);
  });

  test("a control group of 128 MiB is named with its file", async (t) => {
    const group = controlGroup();
    if (typeof group === "string") return t.skip(group);
    group.limit(128 * 2 ** 20);
    try {
      const ended = await within("env", [], `echo $$ > ${group.procs} && exec "$@"`);
      const found = check(ended, "cgroup");
      assert.equal(found.status, "warning");
      assert.match(found.found, /MiB left of 128\.0 MiB \(\/sys\/fs\/cgroup\/.*\/memory\.(limit_in_bytes|max)\)$/);
      assert.match(found.advice!, /higher memory limit/);
    } finally {
      await until(() => group.processes().length === 0);
      group.remove();
    }
  });

  test("no file may have a byte: no array can be made", async () => {
    const ended = await within("env", [], 'ulimit -f 0; exec "$@" | cat');
    assert.match(ended.stdout, /"name":"RLIMIT_FSIZE","status":"warning"/);
    assert.match(ended.stdout, /"name":"memfd","status":"failure","found":"NO_SPACE: [^"]*RLIMIT_FSIZE/);
  });

  test("a small /dev/shm", { skip: noMounts }, async () => {
    const line = 'mount -t tmpfs -o size=1m tmpfs /dev/shm && exec "$@"';
    const found = check(await within("unshare", unshare, line), "/dev/shm");
    assert.deepEqual([found.status, found.found], ["warning", "1.0 MiB of 1.0 MiB are free"]);
    assert.match(found.advice!, /--shm-size|remount|emptyDir/);
  });

  test("a /dev/shm that cannot be written to", { skip: noMounts }, async () => {
    const line = 'mount -t tmpfs -o ro tmpfs /dev/shm && exec "$@"';
    const found = check(await within("unshare", unshare, line), "/dev/shm");
    assert.equal(found.status, "failure");
    assert.match(found.found, /EROFS/);
  });

  test("no /proc: handles fail, anonymous memory works", { skip: noMounts }, async () => {
    const ended = await within("unshare", unshare, 'mount -t tmpfs tmpfs /proc && exec "$@"');
    assert.equal(check(ended, "/proc").found, "is not mounted");
    assert.equal(check(ended, "/proc").status, "failure");
    assert.deepEqual(check(ended, "/proc/PID/fd").status, "failure");
    assert.equal(check(ended, "memory").status, "warning");
    assert.equal(check(ended, "memfd").status, "ok");
  });

  test("a /proc of another PID namespace, and Node as process 1", async (t) => {
    const spaces = ["-p", "--fork", ...unshare];
    if (spawnSync("unshare", [...spaces, "true"]).status !== 0) return t.skip("no PID namespaces here (unshare -p)");
    const ended = await within("unshare", spaces, 'exec "$@"');
    assert.match(check(ended, "/proc").found, /another PID namespace/);
    assert.match(check(ended, "PID namespace").advice!, /init/);
  });

  test("an ordinary user whose uid has no entry anywhere", async (t) => {
    const args = ["--reuid", "54321", "--regid", "54321", "--clear-groups"];
    if (spawnSync("setpriv", [...args, process.execPath, script, "--version"]).status !== 0) {
      return t.skip("only root can become another user (setpriv), which has to be able to read this checkout");
    }
    const ended = await within("setpriv", args, 'exec "$@"');
    assert.match(check(ended, "user").found, /^uid 54321, which has no entry/);
    assert.match(check(ended, "capabilities").found, /^none/);
    for (const name of ["memfd", "/proc", "/proc/PID/fd"]) assert.equal(check(ended, name).status, "ok", name);
  });

  test("named blocks that nobody holds, which doctor leaves where they are", { skip: noMounts }, async (t) => {
    const mount = await PrivateMount.make(t);
    assert.match(check(await mount.sharray("doctor", "--json"), "named blocks").found, /^none/);
    const holder = await mount.node(
      'import { SharedMemory } from "sharray"; const shm = SharedMemory.create(5000, { name: "x" }); console.log(shm.name); setInterval(() => shm, 1e6);',
    );
    const held = check(await mount.sharray("doctor", "--json"), "named blocks");
    assert.deepEqual([held.status, held.found], ["ok", "1 (4.9 KiB)"]);
    holder.child.kill("SIGKILL");
    await holder.ended;
    for (const _ of [1, 2]) {
      const dead = check(await mount.sharray("doctor", "--json"), "named blocks");
      assert.equal(dead.status, "warning");
      assert.match(dead.found, /^1 \(4\.9 KiB\); 1 of them \(4\.9 KiB\) is dead/);
      assert.match(dead.advice!, /sharray gc/);
    }
  });

  test("without the native part the rest is still told", async (t) => {
    const copy = folder(t);
    const own = join(root, "packages", "sharray");
    for (const part of ["package.json", "bin", "dist"]) cpSync(join(own, part), join(copy, part), { recursive: true });
    const commander = dirname(createRequire(join(own, "package.json")).resolve("commander"));
    mkdirSync(join(copy, "node_modules"));
    symlinkSync(commander, join(copy, "node_modules", "commander"));
    const program = join(copy, "bin", "sharray.js");
    const ended = await start(process.execPath, [program, "doctor", "--json"]).ended;
    assert.match(check(ended, "platform").advice!, /UNSUPPORTED_PLATFORM: .*npm run build/);
    assert.equal(ended.status, 1);
    assert.equal(check(ended, "memory").status, "ok");
  });

  test("an engine that does not exist", async () => {
    const ended = await sharray(["doctor", "--json"], { env: { SHARRAY_SIMD: "mmx" } });
    assert.deepEqual(check(ended, "simd").found, 'SHARRAY_SIMD is "mmx"');
    assert.equal(ended.status, 1);
  });
});
