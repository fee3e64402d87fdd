import { test } from "node:test";
import { expectTypeOf } from "expect-type";
import {
  type Complex,
  type DTypeLike,
  dtypeOf,
  type ElementOf,
  loadtxt,
  NDArray,
  Pool,
  SharedArray,
  task,
} from "sharray";
import type { File } from "sharray/hdf5";
import type { DataOf, FieldName, FieldType, TypedArray, ValueOf } from "../../dist/dtype/element.js";

const dtype = [
  ["", "|V4"],
  ["chr", "S10"],
  ["pos", "<i4"],
  ["xyz", "<f4", [3]],
  ["grid", [["n", "<i8"]], [2, 2]],
  ["in", [["deep", [["z", ">c16"]]]]],
] as const;
type Like = typeof dtype;

interface Row {
  chr: string;
  pos: number;
  xyz: number[];
  grid: { n: bigint }[][];
  in: { deep: { z: Complex } };
}

/** For the compiler alone: what it holds is never run. */
function compiled(_: () => unknown): void {}

test("names, types, values and data follow from the description", () => {
  expectTypeOf<ElementOf<Like>>().toEqualTypeOf<Row>();
  expectTypeOf<FieldName<Like>>().toEqualTypeOf<"chr" | "pos" | "xyz" | "grid" | "in">();
  expectTypeOf<FieldName<"<f4">>().toBeNever();
  expectTypeOf<FieldName<DTypeLike>>().toEqualTypeOf<string>();
  expectTypeOf<FieldType<Like, "pos">>().toEqualTypeOf<"<i4">();
  expectTypeOf<FieldName<FieldType<Like, "grid">>>().toEqualTypeOf<"n">();
  expectTypeOf<ValueOf<"<i8">>().toEqualTypeOf<bigint | number>();
  expectTypeOf<ValueOf<"?">>().toEqualTypeOf<boolean | 0 | 1>();
  expectTypeOf<Row>().toExtend<ValueOf<Like>>();
  expectTypeOf<DataOf<"<i4">>().toEqualTypeOf<Int32Array>();
  expectTypeOf<DataOf<"u8">>().toEqualTypeOf<BigUint64Array>();
  expectTypeOf<DataOf<"|b1">>().toEqualTypeOf<Uint8Array>();
  expectTypeOf<DataOf<">u1">>().toEqualTypeOf<Uint8Array>();
  expectTypeOf<DataOf<"M8[ns]">>().toEqualTypeOf<BigInt64Array>();
  expectTypeOf<DataOf<">i4">>().toBeNever();
  expectTypeOf<DataOf<"S4">>().toBeNever();
  expectTypeOf<DataOf<Like>>().toBeNever();
  expectTypeOf<DataOf<string>>().toEqualTypeOf<TypedArray>();
  expectTypeOf<DataOf<DTypeLike>>().toEqualTypeOf<TypedArray>();
});

test("a DType stands for its description, also within others", () => {
  const inner = dtypeOf([["a", "<i2"]]);
  expectTypeOf<ElementOf<typeof inner>>().toEqualTypeOf<{ a: number }>();
  using array = SharedArray.create({ shape: 1, dtype: inner });
  expectTypeOf(array.get(0)).toEqualTypeOf<{ a: number }>();
  expectTypeOf(array.dtype).toEqualTypeOf(inner);
  expectTypeOf(dtypeOf(inner)).toEqualTypeOf(inner);
  const text: string = "<f8";
  expectTypeOf<ReturnType<NDArray<typeof text>["get"]>>().toExtend<unknown>();
});

