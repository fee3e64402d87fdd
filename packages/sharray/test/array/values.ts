import fc from "fast-check";
import { type DType, dtypeOf, type Field } from "sharray";

/** A value in JavaScript, and how the oracle writes it down in JSON. */
export interface Sample {
  value: unknown;
  written: unknown;
}

const special = [
  0,
  -0,
  1,
  -1,
  0.1,
  1 / 3,
  Number.NaN,
  Infinity,
  -Infinity,
  2 ** -24,
  2 ** -25,
  3 * 2 ** -26,
  65504,
  5e-324,
  2 ** -149,
  1 + 2 ** -11,
  1 + 3 * 2 ** -11,
];

/** Numbers as text: JSON has no NaN, and Python's float reads all of these. */
function spelt(value: number): string {
  return Object.is(value, -0) ? "-0.0" : Number.isNaN(value) ? "nan" : String(value).replace("Infinity", "inf");
}

function floats(size: number): fc.Arbitrary<number> {
  const most = size === 2 ? 65519 : size === 4 ? 3.4028234663852886e38 : Number.MAX_VALUE;
  return fc.oneof(
    fc.constantFrom(...special),
    fc.double({ min: -most, max: most }),
    fc.double({ min: -100, max: 100 }),
  );
}

function integers(size: number, signed: boolean): fc.Arbitrary<bigint> {
  const bits = BigInt(size * 8);
  const [min, max] = signed ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
  return fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n));
}

function texts(length: number, most: number): fc.Arbitrary<string> {
  const codes = fc
    .oneof(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: most }))
    .filter((code) => code < 0xd800 || code > 0xdfff);
  return fc.array(codes, { maxLength: length }).map((list) => String.fromCodePoint(...list).replace(/\0+$/, ""));
}

function scalar({ kind, itemsize }: DType): fc.Arbitrary<Sample> {
  switch (kind) {
    case "b":
      return fc.boolean().map((value) => ({ value, written: value }));
    case "i":
    case "u":
    case "M":
    case "m":
      return integers(itemsize, kind !== "u").map((big) => ({
        value: itemsize === 8 ? big : Number(big),
        written: String(big),
      }));
    case "f":
      return floats(itemsize).map((value) => ({ value, written: spelt(value) }));
    case "c":
      return fc
        .tuple(floats(itemsize / 2), floats(itemsize / 2))
        .map(([re, im]) => ({ value: { re, im }, written: [spelt(re), spelt(im)] }));
    case "S":
      return texts(itemsize, 255).map((value) => ({ value, written: value }));
    case "U":
      return texts(itemsize / 4, 0x10ffff).map((value) => ({ value, written: value }));
    case "V":
      return fc
        .uint8Array({ minLength: itemsize, maxLength: itemsize })
        .map((value) => ({ value, written: Buffer.from(value).toString("hex") }));
  }
}

function nested(field: Field, shape: readonly number[]): fc.Arbitrary<Sample> {
  if (shape.length === 0) return samples(field.dtype);
  const [length, ...rest] = shape as [number, ...number[]];
  return fc.array(nested(field, rest), { minLength: length, maxLength: length }).map((list) => ({
    value: list.map(({ value }) => value),
    written: list.map(({ written }) => written),
  }));
}

/** Random elements of a dtype. */
export function samples(dtype: DType): fc.Arbitrary<Sample> {
  if (dtype.fields === null) return scalar(dtype);
  const fields = [...dtype.fields];
  return fc.tuple(...fields.map(([, field]) => nested(field, field.shape))).map((list) => ({
    value: Object.fromEntries(fields.map(([name], i) => [name, list[i]!.value])),
    written: list.map(({ written }) => written),
  }));
}

/** How the oracle writes down an element that was read. */
export function write(dtype: DType, value: unknown): unknown {
  if (dtype.fields !== null) {
    return [...dtype.fields].map(([name, field]) => {
      const along = (inner: unknown, axes: number): unknown =>
        axes === 0 ? write(field.dtype, inner) : (inner as unknown[]).map((item) => along(item, axes - 1));
      return along((value as Record<string, unknown>)[name], field.shape.length);
    });
  }
  if (typeof value === "bigint") return String(value);
  if (dtype.kind === "f") return spelt(value as number);
  if (typeof value === "number") return String(value);
  if (dtype.kind === "c") {
    const { re, im } = value as { re: number; im: number };
    return [spelt(re), spelt(im)];
  }
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
}

/** A dtype whose elements NumPy can be given one by one: it makes an array of S0 one of S1. */
export function assignable(description: Parameters<typeof dtypeOf>[0]): boolean {
  return (dtypeOf(description) as DType).itemsize > 0;
}
