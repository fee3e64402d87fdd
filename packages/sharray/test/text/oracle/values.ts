// Texts of single values: good ones for each kind of column, and such as only look good.
import type { Dice } from "../../../../../fuzz/rounds.ts";
import { chance } from "./case.ts";

const words = (text: string): string[] => text.split(" ");

const INTEGERS = words(
  "0 1 -1 +1 -0 +0 7 42 127 128 -128 -129 255 256 32767 32768 -32768 -32769 65535 65536 2147483647 2147483648 -2147483648 " +
    "-2147483649 4294967295 4294967296 9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809 " +
    "18446744073709551615 18446744073709551616 007 00000000000000000000012 -000000000000000000000000000000000000001",
);
const FLOATS = words(
  "0 1 -1 +1 -0 -0.0 1.5 -1.5 +.5 5. .25 1e5 1E-3 -1e+10 1.e5 nan -nan +nan NaN NAN inf -inf +inf Infinity -INFINITY iNf 1e400 " +
    "-1e400 1e-400 4.9e-324 2.4703282292062327e-324 2.4703282292062328e-324 1.7976931348623157e308 1.7976931348623159e308 " +
    "2.2250738585072011e-308 3.4028236e38 3.4028235677973366e38 1e-46 7.0064923216240854e-46 65504 65519.99 65520 5.9604644775390625e-08 " +
    "2.9802322387695312e-08 0.1 0.3 16777217 16777219 1.17549435e-38 123456789012345678901234567890 9007199254740993 99.999999 66.666667 " +
    "0.000000000000000000000001234567890123456789 8.5e-45 1e0000000000000000000005 0e99999 .00000000000000000000000000001e29 4503599627370497.5",
);
const COMPLEX = words(
  "1 1.5 1j -1j 1+2j 1-2j -1.5e3+2.5e-3j (1+2j) (3) (4j) ( 1j) (1+2j ) nan+nanj inf-infj 1+-2j 1++2j 1+-+3j -0-0j 1e400-1e400j .5j 5.j nanj (1+1j)",
);
const DATES = words(
  "2001 1969 0001 -0044 2012-03 1999-12 2012-02-29 1970-01-01 2000-01-01T00 2000-01-01T23:59 2000-12-31T23:59:59 2001-02-03T04:05:06.7 " +
    "2001-02-03T04:05:06.789 2001-02-03T04:05:06.789012 2001-02-03T04:05:06.789012345 1677-09-22 2262-04-11 NaT nat 20010203 20010203T0405 " +
    "10000-01-01 2001-02-03T04:05:06Z 2001-02-03T04:05+01:30",
);
const DURATIONS = words(
  "0 1 -1 +5 25 1000 -123456789 9223372036854775807 -9223372036854775808 9223372036854775808 NaT nat",
);
const LATIN = words("a bc def chr1 chr22 KI270 x.y défg ÿ ß NA N/A 12 - _ abcdefgh abcdefghijklm nan (x) 1e5 ~ @");
const UNICODE = words("é €uro 😀 中文 日本語 αβγ ﬁ Ω 𝔘 Ѐ ́ ab😀cd İ");
const SPACED = [
  "a b",
  "two words",
  "x  y",
  " lead",
  "trail ",
  "tab\there",
  "no\u00a0break",
  "em\u2003space",
  "ideo\u3000graphic",
  "\u2009",
];

const WRONG = words(
  "x 1.2.3 0x10 0x1p3 1_0 1_000.5 1.0 1e3 --1 +-1 ++1 . - + e5 1e 1e+ 1e-x 1,5 1d5 infin infinit nanx nan() 1j True false None 1f " +
    "2013-13-01 2013-02-30 2013-1-1 2013/01/01 12:30 2000-01-01T24 2000-01-01T00:60 2000-01-01T00:00:61 1+2 (1j 1j) 1+ 1+2i 1+2J () j ( (1+2j 1 5x " +
    "0b1 1.5e 1.5.5 −1 ١٢ ２ ½ ² 1½ €1 today now",
);
const ODD = [
  "",
  " ",
  " 5",
  "5 ",
  "\t5",
  "5\v",
  "5\x1c",
  "\x1f5\x1d",
  "\u00855",
  "5\u00a0",
  "5\u2003",
  "\u30005\u1680",
  "\u202f7\u202f",
  "\u180e5",
  "5\u200b",
  "\ufeff5",
  "\u2028 6",
  "6\u2029",
  "1 +2j",
  "1+ 2j",
  "1+2 j",
  "( 1+2j ) ",
  "1 e5",
  "+ 5",
  "5 5",
  "5\0",
  "\0",
  "\x1a",
  "\x7f5",
  "5\x08",
  "\\N",
  "nan ",
  " inf",
  "5\u0300",
]; // prettier-ignore

