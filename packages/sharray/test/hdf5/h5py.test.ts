import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import fc from "fast-check";
import { type DTypeLike, dtypeOf, NDArray } from "sharray";
import { type Dataset, File } from "sharray/hdf5";
import { python, withoutPython } from "../../../../tests/oracle.ts";
import { dtypes } from "../dtype/arbitrary.ts";
import { folder } from "./folder.ts";

/** The same dtype without what HDF5 has no types for. */
function storable(dtype: DTypeLike): DTypeLike {
  if (typeof dtype === "string") return dtype.replace(/^([<>=|]?)(U|M8|m8).*/, "$1i4");
  return dtype.map(([name, inner, shape]) =>
    shape === undefined ? ([name, storable(inner)] as const) : ([name, storable(inner), shape] as const),
  );
}

const cases = fc.sample(
  fc.record({
    dtype: dtypes({ least: 1 }).map(storable),
    shape: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }),
    gzip: fc.boolean(),
    seed: fc.integer({ min: 1, max: 2 ** 30 }),
  }),
  { numRuns: 80, seed: 20 },
);

/** Bytes that are valid in every dtype: booleans allow 0 and 1 alone, and a NaN's bits must come through too. */
function bytesFor(dtype: DTypeLike, length: number, seed: number): Uint8Array {
  const text = JSON.stringify(dtype);
  const most = /\?|b1/.test(text) ? 2 : 256;
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 16) % most;
  });
}

const made = cases.map(({ dtype, shape, gzip, seed }) => {
  const { itemsize } = dtypeOf(dtype);
  const length = shape.reduce((product, n) => product * n, itemsize);
  const compression = gzip && shape.length > 0 ? ("gzip" as const) : null;
  return { array: new NDArray(shape, dtype, bytesFor(dtype, length, seed)), compression };
});

/** Makes Python's `cases` (dtype, shape, bytes as hex) of a JSON file. */
const CASES = `
import sys, json, h5py, numpy as np
def deep(d): return d if isinstance(d, str) else [(f[0], deep(f[1])) + tuple(map(tuple, f[2:])) for f in d]
def dtype_of(d): return np.lib.format.descr_to_dtype(deep(d))
cases = [(dtype_of(c["dtype"]), tuple(c["shape"]), bytes.fromhex(c["bytes"]), c["compression"]) for c in json.load(open(sys.argv[1]))]
`;

async function writeCases(path: string): Promise<void> {
  const list = made.map(({ array, compression }) => ({
    dtype: array.dtype.descr,
    shape: array.shape,
    bytes: Buffer.from(array.bytes).toString("hex"),
    compression,
  }));
  await writeFile(path, JSON.stringify(list));
}

test("h5py reads back the very dtype, shape and bytes that were written", { skip: withoutPython }, async (t) => {
  const at = await folder(t);
  await writeCases(at("cases.json"));
  {
    await using f = await File.open(at("ours.h5"), "w");
    for (const [i, { array, compression }] of made.entries()) {
      await f.createDataset(`group/${i}`, array, { compression });
    }
  }
  const program = `${CASES}
def field_bytes(a):
    # Bytes of the fields alone: nobody promises the bytes of gaps.
    t = a.dtype
    if t.names is None: return a.tobytes()
    return b"".join(field_bytes(a[n]) for n in t.names)
f = h5py.File(sys.argv[2])
for i, (dtype, shape, data, compression) in enumerate(cases):
    d = f[f"group/{i}"]
    assert d.dtype == dtype and d.dtype.itemsize == dtype.itemsize, (i, d.dtype, dtype)
    assert d.dtype.fields == dtype.fields, (i, d.dtype.fields, dtype.fields)
    assert d.shape == shape, (i, d.shape, shape)
    assert d.size == 0 or d.compression == compression
    a = np.frombuffer(data, dtype).reshape(shape) if dtype.itemsize else None
    assert field_bytes(d[()] if d.shape else np.array(d[()], dtype)) == field_bytes(a), i
print(len(cases))
`;
  assert.equal((await python(program, [at("cases.json"), at("ours.h5")])).trim(), String(made.length));
});

test("what h5py wrote is read back with its dtype, shape and bytes", { skip: withoutPython }, async (t) => {
  const at = await folder(t);
  await writeCases(at("cases.json"));
  const program = `${CASES}
with h5py.File(sys.argv[2], "w", libver=(sys.argv[3], "v114")) as f:
    for i, (dtype, shape, data, compression) in enumerate(cases):
        a = np.frombuffer(data, dtype).reshape(shape)
        f.create_dataset(f"group/{i}", data=a, dtype=dtype, compression=compression if a.size else None)
`;
  for (const version of ["earliest", "v114"]) {
    await python(program, [at("cases.json"), at("theirs.h5"), version]);
    await using f = await File.open(at("theirs.h5"));
    for (const [i, { array }] of made.entries()) {
      const d = f.get(`group/${i}`) as Dataset;
      assert.ok(d.dtype.equals(array.dtype), `${i}: ${d.dtype} ${array.dtype}`);
      assert.deepEqual(d.shape, array.shape);
      using back = await d.read();
      assert.deepEqual(fieldBytes(back), fieldBytes(array), `${i}: ${d.dtype}`);
    }
  }
});

/** The bytes of the fields alone. */
function fieldBytes(array: NDArray): unknown {
  const { fields } = array.dtype;
  if (fields === null) return Buffer.from(array.copy().bytes).toString("hex");
  return [...fields.keys()].map((name) => fieldBytes(array.field(name)));
}
