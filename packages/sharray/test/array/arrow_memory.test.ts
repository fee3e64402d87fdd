import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Table } from "apache-arrow";
import { dtypeOf, SharedArray } from "sharray";
import { npyHeader } from "../../dist/array/npy/format.js";
import { arrayOn } from "../../dist/array/shared.js";
import { Block } from "../../dist/memory/block.js";
import { tableOf } from "../../src/array/arrow/table.ts";
import { viewOf } from "../../src/array/ndarray.ts";
import { SharedArray as Source } from "../../src/array/shared.ts";
import { run } from "../memory/programs.ts";

const dtype = [
  ["chr", "S5"],
  ["pos", "<i4"],
  ["pct", "<f4"],
  ["t", "<M8[ns]"],
  ["xyz", "<f8", [3]],
  ["raw", "V3"],
] as const;

describe("the memory under a table", () => {
  test("is the array's own where it lies in columns: what is stored later shows, and nothing is copied", () => {
    using a = SharedArray.create({ shape: 1000, dtype, layout: "columns" });
    const table = a.toArrow();
    const pos: Int32Array = table.getChild("pos")!.toArray();
    a.field("pos").data[17] = 42;
    assert.deepEqual([pos[17], table.getChild("pos")!.get(17), pos.length], [42, 42, 1000]);
    pos[18] = -1;
    assert.equal(a.field("pos").get(18), -1);
    assert.equal(a.field("pct").data.buffer, table.getChild("pct")!.toArray().buffer);
    a.set(999, { chr: "x", pos: 1, pct: 2, t: 1_000_000n, xyz: [1, 2, 3], raw: new Uint8Array([7, 8, 9]) });
    assert.equal(table.getChild("t")!.get(999), 1);
    assert.deepEqual([...table.getChild("xyz")!.get(999)!], [1, 2, 3]);
    assert.deepEqual([...table.getChild("raw")!.get(999)!], [7, 8, 9]);
    const part: Int32Array = a.slice([10, 20]).toArrow().getChild("pos")!.toArray();
    assert.deepEqual([part.length, part[7], part.buffer], [10, 42, pos.buffer]);
  });

  test("is a copy where the array lies in rows", () => {
    using a = SharedArray.create({ shape: 10, dtype });
    const table = a.toArrow();
    a.field("pos").fill(3);
    assert.equal(table.getChild("pos")!.get(0), 0);
    assert.equal(a.toArrow().getChild("pos")!.get(0), 3);
  });

  test("is given back by close(): the table has no values then", () => {
    const a = SharedArray.create({ shape: 10, dtype, layout: "columns" });
    const column = a.toArrow({ fields: ["pos"] }).getChild("pos")!;
    assert.equal(column.toArray().length, 10);
    a.close();
    assert.equal(column.data[0]!.values.length, 0);
    assert.equal(column.get(3), undefined);
    assert.throws(() => column.toArray(), TypeError);
  });

  test("is kept by the table when the array itself is forgotten", async () => {
    const { stdout, status } = await run(
      `import { SharedArray } from "sharray";
      const tableOf = () => {
        const a = SharedArray.create({ shape: 5000, dtype: [["x", "<i4"]], layout: "columns" });
        a.field("x").fill(7);
        return a.toArrow();
      };
      const table = tableOf();
      for (let i = 0; i < 20; i++) { gc(); await new Promise(setImmediate); }
      console.log(table.getChild("x").toArray().length, table.getChild("x").get(4999));`,
      { node: ["--expose-gc"] },
    );
    assert.deepEqual([stdout, status], ["5000 7\n", 0]);
  });

  test("is cut into batches where a column passes the largest buffer, all of one schema", () => {
    const wide = [["s", "S4"], ["x", "<f8"], ["b", "?"], ["t", "<M8[s]"]] as const; // biome-ignore format: one line
    using a = Source.create({ shape: 1000, dtype: wide, layout: "columns" });
    for (let i = 0; i < 1000; i++) a.set(i, { s: `é${i % 100}`, x: i, b: i % 3 === 0, t: BigInt(i) });
    a.field("t").set(130, -(2n ** 63n));
    const table = tableOf(viewOf(a), {}, 1024) as Table;
    assert.equal(table.batches.length, 8);
    assert.deepEqual(table.batches.map(({ numRows }) => numRows), [128, 128, 128, 128, 128, 128, 128, 104]); // biome-ignore format: one line
    assert.equal(table.getChild("t")!.nullCount, 1);
    using back = Source.fromArrow(table);
    assert.deepEqual(back.toArray(), a.toArray());
    assert.equal(tableOf(viewOf(a), {}, 3).batches.length, 1000);
  });
});

