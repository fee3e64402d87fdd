// tools.mjs ROUNDS SEED FOLDER: random arrays as Arrow tables through polars and DuckDB and back, bit for bit; for pyarrow they are left
// in FOLDER, each as a .npy file and as Arrow's IPC. Prints one JSON object: how many columns went each way.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as arrow from "apache-arrow";
import pl from "nodejs-polars";
import { dtypeOf, SharedArray } from "../../packages/sharray/dist/index.js";

const [rounds, seed, folder] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];
const NUMBERS = "? i1 <i2 >i2 <i4 >u4 <i8 u1 <u2 <u8 >u8 <f2 <f4 >f4 <f8 >f8".split(" ");
const OTHERS = "S1 S7 <U3 >U2 V4 <M8[D] <M8[s] >M8[ms] <M8[us] <M8[ns] <M8[h] <m8[ms] <m8[us] >m8[ns] <c8 >c16".split(
  " ",
);
const NAT = -(2n ** 63n);

let state = seed >>> 0;
/** A number from 0 to below `n` (mulberry32: the same for the same seed everywhere). */
function below(n) {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % n;
}
const pick = (list) => list[below(list.length)];

function randomDtype() {
  return Array.from({ length: 1 + below(6) }, (_, i) => {
    const dtype =
      below(8) === 0
        ? [
            ["a", pick(NUMBERS)],
            ["b", pick(OTHERS)],
          ]
        : pick(below(2) === 0 ? NUMBERS : OTHERS);
    return below(5) === 0 ? [`f${i}`, dtype, pick([[2], [1], [2, 3]])] : [`f${i}`, dtype];
  });
}

function random(dtype, shape = []) {
  if (shape.length > 0) return Array.from({ length: shape[0] }, () => random(dtype, shape.slice(1)));
  if (dtype.fields !== null) {
    return Object.fromEntries([...dtype.fields].map(([name, field]) => [name, random(field.dtype, field.shape)]));
  }
  const bits = BigInt(below(2 ** 32)) * 2n ** 32n + BigInt(below(2 ** 32));
  const float = () => pick([0, -0, 1.5, -2.25, Infinity, Number.NaN, below(2000) - 1000]);
  switch (dtype.kind) {
    case "b":
      return below(2) === 1;
    case "i":
    case "u": {
      const value = (dtype.kind === "i" ? BigInt.asIntN : BigInt.asUintN)(dtype.itemsize * 8, bits);
      return dtype.itemsize === 8 ? value : Number(value);
    }
    case "f":
      return float();
    case "c":
      return { re: float(), im: float() };
    case "S":
      return Array.from({ length: below(dtype.itemsize + 1) }, () => pick([..."abZ0é ÿ"])).join("");
    case "U":
      return Array.from({ length: below(dtype.itemsize / 4 + 1) }, () => pick([..."aé€😀"])).join("");
    case "V":
      return Uint8Array.from({ length: dtype.itemsize }, () => below(256));
    default:
      return below(8) === 0 ? NAT : BigInt(below(40_000)) - 20_000n;
  }
}

function bytesOf(array) {
  const rows = SharedArray.from(array);
  const bytes = rows.bytes.slice();
  rows.close();
  return bytes;
}

/** Whether there is a dtype in it that a test answers to. */
function some(dtype, test) {
  return dtype.fields === null ? test(dtype) : [...dtype.fields.values()].some((field) => some(field.dtype, test));
}

const require = createRequire(import.meta.url);
const duckdb = require("@duckdb/duckdb-wasm/blocking");
const dist = dirname(require.resolve("@duckdb/duckdb-wasm"));
const bundle = (name) => ({ mainModule: join(dist, `duckdb-${name}.wasm`), mainWorker: "" });
const database = await duckdb.createDuckDB(
  { mvp: bundle("mvp"), eh: bundle("eh") },
  new duckdb.VoidLogger(),
  duckdb.NODE_RUNTIME,
);
await database.instantiate();
const connection = database.connect();
/** The copy of the library that DuckDB itself has. */
const own = createRequire(require.resolve("@duckdb/duckdb-wasm"))("apache-arrow");

const counts = { arrays: 0, polars: 0, duckdb: 0, "duckdb insertArrowTable": 0 };
for (let round = 0; round < rounds; round++) {
  const dtype = dtypeOf(randomDtype());
  const rows = Array.from({ length: 1 + below(40) }, () => random(dtype));
  const array = SharedArray.create({ shape: rows.length, dtype, layout: pick(["rows", "columns"]) });
  for (const [i, row] of rows.entries()) array.set(i, row);
  const ipc = Buffer.from(arrow.tableToIPC(array.toArrow({ arrow })));
  await array.save(join(folder, `${round}.npy`));
  writeFileSync(join(folder, `${round}.arrows`), ipc);
  counts.arrays++;

  const frame = pl.readIPCStream(ipc);
  const back = SharedArray.fromArrow(frame.writeIPCStream(), { dtype });
  assert.deepEqual(bytesOf(back), bytesOf(array), `polars, ${dtype}`);
  back.close();
  counts.polars += dtype.fields.size;

  // DuckDB has no halves, and gives durations as intervals of months, days and microseconds.
  const taken = [...dtype.fields].filter(
    ([, field]) => !some(field.dtype, ({ kind, itemsize }) => kind === "m" || (kind === "f" && itemsize === 2)),
  );
  if (taken.length > 0) {
    const fields = taken.map(([name]) => name);
    const wanted = taken.map(([name, field]) => [name, field.dtype.descr, [...field.shape]]);
    const expected = SharedArray.fromArrow(array.toArrow({ arrow, fields }), { dtype: wanted });
    connection.insertArrowFromIPCStream(arrow.tableToIPC(array.toArrow({ arrow, fields })), { name: `ipc${round}` });
    connection.insertArrowTable(array.toArrow({ arrow: own, fields }), { name: `table${round}` });
    for (const [name, count] of [
      [`ipc${round}`, "duckdb"],
      [`table${round}`, "duckdb insertArrowTable"],
    ]) {
      const result = SharedArray.fromArrow(connection.query(`select * from ${name}`), { dtype: wanted });
      assert.deepEqual(bytesOf(result), bytesOf(expected), `${count}, ${dtype}`);
      result.close();
      connection.query(`drop table ${name}`);
      counts[count] += fields.length;
    }
    expected.close();
  }
  array.close();
}
console.log(JSON.stringify(counts));
process.exit(0);
