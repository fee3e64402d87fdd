import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { suite, test } from "node:test";
import { script } from "./command.ts";
import { noMounts, PrivateMount, unshare } from "./mount.ts";

/** Makes an array of 1000 numbers as "x", and raw memory that persists as "kept"; ends by what is written to it, telling the sum. */
const holder = `
  import { SharedArray, SharedMemory } from "sharray";
  const array = SharedArray.create({ shape: [1000], dtype: [["pos", "<i4"], ["pct", "<f4"]], name: "x" });
  array.set(0, { pos: 7, pct: 0.5 });
  const kept = SharedMemory.create(5000, { name: "kept", persist: true, mode: 0o640 });
  console.log("made");
  process.on("SIGTERM", () => {
    console.log(array.get(0).pos, kept.size);
    process.exit(0);
  });
  setInterval(() => {}, 1e6);
`;

const dtype = [
  ["pos", "<i4"],
  ["pct", "<f4"],
];

suite("sharray ls, rm, gc and info of names", { skip: noMounts }, () => {
  test("nothing there", async (t) => {
    const mount = await PrivateMount.make(t);
    const ls = await mount.sharray("ls");
    assert.deepEqual([ls.status, ls.stdout, ls.stderr], [0, "there are no named blocks\n", ""]);
    assert.deepEqual(JSON.parse((await mount.sharray("ls", "--json")).stdout), { blocks: [] });
    const gc = await mount.sharray("gc");
    assert.deepEqual([gc.status, gc.stderr], [0, ""]);
    assert.match(gc.stdout, /^there is nothing to remove/);
    assert.deepEqual(JSON.parse((await mount.sharray("gc", "--json")).stdout), { removed: [], bytes: 0, left: [] });
  });

  test("ls while a process holds blocks, and after it was killed; gc", async (t) => {
    const mount = await PrivateMount.make(t);
    const maker = await mount.node(holder);
    const before = Date.now();

    const { stdout, stderr, status } = await mount.sharray("ls");
    assert.deepEqual([status, stderr], [0, ""]);
    const lines = stdout.split("\n");
    assert.match(lines[0]!, /^name +size +dtype +shape +age +holders$/);
    assert.match(lines[1]!, new RegExp(`^sharray-keep\\.kept +5\\.00 kB +- +- +\\d+ s +${maker.pid} .*node`));
    assert.match(
      lines[2]!,
      new RegExp(`^sharray\\.x +8\\.13 kB +pos:i4,pct:f4 +\\(1000,\\) +\\d+ s +${maker.pid} .*node`),
    );
    assert.deepEqual(lines.slice(3), [""]);

    const { blocks } = JSON.parse((await mount.sharray("ls", "--json")).stdout);
    assert.deepEqual(
      blocks.map(({ name }: { name: string }) => name),
      ["sharray-keep.kept", "sharray.x"],
    );
    const [kept, x] = blocks;
    const { age, created, holders, ...rest } = x;
    assert.deepEqual(rest, {
      name: "sharray.x",
      size: 8128,
      dtype,
      shape: [1000],
      mode: 0o600,
      uid: x.uid,
      persist: false,
      held: true,
    });
    assert.ok(created <= before && created > before - 3_600_000 && Number.isInteger(age));
    assert.deepEqual(
      holders.map(({ pid }: { pid: number }) => pid),
      [maker.pid],
    );
    assert.match(holders[0].command, /node/);
    assert.deepEqual(
      [kept.size, kept.dtype, kept.shape, kept.mode, kept.persist, kept.held],
      [5000, null, null, 0o640, true, true],
    );

    maker.child.kill("SIGKILL");
    await maker.ended;
    // Looking, twice, removes nothing.
    for (const _ of [1, 2]) {
      const after = (await mount.sharray("ls")).stdout;
      assert.match(after, /^sharray\.x .* none; it is dead \(sharray gc\)$/m);
      assert.match(after, /^sharray-keep\.kept .* none; it persists \(sharray rm\)$/m);
      assert.match(after, /\n1 of 2 is dead: .*sharray gc/);
    }
    const dead = JSON.parse((await mount.sharray("info", "x", "--json")).stdout);
    assert.deepEqual([dead.name, dead.held, dead.holders, dead.shape], ["sharray.x", false, [], [1000]]);
    assert.match((await mount.sharray("head", "x", "-n", "1")).stdout, /^pos +pct\n +7 +0\.5\n$/);

    const gc = await mount.sharray("gc");
    assert.deepEqual([gc.status, gc.stderr], [0, ""]);
    assert.match(gc.stdout, /^removed sharray\.x \(8\.19 kB\)\nfreed 8\.19 kB\n$/);
    const left = JSON.parse((await mount.sharray("ls", "--json")).stdout);
    assert.deepEqual(
      left.blocks.map(({ name, held }: { name: string; held: boolean }) => [name, held]),
      [["sharray-keep.kept", false]],
    );
    assert.match((await mount.sharray("gc")).stdout, /^there is nothing to remove/);
  });

  test("gc --json, which leaves what is held", async (t) => {
    const mount = await PrivateMount.make(t);
    const make = (name: string): string =>
      `import { SharedMemory } from "sharray"; const shm = SharedMemory.create(70000, { name: "${name}" }); console.log(1); setInterval(() => shm, 1e6);`;
    const dead = await mount.node(make("dead"));
    const alive = await mount.node(make("alive"));
    dead.child.kill("SIGKILL");
    await dead.ended;
    const { removed, bytes } = JSON.parse((await mount.sharray("gc", "--json")).stdout);
    assert.deepEqual(removed, [{ name: "sharray.dead", size: 73728 }]);
    assert.equal(bytes, 73728);
    const { blocks } = JSON.parse((await mount.sharray("ls", "--json")).stdout);
    assert.deepEqual(
      blocks.map(({ name }: { name: string }) => name),
      ["sharray.alive"],
    );
    alive.child.kill("SIGKILL");
    await alive.ended;
  });

  test("gc leaves what it cannot see the holder of, or may not remove, and says so", async (t) => {
    const mount = await PrivateMount.make(t);
    const hidden = `cd /dev/shm && truncate -s 100 sharray.hidden && exec 3< sharray.hidden && flock -s 3 && echo 1 && exec sleep 1000`;
    const spaces = ["-p", "--fork", "--mount-proc", ...(process.getuid?.() === 0 ? [] : ["-r"])];
    if (spawnSync("unshare", [...spaces, "true"]).status !== 0) return t.skip("no PID namespaces here (unshare -p)");
    // Seen from within its own PID namespace, the holder outside is nobody.
    const holder = mount.start("sh", ["-c", hidden]);
    await once(holder.child.stdout!, "data");
    const inside = await mount.start("unshare", [...spaces, process.execPath, script, "gc"]).ended;
    assert.deepEqual([inside.status, inside.stderr], [0, ""]);
    assert.equal(
      inside.stdout,
      "left sharray.hidden (100 bytes): somebody holds it who cannot be seen from here, as in another container\nnothing was removed\n",
    );
    const json = await mount.start("unshare", [...spaces, process.execPath, script, "gc", "--json"]).ended;
    const { removed, bytes, left } = JSON.parse(json.stdout);
    assert.deepEqual([removed, bytes, left[0].name], [[], 0, "sharray.hidden"]);
    holder.child.kill("SIGKILL");
    await holder.ended;
    assert.match((await mount.sharray("gc")).stdout, /^removed sharray\.hidden /);
  });

  test("gc leaves what belongs to another user", async (t) => {
    const mount = await PrivateMount.make(t);
    const other = ["--reuid", "54321", "--regid", "54321", "--clear-groups"];
    if (spawnSync("setpriv", [...other, process.execPath, script, "--version"]).status !== 0) {
      return t.skip("only root can become another user (setpriv), which has to be able to read this checkout");
    }
    await mount.start("sh", ["-c", "truncate -s 100 /dev/shm/sharray.rooted"]).ended;
    const { status, stdout } = await mount.start("setpriv", [...other, process.execPath, script, "gc"]).ended;
    assert.equal(status, 0);
    assert.match(
      stdout,
      /^left sharray\.rooted \(100 bytes\): it belongs to the user with uid 0, .*\nnothing was removed\n$/,
    );
    const ls = await mount.start("setpriv", [...other, process.execPath, script, "ls"]).ended;
    assert.match(ls.stdout, /^sharray\.rooted .* none; it is dead/m);
    assert.match((await mount.sharray("gc")).stdout, /^removed sharray\.rooted /);
  });

  test("without /proc nobody is called dead", async (t) => {
    const mount = await PrivateMount.make(t);
    await mount.start("sh", ["-c", "truncate -s 100 /dev/shm/sharray.x"]).ended;
    const line = 'mount -t tmpfs tmpfs /proc && exec "$@"';
    const ls = await mount.start("unshare", [...unshare, "sh", "-c", line, "sh", process.execPath, script, "ls"]).ended;
    assert.deepEqual([ls.status, ls.stderr], [0, ""]);
    assert.match(ls.stdout, /^sharray\.x .* not known \(no \/proc\)\n$/m);
    assert.doesNotMatch(ls.stdout, /dead/);
  });

  test("info of a block that another program made, and of one that is no file", async (t) => {
    const mount = await PrivateMount.make(t);
    await mount.start("sh", [
      "-c",
      "cd /dev/shm && truncate -s 100 psm_1234 && ln -s psm_1234 sharray.link && mkdir sharray.folder",
    ]).ended;
    const python = JSON.parse((await mount.sharray("info", "psm_1234", "--json")).stdout);
    assert.deepEqual([python.name, python.size, python.dtype, python.held], ["psm_1234", 100, null, false]);
    for (const name of ["link", "folder", "sharray.link"]) {
      assert.match((await mount.sharray("info", name)).stderr, /^sharray: FILE_NOT_FOUND: /, name);
    }
    assert.equal((await mount.sharray("ls")).stdout, "there are no named blocks\n");
    assert.equal((await mount.sharray("rm", "psm_1234")).status, 1);
    assert.equal((await mount.sharray("gc")).status, 0);
    const left = await mount.start("ls", ["/dev/shm"]).ended;
    assert.equal(left.stdout, "psm_1234\nsharray.folder\nsharray.link\n");
  });

  test("info and head of a name, in short and in full", async (t) => {
    const mount = await PrivateMount.make(t);
    const maker = await mount.node(holder);
    for (const name of ["x", "sharray.x"]) {
      const { stdout, stderr, status } = await mount.sharray("info", name);
      assert.deepEqual([status, stderr], [0, ""]);
      assert.match(
        stdout,
        /^name +sharray\.x\nsize +8\.13 kB\ndtype +pos:i4,pct:f4\nshape +\(1000,\)\nage +\d+ s\nmode +0600, uid \d+\npersist +no\n/,
      );
      assert.match(stdout, new RegExp(`holders +${maker.pid} .*node.*\n$`));
      const json = JSON.parse((await mount.sharray("info", name, "--json")).stdout);
      assert.deepEqual([json.name, json.dtype, json.shape, json.holders.length], ["sharray.x", dtype, [1000], 1]);
      assert.match((await mount.sharray("head", name, "-n", "1")).stdout, /^pos +pct\n +7 +0\.5\n$/);
    }
    assert.match(
      (await mount.sharray("info", "kept")).stdout,
      /^dtype +none: raw bytes.*\nshape +-\n.*\nmode +0640.*\npersist +yes$/m,
    );
    const raw = await mount.sharray("head", "kept");
    assert.equal(raw.status, 1);
    assert.match(raw.stderr, /^sharray: NOT_FOUND: .*kept.*raw bytes\n$/);
    const none = await mount.sharray("info", "none");
    assert.equal(none.status, 1);
    assert.match(none.stderr, /^sharray: FILE_NOT_FOUND: none: .*named block.*sharray ls.*\n$/);
    // Looking from outside ended no lease and removed nothing.
    maker.child.kill("SIGTERM");
    assert.match((await maker.ended).stdout, /^made\n7 5000\n$/);
  });

  test("rm by either form; who holds the memory keeps it", async (t) => {
    const mount = await PrivateMount.make(t);
    const maker = await mount.node(holder);
    const x = await mount.sharray("rm", "x");
    assert.deepEqual([x.status, x.stderr], [0, ""]);
    assert.equal(x.stdout, "removed sharray.x (8.13 kB): 1 process keeps the memory until it is closed\n");
    const kept = await mount.sharray("rm", "sharray-keep.kept", "--json");
    const { removed } = JSON.parse(kept.stdout);
    assert.deepEqual(
      removed.map(({ name, size, held }: Record<string, unknown>) => [name, size, held]),
      [["sharray-keep.kept", 5000, true]],
    );
    assert.equal(removed[0].holders[0].pid, maker.pid);
    assert.equal((await mount.sharray("ls")).stdout, "there are no named blocks\n");
    maker.child.kill("SIGTERM");
    assert.match((await maker.ended).stdout, /^made\n7 5000\n$/);
  });

  test("rm of several: what is not there is told, the others go", async (t) => {
    const mount = await PrivateMount.make(t);
    const maker = await mount.node(holder);
    maker.child.kill("SIGKILL");
    await maker.ended;
    const several = await mount.sharray("rm", "none", "kept", "x");
    assert.equal(several.status, 1);
    assert.match(several.stderr, /^sharray: NOT_FOUND: [^\n]*none[^\n]*\n$/);
    assert.equal(several.stdout, "removed sharray-keep.kept (5.00 kB)\nremoved sharray.x (8.13 kB)\n");
    const again = await mount.sharray("rm", "x", "--json");
    assert.equal(again.status, 1);
    assert.deepEqual(JSON.parse(again.stdout), { removed: [] });
    for (const name of ["", "../x", "sharray.x~lock"]) {
      const bad = await mount.sharray("rm", name);
      assert.equal(bad.status, 2, name);
      assert.match(bad.stderr, /^sharray: BAD_ARGUMENT: /);
    }
  });
});