test("an array above 4 GiB is a table without a copy, in batches of less than 2 GiB, on every Node", () => {
  const shape = [700_000_000];
  const header = npyHeader(dtypeOf("<f8"), shape);
  const size = header.length + 8 * shape[0]!;
  // Far larger than its pages: only what is touched takes memory.
  const block = Block.create(2 * size, { reserve: false });
  block.cut(size);
  block.window(0, header.length).set(header);
  using a = arrayOn<"<f8">(block, { offset: header.length, shape, dtype: dtypeOf("<f8") });
  a.set(0, 1);
  a.set(-1, 2);
  const table = a.toArrow();
  assert.deepEqual([table.numRows, table.batches.length], [700_000_000, 3]);
  const column = table.getChild("value")!;
  assert.deepEqual([column.get(0), column.get(600_000_000), column.get(699_999_999)], [1, 0, 2]);
  a.set(-1, 3);
  assert.equal(column.get(699_999_999), 3);
});

const root = fileURLToPath(new URL("../../../../", import.meta.url));

const program = `import { SharedArray } from "sharray";
  const a = SharedArray.from([1, 2, 3], { dtype: "<i4" });
  const table = a.toArrow();`;
const check = `console.log(table instanceof Table, tableFromIPC(tableToIPC(table)).getChild("value").get(2)); a.close();`;

describe("the copy of apache-arrow that tables are made of", () => {
  test("is the one that a module imports, before or after", async () => {
    const before = `import { Table, tableFromIPC, tableToIPC } from "apache-arrow"; ${program} ${check}`;
    const after = `${program} const { Table, tableFromIPC, tableToIPC } = await import("apache-arrow"); ${check}`;
    for (const text of [before, after]) {
      for (const node of [[], ["--import", "tsx"]]) {
        const { stdout, stderr, status } = await run(text, { node });
        assert.deepEqual([stdout, stderr, status], ["true 3\n", "", 0], node.join(" "));
      }
    }
  });

  test("is the CommonJS one in a program that is CommonJS and has it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sharray-arrow-"));
    try {
      const file = join(folder, "program.cjs");
      const from = JSON.stringify(join(root, "program.js"));
      await writeFile(
        file,
        `const { Table, tableFromIPC, tableToIPC } = require("node:module").createRequire(${from})("apache-arrow");
        import(${JSON.stringify(join(root, "packages/sharray/dist/index.js"))}).then(({ SharedArray }) => {
          const a = SharedArray.from([1, 2, 3], { dtype: "<i4" });
          const table = a.toArrow();
          ${check}
        });`,
      );
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [file]);
      assert.deepEqual([stdout, stderr], ["true 3\n", ""]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("is to be given where Node cannot require what is imported", async () => {
    const { stdout } = await run(`import * as arrow from "apache-arrow";
      Object.defineProperty(process.features, "require_module", { value: false });
      ${program.replace("toArrow()", "toArrow({ arrow })")}
      console.log(table instanceof arrow.Table);
      try { a.toArrow(); } catch (error) { console.log(error.code, error.message); }
      a.close();`);
    assert.match(stdout, /^true\nNOT_SUPPORTED .* toArrow\(\{ arrow \}\)\.\n$/);
  });

  test("is asked for by name where it is not installed", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sharray-alone-"));
    const packageFolder = fileURLToPath(new URL("../../", import.meta.url));
    try {
      const own = join(folder, "node_modules", "sharray");
      await mkdir(own, { recursive: true });
      for (const part of ["package.json", "dist", "native"])
        await cp(join(packageFolder, part), join(own, part), { recursive: true });
      const file = join(folder, "program.mjs");
      await writeFile(
        file,
        `import { SharedArray } from "sharray";
        const a = SharedArray.create({ shape: 3, dtype: "<i4" });
        for (const use of [() => a.toArrow(), () => SharedArray.fromArrow(new Uint8Array(3))]) {
          try { use(); } catch (error) { console.log(error.code, error.message); }
        }
        a.close();`,
      );
      const { stdout } = await run("await import(process.env.INPUT);", { input: file });
      const lines = stdout.trimEnd().split("\n");
      assert.equal(lines.length, 2, stdout);
      for (const line of lines) assert.match(line, /^NOT_SUPPORTED .*: npm install apache-arrow\.$/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
