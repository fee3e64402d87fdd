// What the comparison with NumPy is made of: that calls come from seeds, differences are seen, and what is printed can be run.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { python, withoutPython } from "../../../../tests/oracle.ts";
import { type Case, encoded, linesOf } from "./oracle/case.ts";
import { verdictOf } from "./oracle/compare.ts";
import { makeCase } from "./oracle/generate.ts";
import type { NumpyRefusal, OurRefusal, Read } from "./oracle/outcome.ts";
import { rowsOf } from "./oracle/rows.ts";
import { shrink } from "./oracle/shrink.ts";
import { spell } from "./oracle/spell.ts";

const call = (text: string, options: Case["options"] = {}, dtype: Case["dtype"] = "f8"): Case => ({
  text,
  options,
  dtype,
  align: false,
  source: "path",
});

test("a seed makes the same call each time, and another seed another", () => {
  const texts = new Set<string>();
  for (let seed = 0; seed < 300; seed++) {
    assert.deepEqual(makeCase(seed), makeCase(seed));
    texts.add(makeCase(seed).text);
  }
  assert.ok(texts.size > 250);
});

test("rows are found on their lines, past blank ones, comments and quoted line ends", () => {
  const lines = (text: string, options = {}): number[][] =>
    rowsOf(call(text, options)).map(({ first, last }) => [first, last]);
  const csv = { delimiter: ",", quotechar: '"' };
  assert.deepEqual(lines("1 2\n\n # x\r\n3 4\r5 6"), [
    [1, 1],
    [4, 4],
    [5, 5],
  ]); // prettier-ignore
  assert.deepEqual(lines('a\n"1\n2",3\n""\n\n4', { ...csv, skiprows: 1 }), [
    [2, 3],
    [4, 4],
    [6, 6],
  ]); // prettier-ignore
  assert.deepEqual(lines('a"\n"1""\n', csv), [
    [1, 1],
    [2, 3],
  ]); // prettier-ignore
  assert.deepEqual(lines("1//2\r//\n , \n", { delimiter: ",", comments: ["//"] }), [
    [1, 1],
    [3, 3],
  ]); // prettier-ignore
});

test("a CR ends an item of an iterable where a comment is cut off behind it", { skip: withoutPython }, async () => {
  const comments = ["#", "é"];
  const texts = ["\ré 1,2\r1959;2\r", "\r#\r\n1\r#\n\n2\r\n\r", "1#\r2\r\n\ré#\n3\r", "1#\ré\r\n2"];
  const program = `
import json, sys, warnings
import numpy as np
warnings.simplefilter("ignore")
comments, lists = json.loads(sys.argv[1])
print(json.dumps([len(np.loadtxt(lines, delimiter=";", comments=comments, usecols=[0], ndmin=2)) for lines in lists]))`;
  const counts = JSON.parse(await python(program, [JSON.stringify([comments, texts.map(linesOf)])]));
  const ours = texts.map((text) => rowsOf({ ...call(text, { delimiter: ";", comments }), source: "lines" }).length);
  assert.deepEqual(ours, counts);
  assert.deepEqual(ours, [0, 2, 2, 2]);
});

