// Text tables to one HDF5 file: two processes load them, this one writes the same memory.
//
//   npx tsx examples/convert.ts [OUT.h5 TABLE...]
import { parse } from "node:path";
import { loadtxt, main, Pool, task } from "sharray";
import { File } from "sharray/hdf5";
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
  const [output = "out.h5", ...named] = process.argv.slice(2);
  const paths = tables(named);
  await using pool = new Pool(2);
  await using file = await File.open(output, "w");
  for (const [i, array] of (await pool.map(load, paths)).entries()) {
    using table = array;
    const dataset = await file.createDataset(parse(paths[i]!).name, table, { compression: "gzip" });
    await dataset.attrs.set("source", paths[i]!);
    console.log(`${output}:/${parse(paths[i]!).name}: shape (${dataset.shape.join(", ")},)`);
  }
});
