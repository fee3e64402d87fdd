import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { type DType, type DTypeLike, dtypeOf, SharrayError } from "sharray";
import { layoutOf } from "../../dist/dtype/layout.js";

function fault(run: () => unknown): SharrayError {
  try {
    run();
  } catch (error) {
    if (error instanceof SharrayError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const methylation = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["pct", "f4"],
] as const;

test("a dtype tells its kind, size, fields and NumPy's spelling", () => {
  const dtype = dtypeOf(methylation);
  assert.equal(dtype.kind, "V");
  assert.equal(dtype.itemsize, 18);
  assert.deepEqual(dtype.names, ["chr", "pos", "pct"]);
  assert.equal(dtype.fields?.get("pct")?.offset, 14);
  assert.equal(dtype.fields?.get("pct")?.dtype.kind, "f");
  assert.deepEqual(dtype.descr, [
    ["chr", "|S10"],
    ["pos", "<i4"],
    ["pct", "<f4"],
  ]);
  assert.equal(JSON.stringify(dtype), JSON.stringify(dtype.descr));
  assert.equal(inspect(dtypeOf("f8")), 'dtype("<f8")');
  assert.equal(dtypeOf("?").descr, "|b1");
  assert.equal(dtypeOf("=M8[1ms]").descr, "<M8[ms]");
  assert.equal(dtypeOf("M8[ms]").unit, "ms");
});

test("a sub-array may be given by a single number", () => {
  assert.deepEqual(dtypeOf([["a", "i4", 3]]).descr, [["a", "<i4", [3]]]);
  assert.deepEqual(dtypeOf([["a", "i4", []]]).descr, [["a", "<i4"]]);
});

test("a dtype is taken where a description is, also within a record", () => {
  const inner = dtypeOf([["a", "i2"]]);
  assert.equal(dtypeOf(inner), inner);
  assert.equal(dtypeOf([["in", inner as unknown as DTypeLike]]).itemsize, 2);
});

test("faults of a text point at the character", () => {
  const cases: [string, number][] = [
    ["", 0],
    ["x4", 0],
    ["<", 1],
    ["<i3", 2],
    ["i", 0],
    [">f", 2],
    ["S", 1],
    ["U", 1],
    ["i4x", 2],
    ["f4 ", 2],
    ["M8[parsec]", 2],
    ["<m8[0s]", 4],
    ["M8s", 2],
    ["float64", 0],
    ["b8", 1],
    ["f16", 1],
    ["S-1", 1],
    ["i4,f8", 2],
    ["3i4", 0],
    ["S2147483648", 1],
    ["U536870912", 1],
    ["M8[", 2],
    ["M8[]", 2],
    ["M8[D/24]", 2],
    ["M8[2147483648s]", 3],
    ["M8[25generic]", 2],
    ["m08[s]", 1],
    ["M4[s]", 1],
    ["i\uff14", 1],
    ["😀4", 0],
    ["constructor", 0],
    ["__proto__", 0],
    ["hasOwnProperty", 0],
    ["chr:S10,pos:i4", 0],
    ["[('a', '<i4')]", 0],
    [`S${"9".repeat(400)}`, 1],
    [`i4${"x".repeat(500)}`, 2],
  ];
  for (const [text, position] of cases) {
    const error = fault(() => dtypeOf(text));
    assert.equal(error.code, "BAD_DTYPE", text);
    assert.equal(error.details.position, position, `${text}: ${error.message}`);
    assert.match(error.message, new RegExp(`character ${position + 1}`), text);
  }
});

test("words that other libraries use are answered with the spelling that is meant", () => {
  assert.match(fault(() => dtypeOf("float64")).message, /Write "f8"/);
  assert.match(fault(() => dtypeOf("uint16")).message, /Write "u2"/);
  assert.match(fault(() => dtypeOf("datetime64[ns]")).message, /Write "M8\[ns\]"/);
  assert.match(fault(() => dtypeOf("str")).message, /U<n>/);
});

test("faults of a list point at the field", () => {
  const cases: [unknown, string][] = [
    [
      [
        ["a", "i4"],
        ["a", "f8"],
      ],
      "a",
    ],
    [
      [
        ["a", "i4"],
        ["b", "i5"],
      ],
      "b",
    ],
    [
      [
        [
          "in",
          [
            ["x", "i4"],
            ["y", "q9"],
          ],
        ],
      ],
      "in.y",
    ],
    [[["a", "i4", [-1]]], "a"],
    [[["a", "i4", "3"]], "a"],
    [[["a"]], ""],
    [["a", "i4"], ""],
    [[[1, "i4"]], ""],
    [[["", "i4"]], ""],
    [[["a\ud800", "i4"]], "a\ud800"],
    [[[["title", "a"], "i4"]], ""],
    [[["a", 4]], "a"],
    [[["a", "i4", null]], "a"],
    [[["a", "i4", [2, 1.5]]], "a"],
    [[["a", "i4", 2 ** 31]], "a"],
    [[["a", "i4", Array(65).fill(1)]], "a"],
    [[["a", [["i4", Array(40).fill(1)], 1], Array(40).fill(1)]], "a"],
    [[["a", "S0", [2]]], "a"],
    [
      [
        [
          "in",
          [
            ["a", "i4", [2]],
            ["x", "V4", [2, -2]],
          ],
        ],
      ],
      "in.x",
    ],
    [[["in", [["deep", [["a", "S"]]]]]], "in.deep.a"],
    [[["n".repeat(500), "x4"]], "n".repeat(500)],
    [
      [
        ["a", "V2000000000"],
        ["b", "V2000000000"],
      ],
      "b",
    ],
  ];
  for (const [list, field] of cases) {
    const error = fault(() => dtypeOf(list as DTypeLike));
    assert.equal(error.code, "BAD_DTYPE");
    assert.equal(error.details.field, field, error.message);
    assert.equal(typeof error.details.index, "number", error.message);
    assert.ok(error.message.length < 500, error.message);
  }
  assert.equal(fault(() => dtypeOf(null as unknown as string)).code, "BAD_DTYPE");
  assert.equal(fault(() => dtypeOf("f8", { aligned: true } as object)).code, "BAD_ARGUMENT");
});

test("a record that lies too deep is refused, not a crash", () => {
  let deep: DTypeLike = "i4";
  for (let i = 0; i < 100000; i++) deep = [["a", deep]];
  assert.equal(fault(() => dtypeOf(deep)).code, "BAD_DTYPE");
});

test("the layout for native code holds offsets, sizes and the order of bytes", () => {
  const dtype = dtypeOf([
    ["a", ">i4"],
    ["", "|V2"],
    ["xy", "<f4", [2, 3]],
    ["in", [["t", "M8[s]"]]],
  ]);
  assert.deepEqual(layoutOf(dtype), {
    kind: "record",
    size: 38,
    fields: [
      { name: "a", offset: 0, layout: { kind: "i", size: 4, swap: true } },
      {
        name: "xy",
        offset: 6,
        layout: { kind: "array", size: 24, shape: [2, 3], base: { kind: "f", size: 4, swap: false } },
      },
      {
        name: "in",
        offset: 30,
        layout: {
          kind: "record",
          size: 8,
          fields: [{ name: "t", offset: 0, layout: { kind: "M", size: 8, swap: false } }],
        },
      },
    ],
  });
});

test("what JSON cannot say is refused as any other value", () => {
  const circle: unknown[] = ["a"];
  circle.push(circle, circle, circle);
  for (const field of [5n, ["a"], [5n, "<i4"], ["a", "<i4", 5n], ["a", "<i4", [2, 5n]], circle]) {
    assert.throws(() => dtypeOf([field] as unknown as DTypeLike), { code: "BAD_DTYPE" });
  }
});

test("a field's dtype may be NumPy's pair of a dtype and a shape", () => {
  const pair = [
    ["a", ["<i4", 3], [2]],
    ["b", [[["x", "i2"]], [4]]],
  ] as unknown as DTypeLike;
  assert.deepEqual(dtypeOf(pair).descr, [
    ["a", "<i4", [2, 3]],
    ["b", [["x", "<i2"]], [4]],
  ]);
  const fields = dtypeOf([
    [
      "a",
      [
        ["x", "i2"],
        ["y", "i4", [2]],
      ],
    ],
  ] as const);
  assert.equal(fields.itemsize, 10);
});

test("messages say what is wrong, where, and what to write", () => {
  const messages: [unknown, string][] = [
    ["f5", `dtype "f5", character 2: "f" of 5 bytes does not exist. It takes 2, 4, 8.`],
    [
      [["in", [["y", "f5"]]]],
      `dtype, field "in.y", number 1 of its list, "f5", character 2: "f" of 5 bytes does not exist. It takes 2, 4, 8.`,
    ],
    [
      [["a", "i4", [-1]]],
      `dtype, field "a", number 1 of its list: its shape is [ -1 ]; a sub-array takes a list of sizes, such as [3] or [2, 3].`,
    ],
    [[["a"]], `dtype, number 1 of its list: [ 'a' ] is not a field; a field is [name, dtype] or [name, dtype, shape].`],
    [5, `dtype: a dtype is a text such as "<f8" or a list of fields, not 5.`],
    [
      [[["t", "a"], "i4"]],
      `dtype, number 1 of its list: its name is [ 't', 'a' ]; a name is a text (NumPy's titles are not supported: give the name alone).`,
    ],
  ];
  for (const [dtype, message] of messages) assert.equal(fault(() => dtypeOf(dtype as DTypeLike)).message, message);
});

test("a hole in a list is not a field", () => {
  const holey: unknown[] = [["a", "i4"]];
  holey[2] = ["b", "i4"];
  const error = fault(() => dtypeOf(holey as unknown as DTypeLike));
  assert.equal(error.details.index, 1);
});

test("fields may have any name", () => {
  const names = ["__proto__", "constructor", " ", "\u200b", '"', "'", "\\", "\0", "😀", "a.b", "名".repeat(1000)];
  const dtype = dtypeOf(names.map((name) => [name, "i2"] as const));
  assert.deepEqual(dtype.names, names);
  assert.deepEqual(
    JSON.parse(JSON.stringify(dtype)),
    names.map((name) => [name, "<i2"]),
  );
});

test("a dtype is printed as its descr, a long one with a field on each line", () => {
  const short = dtypeOf([
    ["a", "i4"],
    ["b", "f4", [2, 3]],
    ["in", [["x", "i2"]]],
  ] as const);
  assert.equal(inspect(short), 'dtype([["a", "<i4"], ["b", "<f4", [2, 3]], ["in", [["x", "<i2"]]]])');
  const long = dtypeOf([
    ["name that is long", "i4"],
    ["another long name", "f4"],
    ["third", "M8[ms]"],
    ["", "V4"],
    ["in", [["x", "i2"]], [2]],
  ] as const);
  const lines = [
    '["name that is long", "<i4"]',
    '["another long name", "<f4"]',
    '["third", "<M8[ms]"]',
    '["", "|V4"]',
    '["in", [["x", "<i2"]], [2]]',
  ];
  assert.equal(inspect(long), `dtype([\n  ${lines.join(",\n  ")},\n])`);
  assert.equal(inspect(long, { breakLength: Infinity }), `dtype([${lines.join(", ")}])`);
  assert.equal(inspect({ a: { long } }, { depth: 0 }), "{ a: [Object] }");
  assert.equal(inspect(long, { depth: -1 }), "[DType]");
  assert.equal(inspect({ d: dtypeOf("M8[ms]") }), '{ d: dtype("<M8[ms]") }');
  assert.equal(`${dtypeOf(">f8")}`, ">f8");
  assert.equal(`${dtypeOf([["a", "i4"]])}`, '[["a","<i4"]]');
  const wide = dtypeOf(Array.from({ length: 5000 }, (_, i) => [`${i}${"x".repeat(1000)}`, "i4"] as const));
  assert.match(inspect(wide), /\.\.\. 4940 more,\n\]\)$/);
  assert.ok(inspect(wide).length < 20000);
});

test("lists that say the same give one dtype, as texts do; a list that changes says something else", () => {
  const list: [string, string][] = [
    ["a", "i4"],
    ["b", "S3"],
  ];
  const dtype = dtypeOf(list as never) as DType;
  assert.equal(
    dtypeOf([
      ["a", "i4"],
      ["b", "S3"],
    ] as const),
    dtype,
  );
  for (const [i, other] of [
    ["a", "i8"],
    ["ab", "i4"],
    ["", "V4"],
  ].entries()) {
    list[0] = other as [string, string];
    const made = dtypeOf(list as never) as DType;
    assert.ok(!made.equals(dtype));
    assert.deepEqual(made.names, [["a", "b"], ["ab", "b"], ["b"]][i]);
  }
  list[0] = ["a", "i4"];
  const aligned = dtypeOf(list as never, { align: true }) as DType;
  assert.equal(aligned.itemsize, 8);
  assert.equal(dtype.itemsize, 7);
});
