// polars.mjs FILE...: nodejs-polars' readCSV with the schema given, one file after another, on all cores.
// readCSV takes a path without a known ending for the text itself, so each file is read through a link that ends in .tsv.
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import pl from "nodejs-polars";

const folder = mkdtempSync(join(tmpdir(), "bench-polars-"));
const links = process.argv.slice(2).map((file, i) => {
  const link = join(folder, `${i}.tsv`);
  symlinkSync(resolve(file), link);
  return link;
});
const schema = { chr: pl.Utf8, pos: pl.Int32, pct: pl.Float32, c: pl.Int32, t: pl.Int32 };
const started = performance.now();
const frames = links.map((path) => pl.readCSV(path, { hasHeader: false, sep: "\t", schema }));
const load_s = (performance.now() - started) / 1000;
rmSync(folder, { recursive: true });
console.log(JSON.stringify({ load_s, rows: frames.reduce((sum, frame) => sum + frame.height, 0) }));
