import fc from "fast-check";
import type { DTypeLike } from "sharray";

const units = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "25s", "7D"];

/** Spellings of scalar dtypes; texts and voids have `least` items or more. */
export function scalars(least = 0): fc.Arbitrary<string> {
  const order = fc.constantFrom("", "<", ">", "=", "|");
  const numbers = fc.constantFrom(..."? b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16".split(" "));
  const sized = fc
    .tuple(fc.constantFrom("S", "U", "V"), fc.integer({ min: least, max: 12 }))
    .map(([k, n]) => `${k}${n}`);
  const times = fc.tuple(fc.constantFrom("M8", "m8"), fc.constantFrom("", ...units.map((unit) => `[${unit}]`)));
  const kinds = fc.oneof(
    { weight: 3, arbitrary: numbers },
    { weight: 2, arbitrary: sized },
    { weight: 1, arbitrary: times.map(([k, unit]) => k + unit) },
  );
  return fc.tuple(order, kinds).map(([mark, kind]) => mark + kind);
}

const characters = "abcXYZ019_ .:,'\"\\\n\t\r\x01\x7fé\xa0\xadÿĀ€中\u200b\u2028\ufeff\ue000😀𝒳{}()[]";

/** Names that JavaScript's objects have members of, that look like none, or that are longer than any screen. */
const odd = [
  "__proto__",
  "constructor",
  "toString",
  "length",
  "0",
  "-1",
  " ",
  "\u200b",
  "\u2028",
  "f0",
  "'",
  '"',
  "\\",
  "n".repeat(300),
];

/** Names of fields: everything that Python's repr treats in a way of its own is among their characters. */
export const names: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength: 6 }).map((list) => list.join("")),
  },
  { weight: 1, arbitrary: fc.constantFrom(...odd) },
);

/** Lists of fields: nested records, sub-arrays, and gaps as NumPy's `descr` spells them. */
export function dtypes(options: { least?: number; gaps?: boolean; depth?: number } = {}): fc.Arbitrary<DTypeLike> {
  const { least = 0, gaps = true, depth = 2 } = options;
  const inner =
    depth === 0
      ? scalars(least)
      : fc.oneof(
          { weight: 3, arbitrary: scalars(least) },
          { weight: 1, arbitrary: dtypes({ least, gaps, depth: depth - 1 }) },
        );
  const shape = fc.array(fc.integer({ min: least === 0 ? 0 : 1, max: 3 }), { minLength: 1, maxLength: 3 });
  const field = fc.tuple(inner, fc.option(shape, { freq: 3 }), fc.option(fc.integer({ min: 1, max: 9 }), { freq: 4 }));
  const record = fc
    .uniqueArray(names, { minLength: 1, maxLength: 5 })
    .chain((list) => fc.tuple(...list.map((name) => field.map((parts) => ({ name, parts })))))
    .map((fields) =>
      fields.flatMap(({ name, parts: [dtype, dims, gap] }) => {
        // NumPy has no sub-array of elements without bytes.
        const bare = typeof dtype === "string" && /[SUV]0$/.test(dtype);
        const entry = dims === null || bare ? [name, dtype] : [name, dtype, dims];
        return gaps && gap !== null ? [["", `|V${gap}`], entry] : [entry];
      }),
    );
  return fc.oneof(
    { weight: 1, arbitrary: scalars(least) },
    { weight: 3, arbitrary: record },
  ) as fc.Arbitrary<DTypeLike>;
}
