import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type DType, dtypeOf, NDArray } from "sharray";
import { withoutPython } from "../../../../tests/oracle.ts";
import { npyHeader } from "../../dist/array/npy/format.js";
import { parseNpyHeader } from "../../dist/array/npy/read.js";
import { dtypes } from "../dtype/arbitrary.ts";
import { numpy } from "../dtype/numpy.ts";
import { refusal } from "./refusal.ts";
import { assignable, type Sample, samples, write } from "./values.ts";

const VALUES = `
def plain(d):
    # Dates are given and shown as the integers that they are stored as.
    if isinstance(d, str):
        t = np.dtype(d)
        return t.byteorder.replace("=", "<").replace("|", "<") + "i8" if t.kind in "Mm" else d
    return [[f[0], plain(f[1])] + list(f[2:]) for f in d]

def value(t, w):
    if t.subdtype: return [value_in(t.base, w, len(t.shape))][0]
    if t.names is not None: return tuple(value(t.fields[n][0], x) for n, x in zip(t.names, w))
    if t.kind == "b": return w
    if t.kind in "iu": return int(w)
    if t.kind == "f": return float(w)
    if t.kind == "c": return complex(float(w[0]), float(w[1]))
    if t.kind == "S": return w.encode("latin1")
    if t.kind == "U": return w
    return np.void(bytes.fromhex(w))

def value_in(t, w, axes):
    return value(t, w) if axes == 0 else [value_in(t, x, axes - 1) for x in w]

def real(x):
    x = float(x)
    if x != x: return "nan"
    return repr(x)

def written(t, v):
    if t.subdtype: return written_in(t.base, v, len(t.shape))
    if t.names is not None: return [written(t.fields[n][0], v[n]) for n in t.names]
    if t.kind == "b": return bool(v)
    if t.kind in "iu": return str(int(v))
    if t.kind == "f": return real(v)
    if t.kind == "c": return [real(v.real), real(v.imag)]
    if t.kind == "S": return v.decode("latin1")
    if t.kind == "U": return str(v)
    return v.tobytes().hex()

def written_in(t, v, axes):
    return written(t, v) if axes == 0 else [written_in(t, x, axes - 1) for x in v]

for c in cases:
    t = dtype_of(plain(c["dtype"]))
    theirs = np.zeros(len(c["written"]), t)
    for i, w in enumerate(c["written"]): theirs[i] = value(t, w)
    ours = np.frombuffer(bytes.fromhex(c["bytes"]), t)
    emit(dict(bytes=theirs.tobytes().hex(), written=[written(t, v) for v in ours]))
`;

/** Floats as one spelling: Python writes 1e+22 and 1.0 where JavaScript writes 1e22 and 1. */
function same(written: unknown): unknown {
  if (Array.isArray(written)) return written.map(same);
  return typeof written === "string" && /^-?(\d|inf|nan)/.test(written) && /[.e]|inf|nan|^-?\d+$/.test(written)
    ? written === "nan" || written.includes("inf")
      ? written
      : /[.e]/.test(written)
        ? Object.is(Number(written), -0)
          ? "-0.0"
          : String(Number(written))
        : written
    : written;
}

test("elements that we store are read by NumPy, and the bytes are those that NumPy stores", {
  skip: withoutPython,
}, async () => {
  const cases = fc
    .sample(dtypes({ least: 1 }).filter(assignable), 700)
    .map((dtype) => ({ dtype, list: fc.sample(samples(dtypeOf(dtype) as DType), 3) as Sample[] }))
    .map(({ dtype, list }) => {
      const array = new NDArray([3], dtype, new ArrayBuffer(3 * (dtypeOf(dtype) as DType).itemsize));
      for (const [i, { value }] of list.entries()) array.set(i, value as never);
      const bytes = Buffer.from(array.bytes).toString("hex");
      return { dtype, written: list.map(({ written }) => written), bytes, array };
    });
  const found = await numpy<{ bytes: string; written: unknown[] }>(
    VALUES,
    cases.map(({ array, ...rest }) => rest),
  );
  for (const [i, { dtype, bytes, array }] of cases.entries()) {
    const where = JSON.stringify({ dtype, written: cases[i]!.written });
    assert.equal(bytes, found[i]!.bytes, where);
    const read = array.toArray().map((value) => write(dtypeOf(dtype) as DType, value));
    assert.deepEqual(same(read), same(found[i]!.written), where);
  }
});

const HEADERS = `
import io
from numpy.lib import _format_impl as impl
for c in cases:
    f = io.BytesIO()
    impl._write_array_header(f, dict(shape=tuple(c["shape"]), fortran_order=False, descr=npformat.dtype_to_descr(dtype_of(c["dtype"]))))
    emit(f.getvalue().hex())
`;

test(".npy headers are NumPy's, byte for byte, in all three formats, and are read back", {
  skip: withoutPython,
}, async () => {
  const shapes = fc.array(fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.maxSafeNat()), { maxLength: 4 });
  const wide = (n: number, name: (i: number) => string) => Array.from({ length: n }, (_, i) => [name(i), "<f4"]);
  const fixed = [
    { shape: [3], dtype: wide(4000, (i) => `column number ${i}`) },
    { shape: [2, 2], dtype: wide(5, (i) => `größe ${i}`) },
    { shape: [], dtype: wide(5, (i) => `长度 ${i}`) },
    ...Array.from({ length: 80 }, (_, n) => ({ shape: [10], dtype: [["x".repeat(n + 1), "<f4"]] })),
  ];
  const cases = [
    ...(fixed as { shape: number[]; dtype: never }[]),
    ...fc.sample(fc.record({ shape: shapes, dtype: dtypes() }), 1500),
  ];
  const found = await numpy<string>(HEADERS, cases);
  const versions = new Set<number>();
  for (const [i, { shape, dtype }] of cases.entries()) {
    const header = npyHeader(dtypeOf(dtype) as DType, shape);
    const where = JSON.stringify(cases[i]).slice(0, 300);
    assert.equal(Buffer.from(header).toString("hex"), found[i], where);
    versions.add(header[6]!);
    const items = shape.filter((n) => n > 0).reduce((product, n) => product * n, 1);
    if (!Number.isSafeInteger(items * Math.max(1, (dtypeOf(dtype) as DType).itemsize))) {
      assert.equal(refusal(() => parseNpyHeader(header)).code, "NPY_BAD_HEADER", where);
      continue;
    }
    const back = parseNpyHeader(header);
    assert.deepEqual(
      { shape: back.shape, length: back.length, fortran: back.fortranOrder },
      { shape, length: header.length, fortran: false },
      where,
    );
    assert.ok(back.dtype.equals(dtype), where);
  }
  assert.deepEqual([...versions].sort(), [1, 2, 3]);
});
