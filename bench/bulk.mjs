// Bulk work on a table of pairs in shared memory: native code against the loops in JavaScript (in one process, taken in turns), and NumPy.
import { spawnSync } from "node:child_process";
import { crossover } from "../packages/sharray/dist/array/bulk/bulk.js";
import { SharedArray } from "../packages/sharray/dist/index.js";

const ROWS = 20_000_000;
const DTYPE = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["pct", "<f4"],
  ["c", "<i4"],
  ["t", "<i4"],
];
const swapped = DTYPE.map(([name, dtype]) => [name, dtype.replace("<", ">")]);

const PYTHON = `
import json, sys, time
import numpy as np
rows, rounds = int(sys.argv[1]), int(sys.argv[2])
t = np.dtype([("chr", "S10"), ("pos", "<i4"), ("pct", "<f4"), ("c", "<i4"), ("t", "<i4")])
a = np.zeros(rows, t); a["pct"] = np.arange(rows, dtype="f4") % 101; b = np.zeros(rows, t); b[:] = 1
s = np.zeros(rows, t.newbyteorder(">")); s[:] = a; f = np.zeros(rows, "f4"); f[:] = 1; d = np.zeros(rows, "f8"); d[:] = 1
pct = a["pct"]
work = {
  "copy": lambda: np.copyto(b, a), "fill": lambda: f.fill(2.5), "gather": lambda: np.copyto(f, pct), "scatter": lambda: np.copyto(pct, f),
  "swap": lambda: np.copyto(s, a), "convert": lambda: np.copyto(d, pct),
  "equals": lambda: np.array_equal(a["pct"], b["pct"]), "sum": lambda: pct.sum(dtype="f8"), "min": lambda: pct.min(), "mean": lambda: pct.mean(dtype="f8"),
  "histogram": lambda: np.histogram(pct, 20, (0, 100)),
}
result = {}
for name, run in work.items():
    times = []
    for _ in range(rounds):
        start = time.perf_counter(); run(); times.append(time.perf_counter() - start)
    result[name] = sorted(times)[len(times) // 2]
print(json.dumps(result))
`;

function median(times) {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];
}

/** Seconds that some work takes with everything in native code, or with what JavaScript does too in JavaScript. */
function timed(native, work) {
  crossover.elements = crossover.bytes = native ? 0 : Number.POSITIVE_INFINITY;
  const started = performance.now();
  work();
  return (performance.now() - started) / 1000;
}

function loopOver(array, add) {
  let result = 0;
  for (let i = 0; i < array.size; i++) result = add(result, array.get(i));
  return result;
}

/** What is measured: a name, what it is, the work, and another for JavaScript alone where the library has none. */
function works(a, b, columns, plain, wide) {
  const pct = a.field("pct");
  const counts = new Array(20).fill(0);
  return [
    ["copy", "a table of 520 MB into another", () => b.assign(a)],
    ["swap", "the same, into big-endian records", (target) => target.assign(a)],
    ["columns", "the same, into columns", () => columns.assign(a)],
    ["gather", "the field pct (f4) of 20 M records into a packed array", () => plain.assign(pct)],
    ["scatter", "a packed array into that field", () => pct.assign(plain)],
    ["convert", "that field into a packed f8 array", () => wide.assign(pct)],
    ["fill", "20 M f4 with one value", () => plain.fill(2.5)],
    ["equals", "that field and the same of another table", () => pct.equals(b.field("pct"))],
    ["sum", "of that field", () => pct.sum(), () => loopOver(pct, (sum, x) => sum + x)],
    ["min", "and max of it", () => pct.min(), () => loopOver(pct, (least, x) => Math.min(least, x))],
    [
      "histogram",
      "of it, 20 bins from 0 to 100",
      () => pct.histogram({ bins: 20, range: [0, 100] }),
      () => loopOver(pct, (_, x) => counts[Math.min(19, Math.floor(x / 5))]++),
    ],
  ];
}

/** Where native code overtakes JavaScript, by the size of a strided copy and of a plain one. */
function overtaken(a) {
  const rows = [];
  for (const n of [8, 32, 64, 128, 256, 1024, 4096]) {
    const source = a.field("pos").slice([0, n]);
    const target = SharedArray.create({ shape: n, dtype: "<i4" });
    const rounds = Math.ceil(400_000 / n);
    const cost = (native, from) => {
      const times = Array.from({ length: 7 }, () =>
        timed(native, () => {
          for (let i = 0; i < rounds; i++) target.assign(from);
        }),
      );
      return `${((1e6 * median(times)) / rounds).toFixed(2)} us`;
    };
    cost(true, source);
    cost(false, source);
    rows.push(`| ${n} | ${cost(true, source)} | ${cost(false, source)} |`);
    target.close();
  }
  return rows;
}

/** The report. */
export function bulk({ python, rounds, machine, log }) {
  const make = (dtype, layout) => SharedArray.create({ shape: ROWS, dtype, ...(layout ? { layout } : {}) });
  const [a, b, columns, plain, wide] = [make(DTYPE), make(DTYPE), make(DTYPE, "columns"), make("<f4"), make("<f8")];
  const values = Float32Array.from({ length: ROWS }, (_, i) => i % 101);
  a.field("pct").assign(values);
  const other = make(swapped);
  const rows = [];
  let numpy = {};
  if (python !== null) {
    const { stdout } = spawnSync(python, ["-c", PYTHON, String(ROWS), String(rounds)], { encoding: "utf8" });
    numpy = JSON.parse(stdout);
  }
  for (const [name, what, native, script = native] of works(a, b, columns, plain, wide)) {
    log(name);
    const times = { native: [], script: [] };
    native(other);
    for (let round = 0; round < rounds; round++) {
      times.native.push(timed(true, () => native(other)));
      times.script.push(timed(false, () => script(other)));
    }
    const shown = (seconds) => (seconds === undefined ? "" : `${Math.round(seconds * 1000)} ms`);
    const [here, there] = [median(times.native), median(times.script)];
    rows.push(
      `| ${name} | ${what} | ${shown(here)} | ${shown(there)} | ${(there / here).toFixed(1)} x | ${shown(numpy[name])} |`,
    );
  }
  const crossing = overtaken(a);
  for (const array of [a, b, columns, plain, wide, other]) array.close();
  return [
    "# Bulk work",
    "",
    `\`npm run bench -- bulk\`, ${machine}. Medians of ${rounds} rounds, native code and JavaScript in turns; 20 M records of 26 bytes`,
    "(chr:S10, pos, pct, c, t) in shared memory whose pages are there. NumPy on the same machine, one thread, alone.",
    "",
    "| what | | native | JavaScript | | NumPy |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
    "One `assign` of a field of so many records to a packed array, by which `crossover` in `src/array/bulk/bulk.ts` is chosen:",
    "",
    "| elements | native | JavaScript |",
    "| --- | --- | --- |",
    ...crossing,
    "",
  ].join("\n");
}
