import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import { type ArrayHandle, type DTypeLike, loadtxt, NDArray, SharedArray, SharedMemory } from "sharray";
import { generateFile } from "../scripts/generate.mjs";
import { fields, folder } from "./command.ts";
import { withoutPython } from "./oracle.ts";
import { Python } from "./python.ts";

const records = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["xyz", "<f4", [3]],
  [
    "in",
    [
      ["a", "<i2"],
      ["b", ">f8"],
    ],
  ],
] as const;

/** Attaches to each handle, says what is there, writes something else, and says a handle of its own to the same array. */
const echo = `
while True:
    message = hear()
    a = sharray.attach(message["handle"])
    text = lambda x: x.decode() if isinstance(x, bytes) else str(x)
    say({"shape": a.shape, "strides": a.strides, "dtype": sharray._spell(a.dtype), "bytes": list(a.tobytes())})
    if "value" in message:
        a[...] = tuple(message["value"]) if isinstance(message["value"], list) else message["value"]
    say(sharray.handle(a))
`;

interface Seen {
  shape: number[];
  strides: number[];
  dtype: DTypeLike;
  bytes: number[];
}

suite("Python and Node, arrays without names", { skip: withoutPython }, () => {
  test("Python sees what Node made, Node what Python wrote, and Python's handle leads back", async () => {
    await using program = new Python(echo);
    using a = SharedArray.create({ shape: [4, 3], dtype: "<f8" });
    a.assign([1, 2, 3]);
    program.say({ handle: a.handle(), value: 7.5 });
    assert.deepEqual(await program.hear(), {
      shape: [4, 3],
      strides: [24, 8],
      dtype: "<f8",
      bytes: [...a.bytes.slice(0, 0), ...new Uint8Array(new Float64Array([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]).buffer)],
    });
    using b = SharedArray.attach(await program.hear<ArrayHandle>());
    assert.deepEqual(a.toArray(), Array(4).fill([7.5, 7.5, 7.5]));
    b.set([0, 0], -1);
    assert.equal(a.get(0, 0), -1);
    await program.end().catch((error: Error) => assert.match(error.message, /nobody speaks/));
  });

  test("arrays of all kinds of elements", async () => {
    await using program = new Python(echo);
    for (const [dtype, shape, value, there] of [
      ["<i2", [3], 5, 5],
      [">i4", [2, 2], -6, -6],
      [">f8", [3], 1.25, 1.25],
      ["|S3", [4], "ab", "ab"],
      ["<U2", [4], "é€", "é€"],
      [">U2", [1], "é€", "é€"],
      ["?", [3], true, true],
      ["<u8", [2], 2n ** 52n, 2 ** 52],
      ["<f2", [2], 0.5, 0.5],
      ["<M8[us]", [2], 86400000000n, "1970-01-02"],
      ["<m8[25s]", [2], 4n, 4],
      ["<f4", [], 8, 8],
      ["<f4", [0, 3], 8, 8],
      ["<c16", [2], { re: 8, im: 0 }, 8],
    ] as const) {
      using a = SharedArray.create({ shape: [...shape], dtype: dtype as DTypeLike });
      program.say({ handle: a.handle(), value: there });
      const seen = await program.hear<Seen>();
      assert.deepEqual([seen.dtype, seen.shape, seen.strides], [a.dtype.descr, a.shape, a.strides]);
      using b = SharedArray.attach(await program.hear<ArrayHandle>());
      using wanted = SharedArray.create({ shape: [...shape], dtype: dtype as DTypeLike });
      wanted.fill(value as never);
      assert.deepEqual(a.bytes, wanted.bytes, dtype);
      assert.ok(b.dtype.equals(a.dtype));
    }
  });

  test("views travel by offset and strides, both ways", async () => {
    await using program = new Python(echo);
    using a = SharedArray.create({ shape: [6, 5], dtype: "<i4" });
    a.assign(Array.from({ length: 6 }, (_, i) => [0, 1, 2, 3, 4].map((j) => 10 * i + j)));
    using r = SharedArray.create({ shape: 3, dtype: records });
    const views = [
      a.slice([null, null, -2], [1, null]),
      a.transpose(),
      a.at(2),
      a.slice([0, 0], null),
      r.field("xyz"),
      r.field("in"),
      r.field("in").field("b"),
      r.slice([null, null, -1]),
    ];
    for (const [i, view] of views.entries()) {
      program.say({ handle: view.handle() });
      const seen = await program.hear<Seen>();
      assert.deepEqual([seen.shape, seen.strides, seen.dtype], [view.shape, view.strides, view.dtype.descr], String(i));
      assert.deepEqual(seen.bytes, [...view.copy().bytes]);
      const back = await program.hear<ArrayHandle>();
      using b = SharedArray.attach(back);
      assert.deepEqual([b.shape, b.strides, b.toArray()], [view.shape, view.strides, view.toArray()]);
    }
  });

  test("records, and a description above 1 KiB, whose handle carries a hash", async () => {
    await using program = new Python(echo);
    using a = SharedArray.create({ shape: 2, dtype: records });
    program.say({ handle: a.handle() });
    await program.hear();
    await program.hear();
    const many = Array.from({ length: 400 }, (_, i) => [`field_${i}_é€\u007f\n"`, i % 2 ? "<f4" : "|S3"] as const);
    using long = SharedArray.create({ shape: 3, dtype: many });
    assert.match(String(long.handle().dtype), /^sha256:/);
    program.say({ handle: long.handle() });
    const seen = await program.hear<Seen>();
    assert.deepEqual(seen.dtype, long.dtype.descr);
    const back = await program.hear<ArrayHandle>();
    assert.deepEqual([back.dtype, back.offset], [long.handle().dtype, long.handle().offset]);
    using b = SharedArray.attach(back);
    assert.ok(b.dtype.equals(long.dtype));
  });

  test("a long description of Python's, and views of its fields", async () => {
    await using program = new Python(`
a = sharray.create(5, [(f"ä{i}", "<i4" if i % 2 else ">f8") for i in range(300)] + [("last", [("x", "<i2"), ("y", "S3")])])
a["ä1"] = np.arange(5)
a["last"]["y"] = b"yes"
say([sharray.handle(x) for x in (a, a["ä1"], a[::-1], a["last"]["y"])])
hear()
`);
    const [whole, one, reversed, deep] = await program.hear<[ArrayHandle, ArrayHandle, ArrayHandle, ArrayHandle]>();
    assert.deepEqual([whole.dtype, one.dtype, deep.dtype], [reversed.dtype, "<i4", "|S3"]);
    assert.match(String(whole.dtype), /^sha256:/);
    using a = SharedArray.attach(whole);
    assert.equal(a.dtype.names?.length, 301);
    using b = SharedArray.attach(one);
    using c = SharedArray.attach(reversed);
    using d = SharedArray.attach(deep);
    assert.deepEqual(b.toArray(), [0, 1, 2, 3, 4]);
    assert.deepEqual(c.field("ä1" as never).toArray(), [4, 3, 2, 1, 0]);
    assert.deepEqual(d.toArray(), Array(5).fill("yes"));
    assert.deepEqual(c.handle().dtype, whole.dtype);
  });

  test("what loadtxt made is np.loadtxt's, and a table of Python's is no other in Node", async (t) => {
    const file = join(folder(t), "a.txt");
    generateFile(file, 3, 5000);
    await using program = new Python(`
file, fields, h = hear()
with sharray.attach(h) as a:
    b = np.loadtxt(file, dtype=[tuple(f) for f in fields])
    say([a.dtype == b.dtype, bool((a == b).all())])
shared = sharray.share(b)
say(sharray.handle(shared))
hear()
`);
    using table = await loadtxt(file, { dtype: fields });
    program.say([file, fields, table.handle()]);
    assert.deepEqual(await program.hear(), [true, true]);
    using there = SharedArray.attach(await program.hear<ArrayHandle>());
    assert.deepEqual(there.bytes, table.bytes);
  });

  test("an array over raw memory, at any place in it", async () => {
    await using program = new Python(echo);
    using shm = SharedMemory.create(100);
    const view = new NDArray([2, 3], ">f4", shm.buf, { offset: 9, strides: [40, -4] });
    view.assign([1, 2, 3]);
    const before = [...view.copy().bytes];
    program.say({ handle: view.handle(), value: 5 });
    const seen = await program.hear<Seen>();
    assert.deepEqual([seen.dtype, seen.strides, seen.bytes], [">f4", [40, -4], before]);
    await program.hear();
    assert.deepEqual(view.toArray(), [
      [5, 5, 5],
      [5, 5, 5],
    ]);
  });
});
