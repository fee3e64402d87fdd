import { type DType, dtypeOf } from "../dtype/dtype.ts";
import type { DTypeLike } from "../dtype/element.ts";
import type { RangeProfile, Seen } from "./notes.ts";

/** What was seen in both. */
function both(a: Seen, b: Seen): Seen {
  return {
    values: a.values + b.values,
    missing: a.missing + b.missing,
    characters: Math.max(a.characters, b.characters),
    latin1: a.latin1 && b.latin1,
    int4: a.int4 && b.int4,
    int8: a.int8 && b.int8,
    float: a.float && b.float,
    truth: a.truth && b.truth,
    unit: a.unit === null || b.unit === null ? null : finer(a.unit, b.unit),
  };
}

const UNITS = ["generic", "Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"];

function finer(a: string, b: string): string {
  return UNITS[Math.max(UNITS.indexOf(a), UNITS.indexOf(b))]!;
}

/** Column by column, what was seen in all of several parts of a table. */
export function merged(parts: readonly (readonly Seen[])[]): Seen[] {
  const all: Seen[] = [];
  for (const columns of parts) {
    for (const [i, seen] of columns.entries()) all[i] = i in all ? both(all[i]!, seen) : seen;
  }
  return all;
}

/** All rows of all ranges, first ones included. */
export function wholeTable(profiles: readonly RangeProfile[]): Seen[] {
  return merged(profiles.flatMap(({ first, rest }) => [...(first ? [first.columns] : []), rest.columns]));
}

/** Whether a dtype says no length, or no unit, so that the data decide it: NumPy's S, U and M8. */
export function isOpen({ kind, itemsize, unit, fields }: DType): boolean {
  if (fields !== null) return false;
  return ((kind === "S" || kind === "U") && itemsize === 0) || (kind === "M" && unit === "");
}

/** The dtype that holds all texts of a table, where the one that was given says no length or no unit. */
export function closed(dtype: DType, seen: readonly Seen[]): DType {
  const order = dtype.byteOrder === ">" ? ">" : "";
  if (dtype.kind === "M") {
    const units = seen.map(({ unit }) => unit).filter((unit) => unit !== null);
    const unit = units.reduce(finer, "generic");
    return dtypeOf((unit === "generic" ? `${order}M8` : `${order}M8[${unit}]`) as DTypeLike) as DType;
  }
  return lengthened(dtype, Math.max(1, ...seen.map(({ characters }) => characters)));
}

/** The same for texts of so many characters. */
export function lengthened(dtype: DType, characters: number): DType {
  const order = dtype.byteOrder === ">" ? ">" : "";
  return dtypeOf(`${order}${dtype.kind}${characters}` as DTypeLike) as DType;
}
