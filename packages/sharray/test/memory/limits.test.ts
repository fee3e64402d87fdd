import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { SharedMemory } from "sharray";
import { run } from "./programs.ts";

/** Tries to make memory of `INPUT` bytes, and tells how it went. */
const program = `
  import { SharedMemory } from "sharray";
  for (const create of [SharedMemory.create, SharedMemory.createAsync]) {
    try {
      await create(Number(process.env.INPUT));
      console.log("made");
    } catch (error) {
      console.log(error.code + ": " + error.message);
    }
  }
`;

/** Both ways were refused, in the same words, and the process lived on. */
async function refused(before: string, bytes: number, words: RegExp): Promise<void> {
  const ended = await run(program, { before, input: String(bytes) });
  assert.deepEqual([ended.status, ended.signal], [0, null], ended.stderr);
  const lines = ended.stdout.trimEnd().split("\n");
  assert.equal(lines.length, 2, ended.stdout);
  for (const line of lines) assert.match(line, words);
}

test("more than the machine has is NO_SPACE", async () => {
  for (const size of [100 * 2 ** 40, Number.MAX_SAFE_INTEGER]) {
    const check = (error: Error & { code: string; details: { asked: number; free: number } }) => {
      assert.equal(error.code, "NO_SPACE");
      assert.match(error.message, /^cannot take .* for .*: .* free by .* Close arrays|Raise/);
      assert.ok(error.details.asked >= size && error.details.free < size);
      return true;
    };
    assert.throws(() => SharedMemory.create(size), check);
    await assert.rejects(SharedMemory.createAsync(size), check);
  }
});

