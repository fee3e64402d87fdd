// Tables for the comparison with NumPy: dtypes, dialects and text, with the odd, the wrong and the nasty among them.
import fc from "fast-check";
import type { DTypeLike } from "sharray";

/** One call of loadtxt. */
export interface Case {
  text: string;
  dtype: DTypeLike;
  delimiter: string | null;
  comments: string | string[] | null;
  skiprows: number;
  maxRows: number | null;
  usecols: number | number[] | null;
  ndmin: 0 | 1 | 2;
  unpack: boolean;
}

const floats = (
  "0 1 -1 +1 -0 1.5 -1.5 +.5 5. .25 1e5 1E-3 -1e+10 1.e5 nan -nan NaN inf -inf Infinity 1e400 -1e400 1e-400 4.9e-324 " +
  "1.7976931348623157e308 3.4028236e38 0.1 0.3 16777217 1.17549435e-38 123456789012345678901234567890 " +
  "0.000000000000000000000001234567890123456789 99.999999 66.666667 9007199254740993 8.5e-45"
).split(" ");
const integers = (
  "0 1 -1 +1 -0 +0 7 42 127 128 -128 -129 255 256 32767 32768 -32768 -32769 65535 65536 2147483647 2147483648 -2147483648 " +
  "-2147483649 4294967295 4294967296 9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809 " +
  "18446744073709551615 18446744073709551616 007 00000000000000000000012"
).split(" ");
const latin = "a bc def chr1 chr22_KI270 x.y défg ÿ NA 12 -".split(" ");
const texts = 'a bc def chr1 chr22_KI270 x.y défg ÿ €uro 😀 中文 a\'b "q" NA'.split(" ");
const wrong = "x 1.2.3 0x10 1_0 1.0 1e3 --1 +-1 . - + e5 1e 1e+ 1,5 1d5 infin nanx 1j True 1f".split(" ");

const scalars = [
  "f8",
  "<f4",
  ">f8",
  ">f4",
  "i1",
  "u1",
  "<i2",
  ">i2",
  "u2",
  "i4",
  ">u4",
  "<i8",
  "u8",
  "S1",
  "S3",
  "S12",
  "U1",
  "U4",
  ">U3",
];

/** The arbitrary, or rarely something else. */
function mostly<T>(arbitrary: fc.Arbitrary<T>, other: fc.Arbitrary<T>, weight: number): fc.Arbitrary<T> {
  return fc.oneof({ weight, arbitrary }, { weight: 1, arbitrary: other });
}

function good(dtype: string): fc.Arbitrary<string> {
  const bits = 8n * BigInt(dtype.at(-1)!.replace(/\D/, "1"));
  if (dtype.includes("f")) return fc.oneof(fc.constantFrom(...floats), fc.double().map(String));
  if (dtype.includes("i"))
    return mostly(
      fc.bigInt({ min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n }).map(String),
      fc.constantFrom(...integers),
      20,
    );
  if (dtype.includes("u"))
    return mostly(fc.bigInt({ min: 0n, max: 2n ** bits - 1n }).map(String), fc.constantFrom(...integers), 20);
  return dtype.includes("S")
    ? mostly(fc.constantFrom(...latin), fc.constantFrom(...texts), 30)
    : fc.constantFrom(...texts);
}

