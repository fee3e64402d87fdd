import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { afterEach, type TestContext, test } from "node:test";
import { NDArray, SharedArray } from "sharray";
import { type Dataset, File } from "sharray/hdf5";
import { writeDataset } from "../../dist/hdf5/file.js";
import { piece } from "../../dist/hdf5/pieces.js";
import { addon } from "../../dist/native/addon.js";
import type { NativeFile } from "../../dist/native/hdf5.js";
import { run } from "../memory/programs.ts";
import { folder, rejection } from "./folder.ts";

const usual = piece.bytes;
afterEach(() => {
  piece.bytes = usual;
});

/** Does something when so many pieces have been handed over. */
function afterPieces(t: TestContext, pieces: number, act: () => void): void {
  const { prototype } = (addon as unknown as { NativeFile: { prototype: NativeFile } }).NativeFile;
  const { writeBox } = prototype;
  let left = pieces;
  t.mock.method(prototype, "writeBox", function (this: NativeFile, ...given: Parameters<NativeFile["writeBox"]>) {
    if (left-- === 0) act();
    return writeBox.apply(this, given);
  });
}

function numbers(): SharedArray<"<f8"> {
  const array = SharedArray.create({ shape: [200_000], dtype: "<f8" });
  for (const i of array.data.keys()) array.data[i] = i;
  return array;
}

test("a signal half-way leaves no dataset, and no new file", async (t) => {
  const at = await folder(t);
  piece.bytes = 2 ** 16;
  using array = numbers();
  await (await File.open(at("old.h5"), "w")).close();
  for (const mode of ["w", "r+"] as const) {
    for (const options of [{}, { compression: "gzip" as const, chunks: [1000] }]) {
      const name = mode === "w" ? "new.h5" : "old.h5";
      const f = await File.open(at(name), mode);
      const controller = new AbortController();
      afterPieces(t, 5, () => controller.abort(new Error("enough")));
      const reversed = array.slice([null, null, -1]);
      const error = await rejection(() => writeDataset(f, "a/b", reversed, options, { signal: controller.signal }));
      t.mock.reset();
      assert.deepEqual([error.code, (error.cause as Error).message], ["ABORTED", "enough"]);
      assert.deepEqual([f.has("a/b"), f.has("b")], [false, false]);
      // The name is free again.
      const d = await f.createDataset("b", reversed, options);
      using back = await d.read();
      assert.ok(back.equals(reversed));
      if (mode === "w") assert.equal((await rejection(() => f.close())).code, "ABORTED");
      else await f.discard();
      assert.deepEqual(await readdir(at(".")), ["old.h5"]);
      await (await File.open(at("old.h5"), "w")).close();
    }
  }
});

test("progress counts all pieces, and a signal that was given before is seen", async (t) => {
  const at = await folder(t);
  piece.bytes = 2 ** 16;
  using array = numbers();
  await using f = await File.open(at("x.h5"), "w");
  const seen: number[] = [];
  const half = array.slice([null, null, 2]);
  await writeDataset(f, "d", half, { compression: "gzip" }, { onProgress: (bytes) => seen.push(bytes) });
  assert.equal(seen.at(-1), half.nbytes);
  const error = await rejection(() => writeDataset(f, "e", half, {}, { signal: AbortSignal.abort() }));
  assert.equal(error.code, "ABORTED");
  assert.deepEqual(f.keys(), ["d"]);
});