test("more than RLIMIT_AS leaves is NO_SPACE", () =>
  refused(
    "ulimit -v 16777216",
    16 * 2 ** 30,
    /^NO_SPACE: .*address space of this process \(RLIMIT_AS.*Raise the limit/,
  ));

test("a mapping that RLIMIT_AS does not leave room for is NO_SPACE when it is touched", async () => {
  const ended = await run(
    `
    import { Block } from "./packages/sharray/dist/memory/block.js";
    const block = Block.create(2 ** 40, { reserve: false });
    try {
      block.window(0, 10);
    } catch (error) {
      console.log(error.code, /RLIMIT_AS/.test(error.message));
    }
    block.cut(10);
    console.log(block.window(0, 10).length);
    `,
    { before: "ulimit -v 16777216" },
  );
  assert.deepEqual(ended, { status: 0, signal: null, stdout: "NO_SPACE true\n10\n", stderr: "" });
});

test("more than RLIMIT_FSIZE is NO_SPACE, not SIGXFSZ", () =>
  refused("ulimit -f 16384", 64 * 2 ** 20, /^NO_SPACE: .*RLIMIT_FSIZE.*Raise the limit/));

test("no descriptor left is TOO_MANY_FILES, and closing makes room again", async () => {
  const ended = await run(
    `
    import { SharedMemory } from "sharray";
    const all = [SharedMemory.create(10)];
    const fill = (make) => {
      try {
        for (;;) all.push(make());
      } catch (error) {
        console.log(error.code, /RLIMIT_NOFILE/.test(error.message), /: 128 for this process|is 128 for/.test(error.message));
      }
    };
    fill(() => SharedMemory.create(10));
    all.pop().close();
    fill(() => SharedMemory.attach(all[0].handle()));
    all.pop().close();
    all.push(SharedMemory.create(10));
    console.log(all.length > 50);
    `,
    { before: "ulimit -n 128" },
  );
  assert.equal(ended.stdout, "TOO_MANY_FILES true true\nTOO_MANY_FILES true true\ntrue\n", ended.stderr);
});

test("32 descriptors are enough to load all of the library", async () => {
  for (const entry of ["sharray", "sharray/hdf5", "sharray/text"]) {
    const ended = await run(`await import("${entry}"); console.log("loaded");`, { before: "ulimit -n 32" });
    assert.equal(ended.stdout, "loaded\n", ended.stderr);
  }
});

/** A fresh memory group with a limit, or why there can be none. */
function memoryGroup(limit: number): { procs: string; remove(): void } | string {
  const name = `sharray-test-${process.pid}`;
  const reasons: string[] = [];
  for (const [folder, file] of [
    ["/sys/fs/cgroup/memory", "memory.limit_in_bytes"],
    ["/sys/fs/cgroup", "memory.max"],
  ] as const) {
    const group = join(folder, name);
    try {
      mkdirSync(group);
    } catch (error) {
      reasons.push(String(error));
      continue;
    }
    try {
      readFileSync(join(group, file));
      writeFileSync(join(group, file), String(limit));
      return { procs: join(group, "cgroup.procs"), remove: () => rmdirSync(group) };
    } catch (error) {
      reasons.push(String(error));
      rmdirSync(group);
    }
  }
  return `no memory control group can be made here: ${reasons.join("; ")}`;
}

test("inside a memory control group its limit refuses, and nothing is killed", async (t) => {
  const group = memoryGroup(400 * 2 ** 20);
  if (typeof group === "string") return t.skip(group);
  try {
    const join = `echo $$ > ${group.procs}`;
    await refused(
      join,
      2 ** 30,
      /^NO_SPACE: .* free by the memory limit of this container or control group \(.*memory\./,
    );
    const filling = await run(
      `
      import { SharedMemory } from "sharray";
      const all = [];
      try {
        for (;;) {
          all.push(SharedMemory.create(8 << 20));
          all.at(-1).buf.fill(1);
        }
      } catch (error) {
        console.log(error.code, all.length > 5);
      }
      `,
      { before: join },
    );
    assert.deepEqual(filling, { status: 0, signal: null, stdout: "NO_SPACE true\n", stderr: "" });
  } finally {
    group.remove();
  }
});

test("what is kept of closed memory is given back before the limit of a control group refuses", async (t) => {
  const group = memoryGroup(400 * 2 ** 20);
  if (typeof group === "string") return t.skip(group);
  try {
    const taking = await run(
      `
      import { SharedMemory } from "sharray";
      import { addon } from "./packages/sharray/dist/native/addon.js";
      let room = 0;
      for (let step = 2 ** 28; step >= 2 ** 20; step /= 2) {
        try {
          addon.checkSpace(room + step, "a look");
          room += step;
        } catch {}
      }
      for (let round = 0; round < 3; round++) {
        SharedMemory.create(Math.floor(0.4 * room)).close();
        // Later it may be that less is kept, since little was free a moment ago.
        const kept = round > 0 || addon.keptBytes() > 0.3 * room;
        SharedMemory.create(Math.floor(0.85 * room)).close();
        console.log(kept, addon.keptBytes());
      }
      `,
      { before: `echo $$ > ${group.procs}; export SHARRAY_ARENA=1G` },
    );
    assert.deepEqual(taking, { status: 0, signal: null, stdout: "true 0\n".repeat(3), stderr: "" });
  } finally {
    group.remove();
  }
});

test("a load that grows past the limit of its control group is NO_SPACE, and nothing is killed", async (t) => {
  const group = memoryGroup(160 * 2 ** 20);
  if (typeof group === "string") return t.skip(group);
  const folder = mkdtempSync(join(tmpdir(), "sharray-limits-"));
  const path = join(folder, "ones.txt");
  writeFileSync(path, "1\n".repeat(40e6)); // 320 MB of numbers
  try {
    const loading = await run(
      `
      import { loadtxt } from "sharray";
      await loadtxt(process.env.INPUT, { dtype: "<f8" }).catch((error) => console.log(error.code + ": " + error.message));
      const small = await loadtxt(process.env.INPUT, { dtype: "<f8", maxRows: 10 });
      console.log(small.size);
      `,
      { before: `echo $$ > ${group.procs}`, input: path },
    );
    assert.deepEqual([loading.status, loading.signal], [0, null], loading.stderr);
    assert.match(loading.stdout, /^NO_SPACE: cannot take .* for .*free by the memory limit of this container.*\n10\n$/);
  } finally {
    rmSync(folder, { recursive: true });
    group.remove();
  }
});

test("a read-only mapping that RLIMIT_DATA does not leave room for is NO_SPACE, and says so", () =>
  run(
    `
    import { SharedMemory } from "sharray";
    import { execFileSync } from "node:child_process";
    const shm = SharedMemory.create(64 << 20);
    const data = Number(/VmData:\\s+(\\d+)/.exec((await import("node:fs")).readFileSync("/proc/self/status", "utf8"))[1]) * 1024;
    execFileSync("prlimit", ["--data=" + (data + (32 << 20)), "--pid", String(process.pid)]);
    const same = SharedMemory.attach(shm.handle(), { readonly: true });
    try {
      same.buf;
    } catch (error) {
      console.log(error.code, /RLIMIT_DATA/.test(error.message), error.details.free < 64 << 20);
    }
    `,
    {},
  ).then((ended) => assert.deepEqual(ended, { status: 0, signal: null, stdout: "NO_SPACE true true\n", stderr: "" })));
