import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { assertNoLeaks, dtypeOf, SharedArray } from "sharray";
import { privateMount } from "../../../../tests/faults/mount.ts";
import { noMounts } from "../../../../tests/mount.ts";
import { npyHeader } from "../../dist/array/npy/format.js";
import { run } from "../memory/programs.ts";
import { refusal } from "./refusal.ts";

const folder = mkdtempSync(join(tmpdir(), "sharray-open-faults-"));
// Others than the owner are let in, for those who become another user.
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true }));
after(() => assertNoLeaks());

/** A .npy file of so many numbers, only the header of which is written: the rest is a hole. */
function sparse(name: string, count: number, where: string = folder): string {
  const path = join(where, name);
  const header = npyHeader(dtypeOf("<f8"), [count]);
  const fd = openSync(path, "w");
  writeSync(fd, header);
  ftruncateSync(fd, header.length + 8 * count);
  closeSync(fd);
  return path;
}

test("what is misspelt or no path at all is BAD_ARGUMENT", () => {
  const path = sparse("arguments.npy", 4);
  const wrong: [unknown, unknown][] = [
    ["", undefined],
    ["a\0b", undefined],
    [7, undefined],
    [null, undefined],
    [path, { mode: "w+" }],
    [path, { mode: "readonly" }],
    [path, { mode: "R" }],
    [path, { mod: "r" }],
    [path, "r"],
    [path, null],
  ];
  for (const [given, options] of wrong) {
    const open = () => SharedArray.open(given as string, options as { mode: "r" });
    assert.equal(refusal(open).code, "BAD_ARGUMENT", `${String(given)} ${JSON.stringify(options)}`);
  }
  assert.equal(refusal(() => SharedArray.open(new URL("https://example.org/a.npy"))).code, "NOT_SUPPORTED");
});

test("what is no regular file is refused at once", () => {
  const pipe = join(folder, "pipe");
  assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
  for (const mode of ["r", "r+", "c"] as const) {
    const of = (path: string) => refusal(() => SharedArray.open(path, { mode })).code;
    assert.equal(of(pipe), "NOT_SUPPORTED");
    assert.equal(of("/dev/zero"), "NOT_SUPPORTED");
    assert.equal(of(folder), "IS_DIRECTORY");
    assert.equal(of(join(folder, "nothing.npy")), "FILE_NOT_FOUND");
    assert.equal(of(join(pipe, "nothing.npy")), "FILE_NOT_FOUND");
  }
  assert.match(refusal(() => SharedArray.open("/proc/self/status")).message, /a file of \/proc/);
});

test("a file that others cut is refused at the next window, before it is touched", () => {
  for (const mode of ["r", "r+", "c"] as const) {
    const path = sparse("cut.npy", 2 ** 16);
    using a = SharedArray.open<"<f8">(path, { mode });
    truncateSync(path, 4096);
    const error = refusal(() => a.get(-1));
    assert.equal(error.code, "INPUT_CHANGED");
    assert.deepEqual([error.details.path, error.details.found], [path, 4096]);
    assert.equal(refusal(() => a.copy()).code, "INPUT_CHANGED");
    assert.equal(refusal(() => a.data).code, "INPUT_CHANGED");
    // Long enough again, it is the array again.
    truncateSync(path, 128 + 8 * 2 ** 16);
    assert.equal(a.get(-1), 0);
  }
});

test("what is read between two looks ends the process: the guide says how to avoid it", async () => {
  const path = sparse("ended.npy", 2 ** 16);
  const ended = await run(
    `
    import { truncateSync } from "node:fs";
    import { SharedArray } from "sharray";
    const a = SharedArray.open(process.env.INPUT);
    a.get(0);
    truncateSync(process.env.INPUT, 4096);
    console.log(a.get(0));
    a.get(-1);
    console.log("never said");
  `,
    { input: path, before: "ulimit -c 0" },
  );
  assert.deepEqual([ended.stdout, ended.signal], ["0\n", "SIGBUS"]);
});

