import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type DType, type DTypeLike, dtypeOf, SharrayError } from "sharray";
import { withoutPython } from "../../../../tests/oracle.ts";
import { parseSpec } from "../../dist/dtype/spec.js";
import { dtypes, scalars } from "./arbitrary.ts";
import { nearPairs } from "./near.ts";
import { numpy } from "./numpy.ts";

interface Facts {
  itemsize: number;
  alignment: number;
  kind: string;
  order: string;
  /** `dtype.str` of a scalar. */
  str: string | null;
  descr: unknown;
  fields: [string, number, number[], number, Facts][] | null;
}

function factsOf(dtype: DType): Facts {
  const { itemsize, alignment, kind, byteOrder: order, descr } = dtype;
  const fields =
    dtype.fields &&
    [...dtype.fields].map(([name, field]): [string, number, number[], number, Facts] => [
      name,
      field.offset,
      [...field.shape],
      field.size,
      factsOf(field.dtype),
    ]);
  return { itemsize, alignment, kind, order, str: fields ? null : String(dtype), descr, fields };
}

const FACTS = `
def facts(t):
    fields = None if t.names is None else [
        [n, t.fields[n][1], list(t.fields[n][0].shape), t.fields[n][0].itemsize, facts(t.fields[n][0].base)]
        for n in t.names]
    return dict(itemsize=t.itemsize, alignment=t.alignment, kind=t.kind, order=t.str[0] if fields is None else "|",
        str=None if t.names is not None else t.str, descr=untuple(npformat.dtype_to_descr(t)), fields=fields)
`;

const say = (value: unknown): string => JSON.stringify(value);

test("sizes, alignments, offsets, descr and str of random dtypes are NumPy's", { skip: withoutPython }, async (t) => {
  const cases = [...fc.sample(dtypes({ depth: 3 }), 6000), ...fc.sample(scalars(), 1000)];
  const found = await numpy<Facts>(`${FACTS}\nfor c in cases: emit(facts(dtype_of(c)))`, cases);
  for (const [i, dtype] of cases.entries()) {
    assert.deepEqual(factsOf(dtypeOf(dtype) as DType), found[i], say(dtype));
  }
  t.diagnostic(`${cases.length} random dtypes compared with NumPy`);
});

test("aligned records are those of NumPy's align=True", { skip: withoutPython }, async (t) => {
  const cases = fc.sample(dtypes({ gaps: false, depth: 3 }), 3000);
  const program = "for c in cases: emit(facts(np.dtype(descr_of(c), align=True)))";
  const found = await numpy<Facts>(`${FACTS}\n${program}`, cases);
  for (const [i, dtype] of cases.entries()) {
    const aligned = dtypeOf(dtype, { align: true }) as DType;
    assert.deepEqual(factsOf(aligned), found[i], say(dtype));
    assert.ok(aligned.equals(dtypeOf(aligned.descr) as DType), "the descr of an aligned dtype makes the same dtype");
  }
  t.diagnostic(`${cases.length} random aligned dtypes compared with NumPy`);
});

