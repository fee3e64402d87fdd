import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { assertNoLeaks, SharedArray } from "sharray";
import { python, withoutPython } from "../../../../tests/oracle.ts";
import { refusal } from "./refusal.ts";

const folder = mkdtempSync(join(tmpdir(), "sharray-open-numpy-"));
after(() => rmSync(folder, { recursive: true }));
after(() => assertNoLeaks());

const skip = withoutPython;

interface Case {
  name: string;
  shape: number[];
  strides: number[];
  descr: string;
  /** Its elements in C order, as NumPy prints their bytes. */
  bytes: string;
  offset: number;
}

/** Files of all kinds that NumPy's own writer makes, with what `np.load(path, mmap_mode="r")` finds in them. */
const writer = `
import json, sys, warnings
import numpy as np
from numpy.lib import format
warnings.simplefilter("ignore")
folder = sys.argv[1]
rng = np.random.default_rng(5)
record = [("chr", "S10"), ("pos", "<i4"), ("xyz", ">f4", (3,)), ("in", [("a", "<i2"), ("t", "<M8[s]")])]
wide = [("é" * 3 + str(i), "<f4") for i in range(9)]
long = [("a_rather_long_name_of_a_field_%04d" % i, "<f8") for i in range(2000)]
made = []

def random(shape, dtype):
    dtype = np.dtype(dtype)
    count = int(np.prod(shape))
    if dtype.char == "?":
        return rng.integers(0, 2, size=shape).astype("?")
    if dtype.char == "U":
        return rng.integers(0, 10**6, size=shape).astype(dtype)
    return np.frombuffer(rng.bytes(count * dtype.itemsize), dtype, count).reshape(shape)

def save(name, array, version=None, cut=0, behind=b""):
    path = folder + "/" + name + ".npy"
    with open(path, "wb") as file:
        format.write_array(file, array, version)
        file.write(behind)
    found = np.load(path, mmap_mode="r" if array.size else None, max_header_size=10**9)
    made.append(dict(name=name, shape=found.shape, strides=found.strides, descr=json.dumps(found.dtype.descr if found.dtype.names else
        found.dtype.str), bytes=found.tobytes().hex(), offset=getattr(found, "offset", 0)))

simple = ["?", "i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8", "u1", "<u2", ">u4", "<u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8",
    "<c8", ">c16", "S3", "<U5", ">U5", "V7", "<M8[ns]", ">m8[D]"]
for dtype in simple:
    save("simple-" + dtype.replace("<", "l").replace(">", "b").replace("?", "bool"), random((3, 5), dtype))
for version in [(1, 0), (2, 0), (3, 0)]:
    save("version-%d" % version[0], random((4,), "<f8"), version)
for shape in [(), (1,), (7,), (0,), (0, 3), (3, 0), (2, 3, 4), (1, 1, 5), (2,) * 12]:
    save("shape-" + "x".join(map(str, shape)), random(shape, "<i4"))
    save("fortran-" + "x".join(map(str, shape)), np.asfortranarray(random(shape, ">f8")))
for name, dtype in [("record", record), ("wide", wide), ("long", long)]:
    save(name, random((6,), dtype))
    save(name + "-fortran", np.asfortranarray(random((3, 2), dtype)))
gapped = np.zeros(5, np.dtype([("a", "u1"), ("b", "<f8"), ("c", "<u2")], align=True))
for name in gapped.dtype.names:
    gapped[name] = random((5,), gapped.dtype[name])
save("aligned", gapped)
save("behind", random((3,), "<i4"), behind=b"more bytes than the array has")
# NumPy before 1.14 padded headers to a multiple of 16.
text = b"{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }"
for to in (16, 8, 1):
    total = 10 + len(text) + 1
    padded = text + b" " * (-total % to + (to == 1)) + b"\\n"
    path = folder + "/padded-%d.npy" % to
    with open(path, "wb") as file:
        file.write(b"\\x93NUMPY\\x01\\x00" + len(padded).to_bytes(2, "little") + padded + np.arange(3, dtype="<i4").tobytes())
    found = np.load(path, mmap_mode="r")
    made.append(dict(name="padded-%d" % to, shape=found.shape, strides=found.strides, descr=json.dumps("<i4"),
        bytes=found.tobytes().hex(), offset=found.offset))
print(json.dumps(made))
`;

