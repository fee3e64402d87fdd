import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as arrow from "apache-arrow";
import { dtypeOf, NDArray, SharedArray, type SharrayError } from "sharray";
import { refusal } from "./refusal.ts";

function refused(code: string, run: () => unknown): SharrayError {
  const error = refusal(run);
  assert.equal(error.code, code, error.message);
  return error;
}

const NAT = -(2n ** 63n);

/** The values of a column, sub-arrays and records as plain lists and objects. */
function plain(value: unknown): unknown {
  if (value instanceof arrow.Vector) return [...value].map(plain);
  if (ArrayBuffer.isView(value)) return [...(value as Uint8Array)];
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries([...(value as Iterable<[string, unknown]>)].map(([name, inner]) => [name, plain(inner)]));
}

function columnOf(table: arrow.Table, name: string): unknown[] {
  return [...table.getChild(name)!].map(plain);
}

describe("toArrow", () => {
  test("gives the table that the program's own apache-arrow knows", () => {
    using a = SharedArray.from(
      [
        { chr: "chr1", pos: 7 },
        { chr: "chrX", pos: -1 },
      ],
      { dtype: [["chr", "S5"] as const, ["pos", "<i4"] as const] },
    );
    const table = a.toArrow();
    assert.ok(table instanceof arrow.Table);
    assert.equal(table.numRows, 2);
    assert.deepEqual(table.toArray().map(plain), [
      { chr: "chr1", pos: 7 },
      { chr: "chrX", pos: -1 },
    ]);
    assert.deepEqual(plain(table.get(1)), { chr: "chrX", pos: -1 });
    const again = arrow.tableFromIPC(arrow.tableToIPC(table));
    assert.deepEqual(columnOf(again, "chr"), ["chr1", "chrX"]);
    assert.deepEqual(columnOf(again, "pos"), [7, -1]);
  });

  test("maps every dtype", () => {
    const dtype = dtypeOf([
      ["i1", "i1"],
      ["u2", ">u2"],
      ["i8", "<i8"],
      ["u8", ">u8"],
      ["f2", "<f2"],
      ["f8", ">f8"],
      ["ok", "?"],
      ["z8", "<c8"],
      ["z16", ">c16"],
      ["s", "S3"],
      ["u", "<U3"],
      ["b", ">U2"],
      ["v", "V2"],
      ["xy", ">i2", [2, 3]],
      ["in", [["a", "<i4"] as const, ["t", "S1", 2] as const]],
      ["many", [["a", "u1"] as const], [2]],
    ]);
    const record = {
      i1: -3,
      u2: 65535,
      i8: -(2n ** 62n),
      u8: 2n ** 63n,
      f2: 1.5,
      f8: Math.PI,
      ok: true,
      z8: { re: 1, im: -2 },
      z16: { re: 0.5, im: 1e300 },
      s: "aé",
      u: "€😀",
      b: "ÿ",
      v: [1, 0],
      xy: [
        [1, 2, 3],
        [4, 5, -6],
      ],
      in: { a: 9, t: ["x", ""] },
      many: [{ a: 1 }, { a: 2 }],
    };
    using a = SharedArray.create({ shape: 3, dtype: dtype.descr });
    a.set(1, { ...record, v: new Uint8Array([1, 0]) });
    const table = a.toArrow() as arrow.Table;
    assert.equal(
      String(table.schema),
      "Schema<{ 0: i1: Int8, 1: u2: Uint16, 2: i8: Int64, 3: u8: Uint64, 4: f2: Float16, 5: f8: Float64, 6: ok: Bool, " +
        "7: z8: Struct<{re:Float32, im:Float32}>, 8: z16: Struct<{re:Float64, im:Float64}>, 9: s: Utf8, 10: u: Utf8, 11: b: Utf8, " +
        "12: v: FixedSizeBinary[2], 13: xy: FixedSizeList[2]<FixedSizeList[3]<Int16>>, " +
        "14: in: Struct<{a:Int32, t:FixedSizeList[2]<Utf8>}>, 15: many: FixedSizeList[2]<Struct<{a:Uint8}>> }>",
    );
    const back = arrow.tableFromIPC(arrow.tableToIPC(table));
    for (const [name, value] of Object.entries(record)) {
      assert.deepEqual(columnOf(table, name)[1], value, name);
      assert.deepEqual(columnOf(back, name)[1], value, `${name} by IPC`);
      assert.deepEqual(columnOf(back, name)[0], columnOf(back, name)[2], name);
    }
  });

  test("gives times in Arrow's units, and null for NaT", () => {
    const cases: [dtype: string, type: string, values: bigint[], expected: unknown[]][] = [
      ["<M8[D]", "Date32<DAY>", [-1n, NAT, 20000n], [-86_400_000, null, 20000 * 86_400_000]],
      [">M8[W]", "Date32<DAY>", [1n, NAT], [7 * 86_400_000, null]],
      [
        "<M8[M]",
        "Date32<DAY>",
        [0n, -1n, 14n],
        ["1970-01-01", "1969-12-01", "1971-03-01"].map((day) => Date.parse(day)),
      ],
      ["<M8[4Y]", "Date32<DAY>", [-100n, 8n], ["1570-01-01", "2002-01-01"].map((day) => Date.parse(day))],
      ["<M8[h]", "Timestamp<SECOND>", [1n, NAT], [3_600_000, null]],
      ["<M8[s]", "Timestamp<SECOND>", [2n], [2000]],
      [">M8[10ms]", "Timestamp<MILLISECOND>", [3n], [30]],
      ["<M8[us]", "Timestamp<MICROSECOND>", [5000n], [5]],
      ["<M8[ns]", "Timestamp<NANOSECOND>", [7_000_000n, NAT], [7, null]],
      ["<m8[W]", "Duration<SECOND>", [1n], [604_800n]],
      ["<m8[ms]", "Duration<MILLISECOND>", [-5n, NAT], [-5n, null]],
      ["<m8[ns]", "Duration<NANOSECOND>", [1n], [1n]],
    ];
    for (const [dtype, type, values, expected] of cases) {
      using a = SharedArray.from(values, { dtype });
      const table = a.toArrow() as arrow.Table;
      assert.equal(String(table.schema.fields[0]!.type), type, dtype);
      const column = arrow.tableFromIPC(arrow.tableToIPC(table)).getChild("value")!;
      assert.deepEqual([...column], expected, dtype);
      assert.equal(column.nullCount, expected.filter((value) => value === null).length);
    }
  });

  test("refuses times that Arrow has not, naming the column and what to do", () => {
    for (const dtype of ["<M8[ps]", "<m8[fs]", "<m8[Y]", "<m8[3M]", "<M8", "<m8"]) {
      using a = SharedArray.create({
        shape: 1,
        dtype: [["in", [["t", dtype] as const]] as const, ["x", "u1"] as const],
      });
      const error = refused("NOT_SUPPORTED", () => a.toArrow());
      assert.match(error.message, /"in\.t".*\{ fields: \[...\] \}/);
      assert.deepEqual(columnOf(a.toArrow({ fields: ["x"] }) as arrow.Table, "x"), [0]);
    }
  });

  test("refuses a time that does not fit, naming its row", () => {
    for (const [dtype, value] of [
      ["<M8[D]", 2n ** 31n],
      ["<M8[W]", 2n ** 62n],
      ["<M8[h]", -(2n ** 62n)],
    ] as const) {
      using a = SharedArray.create({ shape: 9, dtype: [["t", dtype] as const] });
      a.field("t").set(5, value);
      const { details } = refused("BAD_VALUE", () => a.toArrow());
      assert.deepEqual([details.field, details.row, details.value], ["t", 5, value]);
    }
  });

  test("takes arrays over ordinary memory, strided and reversed views, and empty ones", () => {
    const numbers = new Int16Array([0, 1, 2, 3, 4, 5, 6]);
    const all = new NDArray(7, "<i2", numbers);
    const table = all.toArrow();
    assert.deepEqual([...table.getChild("value")!.toArray()], [...numbers]);
    numbers[3] = -9;
    assert.equal(table.getChild("value")!.get(3), -9);
    assert.deepEqual([...all.slice([null, null, -2]).toArrow().getChild("value")!], [6, 4, 2, 0]);
    assert.deepEqual([...all.slice([2, 5]).toArrow().getChild("value")!], [2, -9, 4]);
    const none = all.slice([3, 3]).toArrow();
    assert.deepEqual([none.numRows, none.batches.length], [0, 1]);
    using texts = SharedArray.from(["a", "bb", "", "ccc"]);
    assert.deepEqual([...texts.slice([null, null, -1]).toArrow().getChild("value")!], ["ccc", "", "bb", "a"]);
    using grid = SharedArray.from([
      ["a", "b"],
      ["c", "d"],
    ]);
    assert.deepEqual([...grid.transpose().at(1).toArrow().getChild("value")!], ["b", "d"]);
  });

  test("refuses other shapes and options that it does not know", () => {
    using a = SharedArray.create({
      shape: [2, 3],
      dtype: [
        ["x", "<f4"],
        ["y", "<f4"],
      ],
    });
    assert.match(refused("BAD_SHAPE", () => a.toArrow()).message, /\[2,3\]/);
    assert.equal(a.reshape([-1]).toArrow().numRows, 6);
    const row = a.at(0);
    refused("NOT_FOUND", () => row.toArrow({ fields: ["z" as "x"] }));
    refused("BAD_ARGUMENT", () => row.toArrow({ fields: ["x", "x"] }));
    refused("BAD_ARGUMENT", () => row.toArrow({ fields: [] }));
    refused("BAD_ARGUMENT", () => row.toArrow({ columns: ["x"] } as object));
    refused("BAD_ARGUMENT", () => row.toArrow({ arrow: {} }));
    assert.deepEqual(
      row.toArrow({ fields: ["y", "x"], arrow }).schema.fields.map((field) => field.name),
      ["y", "x"],
    );
    a.close();
    refused("CLOSED", () => row.toArrow());
  });
});