/** A row's text: mostly as many good columns as the dtype asks for. */
function row(columns: readonly string[], dialect: { delimiter: string | null; comment: string }): fc.Arbitrary<string> {
  const { delimiter, comment } = dialect;
  const field = (dtype: string): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 90, arbitrary: good(dtype) },
      { weight: 1, arbitrary: fc.constantFrom(...wrong, ...texts) },
      { weight: delimiter === null ? 0 : 1, arbitrary: fc.constantFrom("", " ") },
    );
  const blank = fc.constantFrom("", "", "", " ", "\t", "  ");
  const between = delimiter === null ? fc.constantFrom(" ", "\t", "  ", " \t ", "\v", "\f") : fc.constant(delimiter);
  const padded = delimiter === null ? fc.constant("") : blank;
  const parts = columns.map((dtype) => fc.tuple(field(dtype), between, padded));
  const extra = mostly(fc.constant(null), fc.constantFrom(...wrong, "1"), 60) as fc.Arbitrary<string | null>;
  const note = fc.constantFrom("", " x", "1").map((text) => comment + text);
  return fc
    .tuple(blank, fc.tuple(...parts), extra, blank, mostly(fc.constant(""), note, 12))
    .map(([before, cells, more, after, note]) => {
      const all = cells.map(([text, , pad]) => pad + text);
      if (more !== null) all.push(more);
      const line = all
        .map((text, index) => (index === 0 ? text : (cells[index]?.[1] ?? delimiter ?? " ") + text))
        .join("");
      return before + line + after + note;
    });
}

function lines(
  columns: readonly string[],
  dialect: { delimiter: string | null; comment: string },
): fc.Arbitrary<string> {
  const other = fc.constantFrom("", " ", "\t", dialect.comment, `${dialect.comment} 1 2`, ` ${dialect.comment}x`);
  const line = fc.oneof({ weight: 8, arbitrary: row(columns, dialect) }, { weight: 1, arbitrary: other });
  const end = fc.oneof(
    { weight: 6, arbitrary: fc.constant("\n") },
    { weight: 1, arbitrary: fc.constantFrom("\r\n", "\r") },
  );
  return fc
    .tuple(fc.array(fc.tuple(line, end), { maxLength: 6, size: "max" }), fc.boolean())
    .map(([list, ended]) => list.map(([text, mark], i) => text + (ended || i + 1 < list.length ? mark : "")).join(""));
}

const dialects = fc.record({
  delimiter: fc.constantFrom(null, null, ",", "\t", ";", " ", "|", "x", "1", "#"),
  comments: fc.constantFrom<(string | string[] | null)[]>(
    "#",
    "#",
    "#",
    null,
    "%",
    "//",
    ["#", "//"],
    ["//", "/"],
    [],
    ["%"],
    ",",
  ),
});

/** Calls of loadtxt. */
export const cases: fc.Arbitrary<Case> = dialects.chain(({ delimiter, comments }) => {
  const comment = (Array.isArray(comments) ? comments[0] : comments) ?? "#";
  const plain = fc.tuple(fc.constantFrom(...scalars), fc.integer({ min: 1, max: 4 })).map(([dtype, n]) => ({
    dtype: dtype as DTypeLike,
    columns: Array.from({ length: n }, () => dtype),
  }));
  const record = fc.array(fc.constantFrom(...scalars), { minLength: 1, maxLength: 5 }).map((columns) => ({
    dtype: columns.map((dtype, index) => [`f${index}`, dtype] as const) as DTypeLike,
    columns,
  }));
  return fc.oneof(plain, record).chain(({ dtype, columns }) => {
    const isRecord = typeof dtype !== "string";
    const column = fc.integer({ min: -columns.length, max: columns.length - 1 });
    const some = isRecord
      ? fc.array(column, { minLength: columns.length, maxLength: columns.length })
      : fc.oneof(column, fc.array(column, { minLength: 1, maxLength: 3 }));
    return fc.record({
      text: lines(columns, { delimiter, comment }),
      dtype: fc.constant(dtype),
      delimiter: fc.constant(delimiter),
      comments: fc.constant(comments),
      skiprows: fc.oneof(
        { weight: 5, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }) },
      ),
      maxRows: mostly<number | null>(fc.constant(null), fc.integer({ min: 0, max: 4 }), 4),
      usecols: mostly<number | number[] | null>(fc.constant(null), some, 3),
      ndmin: fc.constantFrom<(0 | 1 | 2)[]>(0, 0, 1, 2),
      unpack: isRecord ? fc.constant(false) : fc.boolean(),
    });
  });
});
