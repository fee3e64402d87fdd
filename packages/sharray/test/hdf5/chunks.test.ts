import assert from "node:assert/strict";
import { open, readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { SharedArray } from "sharray";
import { type CreateDatasetOptions, type Dataset, File } from "sharray/hdf5";
import { python, withoutPython } from "../../../../tests/oracle.ts";
import { folder, rejection } from "./folder.ts";

/** Storages that h5py can write, by the arguments of `create_dataset`. */
const STORAGES = `
storages = {
    "gzip": dict(compression="gzip"),
    "shuffled": dict(compression="gzip", compression_opts=9, shuffle=True),
    "stored": dict(compression="gzip", compression_opts=0, shuffle=True),
    "sums": dict(compression="gzip", shuffle=True, fletcher32=True),
    "planes": dict(shuffle=True),
    "sum": dict(fletcher32=True),
    "lzf": dict(compression="lzf", shuffle=True),
    "plain": dict(),
}
shapes = {"row": ((10007,), (256,)), "table": ((501, 203), (64, 50)), "cube": ((11, 13, 17), (4, 5, 17)), "one": ((3,), (3,))}
`;

test("chunks of other writers, whole and in part, are what h5py reads", { skip: withoutPython }, async (t) => {
  const at = await folder(t);
  const program = `
import sys, json, h5py, numpy as np
${STORAGES}
rng = np.random.default_rng(5)
cuts = []
with h5py.File(sys.argv[1], "w") as f:
    for name, (shape, chunks) in shapes.items():
        for kind, storage in storages.items():
            for dtype in ("<i4", ">f8", "u1", "S7"):
                path = f"{name}/{kind}/{dtype.strip('<>')}"
                values = rng.integers(0, 200, shape)
                values = values.astype(str).astype("S7") if dtype == "S7" else values.astype(dtype)
                f.create_dataset(path, data=values, chunks=chunks, **storage)
                for _ in range(3):
                    start = [int(rng.integers(0, n)) for n in shape]
                    stop = [int(rng.integers(a, n + 1)) for a, n in zip(start, shape)]
                    step = [int(rng.integers(1, 4)) if rng.random() < 0.3 else 1 for _ in shape]
                    cut = tuple(map(slice, start, stop, step))
                    cuts.append([path, list(zip(start, stop, step)), np.ascontiguousarray(f[path][cut]).tobytes().hex()])
                cuts.append([path, None, f[path][()].tobytes().hex()])
json.dump(cuts, open(sys.argv[2], "w"))
`;
  await python(program, [at("x.h5"), at("x.json")]);
  const cuts: [string, [number, number, number][] | null, string][] = JSON.parse(await readFile(at("x.json"), "utf8"));
  await using f = await File.open(at("x.h5"));
  let compared = 0;
  for (const [path, slices, expected] of cuts) {
    const dataset = f.get(path) as Dataset;
    if (dataset.compression === "lzf") {
      await assert.rejects(dataset.read(), { code: "NOT_SUPPORTED" });
      continue;
    }
    using found = await dataset.read(slices === null ? {} : { select: slices });
    assert.equal(Buffer.from(found.bytes).toString("hex"), expected, `${path} ${JSON.stringify(slices)}`);
    compared++;
  }
  t.diagnostic(`${compared} selections compared with h5py`);
});

test("chunks that were never written hold the fill value", { skip: withoutPython }, async (t) => {
  const at = await folder(t);
  const program = `
import sys, h5py
with h5py.File(sys.argv[1], "w") as f:
    d = f.create_dataset("d", (1000,), "<i4", chunks=(100,), compression="gzip", shuffle=True, fillvalue=7)
    d[250:350] = 1
    d[900:] = 2
`;
  await python(program, [at("x.h5")]);
  await using f = await File.open(at("x.h5"));
  using found = await (f.get("d") as Dataset).read();
  const expected = Array.from({ length: 1000 }, (_, i) => (i >= 900 ? 2 : i >= 250 && i < 350 ? 1 : 7));
  assert.deepEqual(found.toArray(), expected);
});

test("a damaged chunk is an error, by gzip's checksum and by fletcher32", { skip: withoutPython }, async (t) => {
  const at = await folder(t);
  const program = `
import sys, json, h5py, numpy as np
places = {}
with h5py.File(sys.argv[1], "w") as f:
    for name, storage in dict(gzip=dict(compression="gzip"), sums=dict(fletcher32=True)).items():
        d = f.create_dataset(name, data=np.arange(100000, dtype="<i4"), chunks=(10000,), **storage)
        f.flush()
        info = d.id.get_chunk_info(6)
        places[name] = info.byte_offset + info.size // 2
json.dump(places, open(sys.argv[2], "w"))
`;
  await python(program, [at("x.h5"), at("x.json")]);
  const places: Record<string, number> = JSON.parse(await readFile(at("x.json"), "utf8"));
  const handle = await open(at("x.h5"), "r+");
  for (const place of Object.values(places)) {
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, place);
    await handle.write(Buffer.from([buffer[0]! ^ 0xff]), 0, 1, place);
  }
  await handle.close();
  await using f = await File.open(at("x.h5"));
  for (const name of Object.keys(places)) {
    const dataset = f.get(name) as Dataset;
    const error = await rejection(() => dataset.read());
    assert.equal(error.code, "HDF5_ERROR", name);
    using rest = await dataset.read({ rows: [0, 60_000] });
    assert.equal(rest.shape[0], 60_000);
  }
});

