import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type * as arrow from "apache-arrow";
import { expectTypeOf } from "expect-type";
import { SharedArray } from "sharray";

test("a table's columns have the types of the dtype's fields", () => {
  const dtype = [["chr", "S5"], ["pos", "<i4"], ["pct", ">f4"], ["xy", "<f8", [2]], ["in", [["a", "?"]]]] as const; // biome-ignore format: one line
  using a = SharedArray.create({ shape: 2, dtype });
  const table = a.toArrow();
  expectTypeOf(table.getChild("chr")).toEqualTypeOf<arrow.Vector<arrow.Utf8> | null>();
  expectTypeOf(table.getChild("pos")!.toArray()).toEqualTypeOf<Int32Array>();
  expectTypeOf(table.getChild("pct")!.get(0)).toEqualTypeOf<number | null>();
  expectTypeOf(table.getChild("xy")).toEqualTypeOf<arrow.Vector<arrow.FixedSizeList<arrow.Float64>> | null>();
  expectTypeOf(table.getChild("in")).toEqualTypeOf<arrow.Vector<arrow.Struct<{ a: arrow.Bool }>> | null>();
  // @ts-expect-error: there is no such column
  assert.equal(table.getChild("nope"), null);
  // @ts-expect-error: there is no such field
  assert.throws(() => a.toArrow({ fields: ["nope"] }));
  using numbers = SharedArray.from(new BigInt64Array(2));
  expectTypeOf(numbers.toArrow().getChild("value")!.toArray()).toEqualTypeOf<BigInt64Array>();
  using back = SharedArray.fromArrow(table, { dtype: [["pos", "<f8"]] });
  expectTypeOf(back.get(0)).toEqualTypeOf<{ pos: number }>();
});

test("the types compile where apache-arrow is not installed, also when libraries are checked", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sharray-types-"));
  const root = fileURLToPath(new URL("../../../../", import.meta.url));
  try {
    const own = join(folder, "node_modules", "sharray");
    await mkdir(own, { recursive: true });
    for (const part of ["package.json", "dist"]) {
      await cp(join(root, "packages", "sharray", part), join(own, part), { recursive: true });
    }
    await writeFile(
      join(folder, "program.ts"),
      `import { SharedArray, type ArrowTableLike } from "sharray";
      const a = SharedArray.from(new Float32Array(3));
      const table: ArrowTableLike = a.toArrow();
      const rows: number = table.numRows;
      const b: SharedArray = SharedArray.fromArrow(table);
      // @ts-expect-error: it is not any
      const wrong: string = a.toArrow();
      console.log(rows, b, wrong);`,
    );
    const compilerOptions = {
      noEmit: true,
      strict: true,
      module: "nodenext",
      target: "es2022",
      lib: ["es2023", "esnext.disposable"],
      types: ["node"],
      typeRoots: [join(root, "node_modules", "@types")],
      skipLibCheck: false,
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.ts"] }));
    const tsc = join(root, "node_modules", ".bin", "tsc");
    const { stdout } = await promisify(execFile)(tsc, ["-p", folder]).catch((error: { stdout: string }) => error);
    assert.equal(stdout, "");
  } finally {
    await rm(folder, { recursive: true });
  }
});
