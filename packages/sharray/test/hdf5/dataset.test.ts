import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { NDArray, SharedArray } from "sharray";
import { type CreateDatasetOptions, type Dataset, File } from "sharray/hdf5";
import { python, withoutPython } from "../../../../tests/oracle.ts";
import { defaultChunks } from "../../dist/hdf5/chunks.js";
import { refusal } from "../array/refusal.ts";
import { folder, rejection } from "./folder.ts";

const records = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["pct", "<f4"],
] as const;

function table(rows: number): SharedArray<typeof records> {
  const array = SharedArray.create({ shape: [rows], dtype: records });
  const bytes = array.bytes;
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 7 + (i >> 8)) & 0x7f;
  return array;
}

test("every option of storage is what h5py finds", { skip: withoutPython }, async (t) => {
  const at = await folder(t);
  using array = table(100_000);
  const cases: Record<string, CreateDatasetOptions> = {
    plain: {},
    gzip: { compression: "gzip" },
    gzip9: { compression: "gzip", level: 9, shuffle: false },
    chunked: { chunks: [1000] },
    auto: { chunks: true },
    sums: { fletcher32: true },
    growing: { maxshape: [null] },
    bounded: { maxshape: [200_000], chunks: [150_000], shuffle: true },
    labelled: { dims: ["site"], attrs: { units: "K", n: 3 } },
  };
  {
    await using f = await File.open(at("x.h5"), "w");
    for (const [name, options] of Object.entries(cases)) {
      const d = await f.createDataset(name, array, options);
      assert.equal(d.compression, options.compression ?? null);
      using back = await d.read();
      assert.ok(Buffer.from(back.bytes).equals(array.bytes), name);
    }
  }
  const program = `
import sys, json, h5py
f = h5py.File(sys.argv[1]); first = f["plain"][...].tobytes(); out = {}
for n, d in f.items():
    assert d[...].tobytes() == first, n
    out[n] = [d.chunks, d.compression, d.compression_opts, d.shuffle, d.fletcher32, d.maxshape, d.dims[0].label, d.id.get_offset() is not None]
print(json.dumps(out))`;
  assert.deepEqual(JSON.parse(await python(program, [at("x.h5")])), {
    plain: [null, null, null, false, false, [100_000], "", true],
    gzip: [[16384], "gzip", 4, true, false, [100_000], "", false],
    gzip9: [[16384], "gzip", 9, false, false, [100_000], "", false],
    chunked: [[1000], null, null, false, false, [100_000], "", false],
    auto: [[16384], null, null, false, false, [100_000], "", false],
    sums: [[16384], null, null, false, true, [100_000], "", false],
    growing: [[16384], null, null, false, false, [null], "", false],
    bounded: [[150_000], null, null, true, false, [200_000], "", false],
    labelled: [null, null, null, false, false, [100_000], "site", true],
  });
});

test("tools of HDF5 1.10 read what was written", async (t) => {
  const h5dump = (...args: string[]) => promisify(execFile)("h5dump", args);
  try {
    await h5dump("--version");
  } catch {
    t.skip("no h5dump: install hdf5-tools");
    return;
  }
  const at = await folder(t);
  {
    await using f = await File.open(at("x.h5"), "w");
    await f.createDataset("a/b", [1.5, 2.5], { compression: "gzip", attrs: { units: "K" } });
    await f.createDataset(
      "c",
      SharedArray.from([{ x: 1, y: "é" }], {
        dtype: [
          ["x", "<i2"],
          ["y", "S3"],
        ] as const,
      }),
    );
  }
  const { stdout } = await h5dump(at("x.h5"));
  assert.match(stdout, /\(0\): 1\.5, 2\.5/);
  assert.match(stdout, /"K"/);
  assert.match(stdout, /H5T_STD_I16LE "x"/);
});

