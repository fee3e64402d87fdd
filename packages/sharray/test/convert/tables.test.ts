import assert from "node:assert/strict";
import { test } from "node:test";
import { dtypeOf, loadtxt } from "sharray";
import { File } from "sharray/hdf5";
import { python, withoutPython } from "../../../../tests/oracle.ts";
import { children, dtype, row, rows, Scene } from "./scene.ts";

async function bytesOf(output: string, name: string): Promise<Buffer> {
  await using file = await File.open(output);
  const dataset = file.get(name);
  assert.ok("read" in dataset);
  using array = await dataset.read();
  return Buffer.from(array.bytes);
}

async function expected(path: string): Promise<Buffer> {
  using array = await loadtxt(path, { dtype, ndmin: 1 });
  return Buffer.from(array.bytes);
}

test("each input becomes a dataset named by its stem, with the rows that loadtxt gives", async () => {
  using scene = new Scene();
  const inputs = [
    scene.file("big.txt", rows(0, 200_000)),
    scene.file("a.b.txt", rows(5, 8)),
    scene.file("one", row(1)),
  ];
  const result = await scene.convert(inputs, { processes: 2 });
  assert.deepEqual(
    result.datasets.map(({ path, shape, rows, rejected, source }) => ({ path, shape, rows, rejected, source })),
    [
      { path: "/big", shape: [200_000], rows: 200_000, rejected: 0, source: inputs[0] },
      { path: "/a.b", shape: [3], rows: 3, rejected: 0, source: inputs[1] },
      { path: "/one", shape: [1], rows: 1, rejected: 0, source: inputs[2] },
    ],
  );
  assert.deepEqual(result.datasets[0]?.dtype, dtype.descr);
  for (const [index, name] of ["big", "a.b", "one"].entries()) {
    assert.deepEqual(await bytesOf(result.output, name), await expected(inputs[index]!));
  }
  assert.deepEqual(scene.made(), ["out.h5"]);
  assert.deepEqual(children(), []);
});

test("concat puts all rows into one dataset, in order, and tells which came from where", async () => {
  using scene = new Scene();
  const inputs = [
    scene.file("1.txt", rows(0, 1000)),
    scene.file("none.txt", "# nothing\n"),
    scene.file("ü数.txt", rows(1000, 120_000)),
    scene.file("empty.txt", ""),
    scene.file("last.txt", rows(120_000, 120_001)),
  ];
  const result = await scene.convert(inputs, { concat: "all", processes: 3 });
  assert.deepEqual(
    result.datasets.map(({ path, shape, source }) => ({ path, shape, source })),
    [{ path: "/all", shape: [120_001], source: inputs }],
  );
  const whole = scene.file("whole.txt", rows(0, 120_001));
  assert.deepEqual(await bytesOf(result.output, "all"), await expected(whole));
  await using file = await File.open(result.output);
  const sources = file.get("all.sources");
  assert.ok("read" in sources);
  using table = await sources.read();
  const list = [...table].map((one) => one as { file: string; start: bigint; stop: bigint });
  assert.deepEqual(
    list.map(({ file, start, stop }) => [Buffer.from(file, "latin1").toString(), start, stop]),
    [
      [inputs[0], 0n, 1000n],
      [inputs[1], 1000n, 1000n],
      [inputs[2], 1000n, 120_000n],
      [inputs[3], 120_000n, 120_000n],
      [inputs[4], 120_000n, 120_001n],
    ],
  );
});

test("four hundred small inputs, empty ones among them, in any order", async () => {
  using scene = new Scene();
  const inputs = Array.from({ length: 400 }, (_, i) => scene.file(`t${i}.txt`, i % 7 === 3 ? "" : rows(i, 2 * i)));
  inputs.reverse();
  const warnings: string[] = [];
  const result = await scene.convert(inputs, { processes: 2 }, { onWarning: (message) => warnings.push(message) });
  assert.deepEqual(
    result.datasets.map(({ path, rows }) => [path, rows]),
    Array.from({ length: 400 }, (_, i) => [`/t${399 - i}`, (399 - i) % 7 === 3 ? 0 : 399 - i]),
  );
  assert.equal(warnings.length, result.datasets.filter(({ rows }) => rows === 0).length);
  for (const i of [0, 1, 3, 200, 399])
    assert.deepEqual(await bytesOf(result.output, `t${i}`), await expected(scene.path(`t${i}.txt`)));
});

