import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Worker } from "node:worker_threads";
import { assertNoLeaks, dtypeOf, Pool, Queue, SharedArray } from "sharray";
import { File } from "sharray/hdf5";
import { withoutPython } from "../../../../tests/oracle.ts";
import { Python } from "../../../../tests/python.ts";
import { npyHeader } from "../../dist/array/npy/format.js";
import { run, Talk } from "../memory/programs.ts";
import { back, look, opened } from "./open_file_tasks.ts";
import { refusal } from "./refusal.ts";

const folder = mkdtempSync(join(tmpdir(), "sharray-open-processes-"));
after(() => rmSync(folder, { recursive: true }));
after(() => assertNoLeaks());

const counted = Array.from({ length: 12 }, (_, i) => i);
let files = 0;

/** A .npy file of 3 rows of 4 numbers, 0 to 11. */
function grid(values: number[] = counted): string {
  const path = join(folder, `grid-${files++}.npy`);
  const data = new Uint8Array(new Float64Array(values).buffer);
  writeFileSync(path, Buffer.concat([npyHeader(dtypeOf("<f8"), [3, 4]), data]));
  return path;
}

const other = `
  import { SharedArray } from "sharray";
  process.on("message", ({ handle, readonly }) => {
    try {
      const a = SharedArray.attach(handle, { readonly });
      let stored = "stored";
      try {
        a.set([0, 0], 100);
      } catch (error) {
        stored = error.code;
      }
      process.send([a.readonly, a.shape, a.get(-1, -1), stored, a.get(0, 0), a.handle()]);
      a.close();
    } catch (error) {
      process.send(error.code);
    }
  });
`;

test("another process attaches by the handle, and gets no more than the opener asked for", async () => {
  await using talk = new Talk(other);
  for (const mode of ["r", "r+"] as const) {
    for (const readonly of [true, false]) {
      const path = grid();
      using a = SharedArray.open<"<f8">(path, { mode });
      talk.say({ handle: JSON.parse(JSON.stringify(a.handle())), readonly });
      const [isReadonly, shape, last, stored, first] = await talk.hear<unknown[]>();
      const writable = mode === "r+" && !readonly;
      assert.deepEqual([isReadonly, shape, last], [!writable, [3, 4], 11]);
      assert.deepEqual([stored, first, a.get(0, 0)], writable ? ["stored", 100, 100] : ["READ_ONLY", 0, 0]);
    }
  }
  const a = SharedArray.open(grid());
  const handle = a.handle();
  a.close();
  talk.say({ handle, readonly: true });
  assert.equal(await talk.hear(), "BLOCK_GONE");
});

test("every field of the handle is checked", () => {
  using a = SharedArray.open<"<f8">(grid());
  using b = SharedArray.open<"<f8">(grid());
  const [good, wrong] = [a.handle(), b.handle()];
  const attach = (change: object) => refusal(() => SharedArray.attach({ ...good, ...change }));
  for (const change of [
    { dev: good.dev + 1 },
    { ino: wrong.ino },
    { fd: wrong.fd },
    { nonce: wrong.nonce },
    { nonce: "0".repeat(32) },
    { size: good.size + 1 },
    { size: good.size - 8, shape: [2, 4] },
    { offset: good.offset + 4 },
    { shape: [4, 4] },
    { strides: [32, 4] },
    { dtype: "<i8" },
    { name: "sharray.x" },
  ]) {
    assert.equal(attach(change).code, "HANDLE_MISMATCH", JSON.stringify(change));
  }
  assert.equal(attach({ version: 99 }).code, "VERSION_MISMATCH");
  // A file that was written anew in its place is another array.
  const path = grid();
  using c = SharedArray.open<"<f8">(path);
  writeFileSync(path, npyHeader(dtypeOf("<f8"), [1]), { flag: "r+" });
  const stale = refusal(() => SharedArray.attach(c.handle()));
  assert.equal(stale.code, "HANDLE_MISMATCH");
});