test("every way to an array carries the dtype along", () => {
  const load = task(import.meta.url, "load", (path: string) => loadtxt(path, { dtype }));
  compiled(async () => {
    expectTypeOf(await loadtxt("x", { dtype })).toEqualTypeOf<SharedArray<Like>>();
    expectTypeOf(await loadtxt("x")).toEqualTypeOf<SharedArray<"<f8">>();
    expectTypeOf((await loadtxt("x", { dtype: [["a", "i8"]] })).get(0)).toEqualTypeOf<{ a: bigint }>();
    expectTypeOf(await new Pool(1).map(load, ["x"])).toEqualTypeOf<SharedArray<Like>[]>();
    const made = SharedArray.create({ shape: 3, dtype, layout: "columns" });
    expectTypeOf(made.field("pos").data).toEqualTypeOf<Int32Array>();
    expectTypeOf(made.field("grid").field("n").get(0, 0, 0)).toEqualTypeOf<bigint>();
    expectTypeOf(made.copy()).toEqualTypeOf<SharedArray<Like>>();
    expectTypeOf(SharedArray.attach(made.field("pos").handle())).toEqualTypeOf<SharedArray<"<i4">>();
    expectTypeOf(SharedArray.attach("name")).toEqualTypeOf<SharedArray>();
    expectTypeOf(SharedArray.attach<Like>("name").get(0)).toEqualTypeOf<Row>();
    expectTypeOf(SharedArray.open("x.npy")).toEqualTypeOf<SharedArray>();
    expectTypeOf(SharedArray.open<Like>("x.npy").get(0)).toEqualTypeOf<Row>();
    expectTypeOf(await SharedArray.load<"<f8">("x.npy")).toEqualTypeOf<SharedArray<"<f8">>();
    expectTypeOf(await SharedArray.openOrCreate("x", { shape: 1, dtype }, (a) => a.get(0).pos)).toEqualTypeOf<
      SharedArray<Like>
    >();
    expectTypeOf(SharedArray.from([[1, 2]], { dtype: "<i2" })).toEqualTypeOf<SharedArray<"<i2">>();
    expectTypeOf(SharedArray.from(new BigInt64Array(1))).toEqualTypeOf<SharedArray<"<i8">>();
    expectTypeOf(SharedArray.from(made.slice([0, 1]))).toEqualTypeOf<SharedArray<Like>>();
    expectTypeOf(new NDArray([1], dtype, new ArrayBuffer(99)).at(0).get()).toEqualTypeOf<Row>();
  });
});

test("a dataset has the dtype of the array that it was made of, and reads its fields", () => {
  compiled(async () => {
    const file = {} as File;
    const dataset = await file.createDataset("d", SharedArray.create({ shape: 3, dtype }));
    expectTypeOf((await dataset.read()).get(0)).toEqualTypeOf<Row>();
    expectTypeOf((await dataset.read({ rows: [0, 1] })).field("pos").data).toEqualTypeOf<Int32Array>();
    expectTypeOf((await dataset.read({ fields: ["pos", "chr"] })).get(0)).toEqualTypeOf<{ chr: string; pos: number }>();
    // @ts-expect-error a misspelt field
    await dataset.read({ fields: ["posi"] });
  });
});

test("misspelt names and wrong values do not compile", () => {
  compiled(() => {
    const a = SharedArray.create({ shape: 3, dtype });
    // @ts-expect-error a misspelt field
    a.field("posi");
    // @ts-expect-error a misspelt member
    a.get(0).posi;
    // @ts-expect-error the name of a gap
    a.field("");
    // @ts-expect-error a scalar has no fields
    a.field("pos").field("x");
    // @ts-expect-error a misspelt field of a nested record
    a.field("in").field("deeper");
    // @ts-expect-error members are missing
    a.assign([{ chr: "x" }]);
    // @ts-expect-error a text is no number
    a.field("pos").assign(["1"]);
    // @ts-expect-error a misspelt member
    SharedArray.from([{ posi: 1 }], { dtype: [["pos", "<i4"]] });
    // @ts-expect-error a number is no dtype
    dtypeOf([["a", 4]]);
    // @ts-expect-error a field is a name and a dtype
    dtypeOf([["a"]]);
    // @ts-expect-error an unknown option
    dtypeOf("<i4", { aligned: true });
    // @ts-expect-error numbers of another kind
    a.field("pos").data satisfies Float64Array;
  });
});

test("arrays of arrays, and lists that must not change, go where values are taken", () => {
  compiled(() => {
    const rows: readonly (readonly number[])[] = [[1, 2]];
    SharedArray.from(rows, { dtype: "<f8" }).assign(rows).assign([1, 2]).assign(3).assign(new Float64Array(2));
    const records: readonly ElementOf<Like>[] = SharedArray.create({ shape: 3, dtype }).toArray() as Row[];
    SharedArray.from(records, { dtype }).assign(records).fill(records[0]!);
    SharedArray.from([{ a: 1 }], { dtype: [["a", "<i4"]] as DTypeLike });
    SharedArray.from([true, 1, 0], { dtype: "?" });
    SharedArray.from([{ re: 1, im: 2 }, 3], { dtype: "c8" });
  });
});
