// loadtxt.mjs FILE...: sharray's loadtxt into fresh shared memory, one file after another, on all cores.
import { loadtxt } from "sharray";

const dtype = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["pct", "<f4"],
  ["c", "<i4"],
  ["t", "<i4"],
];
const started = performance.now();
const arrays = [];
for (const path of process.argv.slice(2)) arrays.push(await loadtxt(path, { dtype }));
const load_s = (performance.now() - started) / 1000;
console.log(JSON.stringify({ load_s, rows: arrays.reduce((sum, array) => sum + array.size, 0) }));
