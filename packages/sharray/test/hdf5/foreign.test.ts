import assert from "node:assert/strict";
import { test } from "node:test";
import { type Dataset, File } from "sharray/hdf5";
import { python, withoutPython } from "../../../../tests/oracle.ts";
import { refusal } from "../array/refusal.ts";
import { folder, rejection } from "./folder.ts";

const PROGRAM = `
import sys, h5py, numpy as np
from h5py import h5t, h5s, h5d, h5p
f = h5py.File(sys.argv[1], "w", userblock_size=1024)
e = h5py.enum_dtype({"RED": 0, "BLUE": 7}, basetype="<i2")
f.create_dataset("colours", data=np.array([7, 0], "<i2"), dtype=e)
f.create_dataset("words", data=["a", "bc"], dtype=h5py.string_dtype())
f.create_dataset("utf8", data=np.array(["é".encode(), b"x"], dtype=h5py.string_dtype("utf-8", 4)))
def fixed(name, pad, size, values):
    t = h5t.C_S1.copy(); t.set_size(size); t.set_strpad(pad)
    d = h5d.create(f.id, name, t, h5s.create_simple((len(values),)))
    d.write(h5s.ALL, h5s.ALL, np.array(values, "S%d" % size), mtype=t)
fixed(b"spaces", h5t.STR_SPACEPAD, 4, [b"ab  ", b"c   "])
fixed(b"terminated", h5t.STR_NULLTERM, 4, [b"abc\\0", b"d"])
f.create_dataset("lzf", data=np.arange(100), compression="lzf")
f.create_dataset("scaled", data=np.arange(100), scaleoffset=0)
f.create_dataset("long", data=np.zeros(2, np.longdouble))
f.create_dataset("refs", data=np.array([f.ref], dtype=h5py.ref_dtype))
f.create_dataset("rugged", (2,), dtype=h5py.vlen_dtype("i4"))
f["nothing"] = h5py.Empty("f8")
t = np.dtype({"names": ["a", "b"], "formats": ["u1", "<f8"], "offsets": [4, 8], "itemsize": 24})
a = np.zeros(3, t); a["a"] = [1, 2, 3]; a["b"] = [0.5, 1.5, 2.5]
f.create_dataset("padded", data=a)
p = h5p.create(h5p.DATASET_CREATE); p.set_layout(h5d.COMPACT)
h5d.create(f.id, b"compact", h5t.STD_I32LE, h5s.create_simple((3,)), dcpl=p).write(h5s.ALL, h5s.ALL, np.array([1, 2, 3], "<i4"))
f.create_dataset("unwritten", (4,), "<i4", fillvalue=9)
f.create_dataset("sub", (2,), np.dtype(("<i4", (3,))))[...] = [[1, 2, 3], [4, 5, 6]]
f["in/here"] = 5
f["soft"] = h5py.SoftLink("/in/here"); f["dangling"] = h5py.SoftLink("/no")
f["in/loop"] = f["/"]
f["type"] = np.dtype("f4")
f.create_dataset("bits", data=np.array([1, 2], "u1"))
f["bulk"] = np.arange(100_000, dtype="<i4").reshape(1000, 100)
for name, value in dict(s="text", b=np.bytes_(b"latin \\xe9"), n=3, big=2**60, u=np.uint64(2**63), f=0.5, half=np.float16(0.5),
                        l=[1, 2, 3], m=[[1.5, 2.5]], strs=["a", "é"], t=True, none=h5py.Empty("f4"), z=1+2j,
                        rec=np.array((1, 2.5), [("a", "<i4"), ("b", "<f8")]), fixed=np.array([b"x", b"yz"])).items():
    f["in"].attrs[name] = value
f["in"].attrs.create("ref", f.ref, dtype=h5py.ref_dtype)
f.close()
`;

async function read(f: File, path: string): Promise<unknown> {
  using array = await (f.get(path) as Dataset).read();
  return array.ndim === 0 ? array.get() : array.toArray();
}

