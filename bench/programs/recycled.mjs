// recycled.mjs TIMES FILE...: loads the tables, closes the arrays, and does it again, so many times in all. Prints the seconds of each time.
import { setImmediate } from "node:timers/promises";
import { loadtxt } from "sharray/text";

const [times, ...files] = process.argv.slice(2);
const threads = Number(process.env.TEXT_THREADS);
const dtype = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["pct", "<f4"],
  ["c", "<i4"],
  ["t", "<i4"],
];
const loads = [];
for (let i = 0; i < Number(times); i++) {
  const started = performance.now();
  const arrays = [];
  for (const file of files) arrays.push(await loadtxt(file, { dtype, threads }));
  loads.push((performance.now() - started) / 1000);
  for (const array of arrays) array.close();
  await setImmediate();
}
console.log(JSON.stringify({ loads }));
