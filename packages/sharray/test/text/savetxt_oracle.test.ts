import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { dtypeOf, loadtxt, NDArray, SharedArray, SharrayError, savetxt } from "sharray";
import { withoutPython } from "../../../../tests/oracle.ts";
import { numpy } from "../dtype/numpy.ts";
import { type Case, cases } from "./savetxt_cases.ts";

// In memory: thousands of files, each of which is brought to the disk, would wait for it.
const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "savetxt-"));
after(() => rmSync(folder, { recursive: true }));

/** What savetxt made of a case: the file, or the reason why not. */
type Outcome = { bytes: string } | { refused: string };

// NumPy opens a path in the locale's encoding, whatever its documentation says: here it is told latin1.
const program = `
for c in cases:
    try:
        a = np.frombuffer(bytes.fromhex(c["hex"]), dtype=dtype_of(c["descr"])).reshape(c["shape"])
        for view in c["views"]:
            a = a.T if view == "transposed" else a[::-2]
        options = {"encoding": "latin1", **c["options"]}
        np.savetxt(sys.argv[2], a, **options)
        emit({"bytes": open(sys.argv[2], "rb").read().hex()})
    except Exception as e:
        emit({"refused": f"{type(e).__name__}: {e}"})
`;

/** The array of a case; closed by the caller. */
function arrayOf({ descr, shape, hex, views, layout }: Case): { array: NDArray; close: () => void } {
  const bytes = new Uint8Array(Buffer.from(hex, "hex"));
  const plain = new NDArray(shape, dtypeOf(descr), bytes);
  const shared = layout === "columns" ? SharedArray.from(plain, { layout }) : null;
  let array: NDArray = shared ?? plain;
  for (const view of views) array = view === "transposed" ? array.transpose() : array.slice([null, null, -2]);
  return { array, close: () => shared?.close() };
}

async function ours(one: Case): Promise<Outcome> {
  const path = join(folder, "ours.txt");
  const { array, close } = arrayOf(one);
  try {
    await savetxt(path, array, one.options);
    return { bytes: readFileSync(path).toString("hex") };
  } catch (error) {
    if (!(error instanceof SharrayError)) throw error;
    return { refused: `${error.code}: ${error.message}` };
  } finally {
    close();
  }
}

function shown(outcome: Outcome): unknown {
  return "bytes" in outcome ? Buffer.from(outcome.bytes, "hex").toString("latin1") : outcome;
}

test("savetxt writes what np.savetxt writes, or refuses what it refuses", { skip: withoutPython }, async () => {
  const seed = Number(process.env.SHARRAY_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const numRuns = Number(process.env.SHARRAY_CASES ?? 4000);
  const list = fc.sample(cases, { numRuns, seed });
  const theirs = await numpy<Outcome>(program, list, [join(folder, "theirs.txt")]);
  const found: unknown[] = [];
  const count = { written: 0, refused: 0, unsupported: 0 };
  for (const [index, one] of list.entries()) {
    const [mine, numpys] = [await ours(one), theirs[index]!];
    if ("refused" in mine && mine.refused.startsWith("NOT_SUPPORTED")) {
      count.unsupported += 1;
      continue;
    }
    count["bytes" in mine ? "written" : "refused"] += 1;
    const agree = "bytes" in mine ? "bytes" in numpys && mine.bytes === numpys.bytes : "refused" in numpys;
    if (!agree)
      found.push({
        descr: one.descr,
        shape: one.shape,
        hex: one.hex,
        views: one.views,
        options: one.options,
        mine: shown(mine),
        theirs: shown(numpys),
      });
  }
  assert.deepEqual(found.slice(0, 3), [], `${found.length} differences with SHARRAY_SEED=${seed}`);
  // The comparison must not become one of refusals.
  assert.ok(count.written > numRuns / 3 && count.unsupported < numRuns / 10, JSON.stringify(count));
});

/** Doubles of random bits, powers of two with their neighbours, and what lies halfway between two short decimals. */
function hardDoubles(count: number): Float64Array {
  const values = new Float64Array(count);
  const bits = new BigUint64Array(values.buffer);
  let state = 88172645463325252n;
  for (let i = 0; i < count; i++) {
    state ^= BigInt.asUintN(64, state << 13n);
    state ^= state >> 7n;
    state ^= BigInt.asUintN(64, state << 17n);
    if (i % 4 !== 3) bits[i] = state;
    else values[i] = Number(state % 2000001n) / (i % 8 === 3 ? 2 ** Number(state % 12n) : 1000);
  }
  for (let power = -1074; power < 1024; power++) {
    values[3 * (power + 1074)] = 2 ** power;
    bits[3 * (power + 1074) + 1] = bits[3 * (power + 1074)]! - 1n;
    bits[3 * (power + 1074) + 2] = bits[3 * (power + 1074)]! + 1n;
  }
  return values;
}

const FORMATS = ["%s", "%.18e", "%.3f", "%g", "%.17g", "%.0f", "%.0e", "%#.3g"];

test("every digit of hundreds of thousands of floats is Python's", { skip: withoutPython }, async () => {
  const doubles = hardDoubles(60_000);
  const halves = new Uint16Array(65536).map((_, index) => index);
  const arrays: [string, NDArray][] = [
    ["<f8", new NDArray([60_000], "<f8", doubles.buffer)],
    ["<f4", new NDArray([120_000], "<f4", doubles.buffer)],
    ["<f2", new NDArray([65536], "<f2", halves.buffer)],
  ];
  const compare = `
for dtype, mine, text, formats in cases:
    a = np.fromfile(mine, dtype)
    np.savetxt(sys.argv[2], np.repeat(a[:, None], len(formats), 1), fmt=formats)
    with open(sys.argv[2]) as theirs, open(text) as ours:
        emit([pair for pair in zip(theirs, ours, strict=True) if pair[0] != pair[1]][:3])
`;
  const question: unknown[] = [];
  for (const [dtype, array] of arrays) {
    const [raw, text] = [join(folder, `raw${dtype.slice(1)}`), join(folder, `text${dtype.slice(1)}`)];
    writeFileSync(raw, array.bytes);
    const list = FORMATS.map((_, index) => [`f${index}`, dtype] as const);
    using records = SharedArray.create({ shape: array.shape, dtype: list });
    for (const [name] of list) records.field(name).assign(array);
    await savetxt(text, records, { fmt: FORMATS });
    question.push([dtype, raw, text, FORMATS]);
  }
  assert.deepEqual(await numpy(compare, question, [join(folder, "theirs.txt")]), [[], [], []]);
});

test("what savetxt writes by default, np.loadtxt and loadtxt read back bit for bit", {
  skip: withoutPython,
}, async () => {
  const doubles = hardDoubles(30_000).map((x) => (Number.isNaN(x) ? NaN : x));
  const path = join(folder, "trip.txt");
  using array = SharedArray.from(doubles, { shape: [6000, 5] });
  await savetxt(path, array, { header: "five columns" });
  using back = await loadtxt(path);
  assert.deepEqual(Buffer.from(back.bytes), Buffer.from(array.bytes));
  const program = `for c in cases: emit(np.loadtxt(c).tobytes().hex())`;
  assert.deepEqual(await numpy(program, [path]), [Buffer.from(array.bytes).toString("hex")]);
});
