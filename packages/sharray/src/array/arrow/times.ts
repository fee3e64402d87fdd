import type { SharrayError } from "../../errors.ts";

/** Arrow's units of time, by their numbers in its `TimeUnit`. */
export const TIME_UNITS = ["s", "ms", "us", "ns"] as const;

/** "Not a time", NumPy's smallest integer of 64 bits. */
export const NAT: bigint = -(2n ** 63n);

const MOST = 2n ** 63n - 1n;
const SECOND = 10n ** 9n;

const NANOSECONDS: Record<string, bigint> = {
  W: 604_800n * SECOND,
  D: 86_400n * SECOND,
  h: 3_600n * SECOND,
  m: 60n * SECOND,
  s: SECOND,
  ms: 10n ** 6n,
  us: 1000n,
  ns: 1n,
};

/** A unit such as "25s" in its parts. */
function partsOf(unit: string): { count: bigint; word: string } {
  const [, count, word] = /^(\d*)(\D*)$/.exec(unit) as unknown as [string, string, string];
  return { count: count === "" ? 1n : BigInt(count), word };
}

/** The Arrow type that takes dates or durations of a unit of NumPy's; null where there is none. */
export function carrierOf(kind: "M" | "m", unit: string): "D" | (typeof TIME_UNITS)[number] | null {
  const { word } = partsOf(unit);
  const exact = TIME_UNITS.find((known) => known === word);
  if (exact !== undefined) return exact;
  if (word === "h" || word === "m") return "s";
  if (kind === "M") return ["Y", "M", "W", "D"].includes(word) ? "D" : null;
  return word === "W" || word === "D" ? "s" : null;
}

/** Days from 1970-01-01 to the first day of a month, counted from January 1970, in the calendar of Gregory. */
function daysOfMonth(months: bigint): bigint {
  const year = 1970n + floor(months, 12n);
  const month = months - floor(months, 12n) * 12n;
  // Years begin in March, so that the leap day is a year's last.
  const since = month < 2n ? year - 1n : year;
  const place = (month + 10n) % 12n;
  const days = (153n * place + 2n) / 5n;
  return 365n * since + floor(since, 4n) - floor(since, 100n) + floor(since, 400n) + days - 719_468n;
}

/** The month of a day, both counted from January 1970; null when the day is not a month's first. */
function monthOfDay(day: bigint): bigint | null {
  // 400 years have 146 097 days and 4800 months: the guess is off by one month at most.
  const guess = floor(day * 4800n, 146_097n);
  for (const month of [guess - 1n, guess, guess + 1n]) if (daysOfMonth(month) === day) return month;
  return null;
}

function floor(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

/**
 * The function that takes times of one unit to another; it gives null for a value that is not whole there, or does not fit 64
 * bits. Null instead of a function where one of the units has no fixed length and the other is no date.
 */
export function converter(from: string, to: string): ((value: bigint) => bigint | null) | null {
  const [one, other] = [partsOf(from), partsOf(to)];
  const within = (value: bigint): bigint | null => (value > MOST || value <= NAT ? null : value);
  const divided = (value: bigint, by: bigint): bigint | null => (value % by === 0n ? within(value / by) : null);
  const [months, asMonths] = [{ Y: 12n, M: 1n }[one.word], { Y: 12n, M: 1n }[other.word]];
  if (months !== undefined && asMonths !== undefined) {
    return (value) => divided(value * months * one.count, asMonths * other.count);
  }
  if (months !== undefined && to === "D") return (value) => within(daysOfMonth(value * months * one.count));
  if (asMonths !== undefined && from === "D") {
    return (value) => {
      const month = monthOfDay(value);
      return month === null ? null : divided(month, asMonths * other.count);
    };
  }
  const [size, asSize] = [NANOSECONDS[one.word], NANOSECONDS[other.word]];
  if (size === undefined || asSize === undefined) return null;
  return (value) => divided(value * size * one.count, asSize * other.count);
}

/** Times in another unit; NaT stays. `fault` makes the error for the element that cannot be put so. */
export function converted(
  times: BigInt64Array,
  convert: (value: bigint) => bigint | null,
  fault: (index: number, value: bigint) => SharrayError,
): BigInt64Array<ArrayBuffer> {
  const result = new BigInt64Array(times.length);
  for (let i = 0; i < times.length; i++) {
    const value = times[i]!;
    const other = value === NAT ? NAT : convert(value);
    if (other === null) throw fault(i, value);
    result[i] = other;
  }
  return result;
}

/** Which times are NaT, as Arrow's bitmap of those that are none; null when no time is. */
export function validity(times: BigInt64Array): { bitmap: Uint8Array; nulls: number } | null {
  // Bigints are slow: looked at as halves, NaT is the only one whose halves are these.
  const halves = new Int32Array(times.buffer, times.byteOffset, 2 * times.length);
  let bitmap: Uint8Array | null = null;
  let nulls = 0;
  for (let i = 0; i < times.length; i++) {
    if (halves[2 * i + 1] !== -(2 ** 31) || halves[2 * i] !== 0) continue;
    bitmap ??= new Uint8Array(Math.ceil(times.length / 8)).fill(255);
    bitmap[i >> 3]! &= ~(1 << (i & 7));
    nulls++;
  }
  return bitmap === null ? null : { bitmap, nulls };
}

/** Days as Arrow's DateDay counts them, in 32 bits; NaT becomes 0. */
export function daysIn32(days: BigInt64Array, fault: (index: number, value: bigint) => SharrayError): Int32Array {
  const halves = new Int32Array(days.buffer, days.byteOffset, 2 * days.length);
  const result = new Int32Array(days.length);
  for (let i = 0; i < days.length; i++) {
    const low = halves[2 * i]!;
    const high = halves[2 * i + 1]!;
    if (high === low >> 31) result[i] = low;
    else if (high !== -(2 ** 31) || low !== 0) throw fault(i, days[i]!);
  }
  return result;
}