test("what is compressed is what h5py reads, in all storages and for elements of many sizes", {
  skip: withoutPython,
}, async (t) => {
  const at = await folder(t);
  const storages: CreateDatasetOptions[] = [
    { compression: "gzip" },
    { compression: "gzip", level: 1, shuffle: false },
    { compression: "gzip", level: 9, fletcher32: true },
    { shuffle: true },
    { fletcher32: true },
  ];
  const made: { path: string; bytes: string }[] = [];
  {
    await using f = await File.open(at("x.h5"), "w");
    let state = 1;
    for (const size of [1, 2, 3, 4, 7, 8, 15, 16, 17, 26, 32, 33, 64, 65, 100]) {
      for (const [kind, options] of storages.entries()) {
        for (const [shape, chunks] of [
          [[1003], [64]],
          [
            [57, 33],
            [10, 20],
          ],
        ] as const) {
          using array = SharedArray.create({ shape, dtype: `V${size}` });
          const bytes = array.bytes;
          // Planes of each kind: constant, few symbols, noise, what comes again.
          for (let i = 0; i < bytes.length; i++) {
            state = (Math.imul(state, 1103515245) + 12345) >>> 0;
            const noise = state >>> 24;
            bytes[i] = [7, noise % 3, noise, (i / size) & 0xff, i > 5000 ? bytes[i - 5000]! : noise][(i % size) % 5]!;
          }
          const path = `${size}/${kind}/${shape.length}`;
          await f.createDataset(path, array, { ...options, chunks });
          made.push({ path, bytes: Buffer.from(bytes).toString("hex") });
        }
      }
    }
  }
  const program = `
import sys, json, h5py
with h5py.File(sys.argv[1]) as f:
    for case in json.load(open(sys.argv[2])):
        assert f[case["path"]][()].tobytes().hex() == case["bytes"], case["path"]
`;
  await writeFile(at("x.json"), JSON.stringify(made));
  await python(program, [at("x.h5"), at("x.json")]);
  await using f = await File.open(at("x.h5"));
  for (const { path, bytes } of made) {
    using found = await (f.get(path) as Dataset).read();
    assert.equal(Buffer.from(found.bytes).toString("hex"), bytes, path);
  }
});

test("rows that are appended and written over meet the chunks that are there", { skip: withoutPython }, async (t) => {
  const at = await folder(t);
  const expected: number[] = [];
  {
    await using f = await File.open(at("x.h5"), "w");
    const d = await f.createDataset("d", SharedArray.from([0, 1, 2], { dtype: "<i4" }), {
      chunks: [100],
      maxshape: [null],
      compression: "gzip",
    });
    expected.push(0, 1, 2);
    for (const rows of [1, 95, 1, 250, 1000, 7, 0, 333]) {
      const values = Array.from({ length: rows }, (_, i) => expected.length + i);
      await d.append(SharedArray.from(values, { dtype: "<i4" }));
      expected.push(...values);
    }
    for (const [from, to] of [
      [0, 100],
      [150, 460],
      [399, 401],
      [1500, expected.length],
    ] as const) {
      const values = Array.from({ length: to - from }, (_, i) => 0 - from - i);
      await d.write(SharedArray.from(values, { dtype: "<i4" }), { rows: [from, to] });
      expected.splice(from, to - from, ...values);
      using found = await d.read();
      assert.deepEqual(found.toArray(), expected);
    }
  }
  const program = `
import sys, json, h5py
with h5py.File(sys.argv[1]) as f: assert f["d"][()].tolist() == json.load(open(sys.argv[2]))
`;
  await writeFile(at("x.json"), JSON.stringify(expected));
  await python(program, [at("x.h5"), at("x.json")]);
});