test("types and storages of other writers are read, or refused by name", { skip: withoutPython }, async (t) => {
  const at = await folder(t);
  await python(PROGRAM, [at("x.h5")]);
  await using f = await File.open(at("x.h5"));
  assert.deepEqual(await read(f, "colours"), [7, 0]);
  assert.equal((f.get("colours") as Dataset).dtype.descr, "<i2");
  assert.deepEqual(await read(f, "spaces"), ["ab", "c"]);
  assert.deepEqual(await read(f, "terminated"), ["abc", "d"]);
  assert.equal((f.get("spaces") as Dataset).dtype.descr, "|S4");
  assert.equal((f.get("utf8") as Dataset).dtype.descr, "|S4");
  assert.deepEqual(
    await read(f, "scaled"),
    Array.from({ length: 100 }, (_, i) => BigInt(i)),
  );
  assert.deepEqual(await read(f, "compact"), [1, 2, 3]);
  assert.deepEqual(await read(f, "unwritten"), [9, 9, 9, 9]);
  assert.deepEqual(await read(f, "sub"), [
    [1, 2, 3],
    [4, 5, 6],
  ]);
  assert.deepEqual(await read(f, "soft"), 5n);
  const padded = f.get("padded") as Dataset;
  assert.deepEqual(padded.dtype.descr, [
    ["", "|V4"],
    ["a", "|u1"],
    ["", "|V3"],
    ["b", "<f8"],
    ["", "|V8"],
  ]);
  assert.deepEqual(await read(f, "padded"), [
    { a: 1, b: 0.5 },
    { a: 2, b: 1.5 },
    { a: 3, b: 2.5 },
  ]);
  using bulk = await (f.get("bulk") as Dataset).read({
    select: [
      [998, 1000],
      [0, 100, 50],
    ],
  });
  assert.deepEqual(bulk.toArray(), [
    [99800, 99850],
    [99900, 99950],
  ]);

  for (const [path, reason] of [
    ["words", /text of variable length/],
    ["long", /not IEEE/],
    ["refs", /references/],
    ["rugged", /sequences of variable length/],
  ] as const) {
    const error = refusal(() => (f.get(path) as Dataset).dtype);
    assert.equal(error.code, "NOT_SUPPORTED");
    assert.match(error.message, reason);
    assert.equal((await rejection(() => (f.get(path) as Dataset).read())).code, "NOT_SUPPORTED");
  }
  assert.match((await rejection(() => (f.get("lzf") as Dataset).read())).message, /lzf/);
  assert.equal((f.get("lzf") as Dataset).compression, "lzf");
  assert.equal((await rejection(() => (f.get("nothing") as Dataset).read())).code, "NOT_SUPPORTED");
  assert.equal(refusal(() => f.get("dangling")).code, "NOT_SUPPORTED");
  assert.equal(refusal(() => f.get("type")).code, "NOT_SUPPORTED");
  assert.equal(refusal(() => f.get("in/no")).code, "NOT_FOUND");
  assert.equal(refusal(() => f.get("compact/x")).code, "NOT_FOUND");
  assert.deepEqual(await read(f, "in/loop/in/loop/in/here"), 5n);
  assert.ok(f.keys().includes("dangling"));
});

test("attributes of h5py are read as what they are in JavaScript", { skip: withoutPython }, async (t) => {
  const at = await folder(t);
  await python(PROGRAM, [at("x.h5")]);
  await using f = await File.open(at("x.h5"));
  const { attrs } = f.get("in");
  const expected = {
    b: "latin é",
    big: 2n ** 60n,
    f: 0.5,
    fixed: ["x", "yz"],
    half: 0.5,
    l: [1, 2, 3],
    m: [[1.5, 2.5]],
    n: 3,
    none: null,
    rec: { a: 1, b: 2.5 },
    s: "text",
    strs: ["a", "é"],
    t: true,
    u: 2n ** 63n,
    z: { re: 1, im: 2 },
  };
  assert.deepEqual(await attrs.keys(), [...Object.keys(expected), "ref"].sort());
  for (const [name, value] of Object.entries(expected)) assert.deepEqual(await attrs.get(name), value, name);
  assert.equal((await rejection(() => attrs.get("ref"))).code, "NOT_SUPPORTED");
  assert.equal(await attrs.get("absent"), undefined);
});
