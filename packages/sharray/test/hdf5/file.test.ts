import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { SharedArray } from "sharray";
import { type Dataset, File } from "sharray/hdf5";
import { entriesOf, openFile, writeDataset } from "../../dist/hdf5/file.js";
import { refusal } from "../array/refusal.ts";
import { folder, rejection } from "./folder.ts";

test("the modes are h5py's", async (t) => {
  const at = await folder(t);
  assert.equal((await rejection(() => File.open(at("x.h5")))).code, "FILE_NOT_FOUND");
  assert.equal((await rejection(() => File.open(at("x.h5"), "r+"))).code, "FILE_NOT_FOUND");
  const f = await File.open(at("x.h5"), "x");
  await f.createGroup("one/two");
  assert.ok(!existsSync(at("x.h5")));
  await f.close();
  await f.close();
  assert.equal((await rejection(() => File.open(at("x.h5"), "x"))).code, "FILE_EXISTS");
  {
    await using g = await File.open(at("x.h5"), "a");
    assert.deepEqual(g.keys(), ["one"]);
    await (await g.createGroup("three")).createGroup("/four");
  }
  {
    await using g = await File.open(at("x.h5"));
    assert.deepEqual(g.keys(), ["four", "one", "three"]);
    for (const change of [
      () => g.createGroup("y"),
      () => g.createDataset("y", [1]),
      () => g.attrs.set("y", 1),
      () => g.attrs.delete("y"),
    ]) {
      assert.equal((await rejection(change)).code, "READ_ONLY");
    }
  }
  await (await File.open(at("x.h5"), "w")).close();
  await using g = await File.open(new URL(`file://${at("x.h5")}`), "a");
  assert.deepEqual(g.keys(), []);
});

test("what cannot be opened says why", async (t) => {
  const at = await folder(t);
  await writeFile(at("text"), "no HDF5");
  await mkdir(at("folder"));
  const cases: [string, unknown, string][] = [
    [at("text"), "r", "HDF5_ERROR"],
    [at("text"), "a", "HDF5_ERROR"],
    [at("folder"), "r", "IS_DIRECTORY"],
    [at("folder"), "w", "IS_DIRECTORY"],
    [at("none/x.h5"), "w", "FILE_NOT_FOUND"],
    ["", "r", "BAD_ARGUMENT"],
    [at("x.h5"), "rw", "BAD_ARGUMENT"],
  ];
  for (const [path, mode, code] of cases) {
    assert.equal((await rejection(() => File.open(path, mode as "r"))).code, code, `${path} ${mode}`);
  }
  const missing = await rejection(() => File.open(at("none/x.h5"), "w"));
  assert.match(missing.message, /the folder .*none does not exist/);
  assert.deepEqual((await readdir(at("."))).sort(), ["folder", "text"]);
});

test("a file or folder without permission says so", async (t) => {
  const at = await folder(t);
  await (await File.open(at("x.h5"), "w")).close();
  await chmod(at("."), 0o755);
  await chmod(at("x.h5"), 0o000);
  await mkdir(at("closed"), { mode: 0o500 });
  const program = `
const codes = [];
for (const mode of ["r", "r+", "w"]) await openFile(path, mode).catch((e) => codes.push(e.code));
await openFile(what, "w").catch((e) => codes.push(e.code));
console.log(codes.join());
`;
  // Root may do everything, so then as nobody.
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const args = ["--input-type=module", "-e", PROGRAM + program, at("x.h5"), at("closed/x.h5")];
  const { stdout } = await promisify(execFile)(process.execPath, args, nobody);
  assert.equal(stdout.trim(), Array(4).fill("PERMISSION_DENIED").join());
});

test("a closed file answers CLOSED, whatever it is asked", async (t) => {
  const at = await folder(t);
  const f = await File.open(at("x.h5"), "w");
  const g = await f.createGroup("g");
  const d = await f.createDataset("d", [1, 2]);
  const late = d.read();
  await f.close();
  assert.ok(f.closed);
  // What was asked for before is done before.
  (await late).close();
  for (const run of [() => f.keys(), () => g.keys(), () => f.get("d"), () => d.shape, () => d.dtype]) {
    assert.equal(refusal(run).code, "CLOSED");
  }
  for (const run of [
    () => f.createGroup("x"),
    () => f.createDataset("x", [1]),
    () => d.read(),
    () => d.write([1, 2]),
    () => d.append([1]),
    () => d.attrs.get("x"),
    () => d.attrs.set("x", 1),
    () => f.attrs.keys(),
  ]) {
    assert.equal((await rejection(run)).code, "CLOSED");
  }
});

