import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { assertNoLeaks, loadz, NDArray, SharedArray, SharrayError, savez } from "sharray";
import { python, withoutPython } from "../../../../tests/oracle.ts";

const folder = mkdtempSync(join(tmpdir(), "sharray-npz-"));
after(() => rmSync(folder, { recursive: true }));

async function refused(work: Promise<unknown>): Promise<SharrayError> {
  const error = await work.then(
    () => assert.fail("nothing was thrown"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof SharrayError, String(error));
  assertNoLeaks();
  return error;
}

const program = `
import json, sys, zipfile
import numpy as np
folder = sys.argv[1]
`;

test("archives are written and read, stored and deflated", async () => {
  for (const compressed of [false, true]) {
    const path = join(folder, `own-${compressed}.npz`);
    {
      using a = SharedArray.create({ shape: [1000, 300], dtype: "<f8" });
      a.data.forEach((_, i) => {
        a.data[i] = i % 17;
      });
      const b = new NDArray(
        [3],
        [
          ["pos", "<i4"],
          ["name", "S3"],
        ] as const,
        new ArrayBuffer(21),
      );
      b.set(1, { pos: 7, name: "abc" });
      await savez(
        path,
        { a, "f é": a.transpose(), part: a.slice([0, 10, 3]), b, __proto__x: b.field("pos") },
        { compressed },
      );
    }
    assertNoLeaks();
    using arrays = await loadz(path);
    assert.equal(Object.getPrototypeOf(arrays), null);
    assert.deepEqual(Object.keys(arrays), ["a", "f é", "part", "b", "__proto__x"]);
    const shapes = Object.values(arrays).map(({ shape, strides }) => [shape, strides]);
    assert.deepEqual(shapes, [
      [
        [1000, 300],
        [2400, 8],
      ],
      [
        [300, 1000],
        [8, 2400],
      ],
      [
        [4, 300],
        [2400, 8],
      ],
      [[3], [7]],
      [[3], [4]],
    ]);
    assert.equal(arrays["f é"]!.get(3, 2), arrays.a!.get(2, 3));
    assert.deepEqual(arrays.b!.get(1), { pos: 7, name: "abc" });
    assert.equal(readFileSync(path).length < 200_000, compressed);
  }
  assertNoLeaks();
  assert.deepEqual(readdirSync(folder).sort(), ["own-false.npz", "own-true.npz"]);
});

test("NumPy reads ours, and we read NumPy's", { skip: withoutPython }, async () => {
  using a = SharedArray.from(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    { dtype: ">i2" },
  );
  using empty = SharedArray.create({ shape: [0, 3], dtype: "<U2" });
  using zero = SharedArray.from(1.5, { dtype: "<f4" });
  for (const compressed of [false, true]) {
    const path = join(folder, "ours.npz");
    await savez(path, { a, f: a.transpose(), empty, "folder/zero": zero }, { compressed });
    const theirs = join(folder, "theirs.npz");
    const told = await python(
      `${program}
z = np.load(f"{folder}/ours.npz")
print(json.dumps([[k, z[k].dtype.str, list(z[k].shape), bool(z[k].flags.f_contiguous), z[k].tolist()] for k in z.files]))
assert zipfile.ZipFile(f"{folder}/ours.npz").testzip() is None
(np.savez_compressed if ${compressed ? "True" : "False"} else np.savez)(f"{folder}/theirs.npz", np.arange(5), **{k: z[k] for k in z.files})
`,
      [folder],
    );
    assert.deepEqual(JSON.parse(told), [
      [
        "a",
        ">i2",
        [2, 3],
        false,
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
      ],
      [
        "f",
        ">i2",
        [3, 2],
        true,
        [
          [1, 4],
          [2, 5],
          [3, 6],
        ],
      ],
      ["empty", "<U2", [0, 3], true, []],
      ["folder/zero", "<f4", [], true, 1.5],
    ]);
    using arrays = await loadz(theirs);
    assert.deepEqual(Object.keys(arrays).sort(), ["a", "arr_0", "empty", "f", "folder/zero"]);
    assert.deepEqual([arrays.a!.toArray(), arrays.f!.strides], [a.toArray(), [2, 6]]);
    assert.deepEqual([arrays.arr_0!.get(4), arrays["folder/zero"]!.get()], [4n, 1.5]);
  }
});

test("members that are no arrays are left out; what is called .npy must be one", { skip: withoutPython }, async () => {
  await python(
    `${program}
with zipfile.ZipFile(f"{folder}/mixed.npz", "w") as z:
    z.writestr("notes.txt", "hello")
    z.writestr("empty", "")
    z.mkdir("d")
    with z.open("plain", "w") as f: np.save(f, np.arange(3))
    with z.open("x.npy", "w") as f: np.save(f, np.arange(2))
with zipfile.ZipFile(f"{folder}/bad.npz", "w") as z:
    with z.open("good.npy", "w") as f: np.save(f, np.arange(3))
    z.writestr("bad.npy", "hello")
with zipfile.ZipFile(f"{folder}/short.npz", "w") as z:
    z.writestr("s.npy", open(f"{folder}/x.npy", "rb").read()[:-1] if False else b"\\x93NUMPY\\x01\\x00" + (118).to_bytes(2, "little") + b"{'descr': '<f8', 'fortran_order': False, 'shape': (9,), }".ljust(117) + b"\\n" + bytes(71))
with zipfile.ZipFile(f"{folder}/bz.npz", "w", zipfile.ZIP_BZIP2) as z:
    with z.open("x.npy", "w") as f: np.save(f, np.arange(2))
np.savez(f"{folder}/none.npz")
np.savez(f"{folder}/object.npz", o=np.array([None]))
`,
    [folder],
  );
  {
    using arrays = await loadz(join(folder, "mixed.npz"));
    assert.deepEqual([Object.keys(arrays), arrays.plain!.shape], [["plain", "x"], [3]]);
    using none = await loadz(join(folder, "none.npz"));
    assert.deepEqual(Object.keys(none), []);
  }
  const bad = await refused(loadz(join(folder, "bad.npz")));
  assert.deepEqual([bad.code, bad.details.path], ["NPY_BAD_HEADER", `${join(folder, "bad.npz")}, bad.npy`]);
  const short = await refused(loadz(join(folder, "short.npz")));
  assert.deepEqual([short.code, short.details.expected, short.details.size], ["NPY_BAD_HEADER", 200, 199]);
  assert.equal((await refused(loadz(join(folder, "bz.npz")))).code, "NOT_SUPPORTED");
  assert.equal((await refused(loadz(join(folder, "object.npz")))).code, "BAD_DTYPE");
});

test("damaged archives are refused, and nothing of them stays", async () => {
  const path = join(folder, "damaged.npz");
  using values = SharedArray.from(new Float64Array(5000).map((_, i) => i));
  const small = values.slice([0, 50]).copy();
  for (const compressed of [false, true]) {
    await savez(path, { first: small, second: values }, { compressed });
    const whole = readFileSync(path);
    const codes = new Set<string>();
    const attempt = async (bytes: Uint8Array): Promise<void> => {
      writeFileSync(path, bytes);
      try {
        using arrays = await loadz(path);
        codes.add(`read ${Object.keys(arrays).length}`);
      } catch (error) {
        assert.ok(error instanceof SharrayError, String(error));
        assert.ok(
          ["NPZ_BAD_ARCHIVE", "NPY_BAD_HEADER", "NOT_SUPPORTED", "BAD_DTYPE", "NO_SPACE"].includes(error.code),
          error.message,
        );
        codes.add(error.code);
      }
    };
    for (let cut = 0; cut < whole.length; cut += 1 + Math.floor(whole.length / 60)) {
      await attempt(whole.subarray(0, cut));
    }
    assert.deepEqual([...codes], ["NPZ_BAD_ARCHIVE"], "cut off");
    const middle = Math.floor(whole.length / 2);
    const changed = Buffer.from(whole);
    changed[middle]! ^= 1;
    writeFileSync(path, changed);
    assert.equal((await loadz(path).catch((error: SharrayError) => error.code)) as unknown, "NPZ_BAD_ARCHIVE");
    for (let at = 0; at < whole.length; at += at < 400 || at > whole.length - 300 ? 3 : 997) {
      const one = Buffer.from(whole);
      one[at]! ^= 1 << (at % 8);
      await attempt(one);
    }
    assert.ok(codes.size > 1);
  }
  values.close();
  assertNoLeaks();
});

test("a member that is larger than its directory says, or that cannot be so large", async () => {
  const path = join(folder, "bomb.npz");
  using zeros = SharedArray.create({ shape: [1 << 20], dtype: "u1" });
  await savez(path, { zeros }, { compressed: true });
  const whole = readFileSync(path);
  const directory = whole.indexOf("PK\x01\x02", 0, "latin1");
  // The size in the directory: 4 bytes at 24, or 8 in the field for large files behind the name.
  const extra = directory + 46 + whole.readUInt16LE(directory + 28);
  const [where, wide] = whole.readUInt32LE(directory + 24) === 0xffffffff ? [extra + 4, true] : [directory + 24, false];
  const encrypted = Buffer.from(whole);
  encrypted[directory + 8]! |= 1;
  writeFileSync(path, encrypted);
  await assert.rejects(loadz(path), { code: "NOT_SUPPORTED", message: /encrypted/ });
  for (const [size, expected] of [
    [200, "NPZ_BAD_ARCHIVE"],
    [2 ** 31, "NPZ_BAD_ARCHIVE"],
  ] as const) {
    const changed = Buffer.from(whole);
    if (wide) changed.writeBigUInt64LE(BigInt(size), where);
    else changed.writeUInt32LE(size, where);
    writeFileSync(path, changed);
    const error = await loadz(path).catch((thrown: SharrayError) => thrown);
    assert.ok(error instanceof SharrayError, "it was read");
    assert.ok(error.code === expected || error.code === "NPY_BAD_HEADER", `${error.code} ${error.message}`);
  }
});

test("arguments, and places where nothing can be", async () => {
  using a = SharedArray.from(new Uint8Array(3));
  const path = join(folder, "args.npz");
  for (const arrays of [
    null,
    1,
    [1],
    a,
    new Uint8Array(2),
    { a: [1, 2] },
    { "": a },
    { "\ud800": a },
    { ["x".repeat(70_000)]: a },
  ]) {
    await assert.rejects(savez(path, arrays as never), { code: "BAD_ARGUMENT" });
  }
  await assert.rejects(savez(path, { a }, { compress: true } as never), { code: "BAD_ARGUMENT" });
  await assert.rejects(savez(path, { a }, { compressed: 1 } as never), { code: "BAD_ARGUMENT" });
  await assert.rejects(savez(join(folder, "none", "a.npz"), { a }), { code: "FILE_NOT_FOUND" });
  await assert.rejects(savez(folder, { a }), { code: "IS_DIRECTORY" });
  await assert.rejects(loadz(join(folder, "missing.npz")), { code: "FILE_NOT_FOUND" });
  await assert.rejects(loadz(folder), { code: "IS_DIRECTORY" });
  await assert.rejects(loadz("/dev/null"), { code: "NOT_SUPPORTED" });
  writeFileSync(path, "no zip");
  await assert.rejects(loadz(path), { code: "NPZ_BAD_ARCHIVE" });
  await a.save(path);
  await assert.rejects(loadz(path), { code: "NPZ_BAD_ARCHIVE" });
  const closed = SharedArray.from(new Uint8Array(3));
  closed.close();
  await assert.rejects(savez(path, { a, closed }), { code: "CLOSED" });
});
