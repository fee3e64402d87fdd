import { type DType, NDArray } from "sharray";

/** What a value that no element can be is stored as. */
export const REFUSED: symbol = Symbol("refused");

const edges = [7, 8, 15, 16, 31, 32, 53, 63, 64].flatMap((bits) => [2n ** BigInt(bits) - 1n, 2n ** BigInt(bits)]);

/** Numbers at and beyond the edges of every dtype, as numbers and as bigints. */
export const numbers: unknown[] = [
  ...[0, -0, 1.5, -0.1, Number.NaN, Infinity, -Infinity, 65519, 65520, 65535.5, 5e-324, 2 ** -25],
  ...[3.4028235677973362e38, 3.4028235677973366e38, 1e39, -1e308, Number.MAX_VALUE, Number.EPSILON],
  ...edges.flatMap((edge) => [edge, -edge, -edge - 1n]),
  ...edges.flatMap((edge) => [Number(edge), -Number(edge), -Number(edge) - 1]),
  ...[10n ** 400n, -(10n ** 400n), 2n ** 53n + 1n],
];

/** Texts: lengths around those of the dtypes, characters of one to four bytes, halves of pairs, NULs. */
export const texts: string[] = [
  ...["", "a", "ab", "abc", "abcd", "1", "0.5", "true", "\0", "a\0", "\0a", "ab\0\0", "x".repeat(40), "x".repeat(41)],
  ...["é", "ÿ", "Ā", "€", "😀", "😀😀😀", "a😀", "\ud800", "\udfff\ud800", "2026-01-01", "NaN"],
];

const thrower = { get re() { throw new Error("not read"); } }; // biome-ignore format: a line

/** Everything else that JavaScript has. */
export const others: unknown[] = [
  ...[true, false, null, undefined, Symbol("s"), () => 1, class Dummy {}, {}, [], [1], [[1, 2, 3]], new Map(), /x/],
  ...[new Date(0), new Date(Number.NaN), new String("a"), new Number(1), Object(1n), new Boolean(true)],
  ...[{ re: 1, im: 2 }, { re: 1 }, { im: 1 }, { re: 1n, im: -0 }, { re: "1", im: 0 }, { re: 1, im: null }],
  ...[
    { re: 1e39, im: 1 },
    { re: Number.NaN, im: -Infinity },
    { re: 10n ** 400n, im: 0 },
  ],
  ...[new Uint8Array(3), new Uint8Array(2), new Uint8Array(0), Buffer.from("abc"), new DataView(new ArrayBuffer(3))],
  ...[new Float32Array([1]), new BigInt64Array(2), new ArrayBuffer(3), new SharedArrayBuffer(3)],
  ...[new Proxy({}, {}), new NDArray([], "u1", new Uint8Array([7])), new Error("e"), Promise.resolve(1)],
  ...[Object.create(null), { valueOf: () => 1, toString: () => "a" }, { [Symbol.toPrimitive]: () => 1 }, { thrower }],
];

function float(size: number, value: unknown): unknown {
  if (typeof value !== "number" && typeof value !== "bigint") return REFUSED;
  const number = Number(value);
  if (Number.isNaN(number)) return number;
  // Half-way between the largest number and the next power of two: what lies below is rounded down.
  const end = size === 2 ? 65520 : size === 4 ? 2 ** 128 - 2 ** 103 : Infinity;
  if (Math.abs(number) >= end) return typeof value === "number" && Math.abs(value) === Infinity ? value : REFUSED;
  if (size === 8) return number;
  return size === 4 ? Math.fround(number) : half(number);
}

/** The nearest half float, by what its neighbours are: slow, and easy to believe. */
function half(number: number): number {
  const size = Math.abs(number);
  const step = size < 2 ** -14 ? 2 ** -24 : 2 ** (Math.floor(Math.log2(size)) - 10);
  const down = Math.floor(size / step);
  const rest = size / step - down;
  const rounded = (rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down) * step;
  return number < 0 || Object.is(number, -0) ? -rounded : rounded;
}

function integer({ kind, itemsize }: DType, value: unknown): unknown {
  if (typeof value !== "bigint" && !Number.isInteger(value)) return REFUSED;
  if (itemsize === 8 && typeof value === "number" && !Number.isSafeInteger(value)) return REFUSED;
  const big = BigInt(value as number | bigint);
  const bits = BigInt(itemsize * 8);
  const [low, high] = kind === "u" ? [0n, 2n ** bits] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n)];
  if (big < low || big >= high) return REFUSED;
  return itemsize === 8 ? big : Number(big);
}

function complex(size: number, value: unknown): unknown {
  if (typeof value === "number" || typeof value === "bigint") return complex(size, { re: value, im: 0 });
  if (typeof value !== "object" || value === null || !("re" in value) || !("im" in value)) return REFUSED;
  const [re, im] = [float(size, value.re), float(size, value.im)];
  return re === REFUSED || im === REFUSED ? REFUSED : { re, im };
}

function characters(value: unknown, size: number, most: number): unknown {
  if (typeof value !== "string") return REFUSED;
  const all = [...value];
  if (all.length > size || all.some((one) => one.codePointAt(0)! > most)) return REFUSED;
  return value.replace(/\0+$/, "");
}

/** What is read back after a value was stored as an element of a dtype, or REFUSED: the rules, put as plainly as can be. */
export function stored(dtype: DType, value: unknown): unknown {
  const { kind, itemsize } = dtype;
  switch (kind) {
    case "b":
      return ([0, 1, 0n, 1n, true, false] as unknown[]).includes(value) ? Boolean(value) : REFUSED;
    case "f":
      return float(itemsize, value);
    case "c":
      return complex(itemsize / 2, value);
    case "S":
      return characters(value, itemsize, 0xff);
    case "U":
      return characters(value, itemsize / 4, 0x10ffff);
    case "V":
      if (!ArrayBuffer.isView(value) || value.byteLength !== itemsize) return REFUSED;
      return new Uint8Array(value.buffer, value.byteOffset, itemsize).slice();
    default:
      return integer(dtype, value);
  }
}
