import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { type DType, dtypeOf, NDArray, SharedArray, SharrayError } from "sharray";
import { npyHeader } from "../../dist/array/npy/format.js";
import { parseNpyHeader } from "../../dist/array/npy/read.js";

const folder = mkdtempSync(join(tmpdir(), "sharray-save-"));
after(() => rmSync(folder, { recursive: true }));

async function refused(work: Promise<unknown>): Promise<SharrayError> {
  const error = await work.then(
    () => assert.fail("nothing was thrown"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof SharrayError, String(error));
  return error;
}

/** What a .npy file of these elements is. */
function expected(dtype: DType, shape: number[], data: Uint8Array, fortran = false): Buffer {
  return Buffer.concat([npyHeader(dtype, shape, fortran), data]);
}

function bytes(numbers: number[]): Uint8Array {
  return new Uint8Array(new Int32Array(numbers).buffer);
}

test("arrays in C order, in Fortran order and in neither", async () => {
  using a = SharedArray.from(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    { dtype: "<i4" },
  );
  const i4 = dtypeOf("<i4") as DType;
  const path = join(folder, "a.npy");
  await a.save(path);
  assert.deepEqual(readFileSync(path), expected(i4, [2, 3], bytes([1, 2, 3, 4, 5, 6])));
  await a.transpose().save(pathToFileURL(path));
  assert.deepEqual(readFileSync(path), expected(i4, [3, 2], bytes([1, 2, 3, 4, 5, 6]), true));
  await a.slice(null, [null, null, -2]).save(path);
  assert.deepEqual(readFileSync(path), expected(i4, [2, 2], bytes([3, 1, 6, 4])));
  await a.slice([1]).save(path);
  assert.deepEqual(readFileSync(path), expected(i4, [1, 3], bytes([4, 5, 6])));
  assert.deepEqual(readdirSync(folder), ["a.npy"]);
});

test("arrays over ordinary and over shared buffers, and changed pages of a read-only attachment", async () => {
  const path = join(folder, "b.npy");
  const i4 = dtypeOf("<i4") as DType;
  for (const buffer of [new ArrayBuffer(16), new SharedArrayBuffer(16)]) {
    new Int32Array(buffer).set([1, 2, 3, 4]);
    await new NDArray([3], "<i4", buffer, { offset: 4 }).save(path);
    assert.deepEqual(readFileSync(path), expected(i4, [3], bytes([2, 3, 4])));
  }
  using a = SharedArray.from(new Int32Array([1, 2, 3]));
  using same = SharedArray.attach<"<i4">(a.handle(), { readonly: true });
  same.data[1] = 7;
  await same.save(path);
  assert.deepEqual(readFileSync(path), expected(i4, [3], bytes([1, 7, 3])));
});

test("an array that is closed while it is saved is saved as it was", async () => {
  const path = join(folder, "closed.npy");
  const a = SharedArray.create({ shape: [3_000_000], dtype: "<i4" });
  a.fill(7);
  const saved = [a.save(path), a.slice([null, null, 2]).save(`${path}2`)];
  a.close();
  await Promise.all(saved);
  using whole = await SharedArray.load<"<i4">(path);
  using half = await SharedArray.load<"<i4">(`${path}2`);
  assert.equal(whole.data.every((x) => x === 7) && half.data.every((x) => x === 7), true);
  assert.deepEqual([whole.shape, half.shape], [[3_000_000], [1_500_000]]);
  assert.equal((await refused(a.save(path))).code, "CLOSED");
});

test("what is refused leaves the old file, and nothing beside it", async () => {
  const there = mkdtempSync(join(folder, "refused-"));
  const path = join(there, "old.npy");
  writeFileSync(path, "old");
  chmodSync(path, 0o640);
  using a = SharedArray.create({ shape: 3, dtype: "<f8" });
  assert.equal((await refused(a.save(join(there, "no", "a.npy")))).code, "FILE_NOT_FOUND");
  assert.equal((await refused(a.save(there))).code, "IS_DIRECTORY");
  assert.equal((await refused(a.save(""))).code, "BAD_ARGUMENT");
  assert.equal((await refused(a.save(new URL("http://localhost/a.npy")))).code, "NOT_SUPPORTED");
  const large = new NDArray([3], "<f8", new ArrayBuffer(24));
  structuredClone(large.data.buffer, { transfer: [large.data.buffer as ArrayBuffer] });
  assert.equal((await refused(large.save(path))).code, "CLOSED");
  assert.equal(readFileSync(path, "utf8"), "old");
  const link = join(there, "link.npy");
  symlinkSync("old.npy", link);
  await a.save(link);
  assert.equal(statSync(path).size, npyHeader(a.dtype as DType, [3]).length + 24);
  assert.equal(statSync(path).mode & 0o777, 0o640);
  assert.deepEqual(readdirSync(there).sort(), ["link.npy", "old.npy"]);
});

test("files are loaded, with their order, and under a name", async () => {
  const path = join(folder, "load.npy");
  const i4 = dtypeOf("<i4") as DType;
  writeFileSync(path, Buffer.concat([expected(i4, [3, 2], bytes([1, 2, 3, 4, 5, 6]), true), Buffer.from("behind")]));
  using a = await SharedArray.load<"<i4">(path, { name: "npy-load", mode: 0o640 });
  assert.deepEqual(
    [a.name, a.shape, a.strides, a.toArray()],
    [
      "sharray.npy-load",
      [3, 2],
      [4, 12],
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
    ],
  );
  using same = SharedArray.attach<"<i4">("npy-load");
  assert.deepEqual([same.strides, same.toArray()], [[4, 12], a.toArray()]);
  using handed = SharedArray.attach<"<i4">(a.handle());
  assert.deepEqual(handed.toArray(), a.toArray());
  const found = parseNpyHeader(readFileSync("/dev/shm/sharray.npy-load"));
  assert.deepEqual([found.shape, found.fortranOrder], [[3, 2], true]);
  assert.equal((await refused(SharedArray.load(path, { name: "npy-load" }))).code, "FILE_EXISTS");
});

test("what is no array, or not all of one, is refused", async () => {
  const path = join(folder, "bad.npy");
  const whole = expected(dtypeOf("<i4") as DType, [3], bytes([1, 2, 3]));
  writeFileSync(path, whole.subarray(0, whole.length - 1));
  const cut = await refused(SharedArray.load(path));
  assert.deepEqual(cut.details, { path, expected: whole.length, size: whole.length - 1 });
  assert.equal(cut.code, "NPY_BAD_HEADER");
  for (const content of ["", "PK\x03\x04", "\x93NUMPY", whole.subarray(0, 40)]) {
    writeFileSync(path, content, "latin1");
    assert.equal((await refused(SharedArray.load(path))).code, "NPY_BAD_HEADER");
  }
  const huge = npyHeader(dtypeOf("<f8") as DType, [2 ** 40, 2 ** 20]);
  writeFileSync(path, huge);
  assert.equal((await refused(SharedArray.load(path))).code, "NPY_BAD_HEADER");
  assert.equal((await refused(SharedArray.load(join(folder, "none.npy")))).code, "FILE_NOT_FOUND");
  assert.equal((await refused(SharedArray.load(folder))).code, "IS_DIRECTORY");
  assert.equal((await refused(SharedArray.load("/dev/null"))).code, "NOT_SUPPORTED");
  const misspelt = { nmae: "x" } as unknown as { name: string };
  assert.equal((await refused(SharedArray.load(path, misspelt))).code, "BAD_ARGUMENT");
});

test("records of a file are loaded in columns, in both orders, and columns are saved as rows", async () => {
  const path = join(folder, "records.npy");
  const dtype = [
    ["a", "<i4"],
    ["", "|V4"],
    [
      "in",
      [
        ["x", ">i2", [2]],
        ["y", "S3"],
      ],
    ],
    ["b", "<f8"],
  ] as const;
  using rows = SharedArray.create({ shape: [300, 4], dtype });
  for (const [i, row] of [...rows].entries()) {
    const view = row as unknown as typeof rows;
    for (let j = 0; j < 4; j++) view.set(j, { a: i * 4 + j, in: { x: [i, j], y: `${j}` }, b: i / 8 });
  }
  for (const array of [rows, rows.transpose(), rows.slice([null, null, -3])]) {
    await array.save(path);
    using columns = await SharedArray.load<typeof dtype>(path, { layout: "columns", name: true });
    assert.equal(columns.layout, "columns");
    assert.deepEqual(columns.toArray(), array.toArray());
    using same = SharedArray.attach<typeof dtype>(columns.name!);
    assert.deepEqual([same.layout, same.toArray()], ["columns", array.toArray()]);
    const saved = join(folder, "columns.npy");
    await columns.save(saved);
    using back = await SharedArray.load<typeof dtype>(saved);
    assert.deepEqual([back.layout, back.shape, back.toArray()], ["rows", array.shape, array.toArray()]);
    using again = await SharedArray.load<typeof dtype>(`/dev/shm/${columns.name}`, { layout: "rows" });
    assert.deepEqual([again.layout, again.toArray()], ["rows", array.toArray()]);
    using asIs = await SharedArray.load<typeof dtype>(`/dev/shm/${columns.name}`);
    assert.deepEqual([asIs.layout, asIs.toArray()], ["columns", array.toArray()]);
  }
  await SharedArray.from(new Int8Array(2)).save(path);
  assert.equal((await refused(SharedArray.load(path, { layout: "columns" }))).code, "BAD_ARGUMENT");
  assert.equal((await refused(SharedArray.load(path, { layout: "column" as "columns" }))).code, "BAD_ARGUMENT");
});

test("a limit on the size of files is NO_SPACE, and the old file stays", async () => {
  const there = mkdtempSync(join(folder, "limit-"));
  writeFileSync(join(there, "old.npy"), "old");
  const library = new URL("../../dist/index.js", import.meta.url).href;
  const program = `
    import { execFileSync } from "node:child_process";
    import { SharedArray, savez } from ${JSON.stringify(library)};
    const a = SharedArray.create({ shape: [500000], dtype: "<f8" });
    a.data.forEach((_, i) => { a.data[i] = Math.sin(i); });
    execFileSync("prlimit", ["--pid", String(process.pid), "--fsize=524288"]);
    const codes = [];
    for (const save of [(p) => a.save(p), (p) => a.slice([null, null, 2]).save(p), (p) => savez(p, { a }), (p) => savez(p, { a }, { compressed: true })])
      codes.push(await save("old.npy").then(() => "saved", (error) => error.code));
    console.log(codes.join());
    a.close();`;
  const node = ["--input-type=module", "-e", program];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, node, { cwd: there });
  assert.deepEqual([stdout, stderr], ["NO_SPACE,NO_SPACE,NO_SPACE,NO_SPACE\n", ""]);
  assert.equal(readFileSync(join(there, "old.npy"), "utf8"), "old");
  assert.deepEqual(readdirSync(there), ["old.npy"]);
});