test("a discarded file never appears, and the old one stays", async (t) => {
  const at = await folder(t);
  for (const named of [false, true]) {
    await writeFile(at("x.h5"), "old");
    const f = await openFile(at("x.h5"), "w", { named });
    await f.createDataset("d", [1, 2]);
    await f.discard();
    assert.equal(await readFile(at("x.h5"), "utf8"), "old");
    assert.deepEqual(await readdir(at(".")), ["x.h5"]);
  }
});

test("a signal ends a write, and the file does not appear", async (t) => {
  const at = await folder(t);
  using array = SharedArray.create({ shape: [8 << 20], dtype: "<f8" });
  for (const options of [{}, { compression: "gzip" }] as const) {
    const controller = new AbortController();
    {
      await using f = await File.open(at("x.h5"), "w");
      const write = writeDataset(f, "d", array, options, { signal: controller.signal });
      controller.abort(new Error("enough"));
      const error = await rejection(() => write);
      assert.equal(error.code, "ABORTED");
      assert.equal((error.cause as Error).message, "enough");
      assert.equal(
        (await rejection(() => writeDataset(f, "e", array, {}, { signal: controller.signal }))).code,
        "ABORTED",
      );
    }
    assert.deepEqual(await readdir(at(".")), []);
  }
});

test("a write is ended by its signal half-way", async (t) => {
  const at = await folder(t);
  using array = SharedArray.create({ shape: [32 << 20], dtype: "<f8" });
  const controller = new AbortController();
  const f = await File.open(at("x.h5"), "w");
  const watch = { signal: controller.signal, onProgress: () => controller.abort() };
  const error = await rejection(() => writeDataset(f, "d", array, { compression: "gzip", level: 9 }, watch));
  assert.equal(error.code, "ABORTED");
  assert.deepEqual(f.keys(), []);
  assert.equal((await rejection(() => f.close())).code, "ABORTED");
  assert.deepEqual(await readdir(at(".")), []);
});

test("progress ends at all bytes, and other events run while a large array is written", async (t) => {
  const at = await folder(t);
  using array = SharedArray.create({ shape: [16 << 20], dtype: "<i8" });
  array.data.fill(7n);
  await using f = await openFile(at("x.h5"), "w", { sync: false });
  let turns = 0;
  let writing = true;
  const turn = (): void => {
    turns++;
    if (writing) setImmediate(turn);
  };
  setImmediate(turn);
  const seen: number[] = [];
  const d = await writeDataset(f, "d", array, { compression: "gzip", level: 1 }, { onProgress: (n) => seen.push(n) });
  writing = false;
  assert.ok(turns > 1, `${turns} turns`);
  assert.equal(seen.at(-1), array.nbytes);
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  );
  using back = await d.read();
  assert.ok(back.equals(array));
});

test("operations on one file are done in the order of the calls", async (t) => {
  const at = await folder(t);
  const f = await File.open(at("x.h5"), "w");
  const made = f.createDataset("d", [1, 2, 3]);
  const group = f.createGroup("g");
  const attribute = f.attrs.set("a", 1);
  const closed = f.close();
  await Promise.all([made, group, attribute, closed]);
  await using back = await File.open(at("x.h5"));
  assert.deepEqual([back.keys(), await back.attrs.get("a")], [["d", "g"], 1]);
});

test("a listing has every object with its layout", async (t) => {
  const at = await folder(t);
  await using f = await File.open(at("x.h5"), "w");
  await f.createDataset("b/c", [[1, 2]], { compression: "gzip" });
  await f.createDataset("a", [1]);
  const list = entriesOf(f).map((entry) =>
    entry.kind === "dataset" ? [entry.path, entry.info.shape, entry.info.layout, entry.info.compression] : [entry.path],
  );
  assert.deepEqual(list, [["/"], ["/a", [1], "contiguous", null], ["/b"], ["/b/c", [1, 2], "chunked", "gzip"]]);
});

test("objects beyond those that are listed on opening are found", async (t) => {
  const at = await folder(t);
  {
    await using f = await openFile(at("x.h5"), "w", { sync: false });
    const groups = Array.from({ length: 5000 }, (_, i) => f.createGroup(`many/${i}`));
    await Promise.all(groups);
    await f.createDataset("many/4999/d", [5]);
  }
  await using f = await File.open(at("x.h5"));
  assert.equal((f.get("many") as File).keys().length, 5000);
  using array = await (f.get("many/4999/d") as Dataset).read();
  assert.deepEqual(array.toArray(), [5]);
  assert.equal(refusal(() => f.get("many/5000")).code, "NOT_FOUND");
});

