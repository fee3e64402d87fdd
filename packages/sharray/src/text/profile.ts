import { type DType, dtypeOf } from "../dtype/dtype.ts";
import type { DTypeLike } from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
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
    units: a.units === null || b.units === null ? null : spanned(a.units, b.units),
  };
}

type Units = NonNullable<Seen["units"]>;

const NONE: Units = ["generic", "generic"];

/** Units of dates, and how many of each are one of the unit before; years and months are taken for weeks, as NumPy takes them. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ["Y", 1],
  ["M", 1],
  ["W", 1],
  ["D", 7],
  ["h", 24],
  ["m", 60],
  ["s", 60],
  ...["ms", "us", "ns", "ps", "fs", "as"].map((unit): [string, number] => [unit, 1000]),
]);

const NAMES = [...UNITS.keys()];

/** The coarsest and the finest of both. */
function spanned(a: Units, b: Units): Units {
  if (a[1] === "generic") return b;
  if (b[1] === "generic") return a;
  const places = [...a, ...b].map((unit) => NAMES.indexOf(unit));
  return [NAMES[Math.min(...places)]!, NAMES[Math.max(...places)]!];
}

/** NumPy counts units within one another up to here. */
const FARTHEST = 2 ** 56;

/** The unit that all dates are counted in. */
function common([coarsest, finest]: Units): string {
  const between = NAMES.slice(NAMES.indexOf(coarsest) + 1, NAMES.indexOf(finest) + 1);
  const distance = between.reduce((product, unit) => product * UNITS.get(unit)!, 1);
  if (distance < FARTHEST) return finest;
  throw new SharrayError(
    "BAD_DTYPE",
    `loadtxt: dtype: "M8" takes its unit from the dates, and these are of units from ${coarsest} to ${finest}, which 64 bits do not count ` +
      'in one another. Say the unit, as in "M8[ns]".',
    { dtype: "M8", found: [coarsest, finest] },
  );
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

/**
 * The dtype that holds all texts of a table, where the one that was given says no length or no unit.
 *
 * @throws {SharrayError} BAD_DTYPE for dates of units too far apart, as NumPy refuses them
 */
export function closed(dtype: DType, seen: readonly Seen[]): DType {
  const order = dtype.byteOrder === ">" ? ">" : "";
  if (dtype.kind === "M") {
    const units = seen.map((column) => column.units).filter((found) => found !== null);
    const unit = common(units.reduce(spanned, NONE));
    return dtypeOf((unit === "generic" ? `${order}M8` : `${order}M8[${unit}]`) as DTypeLike) as DType;
  }
  return lengthened(dtype, Math.max(1, ...seen.map(({ characters }) => characters)));
}

/** The same for texts of so many characters. */
export function lengthened(dtype: DType, characters: number): DType {
  const order = dtype.byteOrder === ">" ? ">" : "";
  return dtypeOf(`${order}${dtype.kind}${characters}` as DTypeLike) as DType;
}
