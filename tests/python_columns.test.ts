import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type ArrayHandle, SharedArray, type SharrayError } from "sharray";
import { sparseColumns } from "../packages/sharray/test/array/sparse_columns.ts";
import { withoutPython } from "./oracle.ts";
import { Python } from "./python.ts";

const dtype = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["", "|V3"],
  ["xyz", "<f4", [3]],
  [
    "in",
    [
      ["a", "<i2"],
      ["b", ">f8"],
    ],
  ],
  ["none", "S0"],
] as const;

const rows = Array.from({ length: 12 }, (_, i) => ({
  chr: `c${i}`,
  pos: i * 10,
  xyz: [i, i + 0.5, -i],
  in: { a: i, b: i / 4 },
  none: "",
}));

/** Attaches to each handle or name, says what is there, changes the first field, and says a handle of its own. */
const echo = `
while True:
    message = hear()
    with sharray.attach(message["what"], readonly=message.get("readonly", False)) as a:
        say({"class": type(a).__name__, "names": list(a), "shape": a.shape, "dtype": sharray._spell(a.dtype), "fields": len(a),
             "shapes": {n: f.shape for n, f in a.items()}, "pos": a["pos"].tolist(), "dense": bool(a["pos"].flags.c_contiguous),
             "aligned": bool(a["pos"].flags.aligned), "writeable": bool(a["pos"].flags.writeable), "b": a["in"]["b"].tolist(),
             "x": a["xyz"][..., 0].tolist(), "records": [str(r) for r in np.asarray(a)["chr"].ravel()[:2]]})
        if not message.get("readonly", False):
            a["pos"][...] = -a["pos"]
        say([sharray.handle(a), sharray.handle(a["pos"])])
        hear()
`;

interface Seen {
  class: string;
  names: string[];
  shape: number[];
  dtype: unknown;
  fields: number;
  shapes: Record<string, number[]>;
  pos: unknown;
  dense: boolean;
  aligned: boolean;
  writeable: boolean;
  b: unknown;
  x: unknown;
  records: string[];
}

