import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as arrow from "apache-arrow";
import { type DTypeLike, type FieldList, SharedArray, type SharrayError } from "sharray";
import { refusal } from "./refusal.ts";

const NAT = -(2n ** 63n);

function refused(code: string, run: () => unknown): SharrayError {
  const error = refusal(run);
  assert.equal(error.code, code, error.message);
  return error;
}

/** The dtype and the elements that a vector becomes. */
function read(vector: arrow.Vector, options: Parameters<typeof SharedArray.fromArrow>[1] = {}): [DTypeLike, unknown] {
  using a = SharedArray.fromArrow(vector, options);
  return [a.dtype.descr, a.toArray()];
}

const texts = ["a", "", "ccc", "é", "dd"];

describe("fromArrow", () => {
  test("makes records of a table, in columns, which others can attach to", () => {
    const table = arrow.tableFromArrays({
      pos: new Int32Array([1, 2, 3]),
      pct: new Float32Array([0.5, 1, Number.NaN]),
    });
    using a = SharedArray.fromArrow(table);
    assert.deepEqual(a.dtype.descr, [["pos", "<i4"] as const, ["pct", "<f4"] as const]);
    assert.deepEqual([a.shape, a.layout], [[3], "columns"]);
    using b = SharedArray.attach(a.handle());
    assert.deepEqual(b.get(1), { pos: 2, pct: 1 });
    assert.deepEqual(b.field("pos" as never).toArray(), [1, 2, 3]);
    using rows = SharedArray.fromArrow(table.batches[0]!, { layout: "rows", name: true });
    assert.deepEqual([rows.layout, rows.toArray()], ["rows", a.toArray()]);
    assert.match(String(rows.name), /^sharray\./);
    using bytes = SharedArray.fromArrow(arrow.tableToIPC(table));
    assert.deepEqual(bytes.toArray(), a.toArray());
  });

  test("takes every kind of numbers", () => {
    const arrays = {
      "|i1": new Int8Array([-1, 2]),
      "|u1": new Uint8Array([255, 2]),
      "<i2": new Int16Array([-1, 2]),
      "<u2": new Uint16Array([65535, 2]),
      "<i4": new Int32Array([-1, 2]),
      "<u4": new Uint32Array([2 ** 32 - 1, 2]),
      "<i8": new BigInt64Array([-(2n ** 63n), 2n]),
      "<u8": new BigUint64Array([2n ** 64n - 1n, 2n]),
      "<f4": new Float32Array([0.5, Infinity]),
      "<f8": new Float64Array([0.1, -0]),
    };
    for (const [descr, array] of Object.entries(arrays)) {
      assert.deepEqual(read(arrow.makeVector(array as Int32Array)), [descr, [...array]]);
    }
    const halves = arrow.makeVector(
      new arrow.Data(new arrow.Float16(), 0, 1, 0, [undefined, new Uint16Array([0x3e00])] as never),
    );
    assert.deepEqual(read(halves), ["<f2", [1.5]]);
    assert.deepEqual(read(arrow.vectorFromArray([true, false, true])), ["|b1", [true, false, true]]);
  });

  test("takes texts of every type that Arrow has: S where all characters are latin1, else U", () => {
    for (const type of [
      new arrow.Utf8(),
      new arrow.LargeUtf8(),
      new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()),
    ]) {
      assert.deepEqual(read(arrow.vectorFromArray(texts, type)), ["|S3", texts], String(type));
      const wide = ["€uro", "😀", ""];
      assert.deepEqual(read(arrow.vectorFromArray(wide, type)), ["<U4", wide], String(type));
      assert.deepEqual(read(arrow.vectorFromArray(texts, type), { dtype: ">U5" }), [">U5", texts], String(type));
      assert.deepEqual(read(arrow.vectorFromArray(texts, type).slice(2, 4)), ["|S3", ["ccc", "é"]], String(type));
    }
    assert.deepEqual(read(arrow.vectorFromArray([""], new arrow.Utf8())), ["|S1", [""]]);
    assert.deepEqual(read(arrow.vectorFromArray([] as string[], new arrow.Utf8())), ["|S1", []]);
  });

  test("takes texts in views, short ones within and long ones in buffers", () => {
    const long = "longer than twelve bytes";
    const buffer = new TextEncoder().encode(`x${long}`);
    const views = new Uint8Array(48);
    const view = new DataView(views.buffer);
    view.setInt32(0, 2, true);
    views.set([104, 105], 4);
    view.setInt32(16, long.length, true);
    view.setInt32(16 + 12, 1, true);
    const data = arrow.makeData({ type: new arrow.Utf8View(), length: 3, views, variadicBuffers: [buffer] });
    assert.deepEqual(read(new arrow.Vector([data])), ["|S24", ["hi", long, ""]]);
    assert.deepEqual(read(new arrow.Vector([data]).slice(1)), ["|S24", [long, ""]]);
    const binary = arrow.makeData({ type: new arrow.BinaryView(), length: 1, views, variadicBuffers: [buffer] });
    assert.deepEqual(read(new arrow.Vector([binary])), ["|V2", [new Uint8Array([104, 105])]]);
  });

  test("takes bytes: void where all have one length, else S", () => {
    const same = [new Uint8Array([1, 0]), new Uint8Array([2, 0])];
    assert.deepEqual(read(arrow.vectorFromArray(same, new arrow.Binary())), ["|V2", same]);
    const other = [new Uint8Array([0xff]), new Uint8Array([97, 98])];
    for (const type of [new arrow.Binary(), new arrow.LargeBinary()]) {
      assert.deepEqual(read(arrow.vectorFromArray(other, type)), ["|S2", ["ÿ", "ab"]]);
    }
    assert.deepEqual(read(arrow.vectorFromArray(same, new arrow.FixedSizeBinary(2))), ["|V2", same]);
  });

  test("takes times in the unit that they have, and the instants of those with a time zone", () => {
    const instants = [new Date("2024-02-29T12:00:00Z"), null];
    const ms = BigInt(instants[0]!.valueOf());
    const units: [arrow.DataType, string, bigint][] = [
      [new arrow.TimestampSecond(), "<M8[s]", ms / 1000n],
      [new arrow.TimestampMillisecond("Europe/Berlin"), "<M8[ms]", ms],
      [new arrow.TimestampMicrosecond(), "<M8[us]", ms * 1000n],
      [new arrow.TimestampNanosecond("UTC"), "<M8[ns]", ms * 1_000_000n],
      [new arrow.DateDay(), "<M8[D]", ms / 86_400_000n],
      [new arrow.DateMillisecond(), "<M8[ms]", ms],
    ];
    for (const [type, descr, value] of units) {
      assert.deepEqual(read(arrow.vectorFromArray(instants, type)), [descr, [value, NAT]], String(type));
    }
    const durations: [arrow.DataType, string][] = [
      [new arrow.DurationSecond(), "<m8[s]"],
      [new arrow.DurationNanosecond(), "<m8[ns]"],
      [new arrow.TimeMicrosecond(), "<m8[us]"],
    ];
    for (const [type, descr] of durations) {
      assert.deepEqual(read(arrow.vectorFromArray([5n, null], type)), [descr, [5n, NAT]], String(type));
    }
    assert.deepEqual(read(arrow.vectorFromArray([1000, null], new arrow.TimeMillisecond())), ["<m8[ms]", [1000n, NAT]]);
    const days = arrow.vectorFromArray([new Date("2024-02-01")], new arrow.DateDay());
    assert.deepEqual(read(days, { dtype: "<M8[M]" }), ["<M8[M]", [649n]]);
    assert.deepEqual(read(days, { dtype: ">M8[s]" }), [">M8[s]", [1_706_745_600n]]);
    assert.match(refused("BAD_VALUE", () => read(days, { dtype: "<M8[Y]" })).message, /row 0.*no whole/);
    refused("BAD_VALUE", () => read(days, { dtype: "<m8[D]" }));
    refused("BAD_VALUE", () => read(days, { dtype: "<M8[ps]" }));
  });

  test("takes lists of one size as sub-arrays, and structs as records", () => {
    const pairs = new arrow.FixedSizeList(2, new arrow.Field("item", new arrow.Int16()));
    const list = arrow.vectorFromArray([[1, 2], [3, 4], [5, 6]], pairs); // biome-ignore format: one row a pair
    const point = new arrow.Struct([new arrow.Field("x", new arrow.Int8()), new arrow.Field("t", new arrow.Utf8())]);
    const points = arrow.vectorFromArray([{ x: 1, t: "a" }, { x: 2, t: "bb" }, { x: 3, t: "" }], point); // biome-ignore format: short
    const table = new arrow.Table({ list, points });
    using a = SharedArray.fromArrow(table.slice(1));
    assert.deepEqual(a.dtype.descr, [["list", "<i2", [2]], ["points", [["x", "|i1"], ["t", "|S2"]]]] as FieldList); // biome-ignore format: short
    assert.deepEqual(a.toArray(), [
      { list: [3, 4], points: { x: 2, t: "bb" } },
      { list: [5, 6], points: { x: 3, t: "" } },
    ]);
    refused("BAD_SHAPE", () => SharedArray.fromArrow(table, { dtype: [["list", "<i2", [3]]] }));
    refused("BAD_SHAPE", () => SharedArray.fromArrow(table, { dtype: [["list", "<i2"]] }));
    refused("BAD_SHAPE", () => SharedArray.fromArrow(table, { dtype: [["points", [["x", "i1", [1]]]]] }));
    refused("NOT_FOUND", () => SharedArray.fromArrow(table, { dtype: [["points", [["y", "i1"]]]] }));
    refused("BAD_VALUE", () => SharedArray.fromArrow(table, { dtype: [["points", "i1"]] }));
  });

  test("takes chunked and sliced columns, and dictionaries that differ from chunk to chunk", () => {
    const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32());
    const chunks = [["a", "b", "a"], ["cc"], []].map((values) => arrow.vectorFromArray(values, type));
    const vector = new arrow.Vector(chunks.flatMap((chunk) => chunk.data));
    assert.deepEqual(read(vector), ["|S2", ["a", "b", "a", "cc"]]);
    const flags = arrow.vectorFromArray([true, false, false, true, true, false, true, true, false, true]);
    assert.deepEqual(read(flags.slice(3, 9).concat(flags.slice(9)))[1], [true, true, false, true, true, false, true]);
    const numbers = arrow.makeVector(new Float64Array([0, 1, 2, 3])).concat(arrow.makeVector(new Float64Array([4, 5])));
    assert.deepEqual(read(numbers.slice(1, 5))[1], [1, 2, 3, 4]);
  });

  test("makes NaN and NaT of nulls, takes what fill says, and else refuses them, naming column and row", () => {
    const values = [1.5, null, 2];
    assert.deepEqual(read(arrow.vectorFromArray(values, new arrow.Float32()))[1], [1.5, Number.NaN, 2]);
    const table = new arrow.Table({
      n: arrow.vectorFromArray([7, 8, null], new arrow.Int32()),
      t: arrow.vectorFromArray([null, "x", "yy"], new arrow.Utf8()),
      d: arrow.vectorFromArray(["p", null, "p"], new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8())),
      b: arrow.vectorFromArray([true, null, false], new arrow.Bool()),
    });
    const { message, details } = refused("BAD_VALUE", () => SharedArray.fromArrow(table));
    assert.deepEqual([details.field, details.row], ["n", 2]);
    assert.match(message, /\{ fill: \{ "n": \.\.\. \} \}/);
    using a = SharedArray.fromArrow(table, { fill: { n: -1, t: "-", d: "none", b: true }, dtype: [["n", ">i2"], ["t", "U2"], ["d", "S4"], ["b", "?"]] }); // biome-ignore format: one line
    assert.deepEqual(a.toArray(), [
      { n: 7, t: "-", d: "p", b: true },
      { n: 8, t: "x", d: "none", b: true },
      { n: -1, t: "yy", d: "p", b: false },
    ]);
    const misfit = refused("BAD_VALUE", () => SharedArray.fromArrow(table, { fill: { n: "x" } }));
    assert.deepEqual([misfit.details.field, misfit.details.row], ["n", 2]);
    refused("NOT_FOUND", () => SharedArray.fromArrow(table, { fill: { m: 0 } }));
    refused("BAD_ARGUMENT", () => SharedArray.fromArrow(table, { fill: 0 as never }));
    const point = new arrow.Struct([
      new arrow.Field("x", new arrow.Int8(), true),
      new arrow.Field("y", new arrow.Float64(), true),
    ]);
    const points = new arrow.Table({ p: arrow.vectorFromArray([{ x: 1, y: 2 }, null], point) });
    assert.deepEqual(refused("BAD_VALUE", () => SharedArray.fromArrow(points)).details.field, "p.x");
    using p = SharedArray.fromArrow(points, { fill: { "p.x": 9 } });
    assert.deepEqual(p.toArray(), [{ p: { x: 1, y: 2 } }, { p: { x: 9, y: Number.NaN } }]);
    const nothing = new arrow.Vector([arrow.makeData({ type: new arrow.Null(), length: 2 })]);
    assert.match(refused("NOT_SUPPORTED", () => read(nothing)).message, /give dtype/);
    assert.deepEqual(read(nothing, { dtype: "<i2", fill: { value: 3 } }), ["<i2", [3, 3]]);
    assert.deepEqual(read(nothing, { dtype: "<f8" })[1], [Number.NaN, Number.NaN]);
  });

  test("refuses columns that no dtype holds, naming them and what to do", () => {
    const one = (type: arrow.DataType): arrow.Table =>
      new arrow.Table(
        new arrow.Schema([new arrow.Field("odd", type)]),
        [
          arrow.makeData({
            type: new arrow.Struct([new arrow.Field("odd", type)]),
            length: 0,
            children: [arrow.makeData({ type, length: 0 } as never)],
          }),
        ].map((data) => new arrow.RecordBatch(new arrow.Schema([new arrow.Field("odd", type)]), data)),
      );
    for (const type of [
      new arrow.Decimal(2, 10),
      new arrow.IntervalYearMonth(),
      new arrow.List(new arrow.Field("item", new arrow.Int8())),
    ]) {
      const { details, message } = refused("NOT_SUPPORTED", () => SharedArray.fromArrow(one(type)));
      assert.equal(details.field, "odd");
      assert.match(message, /cast it/);
    }
    const unnamed = new arrow.Table({ "": arrow.makeVector(new Int8Array(1)) });
    assert.match(refused("NOT_SUPPORTED", () => SharedArray.fromArrow(unnamed)).message, /no name/);
  });

  test("puts columns into the fields of a dtype by their names, and refuses what does not fit, leaving nothing open", () => {
    const table = arrow.tableFromArrays({ a: [1, 300], b: ["x", "long"], c: new Int32Array([1, 2]) });
    using some = SharedArray.fromArrow(table, { dtype: [["c", "<f8"], ["b", "S5"]], layout: "rows" }); // biome-ignore format: short
    assert.deepEqual(some.toArray(), [{ c: 1, b: "x" }, { c: 2, b: "long" }]); // biome-ignore format: short
    const cases: [DTypeLike, code: string, row: number | undefined][] = [
      [[["a", "u1"]], "BAD_VALUE", 1],
      [[["b", "S3"]], "BAD_VALUE", 1],
      [[["b", "<i4"]], "BAD_VALUE", undefined],
      [[["c", "S3"]], "BAD_VALUE", undefined],
      [[["nope", "S3"]], "NOT_FOUND", undefined],
      ["<f8", "BAD_ARGUMENT", undefined],
      ["<g8", "BAD_DTYPE", undefined],
    ];
    for (const [dtype, code, row] of cases) {
      assert.equal(
        refused(code, () => SharedArray.fromArrow(table, { dtype })).details.row,
        row,
        JSON.stringify(dtype),
      );
    }
    const wide = arrow.vectorFromArray(["ab", "€"], new arrow.Utf8());
    assert.match(refused("BAD_VALUE", () => read(wide, { dtype: "S9" })).message, /row 1.*U\+00FF/);
  });

  test("refuses what is no table, and options that it does not know", () => {
    const table = arrow.tableFromArrays({ a: [1] });
    for (const other of [
      null,
      undefined,
      3,
      {},
      [],
      { schema: {} },
      { schema: { fields: [] }, batches: [3] },
      new Uint8Array(9),
    ]) {
      refused("BAD_ARGUMENT", () => SharedArray.fromArrow(other as never));
    }
    refused("BAD_ARGUMENT", () => SharedArray.fromArrow(new arrow.Table()));
    refused("BAD_ARGUMENT", () => SharedArray.fromArrow(table, { dtypes: "<f8" } as never));
    refused("BAD_ARGUMENT", () => SharedArray.fromArrow(table, { layout: "row" as "rows" }));
    refused("BAD_ARGUMENT", () => SharedArray.fromArrow(table.getChild("a")!, { layout: "columns" }));
    const twice = new arrow.Schema(["a", "a"].map((name) => new arrow.Field(name, new arrow.Int8())));
    refused("BAD_ARGUMENT", () => SharedArray.fromArrow(new arrow.Table(twice)));
  });
});