test("pools and queues carry such arrays by their descriptor", async () => {
  await using pool = new Pool(1);
  for (const mode of ["r", "r+"] as const) {
    const path = grid();
    using a = SharedArray.open<"<f8">(path, { mode });
    const seen = await pool.apply(look, a);
    const expected =
      mode === "r"
        ? { readonly: true, last: 11, stored: "READ_ONLY", first: 0 }
        : { readonly: false, last: 11, stored: "stored", first: 100 };
    assert.deepEqual(seen, expected);
    // At any depth, with a view, and when the file has no name any more.
    unlinkSync(path);
    using queue = new Queue<{ views: unknown[] }>();
    await queue.put({ views: [a, a.at(2)] });
    const { views } = await queue.get();
    const [whole, row] = views as [SharedArray<"<f8">, SharedArray<"<f8">];
    assert.deepEqual([whole.readonly, row.get(3), row.shape], [mode === "r", 11, [4]]);
    using again = SharedArray.attach(whole.handle());
    assert.equal(again.readonly, mode === "r");
    whole.close();
    (row as SharedArray<"<f8">).close?.();
    using returned = await pool.apply(back, a);
    assert.deepEqual([returned.readonly, returned.get(-1, -1)], [mode === "r", 11]);
    if (mode === "r") assert.equal(refusal(() => returned.fill(1)).code, "READ_ONLY");
  }
  // What a worker opened outlives it.
  const path = grid();
  using mine = await pool.apply(opened, path, "r+");
  pool.close();
  await pool.join();
  mine.set([0, 0], 55);
  using seen = SharedArray.open<"<f8">(path);
  assert.equal(seen.get(0, 0), 55);
});

test("what is stored with mode c goes nowhere but into copies", async () => {
  const path = grid();
  using a = SharedArray.open<"<f8">(path, { mode: "c" });
  a.set([0, 0], 42);
  await using pool = new Pool(1);
  using queue = new Queue<unknown>();
  for (const send of [() => pool.apply(look, a), () => queue.put(a), () => queue.put({ deep: [1, { a: a.at(1) }] })]) {
    await assert.rejects(
      async () => send(),
      (error: Error & { code: string }) => {
        assert.match(`${error.code} ${error.message}`, /^NOT_SUPPORTED .*mode "c".*copy\(\)/);
        return true;
      },
    );
  }
  using copy = a.copy();
  assert.equal((await pool.apply(look, copy)).last, 11);
  const out = join(folder, "c.h5");
  {
    await using f = await File.open(out, "w");
    await f.createDataset("a", a);
    await f.createDataset("row", a.at(0));
  }
  await using f = await File.open(out);
  const d = f.get("a");
  assert.ok("read" in d);
  using read = await d.read();
  assert.equal((read as SharedArray<"<f8">).get(0, 0), 42);
  await a.save(join(folder, "saved.npy"));
  using saved = SharedArray.open<"<f8">(join(folder, "saved.npy"));
  assert.equal(saved.get(0, 0), 42);
  // Another opening starts from the file, and arrays of one file that overlap are assigned as if copied.
  using again = SharedArray.open<"<f8">(path, { mode: "c" });
  assert.equal(again.get(0, 0), 0);
  using writable = SharedArray.open<"<f8">(path, { mode: "r+" });
  writable.slice([1, 3]).assign(again.slice([0, 2]));
  assert.deepEqual(writable.toArray(), [
    [0, 1, 2, 3],
    [0, 1, 2, 3],
    [4, 5, 6, 7],
  ]);
});

test("publish goes on over a named copy", () => {
  for (const mode of ["r+", "c"] as const) {
    const path = grid();
    using a = SharedArray.open<"<f8">(path, { mode });
    const { data } = a;
    a.set([0, 0], 42);
    const name = `open-${process.pid}-${mode === "c" ? "c" : "w"}`;
    a.publish(name);
    assert.equal(a.name, `sharray.${name}`);
    using b = SharedArray.attach<"<f8">(name);
    assert.equal(b.get(0, 0), 42);
    data[1] = 7;
    assert.deepEqual([b.get(0, 1), a.get(0, 1)], [7, 7]);
    using c = SharedArray.attach<"<f8">(a.handle());
    assert.equal(c.readonly, false);
    const stored = new Float64Array(Uint8Array.from(readFileSync(path).subarray(-96)).buffer);
    assert.deepEqual([stored[0], stored[1]], mode === "c" ? [0, 1] : [42, 1]);
    a.unlink();
    a.close();
    assert.ok(existsSync(path));
  }
  using a = SharedArray.open(grid());
  assert.equal(refusal(() => a.publish(`open-${process.pid}`)).code, "READ_ONLY");
});

test("a file that is removed or replaced stays what it was; unlink does nothing", () => {
  const path = grid();
  using a = SharedArray.open<"<f8">(path, { mode: "r+" });
  renameSync(grid(counted.map((i) => 100 + i)), path);
  using b = SharedArray.open<"<f8">(path);
  a.set([0, 0], -1);
  assert.deepEqual([a.get(0, 0), a.get(0, 1), b.get(0, 0)], [-1, 1, 100]);
  a.unlink();
  assert.ok(existsSync(path));
  unlinkSync(path);
  assert.equal(b.get(2, 3), 111);
});

