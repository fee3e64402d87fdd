import type { DType } from "../../dtype/dtype.ts";

/** The kinds of numbers, in the order in which crates/array/src/number.rs has them. */
const KINDS = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"];

/** How native code is told of a scalar number; null for everything that is none. */
export function numberCode({
  kind,
  itemsize,
  byteOrder,
}: Pick<DType, "kind" | "itemsize" | "byteOrder">): number | null {
  const place = KINDS.indexOf(`${kind}${itemsize}`);
  return place < 0 ? null : place + (byteOrder === ">" ? 16 : 0);
}

/** How native code is told of dates and durations: as the integers that they are stored as. */
export function timeCode({ byteOrder }: DType): number {
  return KINDS.indexOf("i8") + (byteOrder === ">" ? 16 : 0);
}

/** How native code is told of the two parts of a complex number. */
export function partCode({ itemsize, byteOrder }: DType): number {
  return numberCode({ kind: "f", itemsize: itemsize / 2, byteOrder })!;
}
