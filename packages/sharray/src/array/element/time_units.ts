const ATTOSECONDS: Record<string, bigint> = {
  as: 1n,
  fs: 10n ** 3n,
  ps: 10n ** 6n,
  ns: 10n ** 9n,
  us: 10n ** 12n,
  ms: 10n ** 15n,
  s: 10n ** 18n,
  m: 60n * 10n ** 18n,
  h: 3600n * 10n ** 18n,
  D: 86400n * 10n ** 18n,
  W: 604800n * 10n ** 18n,
};

/** How much one of a unit of time ("ms", "25s", "Y") is: in months, or in attoseconds. */
export interface Scale {
  readonly months: boolean;
  readonly factor: bigint;
}

/** The scale of a unit that dtypes have. */
export function scaleOf(unit: string): Scale {
  const [, count, word] = /^(\d*)(\D+)$/.exec(unit) as unknown as [string, string, string];
  const many = count === "" ? 1n : BigInt(count);
  if (word === "Y") return { months: true, factor: 12n * many };
  if (word === "M") return { months: true, factor: many };
  return { months: false, factor: many * ATTOSECONDS[word]! };
}

/** Attoseconds from 1970 to the beginning of a month of the calendar, counted from January 1970. */
export function attosecondsOf(month: bigint): bigint {
  // The calendar repeats every 400 years, which are 146097 days; JavaScript's dates do not reach as far as NumPy's.
  const cycle = 4800n;
  const within = ((month % cycle) + cycle) % cycle;
  const days = BigInt(Date.UTC(1970, Number(within), 1) / 86_400_000);
  return (days + ((month - within) / cycle) * 146_097n) * ATTOSECONDS.D!;
}
