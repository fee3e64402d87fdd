import type { DType } from "../../dtype/dtype.ts";
import { fieldPlace } from "../columns.ts";
import type { View } from "../view.ts";
import type { Comparison } from "./bulk.ts";
import { numberCode, partCode, timeCode } from "./numbers.ts";

/** Records of more parts than this are compared one by one. */
const MOST = 256;

/** How two scalars are compared, as `sameness` has it: the numbers that crates/node/src/array_reduce.rs reads; null where it does not. */
function pairOf(a: DType, b: DType, count: number): readonly number[] | null {
  const [left, right] = [numberCode(a), numberCode(b)];
  if (left !== null && right !== null) return [1, left, right, count];
  if (a.kind === "c" && b.kind === "c") return [1, partCode(a), partCode(b), 2 * count];
  const kinds = `${a.kind}${b.kind}`;
  const alike = a.unit === b.unit || a.unit === "" || b.unit === "";
  if (kinds === "MM" || kinds === "mm") return alike ? [2, timeCode(a), timeCode(b), count] : null;
  if (kinds === "SS" || kinds === "UU") return [3, textCode(a), textCode(b), count];
  return kinds === "VV" && a.itemsize === b.itemsize ? [0, a.itemsize * count] : null;
}

function textCode({ kind, itemsize, byteOrder }: DType): number {
  return itemsize * 4 + (kind === "U" ? 2 : 0) + (byteOrder === ">" ? 1 : 0);
}

/** Adds the comparisons of two dtypes, of which some element may equal another; false where JavaScript is to compare them. */
function add(list: Comparison[], a: View, b: View, count: number): boolean {
  if (a.dtype.fields === null || b.dtype.fields === null) {
    const pair = a.dtype.fields === b.dtype.fields ? pairOf(a.dtype, b.dtype, count) : null;
    if (pair !== null) list.push({ left: a, right: b, pair });
    return pair !== null;
  }
  for (let item = 0; item < count; item++) {
    const mine = count === 1 ? a : { ...a, offset: a.offset + item * a.dtype.itemsize };
    const theirs = count === 1 ? b : { ...b, offset: b.offset + item * b.dtype.itemsize };
    for (const [index, field] of [...a.dtype.fields.values()].entries()) {
      const items = field.shape.reduce((product, n) => product * n, 1);
      const left = within(mine, index);
      if (items > 0 && !add(list, left, within(theirs, index), items)) return false;
    }
    if (list.length > MOST) return false;
  }
  return true;
}

/** The first items of one field: the axes of a sub-array are left out. */
function within(view: View, index: number): View {
  const field = [...view.dtype.fields!.values()][index]!;
  const { offset, strides } = fieldPlace(view, index, field);
  return { ...view, dtype: field.dtype, offset, strides: strides.slice(0, view.strides.length), columns: null };
}

/** How the elements of two views of one shape are compared, part by part, in native code; null where it cannot. */
export function comparisons(a: View, b: View): readonly Comparison[] | null {
  const list: Comparison[] = [];
  return add(list, a, b, 1) ? list : null;
}