const hdf5 = new URL("../../dist/hdf5/file.js", import.meta.url).href;
const sharray = new URL("../../dist/index.js", import.meta.url).href;
const PROGRAM = `
import { openFile } from ${JSON.stringify(hdf5)};
import { SharedArray } from ${JSON.stringify(sharray)};
import { readdirSync } from "node:fs";
const [path, what] = process.argv.slice(1);
const fds = () => readdirSync("/proc/self/fd").length;
`;

/** Runs a program with node, after a shell's preparation. */
async function run(shell: string, program: string, path: string, what: string): Promise<string> {
  const script = `${shell} exec "$0" --input-type=module -e "$1" "$2" "$3"`;
  const args = ["-c", script, process.execPath, PROGRAM + program, path, what];
  return (await promisify(execFile)("unshare", ["-rm", "sh", ...args])).stdout;
}

test("a full disk is NO_SPACE, leaves the old file, and no descriptor", async (t) => {
  const at = await folder(t);
  await mkdir(at("disk"));
  const mount = `mount -t tmpfs -o size=4m tmpfs '${at("disk")}' && echo old > '${at("disk/x.h5")}' &&`;
  try {
    await promisify(execFile)("unshare", ["-rm", "sh", "-c", `${mount} true`]);
  } catch {
    t.skip("no private mounts here: needs user and mount namespaces");
    return;
  }
  const program = `
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
const array = SharedArray.create({ shape: [1 << 23], dtype: "<u1" });
for (let i = 0; i < array.bytes.length; i++) array.bytes[i] = Math.random() * 256;
{ const f = await openFile(path.replace("x.h5", "y.h5"), "w"); await f.close(); }
const before = fds();
const codes = [];
for (const named of [false, true]) for (const options of [{}, { compression: "gzip" }]) {
  const f = await openFile(path, "w", { named });
  await f.createDataset("small", [1, 2, 3]);
  await f.createDataset("d", array, options).catch((e) => codes.push(e.code));
  if (what === "close") await f.close().catch((e) => codes.push(e.code));
  else await f[Symbol.asyncDispose]();
}
console.log(JSON.stringify([codes, readFileSync(path, "utf8").trim(), readdirSync(dirname(path)), fds() - before]));
`;
  const close = JSON.parse(await run(mount, program, at("disk/x.h5"), "close"));
  assert.deepEqual(close, [Array(8).fill("NO_SPACE"), "old", ["x.h5", "y.h5"], 0]);
  const dispose = JSON.parse(await run(mount, program, at("disk/x.h5"), "dispose"));
  assert.deepEqual(dispose, [Array(4).fill("NO_SPACE"), "old", ["x.h5", "y.h5"], 0]);
});

test("a process that is killed while it writes leaves the old file", async (t) => {
  const at = await folder(t);
  await writeFile(at("x.h5"), "old");
  const program = `
const f = await openFile(path, "w");
const array = SharedArray.create({ shape: [1 << 24], dtype: "<u1" });
await f.createDataset("first", array);
process.stdout.write("writing");
for (let i = 0; ; i++) await f.createDataset("d" + i, array, { compression: "gzip", level: 9 });
`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM + program, at("x.h5"), ""]);
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "close");
  assert.equal(await readFile(at("x.h5"), "utf8"), "old");
  assert.deepEqual(await readdir(dirname(at("x.h5"))), ["x.h5"]);
});

test("a process that ends without closing leaves no hidden file, and a changed file that can be read", async (t) => {
  const at = await folder(t);
  await (await File.open(at("changed.h5"), "w")).close();
  const program = `
const f = await openFile(path, what, { named: true });
await f.createDataset("d", [1, 2, 3]);
process.exit(0);
`;
  for (const [name, mode] of [
    ["new.h5", "w"],
    ["changed.h5", "r+"],
  ] as const) {
    await promisify(execFile)(process.execPath, ["--input-type=module", "-e", PROGRAM + program, at(name), mode]);
  }
  assert.deepEqual(await readdir(at(".")), ["changed.h5"]);
  await using f = await File.open(at("changed.h5"));
  using array = await (f.get("d") as Dataset).read();
  assert.deepEqual(array.toArray(), [1, 2, 3]);
});
