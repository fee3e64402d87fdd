// npm run arrow [-- --rounds N] [--seed S]: random arrays as Arrow tables through the tools that people use them with, bit for bit:
// polars and DuckDB (there and back) and pyarrow (against NumPy). They are some hundred megabytes, so `npm test` does without them.
// Writes bench/results/arrow.md.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { environment } from "./python.mjs";
import { root, setup } from "./setup.mjs";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "500" }, seed: { type: "string", default: "1" } },
});
const PYTHON = ["numpy==2.4.6", "pyarrow==26.0.1"];
const tools = join(root, "bench", "arrow");

function run(command, args) {
  const done = spawnSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (done.status === 0) return done.stdout.trim();
  process.stderr.write(`${done.stdout ?? ""}failed: ${command} ${args.join(" ")}\n`);
  process.exit(1);
}

setup();
run("npm", ["install", "--prefix", tools, "--no-save", "--loglevel=error"]);
const { interpreter, missing } = environment("arrow", PYTHON);
const folder = mkdtempSync(join(tmpdir(), "sharray-arrow-tools-"));
try {
  const counts = JSON.parse(run(process.execPath, [join(tools, "tools.mjs"), values.rounds, values.seed, folder]));
  const lines = [
    "# Arrow tables in other tools",
    "",
    "`npm run arrow`: random arrays (in rows and in columns; every kind of dtype, nested, both byte orders) as Arrow tables. Through",
    "polars and DuckDB and back the bytes are the same; what pyarrow reads is what NumPy reads of the same array.",
    "",
    "| tool | columns |",
    "| --- | --- |",
    `| nodejs-polars 0.26, there and back | ${counts.polars} |`,
    `| DuckDB (duckdb-wasm 1.32), IPC, there and back | ${counts.duckdb} |`,
    `| DuckDB, insertArrowTable of its own copy of the library | ${counts["duckdb insertArrowTable"]} |`,
  ];
  if (missing !== null) process.stdout.write(`note: pyarrow is left out: ${missing}\n`);
  else lines.push(`| pyarrow 26, against NumPy | ${run(interpreter, [join(tools, "compare.py"), folder])} |`);
  lines.push("", `${counts.arrays} arrays, seed ${values.seed}.`, "");
  writeFileSync(join(root, "bench", "results", "arrow.md"), lines.join("\n"));
  process.stdout.write(`${lines.slice(5).join("\n")}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
