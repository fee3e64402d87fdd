import assert from "node:assert/strict";
import { test } from "node:test";
import { SharedArray } from "sharray";
import { type AttributeInput, File } from "sharray/hdf5";
import { python, withoutPython } from "../../../../tests/oracle.ts";
import { folder, rejection } from "./folder.ts";

test("attributes are to h5py what they were in JavaScript, and come back", { skip: withoutPython }, async (t) => {
  const at = await folder(t);
  using array = SharedArray.from([{ a: 1, b: 2.5 }], {
    dtype: [
      ["a", "<i2"],
      ["b", "<f4"],
    ] as const,
  });
  const cases: [string, AttributeInput, unknown, string][] = [
    ["text", "K é😀", "K é😀", "str 'K é😀'"],
    ["no text", "", "", "str ''"],
    ["whole", 42, 42, "int64 42"],
    ["negative", -1, -1, "int64 -1"],
    ["fraction", 1.5, 1.5, "float64 1.5"],
    ["zero", -0, -0, "float64 -0.0"],
    ["not", Number.NaN, Number.NaN, "float64 nan"],
    ["far", Infinity, Infinity, "float64 inf"],
    ["large", 2 ** 60, 2 ** 60, "float64 1.152921504606847e+18"],
    ["bigint", 7n, 7, "int64 7"],
    ["bigger", 2n ** 62n, 2n ** 62n, "int64 4611686018427387904"],
    ["biggest", 2n ** 64n - 1n, 2n ** 64n - 1n, "uint64 18446744073709551615"],
    ["yes", true, true, "bool True"],
    ["numbers", [1, 2.5], [1, 2.5], "ndarray float64 [1.0, 2.5]"],
    [
      "wholes",
      [
        [1, 2],
        [3, 4],
      ],
      [
        [1, 2],
        [3, 4],
      ],
      "ndarray int64 [[1, 2], [3, 4]]",
    ],
    ["bools", [true, false], [true, false], "ndarray bool [True, False]"],
    ["texts", ["a", "é", ""], ["a", "é", ""], "ndarray object ['a', 'é', '']"],
    ["none", [], [], "ndarray float64 []"],
    ["typed", new Float32Array([0.5]), [0.5], "ndarray float32 [0.5]"],
    ["records", array, [{ a: 1, b: 2.5 }], "ndarray [('a', '<i2'), ('b', '<f4')] [(1, 2.5)]"],
    ["latin", SharedArray.from(["é"], { dtype: "U3" }), ["é"], "ndarray object ['é']"],
  ];
  {
    await using f = await File.open(at("x.h5"), "w");
    const { attrs } = await f.createDataset("d", [1]);
    for (const [name, value, back] of cases) {
      await attrs.set(name, 0);
      await attrs.set(name, value);
      assert.deepEqual(await attrs.get(name), back, name);
    }
    assert.deepEqual(await attrs.keys(), cases.map(([name]) => name).sort());
    assert.deepEqual([await attrs.has("whole"), await attrs.has("other")], [true, false]);
  }
  const program = `
import sys, json, h5py, numpy as np
def said(v):
    if isinstance(v, np.ndarray): return "ndarray %s %s" % (v.dtype, v.tolist())
    if isinstance(v, np.generic): return "%s %s" % (v.dtype, v.item())
    return "%s %r" % (type(v).__name__, v)
a = h5py.File(sys.argv[1])["d"].attrs
print(json.dumps({k: said(v) for k, v in a.items()}))`;
  const said = JSON.parse(await python(program, [at("x.h5")]));
  for (const [name, , , expected] of cases) assert.equal(said[name], expected, name);
});

test("an attribute that cannot be stored leaves the one that was there", async (t) => {
  const at = await folder(t);
  await using f = await File.open(at("x.h5"), "w");
  await f.attrs.set("a", "old");
  const refused: [string, unknown][] = [
    ["TOO_LARGE", new Uint8Array(64 * 1024)],
    ["TOO_LARGE", new Uint8Array(64 * 1024 - 10)],
    ["TOO_LARGE", Array(5000).fill("text")],
    ["BAD_VALUE", "nul\0within"],
    ["BAD_VALUE", ["fine", "nul\0within"]],
    ["BAD_VALUE", null],
    ["BAD_VALUE", undefined],
    ["BAD_VALUE", { a: 1 }],
    ["BAD_VALUE", ["a", 1]],
    ["BAD_VALUE", [1n, 0.5]],
    ["BAD_VALUE", 2n ** 64n],
    ["BAD_VALUE", [-1n, 2n ** 63n]],
    ["BAD_SHAPE", [[1], [2, 3]]],
    ["NOT_SUPPORTED", SharedArray.from([1n], { dtype: "M8[s]" })],
  ];
  for (const [code, value] of refused) {
    const error = await rejection(() => f.attrs.set("a", value as number));
    assert.equal(error.code, code, error.message);
  }
  assert.equal((await rejection(() => f.attrs.set("", 1))).code, "BAD_ARGUMENT");
  assert.equal(await f.attrs.get("a"), "old");
  assert.deepEqual(await f.attrs.keys(), ["a"]);
  assert.equal(await f.attrs.delete("a"), true);
  assert.equal(await f.attrs.delete("a"), false);
  await f.attrs.set("long", "x".repeat(200_000));
  assert.equal(((await f.attrs.get("long")) as string).length, 200_000);
});
