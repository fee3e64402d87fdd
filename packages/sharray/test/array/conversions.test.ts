import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type DType, dtypeOf, NDArray, SharrayError } from "sharray";
import { withoutPython } from "../../../../tests/oracle.ts";
import { numpy } from "../dtype/numpy.ts";
import { numbers, REFUSED, stored, texts } from "./value_rules.ts";

const NUMBERS = "? i1 >i2 <i4 <i8 u1 <u2 >u4 >u8 <f2 <f4 >f8 <c8".split(" ");
const TEXTS = "S1 S3 S5 S41 <U1 >U2 <U3 >U41".split(" ");

/** What an element of one dtype becomes in another: what a value of JavaScript does, where booleans are numbers. */
function converted(to: DType, value: unknown): unknown {
  return stored(to, typeof value === "boolean" ? Number(value) : value);
}

const CONVERT = `
for source, to, data in cases:
    with np.errstate(all="ignore"): emit(np.frombuffer(bytes.fromhex(data), source).astype(to).tobytes().hex())
`;

async function compare(t: TestContext, dtypes: readonly string[], all: readonly unknown[]): Promise<void> {
  const count = { stored: 0, refused: 0 };
  const cases: [string, string, string][] = [];
  const results: string[] = [];
  for (const source of dtypes) {
    const from = dtypeOf(source) as DType;
    const values = [...new Set(all.filter((value) => stored(from, value) !== REFUSED))];
    for (const name of dtypes) {
      const to = dtypeOf(name) as DType;
      for (const value of values) {
        const one = new NDArray([1], source, new ArrayBuffer(from.itemsize));
        one.set(0, value as never);
        const expected = converted(to, one.get(0));
        // Few are converted by JavaScript, many by Rust.
        for (const size of [1, 130]) {
          const where = `${String(value)} (${typeof value}) of ${source} into ${name}, ${size} elements`;
          const many = new NDArray([size], source, new ArrayBuffer(size * from.itemsize));
          many.set(size - 1, value as never);
          const target = new NDArray([size], name, new ArrayBuffer(size * to.itemsize + 1), { offset: 1 });
          if (typeof value !== "string") target.fill(1 as never);
          // No complex number is a real one, be its imaginary part 0.
          const bad = from.kind === "c" && to.kind !== "c" ? 0 : size - 1;
          const before = Buffer.from(target.bytes);
          try {
            target.assign(many);
          } catch (error) {
            if (!(error instanceof SharrayError)) throw error;
            assert.deepEqual([error.code, error.details.index], ["BAD_VALUE", [bad]], `${where}: ${error.message}`);
            assert.equal(expected, REFUSED, `${where}: ${error.message}`);
            assert.ok(before.equals(target.bytes), `${where}: bytes have changed`);
            count.refused++;
            continue;
          }
          assert.notEqual(expected, REFUSED, `${where} was stored as ${String(target.get(size - 1))}`);
          assert.deepEqual(target.get(size - 1), expected, where);
          count.stored++;
          // NaN has many spellings, and NumPy knows only ASCII on the way between texts.
          if (Number.isNaN(expected) || /[^ -~]/.test(String(value))) continue;
          cases.push([source, name, Buffer.from(one.bytes).toString("hex")]);
          results.push(Buffer.from(target.slice([-1, null]).bytes).toString("hex"));
        }
      }
    }
  }
  const found = await numpy<string>(CONVERT, cases);
  for (const [i, theirs] of found.entries()) assert.equal(results[i], theirs, JSON.stringify(cases[i]));
  t.diagnostic(JSON.stringify(count));
}

test(
  "numbers go into arrays of other numbers where they fit, few and many alike, as NumPy converts them",
  {
    skip: withoutPython,
  },
  (t) => compare(t, NUMBERS, numbers),
);

test(
  "texts go into arrays of other texts where they fit, few and many alike, as NumPy converts them",
  {
    skip: withoutPython,
  },
  (t) => compare(t, TEXTS, texts),
);