test("skiprows and maxRows count for each file; usecols, delimiters and comments are loadtxt's", async () => {
  using scene = new Scene();
  const text = "chr,pos\n% c\na,1,2\nb,3,4\nc,x\n";
  const inputs = [scene.file("a.csv", text), scene.file("b.csv", text)];
  const options = { delimiter: ",", comments: "%", skiprows: 1, usecols: [-1, 0], maxRows: 2 };
  const pair = dtypeOf([
    ["n", "<i2"],
    ["name", "S1"],
  ]);
  const { output } = await scene.convert(inputs, { ...options, dtype: pair, concat: "run/x" });
  using first = await loadtxt(inputs[0]!, { ...options, dtype: pair });
  assert.deepEqual(await bytesOf(output, "run/x"), Buffer.from([...first.bytes, ...first.bytes]));
});

test("a plain dtype makes tables of rows and columns, each file with columns of its own", async () => {
  using scene = new Scene();
  const inputs = [
    scene.file("a.txt", "1 2 3\n4 5 6\n"),
    scene.file("b.txt", "1 2\n"),
    scene.file("c.txt", "1\n2\n3\n"),
  ];
  const result = await scene.convert(inputs, { dtype: dtypeOf("<f8") });
  assert.deepEqual(
    result.datasets.map(({ shape, dtype }) => ({ shape, dtype })),
    [
      { shape: [2, 3], dtype: "<f8" },
      { shape: [1, 2], dtype: "<f8" },
      { shape: [3], dtype: "<f8" },
    ],
  );
});

test("h5py reads the dtype that was given, also from compressed datasets", { skip: withoutPython }, async () => {
  using scene = new Scene();
  const input = scene.file("t.txt", rows(0, 50_000));
  const plain = await scene.convert([input], { output: scene.path("plain.h5") });
  const gzip = await scene.convert([input], {
    output: scene.path("gzip.h5"),
    compression: { kind: "gzip", level: 6 },
    shuffle: true,
  });
  const program = `
import sys, h5py, numpy as np
dtype = np.dtype([("chr", "S10"), ("pos", "<i4"), ("pct", "<f4"), ("c", "<i4"), ("t", "<i4")])
wanted = np.loadtxt(sys.argv[1], dtype=dtype)
for path in sys.argv[2:]:
    d = h5py.File(path)["t"]
    assert d.dtype == dtype and (d[()] == wanted).all()
    print(d.compression, d.compression_opts, d.shuffle)
`;
  assert.equal(await python(program, [input, plain.output, gzip.output]), "None None False\ngzip 6 True\n");
});

test("progress goes from the first byte read to the last byte written", async () => {
  using scene = new Scene();
  const phases = new Set<string>();
  let last = { bytes: 0, totalBytes: 1, rows: 0 };
  await scene.convert(
    [scene.file("a.txt", rows(0, 100))],
    {},
    {
      onProgress: (progress) => {
        phases.add(progress.phase);
        assert.ok(progress.bytes <= progress.totalBytes);
        last = progress;
      },
    },
  );
  assert.deepEqual([...phases].at(-1), "write");
  assert.equal(last.bytes, last.totalBytes);
  assert.equal(last.rows, 100);
});

test("overwrite replaces a file; the inputs' order decides that of the datasets in the result", async () => {
  using scene = new Scene();
  const inputs = [scene.file("b.txt", rows(0, 3)), scene.file("a.txt", rows(3, 5))];
  await scene.convert(inputs);
  await assert.rejects(scene.convert(inputs), { code: "FILE_EXISTS" });
  const result = await scene.convert(inputs, { overwrite: true });
  assert.deepEqual(
    result.datasets.map(({ path }) => path),
    ["/b", "/a"],
  );
});