const made = skip ? Promise.resolve("") : python(writer, [folder]);

test("every kind of file that NumPy writes is mapped as NumPy maps it, in every mode", { skip }, async () => {
  const cases = JSON.parse(await made) as Case[];
  assert.ok(cases.length > 50);
  for (const { name, shape, strides, descr, bytes, offset } of cases) {
    const path = join(folder, `${name}.npy`);
    const before = readFileSync(path);
    for (const mode of ["r", "r+", "c"] as const) {
      using a = SharedArray.open(path, { mode });
      const label = `${name} ${mode}`;
      assert.deepEqual(a.shape, shape, label);
      if (a.size > 0) assert.deepEqual(a.strides, strides, label);
      const [own, theirs] = [JSON.stringify(a.dtype.descr), JSON.stringify(JSON.parse(descr))];
      assert.equal(own, theirs, label);
      using copy = a.copy();
      assert.equal(Buffer.from(copy.bytes).toString("hex"), bytes, label);
      if (mode !== "c" && a.size > 0) {
        const handle = a.handle();
        assert.equal(handle.offset, offset, label);
        using b = SharedArray.attach(handle);
        using same = b.copy();
        assert.ok(
          copy.bytes.every((byte, i) => byte === same.bytes[i]),
          label,
        );
      }
    }
    assert.ok(before.equals(readFileSync(path)), name);
  }
});

test("data asks for aligned elements; get does not", { skip }, async () => {
  await made;
  for (const [to, data] of [
    [16, [0, 1, 2]],
    [8, [0, 1, 2]],
    [1, "NOT_CONTIGUOUS"],
  ] as const) {
    using a = SharedArray.open<"<i4">(join(folder, `padded-${to}.npy`));
    assert.deepEqual(a.toArray(), [0, 1, 2]);
    if (typeof data === "string") assert.equal(refusal(() => a.data).code, data);
    else assert.deepEqual([...a.data], data);
  }
});

test("r+ and c store as NumPy's memmap of the same mode does", { skip }, async () => {
  const theirs = join(folder, "theirs.npy");
  const ours = join(folder, "ours.npy");
  const make = `
import sys
import numpy as np
for path in sys.argv[1:]:
    np.save(path, np.asfortranarray(np.arange(60).reshape(3, 4, 5).astype(">i4")))
`;
  const change = `
import sys
import numpy as np
a = np.load(sys.argv[1], mmap_mode=sys.argv[2])
a[1, 2, 3] = -7
a[:, ::2, -1] = np.arange(6).reshape(3, 2)
a[2] = 9
print(a.tobytes().hex())
a.flush()
`;
  for (const mode of ["r+", "c"] as const) {
    await python(make, [theirs, ours]);
    const expected = (await python(change, [theirs, mode])).trim();
    using a = SharedArray.open<">i4">(ours, { mode });
    a.set([1, 2, 3], -7);
    a.slice(null, [0, null, 2], [-1, null])
      .reshape([3, 2])
      .assign([
        [0, 1],
        [2, 3],
        [4, 5],
      ]);
    a.at(2).fill(9);
    using copy = a.copy();
    assert.equal(Buffer.from(copy.bytes).toString("hex"), expected, mode);
    assert.ok(readFileSync(ours).equals(readFileSync(theirs)), mode);
  }
  // What NumPy stores to the file meanwhile is seen here at once.
  using a = SharedArray.open<">i4">(ours);
  await python(`import sys, numpy as np; np.load(sys.argv[1], mmap_mode="r+")[0, 0, 0] = 12345`, [ours]);
  assert.equal(a.get(0, 0, 0), 12345);
});

