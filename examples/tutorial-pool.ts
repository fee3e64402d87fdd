// A pool of two processes, as in the tutorial on sharing NumPy arrays (the original: python/tutorial_pool.py).
//
//   npx tsx examples/tutorial-pool.ts [TABLE...]
//
// The workers load one table after another into shared memory. What `map` gives are those arrays themselves, attached: only handles
// travelled, and whoever holds an array keeps its memory, so there is nothing to acknowledge.
import { basename } from "node:path";
import { loadtxt, main, Pool, task } from "sharray";
import { tables } from "./tables.ts";

const dtype = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["pct", "<f4"],
  ["c", "<i4"],
  ["t", "<i4"],
] as const;

export const load = task(import.meta.url, "load", (path: string) => loadtxt(path, { dtype }));

main(import.meta, async () => {
  const paths = tables(process.argv.slice(2));
  await using pool = new Pool(2);
  const loaded = await pool.map(load, paths);
  for (const [i, table] of loaded.entries()) {
    console.log(
      `${basename(paths[i]!)}: shape (${table.shape.join(", ")},), dtype ${JSON.stringify(table.dtype.descr)}`,
    );
    for (const record of table.slice([0, 3])) console.log(record);
    let sum = 0;
    for (const pct of table.field("pct")) sum += pct;
    console.log(`mean of pct: ${(sum / table.size).toFixed(4)}`);
    table.close();
  }
});
