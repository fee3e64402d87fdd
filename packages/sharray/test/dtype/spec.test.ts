import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type DTypeLike, dtypeOf, SharrayError } from "sharray";
import { parseSpec } from "../../dist/dtype/spec.js";
import { dtypes, names, scalars } from "./arbitrary.ts";

test("a spec is the list of its fields", () => {
  const dtype = parseSpec("chr:S10,pos:i4,pct:f4,c:i4,t:i4");
  assert.equal(dtype.itemsize, 26);
  assert.deepEqual(dtype.names, ["chr", "pos", "pct", "c", "t"]);
  assert.deepEqual(parseSpec(" a b : >i4 ,x:M8[25s]").descr, [
    ["a b", ">i4"],
    ["x", "<M8[25s]"],
  ]);
});

test("a single type, and JSON of a description, are specs too", () => {
  assert.equal(parseSpec("f8").descr, "<f8");
  assert.deepEqual(parseSpec('[["a", "i4", [2]], ["b", [["c", "f4"]]]]').descr, [
    ["a", "<i4", [2]],
    ["b", [["c", "<f4"]]],
  ]);
  assert.equal(parseSpec('"<f4"').descr, "<f4");
  assert.deepEqual(
    parseSpec(
      "[('a', '>i4', (2, 3)), ('', '|V4'), ('b', [(u'it\\'s', '<f4')], (2,)), ('\\u4e2d\\x41', ('<i2', (3,)), (2,))]",
    ).descr,
    [
      ["a", ">i4", [2, 3]],
      ["", "|V4"],
      ["b", [["it's", "<f4"]], [2]],
      ["中A", "<i2", [2, 3]],
    ],
  );
  assert.deepEqual(parseSpec('[["\\ud83d\\ude00\\/\\n", "i4"]]').names, ["😀/\n"]);
});

test("any name without colon, comma and outer blanks is kept", () => {
  const plain = names.filter((name) => !/[:,]/.test(name) && name === name.trim() && !/^[["]/.test(name));
  fc.assert(
    fc.property(
      fc.uniqueArray(plain, { minLength: 1, maxLength: 6 }),
      fc.array(scalars(1), { minLength: 6, maxLength: 6 }),
      (list, types) => {
        const fields = list.map((name, i) => [name, types[i]!] as const);
        const dtype = parseSpec(fields.map(([name, type]) => `${name}:${type}`).join(","));
        assert.ok(dtype.equals(fields));
      },
    ),
  );
});

test("every dtype comes back from the JSON of its descr", () => {
  fc.assert(
    fc.property(dtypes(), (description: DTypeLike) => {
      const dtype = dtypeOf(description);
      assert.ok(parseSpec(JSON.stringify(dtype.descr)).equals(dtype.descr));
    }),
  );
});

test("faults point at the character of the whole text, and name the field", () => {
  const cases: [string, number, string | undefined][] = [
    ["", 0, undefined],
    ["a:i4,b:f5", 8, "b"],
    ["a:i4, b: x4", 9, "b"],
    ["a:i4,b", 5, undefined],
    ["a:i4,,b:i4", 5, undefined],
    [":i4", 0, undefined],
    ["a:i4,a:f8", 5, "a"],
    ["a:", 2, "a"],
    ['[["a", i4]]', 7, undefined],
    ["  f5", 3, undefined],
    ['[["a", "i4"], ["b", "f5"]]', 22, "b"],
    ['[["a", "i4"], ["in", [["x", "i4", [2]], ["y", "M8[x]"]]]]', 49, "in.y"],
    ["[('a', '<i4'), ('b', '<i4', (2, -1))]", 28, "b"],
    ["[('a', '<i4'), ('a', '<i4')]", 15, "a"],
    ["[('a', '<i4', (2,)), ('b',)]", 21, ""],
    [`[('a', "i\\x39")]`, 8, "a"],
    ["[(('title', 'a'), '<i4')]", 2, ""],
    ["[('a', ('<i5', 3), (2,))]", 11, "a"],
    ["[('a', '<i4')", 13, undefined],
    ["[('a' '<i4')]", 6, undefined],
    ["[('a', '<i4')] x", 15, undefined],
    ["[('a', '<i4\n')]", 11, undefined],
    ["[('\\q', '<i4')]", 3, undefined],
    ["[('\\x4', '<i4')]", 5, undefined],
    ["[('\\U00110000', '<i4')]", 5, undefined],
    ["[{'a': 1}]", 1, undefined],
    ["[", 1, undefined],
    [`"f5"`, 2, undefined],
  ];
  for (const [text, position, field] of cases) {
    assert.throws(
      () => parseSpec(text),
      (error) => {
        assert.ok(error instanceof SharrayError);
        assert.equal(error.code, "BAD_DTYPE", text);
        assert.equal(error.details.position, position, `${text}: ${error.message}`);
        assert.equal(error.details.field, field, text);
        return true;
      },
    );
  }
});