test("the file of a named array is opened as a file", () => {
  const name = `open-${process.pid}-named`;
  const a = SharedArray.from([1, 2, 3], { name });
  using b = SharedArray.open<"<f8">(`/dev/shm/${a.name}`, { mode: "r+" });
  b.set(0, 9);
  assert.equal(a.get(0), 9);
  assert.equal(b.name, null);
  // It has no lease: the name goes with the array's own last holder.
  a.close();
  assert.ok(!existsSync(`/dev/shm/sharray.${name}`));
  assert.equal(b.get(2), 3);
});

test("a worker thread attaches by the handle, and ends with its own", async () => {
  using a = SharedArray.open<"<f8">(grid());
  const program = `
    const { parentPort, workerData } = require("node:worker_threads");
    import(workerData.library).then(({ SharedArray }) => {
      const a = SharedArray.attach(workerData.handle);
      const own = SharedArray.open(workerData.path, { mode: "c" });
      own.fill(3);
      parentPort.postMessage([a.readonly, a.get(2, 3), own.get(0, 0)]);
    });
  `;
  const workerData = { library: import.meta.resolve("sharray"), handle: a.handle(), path: grid() };
  const worker = new Worker(program, { eval: true, workerData });
  const [seen] = (await once(worker, "message")) as [unknown];
  assert.deepEqual(seen, [true, 11, 3]);
  await worker.terminate();
  assert.equal(a.get(2, 3), 11);
  assert.throws(() => structuredClone(a), { code: "NOT_CLONEABLE" });
});

test("what a process stored is in the file however it ends", async () => {
  for (const end of ["", "process.exit(0)", 'process.kill(process.pid, "SIGKILL")', "process.abort()"]) {
    const path = grid();
    await run(
      `
      import { SharedArray } from "sharray";
      const a = SharedArray.open(process.env.INPUT, { mode: "r+" });
      a.fill(5);
      a.data[0] = 6;
      ${end};
    `,
      { input: path, before: "ulimit -c 0" },
    );
    const stored = new Float64Array(Uint8Array.from(readFileSync(path).subarray(-96)).buffer);
    assert.deepEqual([...stored], [6, ...Array(11).fill(5)], end);
  }
});

test("what is forgotten is released, and what is open is told by assertNoLeaks", async () => {
  const ended = await run(
    `
    import { readdirSync, readlinkSync } from "node:fs";
    import { assertNoLeaks, SharedArray } from "sharray";
    const path = process.env.INPUT;
    const held = () => readdirSync("/proc/self/fd").filter((fd) => {
      try { return readlinkSync("/proc/self/fd/" + fd) === path; } catch { return false; }
    }).length;
    const a = SharedArray.open(path);
    try {
      assertNoLeaks();
    } catch (error) {
      console.log(error.code, /SharedArray.*-e|SharedArray/.test(error.message), error.message.includes("224"));
    }
    a.close();
    assertNoLeaks();
    const forget = () => SharedArray.open(path, { mode: "c" }).fill(1);
    for (let i = 0; i < 10; i++) forget();
    for (let i = 0; i < 20 && held() > 0; i++) { gc(); await new Promise(setImmediate); }
    console.log(held());
    await new Promise((resolve) => setTimeout(resolve, 250));
  `,
    { input: grid(), node: ["--expose-gc"] },
  );
  assert.equal(ended.stdout, "LEAKED true true\n0\n", ended.stderr);
  assert.equal(ended.stderr.split("\n").filter((line) => line.includes("FORGOTTEN")).length, 1, ended.stderr);
});

test("Python attaches to it with the access that it was opened with", { skip: withoutPython }, async () => {
  await using py = new Python(`
while True:
    handle = hear()
    if handle is None:
        break
    try:
        with sharray.attach(handle) as a:
            if a.flags.writeable:
                a[0, 0] = 100
            again = sharray.handle(a)
            say([type(a).__name__, a.flags.writeable, a.tolist()[-1], again["nonce"] == handle["nonce"],
                sharray.attach(again).flags.writeable])
    except sharray.SharrayError as error:
        say([error.code, error.details.get("field")])
`);
  for (const mode of ["r", "r+"] as const) {
    using a = SharedArray.open<"<f8">(grid(), { mode });
    py.say(a.handle());
    const writable = mode === "r+";
    assert.deepEqual(await py.hear(), ["SharedArray", writable, [8, 9, 10, 11], true, writable]);
    assert.equal(a.get(0, 0), writable ? 100 : 0);
    for (const [field, change] of Object.entries({
      dev: { dev: a.handle().dev + 1 },
      ino: { ino: a.handle().ino + 1 },
      size: { size: a.handle().size + 1 },
      dtype: { dtype: "<i8" },
      name: { name: "sharray.x" },
    })) {
      py.say({ ...a.handle(), ...change });
      assert.deepEqual(await py.hear(), ["HANDLE_MISMATCH", field]);
    }
  }
  py.say(null);
  await py.end();
});
