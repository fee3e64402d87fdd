// Arrays and options for the comparison with np.savetxt: all kinds of elements, views, formats, with the odd and the wrong among them.
import fc from "fast-check";
import type { DTypeLike, SavetxtOptions } from "sharray";

/** One call of savetxt: the elements' bytes, what is made of them, and the options. */
export interface Case {
  descr: DTypeLike;
  shape: number[];
  hex: string;
  /** Views that are taken one after the other: the axes exchanged, or every other row from the end. */
  views: ("transposed" | "backwards")[];
  layout: "rows" | "columns";
  options: SavetxtOptions;
}

const numbers = "? i1 u1 <i2 >i2 u2 <i4 >u4 <i8 >i8 u8 >u8 <f2 >f2 <f4 >f4 <f8 <f8 >f8".split(" ");
const complex = "<c8 >c8 <c16 >c16".split(" ");
const texts = "S1 S3 S9 <U1 <U4 >U3 V3".split(" ");
const times = (
  "M8[Y] M8[M] M8[W] M8[D] >M8[h] M8[m] M8[s] M8[25s] M8[ms] M8[us] M8[7us] M8[ns] M8[ps] M8[fs] M8[as] " +
  "m8 m8[Y] m8[D] m8[h] >m8[s] m8[7us] m8[ns] m8[as]"
).split(" ");

function often<T>(weight: number, usual: fc.Arbitrary<T>, ...others: fc.Arbitrary<T>[]): fc.Arbitrary<T> {
  return fc.oneof({ weight, arbitrary: usual }, ...others.map((arbitrary) => ({ weight: 1, arbitrary })));
}

/** The bytes of something that is written to a view of so many. */
function stored(size: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(size);
  write(new DataView(bytes.buffer));
  return bytes;
}

const doubles = often(
  3,
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    NaN,
    Infinity,
    -Infinity,
    0.5,
    1.5,
    2.5,
    -0.5,
    0.1,
    1e22,
    1e16,
    1e-4,
    1e-5,
    123456.5,
    5e-324,
    1.7e308,
  ),
  fc.integer({ min: -1074, max: 1023 }).map((n) => 2 ** n),
  fc.integer({ min: -99999, max: 99999 }).map((n) => n / 100),
);
const longs = often(
  2,
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -20000n, max: 20000n }),
  fc.constantFrom(-(2n ** 63n), 2n ** 53n + 1n, -1n, 0n),
);

function swap(bytes: Uint8Array, unit: number): Uint8Array {
  for (let at = 0; at < bytes.length; at += unit) bytes.subarray(at, at + unit).reverse();
  return bytes;
}

/** The bytes of one element. */
function element(dtype: string): fc.Arbitrary<Uint8Array> {
  const [, order, kind, digits] = /^([<>]?)([?a-zA-Z])(\d*)/.exec(dtype)! as unknown as [
    string,
    string,
    string,
    string,
  ];
  const size = Number(digits || 1) * (kind === "U" ? 4 : 1);
  const big = order === ">";
  const bits = fc.uint8Array({ minLength: size, maxLength: size });
  if (kind === "?") return fc.constantFrom(Uint8Array.of(0), Uint8Array.of(1));
  if (kind === "f" && size === 2) return bits;
  if (kind === "f") {
    const write = (x: number) => (view: DataView) =>
      size === 4 ? view.setFloat32(0, x, !big) : view.setFloat64(0, x, !big);
    return often(
      4,
      doubles.map((x) => stored(size, write(x))),
      bits,
    );
  }
  if (kind === "c")
    return fc
      .tuple(element(`${order}f${size / 2}`), element(`${order}f${size / 2}`))
      .map(([re, im]) => new Uint8Array([...re, ...im]));
  if (kind === "M" || kind === "m") return longs.map((x) => stored(8, (view) => view.setBigInt64(0, x, !big)));
  if (kind === "S") {
    const character = often(
      9,
      fc.integer({ min: 32, max: 126 }),
      fc.constantFrom(0, 9, 10, 13, 27, 34, 39, 92, 127, 0xe9, 0xff),
    );
    return fc.array(character, { minLength: size, maxLength: size }).map((codes) => Uint8Array.from(codes));
  }
  if (kind === "U") {
    const odd = fc.constantFrom(0, 9, 10, 34, 39, 92, 0xa0, 0xad, 0xe9, 0xff, 0x20ac, 0x1f600, 0xd800);
    const character = often(20, fc.integer({ min: 32, max: 126 }), odd);
    return fc
      .array(character, { minLength: size / 4, maxLength: size / 4 })
      .map((codes) => swap(new Uint8Array(Uint32Array.from(codes).buffer), big ? 4 : 1));
  }
  return bits;
}

const flags = fc.subarray([..."-+ #0"]).map((list) => list.join(""));
const widths = often(2, fc.constant(""), fc.integer({ min: 0, max: 40 }).map(String));
const precisions = often(
  2,
  fc.constant(""),
  fc.integer({ min: 0, max: 25 }).map((n) => `.${n}`),
  fc.constantFrom(".", ".400"),
);