test("memory that is transferred away half-way leaves no dataset, and appended rows are taken back", async (t) => {
  const at = await folder(t);
  piece.bytes = 2 ** 16;
  /** An array over memory that goes when some pieces are written. */
  const vanishing = (): NDArray<"<f8"> => {
    const buffer = new ArrayBuffer(8 * 100_000);
    afterPieces(t, 3, () => structuredClone(buffer, { transfer: [buffer] }));
    return new NDArray([100_000], "<f8", buffer).slice([null, null, -1]);
  };
  {
    await using f = await File.open(at("x.h5"), "w");
    for (const options of [{}, { compression: "gzip" as const, chunks: [1000] }]) {
      const error = await rejection(() => f.createDataset("d", vanishing(), options));
      t.mock.reset();
      assert.equal(error.code, "CLOSED");
      assert.equal(f.has("d"), false);
    }
    const d = await f.createDataset("d", new Float64Array([1, 2, 3]), { maxshape: [null], chunks: [1000] });
    assert.equal((await rejection(() => d.append(vanishing()))).code, "CLOSED");
    t.mock.reset();
    assert.deepEqual(d.shape, [3]);
    await d.append([4]);
    using back = await d.read();
    assert.deepEqual(back.toArray(), [1, 2, 3, 4]);
  }
  {
    await using f = await File.open(at("x.h5"));
    assert.deepEqual((f.get("d") as Dataset).shape, [4]);
  }
  {
    await using f = await File.open(at("half.h5"), "w");
    const d = await f.createDataset("d", new Float64Array(100_000));
    assert.equal((await rejection(() => d.write(vanishing()))).code, "CLOSED");
    t.mock.reset();
  }
  // Rows of which some may be written are no reason for a file to appear.
  assert.deepEqual(await readdir(at(".")), ["x.h5"]);
});

/** Programs get the path as INPUT. */
const LIMITED = `
import { SharedArray } from "sharray";
import { File } from "sharray/hdf5";
import { randomFillSync } from "node:crypto";
const array = SharedArray.create({ shape: [300_000, 2], dtype: "<i8" });
randomFillSync(array.bytes);
const columns = array.slice([null, null, -1]);
for (const compression of [null, "gzip"]) {
  const chunks = compression && [1000, 2];
  const path = process.env.INPUT + compression;
  const made = await File.open(path, "w");
  await made.createDataset("first", array.slice([0, 200_000]), { compression });
  await made.createDataset("small", [1, 2, 3]);
  await made.close();
  const f = await File.open(path, "r+");
  const told = await f.createDataset("second", columns, { compression, chunks }).catch((error) => error.code);
  console.log(told, f.keys().join());
  // What chunks took beyond the limit libhdf5 cannot give back, which is so for packed arrays too.
  await f.close().catch((error) => console.log("closed", error.code));
  if (compression === null) {
    const again = await File.open(path);
    const back = await again.get("first").read();
    console.log(again.keys().join(), back.equals(array.slice([0, 200_000])));
  }
  const other = await File.open(path + ".new", "w");
  const both = async () => { await other.createDataset("a", columns, { compression, chunks }); await other.createDataset("b", columns, { compression, chunks }); };
  console.log(await both().catch((error) => error.code), other.keys().join());
  console.log(await other.close().catch((error) => error.code));
}
`;

test("a limit on the size of files that is met half-way leaves no dataset", async (t) => {
  const at = await folder(t);
  // 5.2 MB: the array has 4.8, the first dataset 3.2.
  const { stdout, stderr } = await run(LIMITED, { before: "ulimit -f 10156", input: at("x") });
  const told = "NO_SPACE first,small";
  const lines = [
    told,
    "first,small true",
    "NO_SPACE a",
    "NO_SPACE",
    told,
    "closed NO_SPACE",
    "NO_SPACE a",
    "NO_SPACE",
    "",
  ];
  assert.equal(stdout, lines.join("\n"), stderr);
  assert.deepEqual(await readdir(at(".")), ["xgzip", "xnull"]);
});

test("an array of 300 MB takes some tens of MB more", async (t) => {
  const at = await folder(t);
  const program = `
import { SharedArray } from "sharray";
import { File } from "sharray/hdf5";
import { readFileSync } from "node:fs";
const resident = (what) => Number(readFileSync("/proc/self/status", "utf8").match(new RegExp(what + ":\\\\s*(\\\\d+)"))[1]) / 1024;
const array = SharedArray.create({ shape: [25_000_000], dtype: [["a", "<f8"], ["b", "<i4"]], layout: "columns" });
array.field("a").fill(1.5);
array.field("b").fill(7);
const f = await File.open(process.env.INPUT, "w");
const before = resident("VmRSS");
await f.createDataset("d", array);
await f.createDataset("e", array.slice([null, null, -1]), { compression: "gzip", level: 1 });
console.log(Math.round(before), Math.round(resident("VmHWM") - before));
await f.discard();
`;
  const { stdout, stderr } = await run(program, { input: at("x.h5") });
  const [before, more] = stdout.split(" ").map(Number) as [number, number];
  assert.ok(before > 280 && more < 120, `${stdout} ${stderr}`);
});