/** Whether a file is mapped, with everything in it looked at, or the code with which it is refused. */
function outcome(path: string, mode: "r" | "r+" | "c"): string {
  try {
    using a = SharedArray.open(path, { mode });
    String(a);
    if (a.size > 0) a.get(...a.shape.map((n) => n - 1));
    using copy = a.copy();
    return copy.size === a.size ? "mapped" : "another size";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

test("files that were damaged at random are refused, or are arrays within their bounds", () => {
  const header = npyHeader(
    dtypeOf([
      ["chr", "S3"],
      ["pos", ">i4", [2]],
      ["in", [["a", "<f8"]]],
    ]),
    [5, 2],
  );
  const whole = Buffer.concat([header, Buffer.alloc(190, 7)]);
  let seed = 1;
  const below = (n: number): number => {
    seed = (seed + 0x6d2b79f5) | 0;
    let z = Math.imul(seed ^ (seed >>> 15), seed | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return Math.floor((((z ^ (z >>> 14)) >>> 0) / 2 ** 32) * n);
  };
  const counts: Record<string, number> = {};
  for (let round = 0; round < 500; round++) {
    const bytes = Buffer.from(whole);
    for (let damage = below(3); damage >= 0; damage--) {
      const at = 10 + below(120);
      // Often another digit, letter or mark: what could be meant.
      const like = [/[0-9]/, /[a-zA-Z]/, /[<>|]/].find((kind) => kind.test(String.fromCharCode(bytes[at]!)));
      const among = Array.from("0123456789abcfhiposuSUVb<>|").filter((mark) => like?.test(mark));
      if (among.length > 0 && below(8) > 0) bytes[at] = among[below(among.length)]!.charCodeAt(0);
      else if (below(4) === 0) bytes[at] = below(256);
    }
    const path = join(folder, `damaged-${round}.npy`);
    writeFileSync(path, below(8) === 0 ? bytes.subarray(0, below(bytes.length)) : bytes);
    const mode = (["r", "r+", "c"] as const)[round % 3]!;
    const found = outcome(path, mode);
    unlinkSync(path);
    counts[found] = (counts[found] ?? 0) + 1;
  }
  const { mapped = 0, NPY_BAD_HEADER: refused = 0, BAD_DTYPE: strange = 0, ...rest } = counts;
  assert.deepEqual(rest, {});
  assert.ok(mapped > 25 && refused + strange > 100, JSON.stringify(counts));
});

test("another user's file is PERMISSION_DENIED", {
  skip: process.getuid?.() !== 0 && "only root can become another user",
}, async () => {
  const mine = sparse("mine.npy", 4);
  const readable = sparse("readable.npy", 4);
  chmodSync(mine, 0o600);
  chmodSync(readable, 0o644);
  const ended = await run(
    `
    import { SharedArray } from "sharray";
    const [mine, readable] = process.env.INPUT.split(":");
    for (const [path, mode] of [[mine, "r"], [mine, "r+"], [readable, "r"], [readable, "c"], [readable, "r+"]]) {
      try {
        use(SharedArray.open(path, { mode }));
      } catch (error) {
        console.log(error.code, error.message.includes("Permission denied"), error.details.path === path);
      }
    }
    function use(a) {
      console.log(a.get(0));
      a.close();
    }
  `,
    { uid: 65534, input: `${mine}:${readable}` },
  );
  const denied = "PERMISSION_DENIED true true";
  assert.deepEqual(ended.stdout.trim().split("\n"), [denied, denied, "0", "0", denied], ended.stderr);
});

const limited = `
  import { SharedArray } from "sharray";
  for (const mode of ["r", "r+", "c"]) {
    try {
      const a = SharedArray.open(process.env.INPUT, { mode });
      console.log("open", a.get(0));
      a.close();
    } catch (error) {
      console.log(error.code + ": " + error.message);
    }
  }
`;

test("what the address space does not hold is NO_SPACE", async () => {
  const path = sparse("wide.npy", 2 ** 41 / 8);
  const ended = await run(limited.replace('"r", "r+", "c"', '"r", "c"'), {
    before: "ulimit -v 1073741824",
    input: path,
  });
  const lines = ended.stdout.trim().split("\n");
  assert.equal(lines.length, 2, ended.stderr);
  for (const line of lines) assert.match(line, /^NO_SPACE: .*(RLIMIT_AS|never written)/);
});

test("changing more of a copy-on-write array than there is memory for is NO_SPACE", () => {
  const path = sparse("wider.npy", 2 ** 36 / 8);
  let a: SharedArray<"<f8">;
  try {
    a = SharedArray.open<"<f8">(path, { mode: "c" });
  } catch (error) {
    // Where temporary files lie in memory, there is no room for so large a one in the first place.
    assert.match(String(error), /never written/);
    return;
  }
  for (const store of [() => a.fill(1), () => a.assign([1]), () => a.slice([1, null, 2]).fill(1)]) {
    const error = refusal(store);
    assert.equal(error.code, "NO_SPACE");
    assert.match(error.message, /mode "c"/);
    assert.equal(a.get(1), 0);
  }
  a.slice([-3, null]).fill(7);
  a.set(0, 5);
  assert.deepEqual([a.get(-1), a.get(0), a.get(1)], [7, 5, 0]);
  a.close();
});

test("private mappings count against RLIMIT_DATA, shared ones do not", async () => {
  const path = sparse("data.npy", 2 ** 21);
  const ended = await run(limited, { before: "ulimit -d 4194304", input: path });
  const lines = ended.stdout.trim().split("\n");
  assert.equal(lines[1], "open 0", ended.stdout + ended.stderr);
});

test("no descriptor left is TOO_MANY_FILES", async () => {
  const path = sparse("many.npy", 4);
  const ended = await run(
    `
    import { SharedArray } from "sharray";
    const open = [];
    try {
      for (let i = 0; i < 1000; i++) open.push(SharedArray.open(process.env.INPUT));
    } catch (error) {
      console.log(error.code);
    }
    for (const a of open) a.close();
    SharedArray.open(process.env.INPUT).close();
    console.log("open again");
  `,
    { before: "ulimit -n 256", input: path },
  );
  assert.equal(ended.stdout, "TOO_MANY_FILES\nopen again\n", ended.stderr);
});

test("a file with holes on a full disk is refused, never a signal", { skip: noMounts }, async (t) => {
  const mount = await privateMount(16 << 20);
  if (typeof mount === "string") throw new Error(mount);
  t.after(() => mount.close());
  // As the program sees it, and as this process does.
  const there = "/dev/shm/holes";
  const here = join(mount.folder, "holes");
  mkdirSync(here);
  sparse("large.npy", 2 ** 22, here);
  sparse("fits.npy", 2 ** 20, here);
  writeFileSync(join(here, "rest"), "");
  const ended = await run(
    `
    import { writeFileSync } from "node:fs";
    import { SharedArray } from "sharray";
    const folder = process.env.INPUT;
    const attempt = (name, mode) => {
      try {
        const a = SharedArray.open(folder + "/" + name, { mode });
        const last = a.get(-1);
        if (mode !== "r") a.fill(7);
        console.log(name, mode, last, a.get(-1));
        a.close();
      } catch (error) {
        console.log(name, mode, error.code, /holes of .*never written/.test(error.message));
      }
    };
    for (const mode of ["r", "r+", "c"]) attempt("large.npy", mode);
    for (const mode of ["c", "r+", "r"]) attempt("fits.npy", mode);
    console.log("alive");
  `,
    { through: mount.through.concat("env", "-C", process.cwd()), input: there },
  );
  assert.deepEqual(
    ended.stdout.trim().split("\n"),
    [
      // A page of a file in memory is taken when it is read, too.
      "large.npy r NO_SPACE true",
      "large.npy r+ NO_SPACE true",
      "large.npy c NO_SPACE true",
      "fits.npy c 0 7",
      "fits.npy r+ 0 7",
      "fits.npy r 7 7",
      "alive",
    ],
    `${ended.stderr} ${ended.signal}`,
  );
  assert.ok(statSync(join(here, "large.npy")).blocks * 512 < 1 << 20, "what was refused took nothing");
});
