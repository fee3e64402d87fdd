import type { DType } from "../../dtype/dtype.ts";
import { attosecondsOf, type Scale, scaleOf } from "../element/time_units.ts";

/** Whether two elements, as they are read, are equal. */
export type Same = (a: unknown, b: unknown) => boolean;

/** What NumPy calls "not a time": equal to nothing, as NaN. */
const NAT = -(2n ** 63n);

const NUMBERS = "biufc";

/**
 * How elements of two dtypes compare, as NumPy's `==` does; null where no element of one equals any of the other: texts of one
 * byte and of four a character, records whose fields differ in name, order or shape. (NumPy throws at some of those.)
 */
export function sameness(a: DType, b: DType): Same | null {
  if (a.fields !== null || b.fields !== null) return a.fields === null || b.fields === null ? null : records(a, b);
  const kinds = `${a.kind}${b.kind}`;
  if (NUMBERS.includes(a.kind) && NUMBERS.includes(b.kind)) return sameNumbers;
  if (kinds === "SS" || kinds === "UU") return (x, y) => x === y;
  if (kinds === "VV")
    return a.itemsize === b.itemsize ? (x, y) => Buffer.compare(x as Buffer, y as Buffer) === 0 : null;
  if (kinds === "MM" || kinds === "mm") return times(a, b);
  // Integers count as durations of whatever unit, those of eight bytes without a sign excepted.
  if (a.kind === "m" && counts(b)) return (x, y) => x !== NAT && sameNumbers(x, y);
  if (b.kind === "m" && counts(a)) return (x, y) => y !== NAT && sameNumbers(x, y);
  return null;
}

function counts({ kind, itemsize }: DType): boolean {
  return "bi".includes(kind) || (kind === "u" && itemsize < 8);
}

function sameNumbers(a: unknown, b: unknown): boolean {
  if (typeof a === "object" || typeof b === "object") {
    const [x, y] = [parts(a), parts(b)];
    return sameNumbers(x.re, y.re) && sameNumbers(x.im, y.im);
  }
  // Integers of eight bytes are exact among themselves; beside a float NumPy makes a float of them.
  if (typeof a === "bigint" && typeof b === "bigint") return a === b;
  return Number(a) === Number(b);
}

function parts(value: unknown): { re: unknown; im: unknown } {
  return typeof value === "object" ? (value as { re: number; im: number }) : { re: value, im: 0 };
}

function times(a: DType, b: DType): Same | null {
  if (a.unit === b.unit || a.unit === "" || b.unit === "") return (x, y) => x === y && x !== NAT;
  const [one, other] = [scaleOf(a.unit), scaleOf(b.unit)];
  if (one.months === other.months) {
    return (x, y) => x !== NAT && y !== NAT && (x as bigint) * one.factor === (y as bigint) * other.factor;
  }
  // Years and months have no fixed length: durations of them compare with no other, dates as their first day, in the other unit.
  if (a.kind === "m") return null;
  const first = (months: bigint, { factor }: Scale): bigint => floor(attosecondsOf(months), factor);
  return one.months
    ? (x, y) => x !== NAT && y !== NAT && first((x as bigint) * one.factor, other) === y
    : (x, y) => x !== NAT && y !== NAT && first((y as bigint) * other.factor, one) === x;
}

function floor(a: bigint, b: bigint): bigint {
  return (a - (((a % b) + b) % b)) / b;
}

function records(a: DType, b: DType): Same | null {
  const [mine, theirs] = [[...a.fields!], [...b.fields!]];
  if (mine.length !== theirs.length) return null;
  const members: { name: string; same: Same }[] = [];
  for (const [i, [name, field]] of mine.entries()) {
    const [other, { dtype, shape }] = theirs[i]!;
    const alike = shape.length === field.shape.length && shape.every((n, axis) => n === field.shape[axis]);
    const same = name === other && alike ? sameness(field.dtype, dtype) : null;
    if (same === null) return null;
    members.push({ name, same: lists(same, shape.length) });
  }
  return (x, y) =>
    members.every(({ name, same }) => same((x as Record<string, unknown>)[name], (y as Record<string, unknown>)[name]));
}

/** Sub-arrays of equal shape are equal where all of their items are. */
function lists(same: Same, axes: number): Same {
  if (axes === 0) return same;
  const inner = lists(same, axes - 1);
  return (x, y) => (x as unknown[]).every((item, i) => inner(item, (y as unknown[])[i]));
}
