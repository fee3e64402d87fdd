// Tables of text become one .npz file that NumPy opens, and a file for NumPy's memory maps of one field. With Node 24: node npy.ts
// data1.txt data2.txt; with an older one: npx tsx npy.ts ... Without arguments on two small tables of its own; what it writes is then removed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { loadtxt, loadz, SharedArray, savez } from "sharray";
import { tables } from "./tables.ts";

const dtype = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["pct", "<f4"],
  ["c", "<i4"],
  ["t", "<i4"],
] as const;

const named = process.argv.slice(2);
const folder = named.length > 0 ? "." : mkdtempSync(join(tmpdir(), "sharray-example-"));
if (named.length === 0) process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const arrays: Record<string, SharedArray<typeof dtype>> = {};
for (const path of tables(named)) arrays[basename(path, ".txt")] = await loadtxt(path, { dtype });

await savez(join(folder, "tables.npz"), arrays, { compressed: true }); // np.load("tables.npz")["data1"]["pct"].mean()
for (const [name, array] of Object.entries(arrays)) {
  await array.field("pct").save(join(folder, `${name}-pct.npy`)); // np.load("data1-pct.npy", mmap_mode="r")
  array.close();
}

using read = await loadz(join(folder, "tables.npz"));
for (const [name, array] of Object.entries(read)) {
  using pct = await SharedArray.load<"<f4">(join(folder, `${name}-pct.npy`));
  const mean = pct.data.reduce((sum, x) => sum + x, 0) / pct.size;
  console.log(`${name}: ${array.size} records, mean of pct: ${mean.toFixed(4)}`);
}