suite("a difference", () => {
  const read = (bytes: string, more: Partial<Read["arrays"][0]> = {}): Read => ({
    arrays: [{ shape: [1], descr: "<f8", bytes, ...more }],
    several: false,
    empty: false,
  });
  const refused = (code: string | null, line: number | null, column: number | null = null): OurRefusal => ({
    ...{ code, line, column, message: "", byte: null, found: null },
  });
  const value: NumpyRefusal = { refused: "ValueError", message: "", place: { what: "value", row: 1, column: 2 } };
  const found = (theirs: Read | NumpyRefusal, outcome: Read | OurRefusal, text = "1 2\n\n3 x\n"): string => {
    const verdict = verdictOf(call(text), { theirs, outcome, others: [] });
    return verdict.kind === "different" ? verdict.what : verdict.kind;
  };

  test("of arrays is one in bytes, shape, dtype or number, or a warning on one side", () => {
    assert.equal(found(read("00"), read("00")), "array");
    assert.equal(found(read("00"), read("01")), "the bytes");
    assert.equal(found(read("00"), read("00", { shape: [1, 1] })), "the shape");
    assert.equal(found(read("00"), read("00", { descr: ">f8" })), "the descr");
    assert.equal(found(read("00"), { ...read("00"), several: true }), "the number of arrays");
    assert.equal(found(read("00"), { ...read("00"), empty: true }), "the warning that there are no rows");
  });

  test("of refusals is one in the reason, the line or the column", () => {
    assert.equal(found(value, refused("TEXT_BAD_VALUE", 3, 2)), "refusal");
    assert.equal(found(value, refused("TEXT_BAD_VALUE", 2, 2)), "the line: 3 to 3 expected");
    assert.equal(found(value, refused("TEXT_BAD_VALUE", 3, 1)), "the column: 2 expected");
    assert.match(found(value, refused("TEXT_BAD_COLUMNS", 3)), /^the reason/);
    assert.equal(found(value, refused("TEXT_BAD_VALUE", 3, 2), "3 x"), "the line: there is no row 1");
    const decoding: NumpyRefusal = { refused: "UnicodeDecodeError", message: "", place: { what: "encoding", byte: 4 } };
    const at = (byte: number): OurRefusal => ({ ...refused("TEXT_BAD_ENCODING", 2), byte });
    assert.equal(found(decoding, at(4), "1\n2 \udcff"), "refusal");
    assert.equal(found(decoding, at(3), "1\n2 \udcff"), "the byte: 4 expected");
    assert.equal(found(decoding, refused("TEXT_BAD_VALUE", 1, 1), "x\n2 \udcff"), "refusal");
    assert.equal(found(decoding, refused("TEXT_BAD_VALUE", 3, 1), "1\n2 \udcff\nx"), "the line: at most 2 expected");
  });

  test("is also what only one side refuses, an error of another class or code, and a result of another way", () => {
    assert.equal(found(value, read("00")), "that NumPy refuses it");
    assert.equal(found(read("00"), refused("TEXT_BAD_VALUE", 3, 2)), "that NumPy reads it");
    assert.equal(found(value, refused("IO_ERROR", null)), "the code IO_ERROR");
    assert.match(found(value, refused(null, null)), /SharrayError/);
    assert.equal(found(value, refused("NOT_SUPPORTED", 3)), "unsupported");
    const way = { engine: "reference", threads: 2 };
    const answer = { theirs: read("00"), outcome: read("00"), others: [{ way, outcome: read("01") }] };
    assert.equal(verdictOf(call("1"), answer).kind, "different");
  });

  test("is meant only where the very field or row is the reason", () => {
    // The last date is another one.
    const dates = (text: string, options: Case["options"] = {}, columns = 1): string => {
      const read = (bytes: string): Read => ({
        arrays: [{ shape: columns === 1 ? [2] : [columns, 2], descr: "<M8[D]", bytes }],
        several: false,
        empty: false,
      });
      const dates = 2 * columns;
      return verdictOf(call(text, options, "M8[D]"), {
        theirs: read(`${"00".repeat(8 * (dates - 1))}${"01".repeat(8)}`),
        outcome: read("00".repeat(8 * dates)),
        others: [],
      }).kind;
    };
    assert.equal(dates("1970-01-01\n-93372036854774148-01-01\n"), "meant");
    assert.equal(dates("-93372036854774148-01-01\n1970-01-02\n"), "different");
    assert.equal(dates("1970-01-01\n-93372036854774148-01-01\n", { unpack: true }), "meant");
    assert.equal(dates("1970-01-01 7-01-01\n8-01-01 -93372036854774148-01-01\n", { unpack: true }, 2), "meant");
    assert.equal(dates("1970-01-01 -93372036854774148-01-01\n8-01-01 7-01-01\n", { unpack: true }, 2), "different");
    const theirs: NumpyRefusal = {
      refused: "ValueError",
      message: "could not convert string 'b' to |S4 at row 1, column 1.",
      place: { what: "value", row: 1, column: 1 },
    };
    const latin = (text: string, outcome: Read | OurRefusal): string =>
      verdictOf(call(text, { converters: "upper" }, "S4"), { theirs, outcome, others: [] }).kind;
    assert.equal(latin("a\né\n", read("00")), "meant");
    assert.equal(latin("é\nb\n", read("00")), "different");
    assert.equal(latin("a\né\n–\n", refused("TEXT_BAD_VALUE", 3, 1)), "meant");
    assert.equal(latin("–\né\n", refused("TEXT_BAD_VALUE", 1, 1)), "different");
  });

  test("is shown by the smallest call that still has it", async () => {
    const large = call("1,2,3\n4,bad,6\r\n7,8,9\n", { delimiter: ",", ndmin: 2, usecols: [0, 1] }, [
      ["a", "<i4"],
      ["b", ">U3", [2]],
    ]);
    const small = await shrink(large, async ({ text, options }) => text.includes("bad") && options.delimiter === ",");
    assert.deepEqual(small, call("bad", { delimiter: "," }, "U3"));
  });
});

test("a printed call is the one that was compared", { skip: withoutPython }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "sharray-spell-"));
  try {
    const calls = Array.from({ length: 60 }, (_, seed) => makeCase(seed)).filter(({ options }) => !options.converters);
    const written = calls.map((one) => (one.source === "lines" ? "" : Buffer.from(encoded(one)).toString("hex")));
    writeFileSync(join(folder, "calls.json"), JSON.stringify(calls.map((one) => spell(one).split("\n")[1])));
    const program = `
import json, os, sys
import numpy as np
os.chdir(sys.argv[1])
written = []
for line in json.load(open("calls.json")):
    write, read = line.split("; np.loadtxt", 1) if line.startswith("open(") else ("", line[len("np.loadtxt"):])
    if write:
        with eval(write.split(".write", 1)[0]) as file:
            file.write(eval(write.split(".write", 1)[1]))
    compile("np.loadtxt" + read, "call", "eval")
    written.append(open("t.txt", "rb").read().hex() if write else "")
print(json.dumps(written))`;
    assert.deepEqual(JSON.parse(await python(program, [folder])), written);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
