import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { afterEach, type TestContext, test } from "node:test";
import { type DTypeLike, NDArray, SharedArray } from "sharray";
import { type CreateDatasetOptions, type Dataset, File } from "sharray/hdf5";
import { python, withoutPython } from "../../../../tests/oracle.ts";
import { boxesOf, piece } from "../../dist/hdf5/pieces.js";
import { Block } from "../../dist/memory/block.js";
import { folder } from "./folder.ts";

const usual = piece.bytes;
afterEach(() => {
  piece.bytes = usual;
});

const record: DTypeLike = [
  ["pos", "<f8"],
  ["name", "S5"],
  ["vector", ">i2", [3]],
  ["inner", [["flag", "u1"] as const, ["count", "<i4"] as const]],
];

/** Elements that differ, without NaN, which equals nothing. */
function noise<D extends DTypeLike>(shape: number[], dtype: D): SharedArray<D> {
  const made = SharedArray.create({ shape, dtype });
  let state = 1;
  const { bytes } = made;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[i] = (state >>> 16) & 0x3f;
  }
  return made;
}

function inColumns(shape: number[]): SharedArray {
  using rows = noise(shape, record);
  return SharedArray.from(rows, { layout: "columns" }) as SharedArray;
}

/** The same bytes in memory of JavaScript's own. */
function ordinary(array: SharedArray): NDArray {
  return new NDArray(array.shape, array.dtype.descr as DTypeLike, new Uint8Array(array.bytes));
}

/** Arrays that do not lie as native code takes them, by name. */
function arrays(t: TestContext): Record<string, NDArray> {
  const [one, two] = [noise([901], record), noise([37, 23], record)];
  const [big, cube] = [noise([40, 31], ">i4"), noise([7, 11, 13], "<f4")];
  const made = [one, two, big, cube, inColumns([801]), inColumns([29, 17]), inColumns([])] as const;
  t.after(() => made.forEach((array) => void array.close()));
  return {
    columns: made[4],
    "columns of two axes": made[5],
    "a single element in columns": made[6],
    "some columns, backwards": made[5].slice([null, null, -2], [1, null, 3]),
    strided: one.slice([5, null, 3]),
    reversed: one.slice([null, null, -1]),
    field: one.field("inner").field("count"),
    vectors: two.field("vector"),
    inner: two.slice(null, [2, 20]),
    "big-endian, transposed": big.transpose(),
    "big-endian, every other row": big.slice([null, null, -2]),
    "three axes, turned": cube.transpose(2, 0, 1),
    "ordinary memory": ordinary(one).slice([null, null, 2]),
  } as Record<string, NDArray>;
}

function storages(ndim: number): CreateDatasetOptions[] {
  if (ndim === 0) return [{}];
  const chunks = {
    1: [[1], [7], [64], [200]],
    2: [
      [5, 4],
      [20, 1],
      [1, 9],
    ],
    3: [
      [4, 3, 2],
      [13, 1, 1],
      [1, 7, 11],
    ],
  }[ndim]!;
  const filters: CreateDatasetOptions[] = [{}, { compression: "gzip", level: 1 }, { fletcher32: true, shuffle: true }];
  return [
    {},
    { compression: "gzip" },
    ...chunks.flatMap((shape) =>
      filters.map((filter) => ({ ...filter, chunks: shape, maxshape: chunks[0]!.map(() => null) })),
    ),
  ];
}

/** Whether datasets have the dtypes, shapes and bytes of .npy files: pairs of names, as JSON. Answers with their number. */
const COMPARE = `
import sys, json, h5py, numpy as np
def parts(a):
    # Bytes of the fields alone: nobody promises the bytes of gaps.
    return a.tobytes() if a.dtype.names is None else b"".join(parts(a[n]) for n in a.dtype.names)
f, pairs = h5py.File(sys.argv[1]), json.load(open(sys.argv[2]))
for name, path in pairs:
    want = np.load(path)
    have = np.array(f[name][()], want.dtype)
    assert f[name].dtype == want.dtype or want.dtype.names, (name, f[name].dtype, want.dtype)
    assert have.shape == want.shape and parts(have) == parts(want), name
print(len(pairs))
`;

test("h5py reads what was gathered in pieces of every size, for every storage", { skip: withoutPython }, async (t) => {
  const at = await folder(t);
  const pairs: [string, string][] = [];
  {
    await using f = await File.open(at("x.h5"), "w");
    for (const [name, array] of Object.entries(arrays(t))) {
      await array.save(at(`${name}.npy`));
      for (const [i, options] of storages(array.ndim).entries()) {
        piece.bytes = [100, 1000, 7001, 2 ** 20][i % 4]!;
        if (array.ndim === 0) piece.bytes = 1;
        const d = await f.createDataset(`${name}/${i}`, array, options);
        assert.deepEqual(d.shape, array.shape);
        pairs.push([d.path, at(`${name}.npy`)]);
      }
    }
    // Elements that are wanted one by one, and one piece of more than is copied at once.
    piece.bytes = 1;
    using few = inColumns([50]);
    await few.save(at("few.npy"));
    pairs.push([(await f.createDataset("few", few, { compression: "gzip", chunks: [3] })).path, at("few.npy")]);
    piece.bytes = usual;
    using many = inColumns([100_000]);
    await many.save(at("many.npy"));
    pairs.push([(await f.createDataset("many", many)).path, at("many.npy")]);
  }
  await writeFile(at("pairs.json"), JSON.stringify(pairs));
  assert.equal((await python(COMPARE, [at("x.h5"), at("pairs.json")])).trim(), String(pairs.length));
  assert.ok(pairs.length > 100, String(pairs.length));
});

