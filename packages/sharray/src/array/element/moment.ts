/** The bits of "not a time". */
const NAT = -(2n ** 63n);

/** Digits of the fraction of a second. */
const FRACTION: Record<string, number> = { ms: 3, us: 6, ns: 9, ps: 12, fs: 15, as: 18 };
/** Seconds in a unit. */
const SECONDS: Record<string, bigint> = { W: 604800n, D: 86400n, h: 3600n, m: 60n, s: 1n };

/** Quotient and remainder of a division that rounds down. */
function split(value: bigint, by: bigint): [quotient: bigint, rest: bigint] {
  const rest = ((value % by) + by) % by;
  return [(value - rest) / by, rest];
}

function padded(value: bigint, digits: number): string {
  return value.toString().padStart(digits, "0");
}

/** C's `%04d`: the sign counts as one of the characters. */
function year(value: bigint): string {
  return value < 0n ? `-${padded(-value, 3)}` : padded(value, 4);
}

/** The day of the Gregorian calendar that lies so many days after 1970-01-01. */
function date(days: bigint): string {
  // Counted from 0000-03-01, so that the leap day is the last of its year; 146097 days are 400 years.
  const [era, day] = split(days + 719468n, 146097n);
  const inEra = (day - day / 1460n + day / 36524n - day / 146096n) / 365n;
  const ofYear = day - (365n * inEra + inEra / 4n - inEra / 100n);
  const month = (5n * ofYear + 2n) / 153n;
  const ofMonth = ofYear - (153n * month + 2n) / 5n + 1n;
  const january = month >= 10n;
  return `${year(era * 400n + inEra + (january ? 1n : 0n))}-${padded(month + (january ? -9n : 3n), 2)}-${padded(ofMonth, 2)}`;
}

/** Whether a date or duration is NumPy's NaT. */
export function isNaT(value: bigint): boolean {
  return value === NAT;
}

/**
 * A date as NumPy's `datetime_as_string` writes it, as far as its unit tells: `2026-01-02T03:04:05.678`. A date without a unit
 * is only a number.
 */
export function spellDate(value: bigint, unit: string): string {
  if (isNaT(value)) return "NaT";
  const [, count, word] = /^(\d*)(.*)$/.exec(unit) as unknown as [string, string, string];
  const ticks = value * BigInt(count || 1);
  if (word === "") return `${value}n`;
  if (word === "Y") return year(1970n + ticks);
  if (word === "M") {
    const [years, month] = split(ticks, 12n);
    return `${year(1970n + years)}-${padded(month + 1n, 2)}`;
  }
  const digits = FRACTION[word] ?? 0;
  const [seconds, fraction] = split(ticks * (SECONDS[word] ?? 1n), 10n ** BigInt(digits));
  const [days, time] = split(seconds, 86400n);
  const day = date(days);
  if (word === "W" || word === "D") return day;
  const clock = [time / 3600n, (time / 60n) % 60n, time % 60n].map((part) => padded(part, 2));
  if (word === "h") return `${day}T${clock[0]}`;
  if (word === "m") return `${day}T${clock[0]}:${clock[1]}`;
  return `${day}T${clock.join(":")}${digits === 0 ? "" : `.${padded(fraction, digits)}`}`;
}