/** To NumPy M8[1000ms] is M8[s], but M8[s] is not M8[1000ms]: sharray compares units as they are written. */
const thousand = /\[\d*000/;

test("two dtypes are equal where NumPy says so", { skip: withoutPython }, async (t) => {
  const few = fc.sample(dtypes({ depth: 1 }), 40);
  const cases = [
    ...few.flatMap((a) => few.map((b): [DTypeLike, DTypeLike] => [a, b])),
    ...fc.sample(fc.tuple(scalars(), scalars()), 1500),
    ...fc.sample(nearPairs(dtypes({ least: 1 })), 6000),
  ].filter((pair) => !thousand.test(say(pair)));
  const program = `
def check(a, b):
    try: a, b = dtype_of(a), dtype_of(b)
    except (TypeError, ValueError): return None
    return bool(a == b)
for a, b in cases: emit(check(a, b))`;
  const found = await numpy<boolean | null>(program, cases);
  let equal = 0;
  let compared = 0;
  for (const [i, [a, b]] of cases.entries()) {
    const theirs = found[i];
    if (theirs === null) {
      assert.throws(() => dtypeOf(a!).equals(b!), { code: "BAD_DTYPE" }, say([a, b]));
      continue;
    }
    assert.equal(dtypeOf(a!).equals(b!), theirs, say([a, b]));
    assert.equal(dtypeOf(b!).equals(a!), theirs, say([b, a]));
    compared++;
    if (theirs) equal++;
  }
  assert.ok(equal > 500 && compared - equal > 500, `${equal} of ${compared} are equal`);
  t.diagnostic(`${compared} pairs of dtypes compared with NumPy, ${equal} of them equal`);
});

test("the text that NumPy prints for a descr, and its JSON, are read back", { skip: withoutPython }, async (t) => {
  const cases = fc.sample(dtypes({ depth: 3 }), 2000).filter((dtype) => typeof dtype !== "string");
  const program = `
for c in cases:
    descr = npformat.dtype_to_descr(dtype_of(c))
    emit([str(descr), ascii(descr), json.dumps(descr)])`;
  const found = await numpy<string[]>(program, cases);
  for (const [i, dtype] of cases.entries()) {
    for (const text of found[i]!) assert.ok(parseSpec(text).equals(dtypeOf(dtype) as DType), text);
  }
  t.diagnostic(`${cases.length} texts of Python's and of JSON read back`);
});

/** Texts that are nearly spellings of a dtype. */
const nearly = fc
  .tuple(
    scalars(),
    fc.nat(8),
    fc.nat(2),
    fc.constantFrom(..."<>=|?biufcSUVMm0123456789[]sD ,x-+_\0é", "[s]", "ms", "00"),
  )
  .map(([text, at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut));

test("what is taken as a dtype's text NumPy takes too, and means the same", { skip: withoutPython }, async (t) => {
  const cases = [...new Set(fc.sample(nearly, 6000))];
  const program = `
def check(text):
    try: return np.dtype(text).str
    except (TypeError, ValueError, SyntaxError): return None
for c in cases: emit(check(c))`;
  const found = await numpy<string | null>(program, cases);
  let taken = 0;
  for (const [i, text] of cases.entries()) {
    const ours = outcome(text);
    if (ours === null) continue;
    assert.equal(ours, found[i], say(text));
    taken++;
  }
  assert.ok(taken > 300, `${taken} are dtypes`);
  t.diagnostic(`${cases.length} texts, ${taken} of them dtypes, compared with NumPy`);
});

function outcome(dtype: unknown): string | null {
  try {
    return String(dtypeOf(dtype as DTypeLike));
  } catch (error) {
    assert.ok(error instanceof SharrayError && error.code === "BAD_DTYPE", String(error));
    return null;
  }
}

test("what NumPy takes and sharray refuses is what the page says", { skip: withoutPython }, async () => {
  const texts = [
    "float64",
    "int",
    "d",
    "b",
    "S",
    "U",
    "V",
    "f16",
    "c32",
    "O",
    "a5",
    "S+5",
    "S 5",
    "i4,f8",
    "(2,)i4",
    "2i4",
  ];
  const times = ["M8[0s]", "M8[D/24]", "M8[25generic]"];
  const lists = [
    [["", "i4"]],
    [["\ud800", "i4"]],
    [["a", "U0", 3]],
    [["a", "V0", 2]],
    [
      ["a", "V2000000000"],
      ["b", "V2000000000"],
    ],
  ];
  const cases = [...texts, ...times, ...lists];
  const program = `
for c in cases:
    np.dtype(c if isinstance(c, str) else [tuple(f) for f in c])
    emit(True)`;
  assert.equal((await numpy<boolean>(program, cases)).length, cases.length);
  for (const dtype of cases) assert.equal(outcome(dtype), null, say(dtype));
  // Titles, which JSON cannot carry as a tuple, and the pair of a dtype and a shape where it is not a field's.
  assert.equal(outcome([[["title", "a"], "i4"]]), null);
  assert.equal(outcome(["i4", [3]]), null);
});

test("what NumPy refuses is refused", { skip: withoutPython }, async () => {
  const cases = [
    ...[
      "",
      "<",
      "=",
      "<<i4",
      "i3",
      "b2",
      "?1",
      "i4 ",
      " i4",
      "S-1",
      "U536870912",
      "S2147483648",
      "M8[]",
      "M8[s",
      "M8s",
    ],
    ...["M8[-1s]", "M8[2147483648s]", "M8[ s]", "M8[s]x", "M8[B]", "M8[µs]", "M4[s]", "i４", "i4\0"],
    [["a"]],
    ["i4"],
    [["a", "i4", -1]],
    [["a", "i4", [2, -1]]],
    [["a", "i4", 2.5]],
    [["a", "i4", true]],
    [["a", "i4", [true]]],
    [["a", "i4", null]],
    [["a", "i4", "3"]],
    [["a", "i4", [2147483648]]],
    [["a", "i4", [0, 2 ** 40]]],
    [["a", "i1", [65536, 32768]]],
    [["a", "i4", Array(65).fill(1)]],
    [["a", "S0", [2]]],
    [["a", "V0", [2]]],
    [["a", "S0", [0]]],
    [["a", ""]],
    [["a", 4]],
    [[4, "i4"]],
    [
      ["a", "i4"],
      ["a", "i4"],
    ],
  ];
  const program = `
def fields(d):
    if not isinstance(d, list): return d
    return [tuple(tuple(p) if i == 2 and isinstance(p, list) else p for i, p in enumerate(f)) if isinstance(f, list) else f for f in d]
def check(d):
    try: return np.dtype(fields(d)).str
    except (TypeError, ValueError): return None
for c in cases: emit(check(c))`;
  const found = await numpy<string | null>(program, cases);
  for (const [i, dtype] of cases.entries()) {
    assert.equal(found[i], null, `NumPy takes ${say(dtype)}`);
    assert.equal(outcome(dtype), null, say(dtype));
  }
});
