import { test } from "node:test";
import { expectTypeOf } from "expect-type";
import {
  type ArrayHandle,
  type Complex,
  type DTypeLike,
  dtypeOf,
  type Element,
  type ElementOf,
  type FieldList,
  NDArray,
  SharedArray,
} from "sharray";

const methylation = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["pct", "<f4"],
] as const;

const rich = [
  ["name", "U8"],
  ["", "|V4"],
  ["id", ">u8"],
  ["ok", "?"],
  ["z", "<c16"],
  ["raw", "V3"],
  ["when", "M8[ms]"],
  ["half", "f2"],
  ["xyz", "<f4", [3]],
  ["m", "<i2", [2, 2]],
  ["five", "i1", 5],
  [
    "in",
    [
      ["a", "<i2"],
      ["deep", [["b", "m8"]]],
    ],
  ],
  ["list", [["c", "u1"]], [4]],
] as const;

interface Rich {
  name: string;
  id: bigint;
  ok: boolean;
  z: Complex;
  raw: Uint8Array;
  when: bigint;
  half: number;
  xyz: number[];
  m: number[][];
  five: number[];
  in: { a: number; deep: { b: bigint } };
  list: { c: number }[];
}

// Fifty fields: the compiler must not take noticeably longer for them.
const wide = [
  ["f0", "<f4"],
  ["f1", "<f4"],
  ["f2", "<f4"],
  ["f3", "<f4"],
  ["f4", "<f4"],
  ["f5", "<f4"],
  ["f6", "<f4"],
  ["f7", "<f4"],
  ["f8", "<f4"],
  ["f9", "<f4"],
  ["g0", "<i8"],
  ["g1", "<i8"],
  ["g2", "<i8"],
  ["g3", "<i8"],
  ["g4", "<i8"],
  ["g5", "<i8"],
  ["g6", "<i8"],
  ["g7", "<i8"],
  ["g8", "<i8"],
  ["g9", "<i8"],
  ["h0", "S5"],
  ["h1", "S5"],
  ["h2", "S5"],
  ["h3", "S5"],
  ["h4", "S5"],
  ["h5", "S5"],
  ["h6", "S5"],
  ["h7", "S5"],
  ["h8", "S5"],
  ["h9", "S5"],
  ["i0", "?"],
  ["i1", "?"],
  ["i2", "?"],
  ["i3", "?"],
  ["i4", "?"],
  ["i5", "?"],
  ["i6", "?"],
  ["i7", "?"],
  ["i8", "?"],
  ["i9", "?"],
  ["j0", "u2", [2]],
  ["j1", "u2", [2]],
  ["j2", "u2", [2]],
  ["j3", "u2", [2]],
  ["j4", "u2", [2]],
  ["j5", "u2", [2]],
  ["j6", "u2", [2]],
  ["j7", "u2", [2]],
  ["j8", "u2", [2]],
  ["j9", "u2", [2]],
] as const;

test("the compiler knows the element of every dtype", () => {
  expectTypeOf<ElementOf<typeof methylation>>().toEqualTypeOf<{ chr: string; pos: number; pct: number }>();
  expectTypeOf<ElementOf<typeof rich>>().toEqualTypeOf<Rich>();
  expectTypeOf<ElementOf<"<f8">>().toEqualTypeOf<number>();
  expectTypeOf<ElementOf<">i8">>().toEqualTypeOf<bigint>();
  expectTypeOf<ElementOf<"b1">>().toEqualTypeOf<boolean>();
  expectTypeOf<ElementOf<"|S10">>().toEqualTypeOf<string>();
  expectTypeOf<ElementOf<"c8">>().toEqualTypeOf<Complex>();
  expectTypeOf<ElementOf<string>>().toEqualTypeOf<Element>();
  expectTypeOf<ElementOf<typeof wide>["g9"]>().toEqualTypeOf<bigint>();
  expectTypeOf<ElementOf<typeof wide>["j9"]>().toEqualTypeOf<number[]>();
  expectTypeOf<keyof ElementOf<FieldList>>().toEqualTypeOf<string | number>();
  const made = dtypeOf(methylation);
  expectTypeOf<ElementOf<typeof made>>().toEqualTypeOf<{ chr: string; pos: number; pct: number }>();
});

