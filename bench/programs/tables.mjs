// tables.mjs TOOL SPEC TIMES FILE...: loads tables of tab-separated columns with a tool of Node's, one after another, and the last one
// TIMES more. TOOL: sharray, polars, duckdb. SPEC: dtypes of the columns, "S10 i4 f4", or "f8*2000". Prints the seconds of the
// first load of all (load_s), and the median of the later ones (again_s). Threads: TEXT_THREADS.
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { median } from "../contest.mjs";

const [tool, spec, times, ...files] = process.argv.slice(2);
const threads = Number(process.env.TEXT_THREADS);
const [same, count] = spec.split("*");
const dtypes = count === undefined ? spec.split(" ") : Array(Number(count)).fill(same);
const names = dtypes.map((_, i) => `c${i}`);

/** Each makes a load of a file, which returns its rows, what holds them, and how to give that up where garbage is not all there is. */
const tools = {
  async sharray() {
    const { loadtxt } = await import("sharray/text");
    const dtype = count === undefined ? dtypes.map((dtype, i) => [names[i], dtype]) : same;
    return async (file) => {
      const array = await loadtxt(file, { dtype, threads });
      return { rows: array.shape[0], held: array, close: () => array.close() };
    };
  },

  // readCSV takes a path without a known ending for the text itself, so each file is read through a link that ends in .tsv.
  async polars() {
    process.env.POLARS_MAX_THREADS = String(threads);
    const { default: pl } = await import("nodejs-polars");
    const types = { S: pl.Utf8, i4: pl.Int32, i8: pl.Int64, f4: pl.Float32, f8: pl.Float64 };
    const schema = Object.fromEntries(dtypes.map((dtype, i) => [names[i], types[dtype] ?? types[dtype[0]]]));
    const folder = mkdtempSync(join(tmpdir(), "bench-polars-"));
    process.on("exit", () => rmSync(folder, { recursive: true }));
    const links = new Map(files.map((file, i) => [file, join(folder, `${i}.tsv`)]));
    for (const [file, link] of links) symlinkSync(resolve(file), link);
    return (file) => {
      const frame = pl.readCSV(links.get(file), { hasHeader: false, sep: "\t", schema, nThreads: threads });
      return { rows: frame.height, held: frame };
    };
  },

  async duckdb() {
    const { DuckDBInstance } = await import("@duckdb/node-api");
    const instance = await DuckDBInstance.create(":memory:", { threads: String(threads) });
    const connection = await instance.connect();
    const types = { S: "VARCHAR", i4: "INTEGER", i8: "BIGINT", f4: "FLOAT", f8: "DOUBLE" };
    const columns = dtypes.map((dtype, i) => `'${names[i]}':'${types[dtype] ?? types[dtype[0]]}'`).join(",");
    const options = `delim='\t', header=false, auto_detect=false, quote='', escape='', columns={${columns}}`;
    return async (file) => {
      // It stays in DuckDB's memory, as vectors.
      const result = await connection.run(`SELECT * FROM read_csv('${file}', ${options})`);
      return { rows: result.rowCount, held: result };
    };
  },
};

const load = await tools[tool]();
const started = performance.now();
const held = [];
for (const file of files) held.push(await load(file));
const load_s = (performance.now() - started) / 1000;
const rows = held.reduce((sum, { rows }) => sum + rows, 0);
const again = [];
for (let i = 0; i < Number(times); i++) {
  const started = performance.now();
  const { close } = await load(files.at(-1));
  close?.();
  again.push((performance.now() - started) / 1000);
}
console.log(JSON.stringify({ load_s, again_s: again.length > 0 ? median(again) : null, rows }));
// DuckDB keeps the process alive.
process.exit(0);
