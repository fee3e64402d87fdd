import { test } from "node:test";
import { expectTypeOf } from "expect-type";
import { type DTypeLike, SharedArray } from "sharray";
import type { Dataset, File } from "sharray/hdf5";

const dtype = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["id", "<i8"],
] as const;

/** Never called: what it says, the compiler checks. */
async function program(file: File, plain: number[][]): Promise<void> {
  const d = await file.createDataset("a", SharedArray.create({ shape: [3], dtype }), { attrs: { units: "K" } });
  expectTypeOf(d).toEqualTypeOf<Dataset<typeof dtype>>();
  const all = await d.read({ rows: [0, 2] });
  expectTypeOf(all).toEqualTypeOf<SharedArray<typeof dtype>>();
  expectTypeOf(all.get(0)).branded.toEqualTypeOf<{ chr: string; pos: number; id: bigint }>();
  const some = await d.read({ fields: ["id", "chr"] });
  expectTypeOf(some.get(0)).branded.toEqualTypeOf<{ chr: string; id: bigint }>();
  const view = await file.createDataset("b", all.field("pos"));
  expectTypeOf((await view.read()).get(0)).toEqualTypeOf<number>();
  expectTypeOf(await file.createDataset("c", plain)).toEqualTypeOf<Dataset<DTypeLike>>();
  expectTypeOf(await file.createDataset("d", new Float32Array(3))).toEqualTypeOf<Dataset<DTypeLike>>();
}

test("the types of what is written and read follow the dtype", () => {
  expectTypeOf(program).toBeFunction();
});