test("whatever holds elements can be written", async (t) => {
  const at = await folder(t);
  using shared = SharedArray.from([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const big = new NDArray([5_000_000], "<f8", new Float64Array(5_000_000).fill(0.25));
  await using f = await File.open(at("x.h5"), "w");
  const sources: [string, Parameters<File["createDataset"]>[1], unknown][] = [
    ["shared", shared, shared.toArray()],
    [
      "transposed",
      shared.transpose(),
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
    ],
    ["row", shared.at(1), [4, 5, 6]],
    [
      "backwards",
      shared.slice(null, [null, null, -1]),
      [
        [3, 2, 1],
        [6, 5, 4],
      ],
    ],
    ["single", shared.at(1, 2), 6],
    ["plain", new NDArray([2], ">i2", new Uint8Array([0, 1, 1, 0])), [1, 256]],
    ["typed", new Uint16Array([7, 8]), [7, 8]],
    ["lists", [[true], [false]], [[true], [false]]],
    ["number", 1.5, 1.5],
    ["empty", new Float32Array(0), []],
  ];
  for (const [name, source, expected] of sources) {
    const d = await f.createDataset(name, source);
    using back = await d.read();
    assert.deepEqual(back.ndim === 0 ? back.get() : back.toArray(), expected, name);
  }
  const d = await f.createDataset("big", big);
  using back = await d.read({ rows: [-2, null] });
  assert.deepEqual(back.toArray(), [0.25, 0.25]);
  using gone = SharedArray.from([1]);
  gone.close();
  assert.equal((await rejection(() => f.createDataset("gone", gone))).code, "CLOSED");
});

test("rows, selections and fields are those of slicing the array", async (t) => {
  const at = await folder(t);
  using array = SharedArray.create({ shape: [50, 7], dtype: records });
  for (let i = 0; i < 50; i++)
    for (let j = 0; j < 7; j++) array.set([i, j], { chr: `c${i}`, pos: i * 7 + j, pct: j / 8 });
  await using f = await File.open(at("x.h5"), "w");
  for (const options of [{}, { compression: "gzip", chunks: [8, 3] }] as const) {
    const d = await f.createDataset(`d${f.keys().length}`, array, options);
    for (const select of [
      [[3, 9]],
      [[-5, null, 2], null],
      [null, [1, 100, 3]],
      [[10, 10], null],
      [
        [0, 50, 49],
        [6, 7],
      ],
    ] as const) {
      using part = await d.read({ select });
      assert.deepEqual(part.toArray(), array.slice(...select).toArray());
    }
    using rows = await d.read({ rows: [40, 1000], fields: ["pct", "pos"] });
    assert.deepEqual(rows.dtype.descr, [
      ["pct", "<f4"],
      ["pos", "<i4"],
    ]);
    assert.deepEqual(rows.field("pos").toArray(), array.slice([40, 50]).field("pos").toArray());
    assert.equal((await rejection(() => d.read({ rows: [0, 5, -1] }))).code, "BAD_ARGUMENT");
    assert.equal((await rejection(() => d.read({ select: [null, null, null] }))).code, "BAD_ARGUMENT");
    assert.equal((await rejection(() => d.read({ rows: [0, 1], select: [] }))).code, "BAD_ARGUMENT");
    assert.equal((await rejection(() => d.read({ fields: [] }))).code, "BAD_ARGUMENT");
    assert.equal((await rejection(() => d.read({ fields: ["nope" as "pos"] }))).code, "NOT_FOUND");
    assert.equal((await rejection(() => d.read({ row: [0, 1] } as never))).code, "BAD_ARGUMENT");
  }
});

test("rows are written in place, and appended where the dataset may grow", async (t) => {
  const at = await folder(t);
  {
    await using f = await File.open(at("x.h5"), "w");
    const fixed = await f.createDataset("fixed", [
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    await fixed.write([[9, 8]], { rows: [1, 2] });
    await fixed.write(new NDArray([1, 2], "<i2", new Int16Array([7, 7])), { rows: [-1, null] });
    using all = await fixed.read();
    assert.deepEqual(all.toArray(), [
      [1, 2],
      [9, 8],
      [7, 7],
    ]);
    assert.equal((await rejection(() => fixed.write([[1, 2]]))).code, "BAD_SHAPE");
    assert.equal((await rejection(() => fixed.write([[1, 2]], { rows: [2, 4, 2] }))).code, "BAD_ARGUMENT");
    assert.equal((await rejection(() => fixed.append([[1, 2]]))).code, "BAD_SHAPE");
    assert.deepEqual(fixed.shape, [3, 2]);

    const growing = await f.createDataset("growing", SharedArray.from([1], { dtype: "<u2" }), {
      maxshape: [null],
      compression: "gzip",
    });
    for (let i = 2; i <= 300; i++) await growing.append([i]);
    assert.deepEqual(growing.shape, [300]);
    assert.equal((await rejection(() => growing.append([70000]))).code, "BAD_VALUE");
    assert.equal((await rejection(() => growing.append([[1]]))).code, "BAD_SHAPE");
    const bounded = await f.createDataset("bounded", [1, 2], { maxshape: [3] });
    await bounded.append([3]);
    assert.equal((await rejection(() => bounded.append([4]))).code, "BAD_SHAPE");
    assert.deepEqual(bounded.shape, [3]);
  }
  await using f = await File.open(at("x.h5"), "r+");
  const growing = f.get("growing") as Dataset;
  await growing.append([301]);
  using back = await growing.read();
  assert.deepEqual(
    back.toArray(),
    Array.from({ length: 301 }, (_, i) => i + 1),
  );
  await (f.get("fixed") as Dataset).write([[0, 0]], { rows: [0, 1] });
  using fixed = await (f.get("fixed") as Dataset).read();
  assert.deepEqual(fixed.at(0).toArray(), [0, 0]);
});

test("what a dataset cannot be is refused before anything is written", async (t) => {
  const at = await folder(t);
  await using f = await File.open(at("x.h5"), "w");
  const array = [1, 2, 3];
  const refused: [string, unknown, Record<string, unknown>][] = [
    ["BAD_ARGUMENT", array, { compresion: "gzip" }],
    ["BAD_ARGUMENT", array, { compression: "zip" }],
    ["NOT_SUPPORTED", array, { compression: "lzf" }],
    ["BAD_ARGUMENT", array, { compression: "gzip", level: 0 }],
    ["BAD_ARGUMENT", array, { compression: "gzip", level: 10 }],
    ["BAD_ARGUMENT", array, { level: 4 }],
    ["BAD_ARGUMENT", array, { compression: "gzip", chunks: false }],
    ["BAD_ARGUMENT", array, { shuffle: "yes" }],
    ["BAD_ARGUMENT", array, { chunks: "auto" }],
    ["BAD_SHAPE", array, { chunks: [4] }],
    ["BAD_SHAPE", array, { chunks: [1, 1] }],
    ["BAD_SHAPE", array, { chunks: [0] }],
    ["BAD_SHAPE", array, { maxshape: [2] }],
    ["BAD_SHAPE", array, { maxshape: [null, null] }],
    ["BAD_ARGUMENT", array, { dims: ["a", "b"] }],
    ["BAD_ARGUMENT", 5, { compression: "gzip" }],
    ["NOT_SUPPORTED", ["text"], {}],
    ["NOT_SUPPORTED", new NDArray([1], "M8[s]", new BigInt64Array(1)), {}],
    ["NOT_SUPPORTED", SharedArray.create({ shape: [1], dtype: [["a", [["when", "m8[s]"]]]] as const }), {}],
    ["BAD_DTYPE", ["a", 1], {}],
    ["BAD_SHAPE", [[1], [2, 3]], {}],
  ];
  for (const [code, values, options] of refused) {
    const error = await rejection(() => f.createDataset("d", values as number[], options));
    assert.equal(error.code, code, `${error.message} ${JSON.stringify(options)}`);
  }
  assert.deepEqual(f.keys(), []);
  await f.createDataset("a/b", array);
  for (const [code, path] of [
    ["DUPLICATE_NAME", "a/b"],
    ["DUPLICATE_NAME", "/a//b/"],
    ["DUPLICATE_NAME", "a"],
    ["BAD_ARGUMENT", "a/b/c"],
    ["BAD_ARGUMENT", ""],
    ["BAD_ARGUMENT", "/"],
    ["BAD_ARGUMENT", "x\0y"],
  ]) {
    assert.equal((await rejection(() => f.createDataset(path!, array))).code, code, path);
  }
  assert.equal(refusal(() => f.get("")).code, "BAD_ARGUMENT");
  assert.match(refusal(() => f.get("a/c")).message, /there is no \/a\/c; \/a holds b/);
});

test("an empty dataset with compression is an empty dataset", async (t) => {
  const at = await folder(t);
  await using f = await File.open(at("x.h5"), "w");
  using empty = table(0);
  const d = await f.createDataset("d", empty, { compression: "gzip" });
  assert.deepEqual([d.shape, d.compression], [[0], null]);
  using back = await d.read();
  assert.deepEqual(back.shape, [0]);
  const growing = await f.createDataset("g", empty, { compression: "gzip", maxshape: [null] });
  using three = table(3);
  await growing.append(three);
  assert.deepEqual([growing.shape, growing.compression, growing.chunks], [[3], "gzip", [16384]]);
});

test("default chunks hold 256 to 512 KiB of whole rows, and split rows that are larger", () => {
  assert.deepEqual(defaultChunks([10_000_000], [10_000_000], 26), [16384]);
  assert.deepEqual(defaultChunks([10], [10], 26), [10]);
  assert.deepEqual(defaultChunks([0, 3], [null, 3], 8), [16384, 3]);
  assert.deepEqual(defaultChunks([0, 3], [100, 3], 8), [100, 3]);
  for (const [shape, itemsize] of [
    [[1000, 1_000_000], 8],
    [[5, 5, 5], 100_000],
    [[1], 10_000_000],
    [[100_000, 37, 3], 4],
  ] as const) {
    const chunks = defaultChunks(shape, shape, itemsize);
    const bytes = chunks.reduce((product, n) => product * n, itemsize);
    assert.ok(
      chunks.every((n, axis) => n >= 1 && n <= shape[axis]!),
      `${chunks}`,
    );
    assert.ok(bytes <= 512 * 1024 || bytes === itemsize, `${chunks}`);
    assert.ok(bytes > 100 * 1024, `${chunks}`);
  }
});
