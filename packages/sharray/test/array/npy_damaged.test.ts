import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type DType, dtypeOf } from "sharray";
import { Dice } from "../../../../fuzz/rounds.ts";
import { withoutPython } from "../../../../tests/oracle.ts";
import { npyHeader } from "../../dist/array/npy/format.js";
import { parseNpyHeader } from "../../dist/array/npy/read.js";
import { numpy } from "../dtype/numpy.ts";
import { compare } from "./compare_headers.ts";
import { damagedHeader, NUMPY_READS, type NumpyReads } from "./damaged_headers.ts";
import { refusal } from "./refusal.ts";

/** A header of any format with any text in it. */
function header(text: string | Uint8Array, version = 1): Buffer {
  const body = typeof text === "string" ? Buffer.from(text, version === 3 ? "utf8" : "latin1") : Buffer.from(text);
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(body.length);
  else length.writeUInt32LE(body.length);
  return Buffer.concat([Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, "latin1"), length, body]);
}

const dict = (descr: string, shape = "(2,)", order = "False"): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`;

test("thousands of damaged headers are read as NumPy reads them, or refused as it refuses them", {
  skip: withoutPython,
}, async () => {
  const cases = Array.from({ length: 6000 }, (_, i) => damagedHeader(new Dice(i)));
  const reads = await numpy<NumpyReads>(
    NUMPY_READS,
    cases.map((bytes) => bytes.toString("hex")),
  );
  const counts = { same: 0, refused: 0, deliberate: 0, taken: 0 };
  for (const [i, bytes] of cases.entries()) counts[compare(bytes, reads[i]!)] += 1;
  assert.ok(counts.same > 300 && counts.refused > 3000, JSON.stringify(counts));
  assert.ok(counts.deliberate < 100 && counts.taken < 5, JSON.stringify(counts));
});

test("a header that is cut off at any byte", () => {
  for (const [dtype, shape] of [
    ["<f8", [3]],
    [Array.from({ length: 3000 }, (_, i) => [`column${i}`, "<f4"] as const), [2]],
    [[["長さ", "<f4"]], []],
  ] as const) {
    const whole = npyHeader(dtypeOf(dtype) as DType, shape);
    const step = whole.length > 2000 ? 997 : 1;
    for (let length = 0; length < whole.length; length += step) {
      assert.equal(refusal(() => parseNpyHeader(whole.subarray(0, length))).code, "NPY_BAD_HEADER");
    }
    assert.equal(parseNpyHeader(whole).length, whole.length);
  }
});

test("any bytes, and any text, behind the mark", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(1, 2, 3), (bytes, version) => {
      assert.equal(refusal(() => parseNpyHeader(header(bytes, version))).code, "NPY_BAD_HEADER");
      assert.equal(refusal(() => parseNpyHeader(bytes)).code, "NPY_BAD_HEADER");
    }),
    { numRuns: 2000 },
  );
});

test("shapes that no array has", () => {
  const most = Array.from({ length: 64 }, () => "1");
  assert.equal(parseNpyHeader(header(dict("'<f8'", `(${most.join(",")})`))).shape.length, 64);
  for (const shape of [
    `(${[...most, "1"].join(",")})`,
    "(-1,)",
    "(2, -3)",
    "(True,)",
    "(1.0,)",
    "(1e3,)",
    "(3)",
    "[3]",
    "3",
    "None",
    "'3'",
    "((3,),)",
    "(9007199254740993,)",
    "(9223372036854775808,)",
    `(${"9".repeat(31)},)`,
    "(4294967296, 4294967296)",
    "(0, 4294967296, 4294967296)",
    "(3 4)",
    "(3,,)",
    "(,)",
    "(10_0,)",
  ]) {
    const error = refusal(() => parseNpyHeader(header(dict("'<f8'", shape))));
    assert.equal(error.code, "NPY_BAD_HEADER", shape);
    assert.ok(error.details.key === "shape" || typeof error.details.position === "number", shape);
  }
});

test("keys that are missing, too many, twice, or of another kind", () => {
  const read = (text: string) => parseNpyHeader(header(text));
  assert.deepEqual(read("{'shape': (1,), 'descr': '<f4', 'fortran_order': True, 'shape': (2,)}").shape, [2]);
  for (const [text, key] of [
    ["{'descr': '<f8', 'fortran_order': False}", "shape"],
    ["{'descr': '<f8', 'shape': (1,)}", "fortran_order"],
    ["{}", "descr"],
    ["{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}", "more"],
    ["{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}", "fortran_order"],
    ["{'descr': '<f8', 'fortran_order': None, 'shape': (1,)}", "fortran_order"],
    ["{'descr': None, 'fortran_order': False, 'shape': (1,)}", "descr"],
    ["{'descr': ('<f8', (2,)), 'fortran_order': False, 'shape': (1,)}", "descr"],
    ["{'descr': ('<f8',), 'fortran_order': False, 'shape': (1,)}", "descr"],
    ["{'descr': [('a', '<f8'), ('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", "descr"],
    ["{'descr': [('a', '<f8', -1)], 'fortran_order': False, 'shape': (1,)}", "descr"],
    ["{'descr': [(1, '<f8')], 'fortran_order': False, 'shape': (1,)}", "descr"],
    ["{'descr': ['ab'], 'fortran_order': False, 'shape': (1,)}", "descr"],
    ["{'descr': '<x9', 'fortran_order': False, 'shape': (1,)}", "descr"],
  ] as const) {
    const error = refusal(() => read(text));
    assert.deepEqual([error.code, error.details.key], ["NPY_BAD_HEADER", key], text);
    assert.match(error.message, /^the \.npy header cannot be read: .*damaged/);
  }
  for (const text of ["", "[]", "'descr'", "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)},", "{1: 2}"]) {
    assert.equal(refusal(() => read(text)).code, "NPY_BAD_HEADER", text);
  }
});

test("arrays that NumPy has and sharray has not are told apart from damage", () => {
  for (const descr of [
    "'|O'",
    "'O'",
    "'<f16'",
    "'<c32'",
    "'|T16'",
    "[('a', [('b', '|O')])]",
    "[(('title', 'name'), '<i4')]",
  ]) {
    const error = refusal(() => parseNpyHeader(header(dict(descr))));
    assert.equal(error.code, "BAD_DTYPE", descr);
    assert.match(error.message, /^the \.npy header tells of /);
  }
});

test("headers of Python 2, comments, and dtypes with shapes of their own", () => {
  const shape = (text: string, version = 1) => parseNpyHeader(header(dict("'<f8'", text), version)).shape;
  assert.deepEqual([shape("(10L, 2L)"), shape("(10L,)", 2), shape("(0L,) # x\n")], [[10, 2], [10], [0]]);
  assert.equal(refusal(() => shape("(10L,)", 3)).code, "NPY_BAD_HEADER");
  const descr = (text: string) => parseNpyHeader(header(dict(text))).dtype.descr;
  assert.deepEqual(descr("[('a', ('<i4', (2, 3)), (4,)), [u'b', \"<f4\", 2]]"), [
    ["a", "<i4", [4, 2, 3]],
    ["b", "<f4", [2]],
  ]);
  assert.deepEqual(descr("[('\\x41\\102\\u00e9\\q' 'x\\'', '<i4')]"), [["ABé\\qx'", "<i4"]]);
});

test("texts with NULs, of other line ends, and that are no UTF-8", () => {
  const good = dict("'<f4'");
  assert.deepEqual(parseNpyHeader(header(good.replaceAll(" ", "\r\n"))).shape, [2]);
  assert.equal(parseNpyHeader(header(good.replace("\n", "\r\n"), 3)).dtype.descr, "<f4");
  const nul = refusal(() => parseNpyHeader(header(`${good}\0`)));
  assert.deepEqual([nul.code, nul.details.position], ["NPY_BAD_HEADER", 10 + good.length]);
  const wide = dict("[('é', '<f4')]");
  assert.equal(refusal(() => parseNpyHeader(header(Buffer.from(wide, "latin1"), 3))).code, "NPY_BAD_HEADER");
  const place = refusal(() => parseNpyHeader(header(wide.replace("False", "Fals"), 3)));
  assert.equal(place.details.position, 12 + Buffer.byteLength(wide.slice(0, wide.indexOf("Fals"))));
  for (const text of ["{'descr': '<f\n4'}", "{'a\r': 1}", "{'a': 'b", "{'\\x4': 1}", "{'\\U00110000': 1}"]) {
    assert.equal(refusal(() => parseNpyHeader(header(text))).code, "NPY_BAD_HEADER", text);
  }
  for (const open of ["(", "[", "{'a':"]) {
    assert.equal(refusal(() => parseNpyHeader(header(open.repeat(10_000)))).code, "NPY_BAD_HEADER");
  }
  const deep = `${"[('a', ".repeat(80)}'<i4'${")]".repeat(80)}`;
  assert.equal(refusal(() => parseNpyHeader(header(dict(deep), 2))).code, "NPY_BAD_HEADER");
});
