import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { dtypeOf, SharrayError } from "sharray";
import { npyHeader } from "../../dist/array/npy/format.js";
import { parseNpyHeader } from "../../dist/array/npy/read.js";
import { refusal } from "./refusal.ts";

/** A header of format 1.0 with any text in it. */
function header(text: string): Uint8Array {
  const body = Buffer.from(`${text}\n`, "latin1");
  return Buffer.concat([
    Buffer.from("\x93NUMPY\x01\0", "latin1"),
    Buffer.from([body.length & 255, body.length >> 8]),
    body,
  ]);
}

test("headers as others write them are read", () => {
  const cases: [string, unknown, number[], boolean][] = [
    ["{'descr': '<f8', 'fortran_order': True, 'shape': (3, 4), }", "<f8", [3, 4], true],
    ['{"shape": (5L,), "fortran_order": False, "descr": u"|S3"}', "|S3", [5], false],
    [
      "{'descr':[('a\\u20ac','<i4',(2,)),('','|V4'),('b',[('c','>f2')])],'fortran_order':False,'shape':()}",
      [
        ["a€", "<i4", [2]],
        ["", "|V4"],
        ["b", [["c", ">f2"]]],
      ],
      [],
      false,
    ],
    [
      "  { 'descr' : [ ( 'x' , '<f4' , 3 ) ] , 'fortran_order' : False , 'shape' : ( 7 , ) }  ",
      [["x", "<f4", [3]]],
      [7],
      false,
    ],
    ["{'descr': '<M8[us]', 'fortran_order': False, 'shape': (0, 3)}", "<M8[us]", [0, 3], false],
  ];
  for (const [text, descr, shape, fortran] of cases) {
    const read = parseNpyHeader(header(text));
    assert.deepEqual(
      [read.dtype.descr, read.shape, read.fortranOrder, read.length],
      [descr, shape, fortran, header(text).length],
      text,
    );
  }
});

test("damaged headers are refused with a code", () => {
  const texts = [
    "",
    "{",
    "{}",
    "[]",
    "{'descr': '<f8', 'fortran_order': False}",
    "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (3)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}",
    "{'descr': 5, 'fortran_order': False, 'shape': (1,)}",
    "{'descr': [('a',)], 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} x",
    "{'descr': '<f8', 'fortran_order': False, 'shape': __import__('os')}",
    "{'descr': '\\xZZ', 'fortran_order': False, 'shape': (1,)}",
    `{'descr': ${"[".repeat(5000)}`,
  ];
  for (const text of texts)
    assert.equal(refusal(() => parseNpyHeader(header(text))).code, "NPY_BAD_HEADER", text.slice(0, 80));
  assert.equal(
    refusal(() => parseNpyHeader(header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}"))).code,
    "BAD_DTYPE",
  );
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from("PK\x03\x04"),
    Buffer.from("\x93NUMPY\x04\0\0\0\0\0\0\0", "latin1"),
    Buffer.from("\x93NUMPY\x01\0\xff\xff{}", "latin1"),
    Buffer.from("\x93NUMPY\x02\0\xff", "latin1"),
  ]) {
    assert.equal(refusal(() => parseNpyHeader(bytes)).code, "NPY_BAD_HEADER");
  }
});

test("no damage to a header does more than make it refused or say something else", () => {
  const whole = npyHeader(
    dtypeOf([
      ["a", "<i4", [2]],
      ["ü", ">U3"],
      ["in", [["x", "f8"]]],
    ]),
    [10, 3],
  );
  const hits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(hits, fc.nat(whole.length), (changes, cut) => {
      const damaged = Uint8Array.from(whole);
      for (const [at, byte] of changes) damaged[at] = byte;
      for (const bytes of [damaged, damaged.subarray(0, cut)]) {
        try {
          assert.ok(parseNpyHeader(bytes).length <= bytes.length);
        } catch (error) {
          assert.ok(
            error instanceof SharrayError && ["NPY_BAD_HEADER", "BAD_DTYPE"].includes(error.code),
            String(error),
          );
        }
      }
    }),
    { numRuns: 5000 },
  );
});

test("the length of a header does not depend on the number of rows", () => {
  const dtype = dtypeOf([
    ["chr", "S10"],
    ["pos", "<i4"],
  ]);
  const lengths = [0, 9, 10, 12345, 2 ** 32, Number.MAX_SAFE_INTEGER].map((rows) => npyHeader(dtype, [rows]).length);
  assert.equal(new Set(lengths).size, 1);
});