const BOUNDS: Record<string, [bigint, bigint]> = Object.fromEntries(
  [8n, 16n, 32n, 64n].flatMap((bits) => [
    [`i${bits / 8n}`, [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]],
    [`u${bits / 8n}`, [0n, 2n ** bits - 1n]],
  ]),
);

function integer(dice: Dice, [low, high]: [bigint, bigint]): string {
  const near = BigInt(dice.roll(3));
  if (chance(dice, 12)) return String(dice.roll(2) === 0 ? low + near : high - near);
  let value = BigInt(dice.roll(2 ** 32)) * 2n ** 32n + BigInt(dice.roll(2 ** 32));
  value >>= BigInt(dice.roll(64));
  const spelled = String(low + (value % (high - low + 1n)));
  if (chance(dice, 3)) return spelled.replace(/^-?/, "$&000");
  return chance(dice, 3) && !spelled.startsWith("-") ? `+${spelled}` : spelled;
}

function float(dice: Dice): string {
  if (chance(dice, 30)) return dice.pick(FLOATS);
  const value = (dice.roll(2 ** 32) - 2 ** 31) * 10 ** (dice.roll(28) - 16);
  if (chance(dice, 3)) return `${value}e${dice.roll(640) - 330}`.replace(/e.*e/, "e");
  if (chance(dice, 25)) return value.toExponential(dice.roll(19));
  return chance(dice, 50) ? value.toFixed(dice.roll(8)) : String(value);
}

function date(dice: Dice): string {
  if (chance(dice, 35)) return dice.pick(DATES);
  const time = new Date((dice.roll(2 ** 32) - 2 ** 30) * 1000 + dice.roll(1000)).toISOString().slice(0, -1);
  return time.slice(0, dice.pick([4, 7, 10, 13, 16, 19, 21, 23, 23])).replace("T", chance(dice, 10) ? " " : "T");
}

/** A text that a column of the dtype is likely to take. `plain`: no white space in it. */
export function good(dice: Dice, dtype: string, plain: boolean): string {
  const bare = dtype.replace(/^[<>|]/, "");
  const kind = bare[0]!;
  if (kind === "i" || kind === "u") return integer(dice, BOUNDS[bare]!);
  if (kind === "f") return float(dice);
  if (kind === "?" || kind === "b") return dice.pick(["0", "1", "1", "-1", "10", "+0", "00", "9223372036854775807"]);
  if (kind === "c") return chance(dice, 40) ? float(dice) : dice.pick(COMPLEX);
  if (kind === "M") return date(dice);
  if (kind === "m") return chance(dice, 60) ? integer(dice, BOUNDS.i4!) : dice.pick(DURATIONS);
  if (!plain && chance(dice, 15)) return dice.pick(SPACED);
  if (kind === "U" && chance(dice, 40)) return dice.pick(UNICODE);
  return dice.pick(LATIN);
}

/** A text that many columns refuse, or take in another way than one would think. */
export function doubtful(dice: Dice): string {
  const what = dice.roll(20);
  if (what < 8) return dice.pick(WRONG);
  if (what < 13) return dice.pick(ODD);
  if (what < 15) return dice.pick(INTEGERS);
  if (what < 16) return dice.pick(FLOATS);
  if (what < 17) return dice.pick([...COMPLEX, ...DATES, ...DURATIONS]);
  if (what < 19) return dice.pick([...UNICODE, ...SPACED]);
  return longField(dice);
}

/** A field of hundreds or thousands of characters. */
export function longField(dice: Dice): string {
  const length = dice.pick([126, 127, 128, 129, 255, 300, 1000, 5000]);
  const [head, filling, tail] = dice.pick([
    ["", "0", "1.5"],
    ["0.", "0", "1"],
    ["1", "0", ""],
    ["1", "0", "e-300"],
    ["0.", "3", ""],
    ["x", "y", "z"],
    ["", " ", "5"],
  ] as const);
  return head + filling.repeat(length) + tail;
}