/** A format of one value with one of some letters. */
function conversion(letters: string): fc.Arbitrary<string> {
  const letter = fc.constantFrom(...letters);
  return often(
    40,
    fc
      .tuple(flags, widths, precisions, letter)
      .map(([flag, width, precision, end]) => `%${flag}${width}${precision}${end}`),
    fc.constantFrom("%ld", "%5.hd", "%q", "%", "%5", "%*d", "%(a)d", "x", "", "%%", "%5%", "%.-5d"),
    fc.constantFrom("a%sb", "%d|", "+%e", "%g é", "[%r]"),
  );
}

/** Letters that are likely to print elements of a dtype. */
function lettersOf(dtype: string): string {
  if (/[SUV]/.test(dtype)) return "sssraced";
  if (/[Mm]/.test(dtype)) return "sssrade";
  if (/f|c/.test(dtype)) return "eeffggEFGdisrax";
  return "ddiuoxXeEfgGcsra";
}

const options = fc.record(
  {
    delimiter: fc.constantFrom(",", "", "\t", " | ", "%%", "+", "%d", "é"),
    newline: fc.constantFrom("\r\n", "", ";", "-\n"),
    header: fc.constantFrom("a b", "a\nb", "", "é\n", "\n"),
    footer: fc.constantFrom("end", "x\r\ny"),
    comments: fc.constantFrom("", "% ", "//"),
    encoding: fc.constantFrom(
      "latin1",
      "ascii",
      "utf-8",
      "UTF8",
      "utf-16",
      "utf-16-be",
      "utf-32",
      "utf-8-sig",
      "utf_32_le",
    ),
  },
  { requiredKeys: [] },
);

/** Formats for columns of these dtypes: one, one of many, or a list; sometimes of a wrong number. */
function formats(columns: readonly string[], ofComplex: boolean): fc.Arbitrary<SavetxtOptions["fmt"]> {
  const all = columns.flatMap((dtype) => (ofComplex ? [lettersOf(dtype), lettersOf(dtype)] : [lettersOf(dtype)]));
  const list = fc.tuple(...all.map(conversion));
  const one = conversion(all[0] ?? "s");
  const pairs = list.map((parts) =>
    columns.map((_, index) => (ofComplex ? parts[2 * index]! + parts[2 * index + 1]! : parts[index]!)),
  );
  return fc.oneof(
    fc.constant(undefined),
    one,
    one,
    list.map((parts) => parts.join("~")),
    pairs,
    fc.array(one, { maxLength: 3 }),
  );
}

/** Calls of savetxt. */
export const cases: fc.Arbitrary<Case> = fc.oneof(plain(), plain(), records());

function plain(): fc.Arbitrary<Case> {
  const dtype = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...numbers) },
    { weight: 2, arbitrary: fc.constantFrom(...complex) },
    { weight: 2, arbitrary: fc.constantFrom(...texts) },
    { weight: 2, arbitrary: fc.constantFrom(...times) },
  );
  const length = fc.integer({ min: 0, max: 4 });
  const lengths = (axes: number): fc.Arbitrary<number[]> => fc.array(length, { minLength: axes, maxLength: axes });
  const shape = often(9, fc.oneof(lengths(2), lengths(2), lengths(1)), lengths(0), lengths(3));
  return fc.tuple(dtype, shape, fc.subarray(["transposed", "backwards"] as const)).chain(([descr, lengths, views]) => {
    const count = lengths.reduce((a, b) => a * b, 1);
    const columns = lengths.length === 1 ? 1 : ((views.includes("transposed") ? lengths[0] : lengths[1]) ?? 1);
    return fc.record({
      descr: fc.constant(descr as DTypeLike),
      shape: fc.constant(lengths),
      hex: fc
        .array(element(descr), { minLength: count, maxLength: count })
        .map((parts) => Buffer.concat(parts).toString("hex")),
      views: fc.constant(lengths.length === 0 ? [] : views),
      layout: fc.constant("rows" as const),
      options: withFormat(Array(columns).fill(descr), descr.includes("c")),
    });
  });
}

function records(): fc.Arbitrary<Case> {
  const dtype = often(12, fc.constantFrom(...numbers, ...texts, ...times), fc.constantFrom(...complex));
  const columns = fc.array(dtype, { minLength: 1, maxLength: 4 });
  return fc.tuple(columns, fc.integer({ min: 0, max: 4 })).chain(([list, count]) => {
    const record = fc.tuple(...list.map(element)).map((parts) => Buffer.concat(parts));
    return fc.record({
      descr: fc.constant(list.map((one, index) => [`f${index}`, one] as const) as DTypeLike),
      shape: fc.constant([count]),
      hex: fc
        .array(record, { minLength: count, maxLength: count })
        .map((parts) => Buffer.concat(parts).toString("hex")),
      views: fc.subarray(["backwards"] as const),
      layout: fc.constantFrom("rows" as const, "columns" as const),
      options: withFormat(list, false),
    });
  });
}

function withFormat(columns: readonly string[], ofComplex: boolean): fc.Arbitrary<SavetxtOptions> {
  return fc
    .tuple(options, formats(columns, ofComplex))
    .map(([given, fmt]) => (fmt === undefined ? given : { ...given, fmt }));
}