test("what NumPy refuses to map is refused: a cut file, texts, archives, objects", { skip }, async () => {
  const path = (name: string): string => join(folder, name);
  await python(
    `
import sys, numpy as np
folder = sys.argv[1]
np.save(folder + "/good.npy", np.arange(100.0))
np.savez(folder + "/many.npz", a=np.arange(3), b=np.arange(4))
np.savez(folder + "/none.npz")
np.save(folder + "/objects.npy", np.array([{}, None], dtype=object), allow_pickle=True)
np.save(folder + "/record-of-objects.npy", np.zeros(2, dtype=[("a", "<i4"), ("o", "O")]), allow_pickle=True)
`,
    [folder],
  );
  const good = readFileSync(path("good.npy"));
  const header = good.length - 800;
  writeFileSync(path("empty.npy"), "");
  writeFileSync(path("text.npy"), "1 2 3\n");
  for (const [name, length] of Object.entries({
    "cut-1": good.length - 1,
    "cut-all": header,
    "cut-head": header - 1,
    "cut-8": 8,
  })) {
    writeFileSync(path(`${name}.npy`), good.subarray(0, length));
  }
  const long = Buffer.concat([Buffer.from("\x93NUMPY\x02\x00", "latin1"), Buffer.from([0xff, 0xff, 0xff, 0x7f]), good]);
  writeFileSync(path("long-head.npy"), long);
  const later = Buffer.from(good);
  later[6] = 9;
  writeFileSync(path("version-9.npy"), later);
  const expected: [string, string, RegExp][] = [
    ["empty.npy", "NPY_BAD_HEADER", /empty/],
    ["text.npy", "NPY_BAD_HEADER", /no \.npy file/],
    ["many.npz", "NPY_BAD_HEADER", /\.npz.*loadz\(path\)/],
    ["none.npz", "NPY_BAD_HEADER", /\.npz.*loadz\(path\)/],
    ["cut-1.npy", "NPY_BAD_HEADER", new RegExp(`ends at byte ${good.length}, and it has ${good.length - 1} bytes`)],
    ["cut-all.npy", "NPY_BAD_HEADER", new RegExp(`ends at byte ${good.length}, and it has ${header} bytes`)],
    ["cut-head.npy", "NPY_BAD_HEADER", new RegExp(`should have ${header} bytes, and the file has ${header - 1}`)],
    ["cut-8.npy", "NPY_BAD_HEADER", /cut off/],
    ["long-head.npy", "NPY_BAD_HEADER", /would have 2147483659 bytes/],
    ["version-9.npy", "NPY_BAD_HEADER", /format 9\.0/],
    ["objects.npy", "BAD_DTYPE", /objects\.npy/],
    ["record-of-objects.npy", "BAD_DTYPE", /objects\.npy/],
  ];
  for (const [name, code, message] of expected) {
    for (const mode of ["r", "r+", "c"] as const) {
      const error = refusal(() => SharedArray.open(path(name), { mode }));
      assert.equal(error.code, code, name);
      assert.match(error.message, message);
      assert.equal(error.details.path, path(name));
    }
    const numpy = `
import sys, numpy as np
try:
    a = np.load(sys.argv[1], mmap_mode="r")
    print("an archive" if isinstance(a, np.lib.npyio.NpzFile) else "mapped")
except Exception as error:
    print("refused")
`;
    if (code === "NPY_BAD_HEADER") assert.match(await python(numpy, [path(name)]), /refused|an archive/, name);
  }
  const cut = refusal(() => SharedArray.open(path("cut-1.npy")));
  assert.deepEqual([cut.details.expected, cut.details.found], [good.length, good.length - 1]);
  // What stands behind the array is left alone.
  appendFileSync(path("good.npy"), "more");
  using a = SharedArray.open<"<f8">(path("good.npy"), { mode: "r+" });
  a.fill(1);
  assert.equal(readFileSync(path("good.npy")).toString("latin1", good.length), "more");
});