suite("Python and Node, arrays in columns", { skip: withoutPython }, () => {
  test("Python sees the columns of a handle and of a name, and its handles lead back", async () => {
    await using program = new Python(echo);
    using a = SharedArray.from(rows, { dtype, layout: "columns", name: true });
    const whole = [null, null, 1] as const;
    for (const view of [a, a.slice([10, 2, -3]), a.reshape([3, 4]).transpose(), a.slice([5, 5]), a.slice(whole)]) {
      const before = view.field("pos").toArray();
      program.say({ what: view === a ? a.name : view.handle() });
      const seen = await program.hear<Seen>();
      assert.deepEqual(
        [seen.class, seen.names, seen.shape, seen.dtype, seen.fields],
        ["Columns", view.dtype.names, view.shape, view.dtype.descr, 5],
      );
      assert.deepEqual(seen.pos, before);
      assert.deepEqual(seen.b, view.field("in").field("b").toArray());
      assert.deepEqual(
        seen.shapes,
        Object.fromEntries(view.dtype.names!.map((name) => [name, view.field(name as "pos").shape])),
      );
      assert.ok(seen.writeable && seen.aligned);
      if (view === a) assert.ok(seen.dense);
      const [records, pos] = await program.hear<[ArrayHandle, ArrayHandle]>();
      using same = SharedArray.attach(records);
      assert.deepEqual([same.layout, same.shape, same.strides], ["columns", view.shape, view.strides]);
      assert.deepEqual(
        same.field("pos").toArray(),
        (before as (number | number[])[]).map((x) => (Array.isArray(x) ? x.map((y) => 0 - y) : 0 - x)),
      );
      assert.ok(same.equals(view));
      using field = SharedArray.attach(pos);
      assert.ok(field.equals(view.field("pos")));
      program.say(null);
    }
    await program.end().catch((error: Error) => assert.match(error.message, /nobody speaks/));
  });

  test("read-only columns are not written to; a long dtype comes by its hash", async () => {
    await using program = new Python(echo);
    using a = SharedArray.from(rows, { dtype, layout: "columns" });
    program.say({ what: a.handle(), readonly: true });
    assert.equal((await program.hear<Seen>()).writeable, false);
    await program.hear();
    program.say(null);
    const wide = [...dtype, ...Array.from({ length: 80 }, (_, i) => [`field number ${i}`, "<f8"] as const)];
    using long = SharedArray.create({ shape: [2, 3], dtype: wide, layout: "columns" });
    assert.match(String(long.handle().dtype), /^sha256:/);
    program.say({ what: long.handle() });
    assert.equal((await program.hear<Seen>()).fields, 85);
    const [records] = await program.hear<[ArrayHandle]>();
    assert.equal(records.dtype, long.handle().dtype);
    using same = SharedArray.attach(records);
    assert.deepEqual(same.dtype.descr, long.dtype.descr);
    program.say(null);
    await program.end().catch((error: Error) => assert.match(error.message, /nobody speaks/));
  });

  test("every field of a handle of columns is checked there, too", async () => {
    await using program = new Python(`
while True:
    given = hear()
    try:
        sharray.attach(given)
        say(None)
    except sharray.SharrayError as error:
        say([error.code, error.details.get("field")])
`);
    using a = SharedArray.from(rows, { dtype, layout: "columns" });
    using inRows = SharedArray.from(rows, { dtype });
    const good = a.handle();
    const { layout: _, ...asRows } = good;
    const cases: [object, string][] = [
      [{ ...good, offset: good.offset + 1 }, "offset"],
      [{ ...good, offset: good.offset + 13 * good.strides[0]! }, "offset"],
      [{ ...good, shape: [13] }, "shape"],
      [{ ...good, strides: [good.strides[0]! + 1] }, "strides"],
      [{ ...good, dtype: [["pos", "<i4"]] }, "dtype"],
      [{ ...good, dtype: `sha256:${"0".repeat(64)}` }, "dtype"],
      [asRows, "layout"],
      [{ ...inRows.handle(), layout: "columns" }, "layout"],
      [{ ...a.field("pos").handle(), offset: a.field("pos").handle().offset + 2 }, "shape"],
      [{ ...a.field("pos").handle(), shape: [3], offset: a.field("pos").handle().offset + 2 }, "offset"],
      [{ ...a.field("pos").handle(), dtype: "<f8" }, "dtype"],
    ];
    for (const [handle, field] of cases) {
      program.say(handle);
      assert.deepEqual(await program.hear(), ["HANDLE_MISMATCH", field], JSON.stringify(handle));
      assert.throws(
        () => SharedArray.attach(handle as ArrayHandle),
        (error: SharrayError) => error.code === "HANDLE_MISMATCH" && error.details.field === field,
      );
    }
    program.say({ ...good, layout: "diagonal" });
    assert.deepEqual(await program.hear(), ["BAD_ARGUMENT", "layout"]);
    await program.end().catch((error: Error) => assert.match(error.message, /nobody speaks/));
  });

  test("columns of more than 4 GiB, which NumPy's own dtypes cannot describe", async () => {
    const rows = 160_000_000;
    const dtype = [
      ["id", "<u8"],
      ["x", "<f8", [3]],
      ["k", "i1"],
    ] as const;
    using a = sparseColumns(rows, dtype);
    a.set(rows - 1, { id: 7n, x: [1, 2, 3], k: -4 });
    await using program = new Python(`
with sharray.attach(hear()) as a:
    say([a.shape, a["id"][-1].item(), a["x"][-1].tolist(), a["k"][-1].item(), int(a["id"][0])])
    a["k"][0] = 5
`);
    program.say(a.handle());
    assert.deepEqual(await program.hear(), [[rows], 7, [1, 2, 3], -4, 0]);
    await program.end();
    assert.equal(a.field("k").get(0), 5);
  });
});