test("elements, fields and data are typed by the dtype, with and without as const", () => {
  using array = SharedArray.create({ shape: [2], dtype: methylation });
  expectTypeOf(array).toEqualTypeOf<SharedArray<typeof methylation>>();
  expectTypeOf(array.get(0)).toEqualTypeOf<{ chr: string; pos: number; pct: number }>();
  expectTypeOf(array.field("pos")).toEqualTypeOf<NDArray<"<i4">>();
  expectTypeOf(array.field("chr").get(0)).toEqualTypeOf<string>();
  expectTypeOf(array.slice([0, 1]).at(0).field("pct").get()).toEqualTypeOf<number>();
  // @ts-expect-error a misspelt name
  if (array.size > 5) array.field("posi");
  for (const record of array) expectTypeOf(record.pos).toEqualTypeOf<number>();

  using inline = SharedArray.create({
    shape: 1,
    dtype: [
      ["a", "i8"],
      ["in", [["b", "f4", [2]]]],
    ],
  });
  expectTypeOf(inline.get(0).in.b).toEqualTypeOf<number[]>();
  expectTypeOf(inline.field("in").field("b")).toEqualTypeOf<NDArray<"f4">>();
  inline.set(0, { a: 1, in: { b: [1, 2] } });
  inline.set(0, { a: 1n, in: { b: new Float32Array(2) } });
  // @ts-expect-error a text is not an integer
  if (inline.size > 5) inline.set(0, { a: "1", in: { b: [1, 2] } });
  // @ts-expect-error a member is missing
  if (inline.size > 5) inline.set(0, { a: 1n });

  const grid = new NDArray([2, 2], "<f8", new ArrayBuffer(32));
  expectTypeOf(grid.data).toEqualTypeOf<Float64Array>();
  expectTypeOf(grid.get(0, 0)).toEqualTypeOf<number>();
  expectTypeOf(grid.copy()).toEqualTypeOf<NDArray<"<f8">>();
  expectTypeOf(new NDArray([1], "M8[s]", new ArrayBuffer(8)).data).toEqualTypeOf<BigInt64Array>();
  expectTypeOf(new NDArray([1], ">f8", new ArrayBuffer(8)))
    .toHaveProperty("data")
    .toBeNever();
});

test("from and attach carry the dtype along", () => {
  using floats = SharedArray.from(new Float32Array(2));
  expectTypeOf(floats).toEqualTypeOf<SharedArray<"<f4">>();
  using records = SharedArray.from([{ chr: "a", pos: 1, pct: 2 }], { dtype: methylation });
  expectTypeOf(records.get(0).chr).toEqualTypeOf<string>();
  using copied = SharedArray.from(records.field("pos"));
  expectTypeOf(copied.get(0)).toEqualTypeOf<number>();
  using attached = SharedArray.attach(records.handle());
  expectTypeOf(attached).toEqualTypeOf<SharedArray<typeof methylation>>();
  const unknown: ArrayHandle = JSON.parse(JSON.stringify(records.handle()));
  using named = SharedArray.attach<typeof methylation>(unknown);
  expectTypeOf(named.get(0).pos).toEqualTypeOf<number>();
  using open = SharedArray.attach(unknown);
  expectTypeOf(open).toEqualTypeOf<SharedArray<DTypeLike>>();
});

test("an array of any dtype goes where arrays are taken", () => {
  const count = (array: NDArray): number => array.size;
  using records = SharedArray.create({ shape: 3, dtype: methylation });
  count(records);
  count(records.field("pos"));
  const list: NDArray[] = [records, new NDArray([1], "f8", new ArrayBuffer(8))];
  const shared: SharedArray[] = [records];
  count(list[1]!);
  count(shared[0]!);
  const any: DTypeLike = methylation;
  count(new NDArray([1], any, new ArrayBuffer(64)));
});