test("rows are written and appended in pieces, wherever they begin", async (t) => {
  const at = await folder(t);
  using source = noise([300, 6], record);
  const columns = SharedArray.from(source, { layout: "columns" });
  t.after(() => columns.close());
  await using f = await File.open(at("x.h5"), "w");
  for (const options of [{}, { compression: "gzip" as const }]) {
    for (const bytes of [1, 333, 4000]) {
      piece.bytes = bytes;
      const name = `${options.compression} ${bytes}`;
      const d = await f.createDataset(name, source.slice([0, 20]), { ...options, chunks: [8, 4], maxshape: [null, 6] });
      await d.append(columns.slice([20, 55]) as NDArray);
      await d.append(source.slice([55, 101], [null, null, 1]).slice([null, null, -1]));
      await d.write(columns.slice([200, 271, 7]) as NDArray, { rows: [3, 14] });
      using back = await d.read();
      assert.deepEqual(back.shape, [101, 6]);
      const expected = source.slice([0, 101]).copy();
      expected.slice([55, 101]).assign(source.slice([100, 54, -1]));
      expected.slice([3, 14]).assign(source.slice([200, 271, 7]));
      assert.ok(back.equals(expected), name);
    }
  }
  // What holds its elements in one piece of the file.
  piece.bytes = 500;
  const d = await f.createDataset("contiguous", source);
  await d.write(source.slice([null, null, -1]));
  using back = await d.read();
  assert.ok(back.equals(source.slice([null, null, -1])));
  await d.write(columns.slice([10, 90]) as NDArray, { rows: [100, 180] });
  using again = await d.read({ rows: [100, 180] });
  assert.ok(again.equals(source.slice([10, 90])));
});

test("boxes cover an array once, in whole chunks and no larger than they may be", () => {
  for (const shape of [[0], [1], [10], [7, 9], [1, 30], [5, 4, 6]]) {
    for (const chunks of [null, shape.map(() => 1), shape.map(() => 3), shape.map((n) => n + 1)]) {
      for (const [first, most] of [
        [0, 1],
        [2, 8],
        [5, 1000],
      ] as const) {
        const boxes = boxesOf(shape, chunks, first, most);
        const seen = new Set<string>();
        const chunk = (chunks ?? shape.map(() => 1)).reduce(
          (product, n, axis) => product * Math.min(n, shape[axis]!),
          1,
        );
        for (const { start, count } of boxes) {
          const size = count.reduce((product, n) => product * n, 1);
          assert.ok(size >= 1 && size <= boxes.most && boxes.most <= Math.max(most, chunk, 1));
          for (let i = 0; i < size; i++) {
            let rest = i;
            const index = count.map((n, axis) => {
              const inner = count.slice(axis + 1).reduce((product, m) => product * m, 1);
              const k = Math.floor(rest / inner) % n;
              rest -= k * inner;
              return start[axis]! + k;
            });
            assert.ok(!seen.has(String(index)));
            seen.add(String(index));
          }
        }
        assert.equal(
          seen.size,
          shape.reduce((product, n) => product * n, 1),
        );
      }
    }
  }
  // Rows end where chunks end, though the first does not begin there.
  assert.deepEqual(
    [...boxesOf([10], [4], 3, 4)].map(({ count }) => count[0]),
    [1, 4, 4, 1],
  );
});

test("an array that is closed meanwhile is written with the data that was there", async (t) => {
  const at = await folder(t);
  piece.bytes = 2 ** 16;
  await using f = await File.open(at("x.h5"), "w");
  for (const compression of [null, "gzip"] as const) {
    const array = inColumns([20_000]);
    const expected = array.copy();
    const made = f.createDataset(`made ${compression}`, array, { compression });
    array.close();
    using back = await (await made).read();
    assert.ok(back.equals(expected));
    const other = inColumns([20_000]).fill(expected.get(7));
    const written = (await made).write(other.slice([null, null, -1]));
    other.close();
    await written;
    using again = await (await made).read({ rows: [19_999, 20_000] });
    assert.deepEqual(again.get(0), expected.get(7));
  }
});

test("changes of one's own to a file, and what is attached for reading, are gathered", async (t) => {
  const at = await folder(t);
  piece.bytes = 1000;
  using source = noise([2000], "<f8");
  await source.save(at("x.npy"));
  await using f = await File.open(at("x.h5"), "w");
  using own = SharedArray.open(at("x.npy"), { mode: "c" });
  own.set(1234, 5.5);
  const packed = await f.createDataset("packed", own);
  const strided = await f.createDataset("strided", own.slice([null, null, 2]));
  using one = await packed.read();
  assert.ok(one.equals(own));
  using two = await strided.read();
  assert.ok(two.equals(own.slice([null, null, 2])));
  using reading = SharedArray.attach(source.handle(), { readonly: true });
  using back = await (await f.createDataset("reading", reading.slice([null, null, -3]))).read();
  assert.ok(back.equals(source.slice([null, null, -3])));
});

test("no more than two pieces are held at once", async (t) => {
  const at = await folder(t);
  piece.bytes = 2 ** 16;
  const create = t.mock.method(Block, "createAsync");
  using array = inColumns([40_000]);
  await using f = await File.open(at("x.h5"), "w");
  for (const options of [{}, { chunks: [100] }, { compression: "gzip" as const, chunks: [64] }]) {
    create.mock.resetCalls();
    await f.createDataset(JSON.stringify(options), array, options);
    const sizes = create.mock.calls.map((call) => call.arguments[0]);
    assert.equal(sizes.length, 2);
    assert.ok(
      sizes.every((size) => size <= 2 ** 16),
      sizes.join(),
    );
    assert.ok(array.nbytes > 10 * 2 ** 16);
  }
  const d = f.get("/{}") as Dataset;
  create.mock.resetCalls();
  await d.write(array);
  assert.equal(create.mock.calls.length, 2);
});
