// Who takes part in loading a table.
import { join } from "node:path";
import { environment } from "../../scripts/python.mjs";
import { root } from "../../scripts/setup.mjs";

const PACKAGES = ["numpy==2.4.6", "h5py==3.16.0", "pandas==3.1.1", "polars==2.1.0", "pyarrow==26.0.1"];
/** Threads of every contestant. */
export const THREADS = 2;
export const program = (name) => join(root, "bench", "programs", name);
export const env = { TEXT_THREADS: String(THREADS) };

/** The Python that has the other tools. */
export const peers = () => environment("peers", PACKAGES);

/** A contestant that runs a program of sharray's. */
export function own(name, file, args) {
  return { name, command: process.execPath, args: [program(file), ...args.map(String)], env };
}

/**
 * The contestants that load tables of a spec (see programs/tables.mjs), each file and then the last one `times` more, with sharray first.
 * `slow`: rounds of np.loadtxt.
 */
export function loaders(spec, files, { times = 0, slow, log }) {
  const args = (tool) => [tool, spec, times, ...files];
  const contestants = [
    own("sharray loadtxt", "tables.mjs", args("sharray")),
    own("nodejs-polars readCSV", "tables.mjs", args("polars")),
    own("DuckDB (node-api) read_csv", "tables.mjs", args("duckdb")),
  ];
  const { interpreter, missing } = peers();
  if (missing !== null) {
    log(`note: ${missing}; the tools of Python are left out`);
    return contestants;
  }
  for (const [tool, name] of [
    ["polars", "polars read_csv"],
    ["pyarrow", "pyarrow read_csv"],
    ["pandas", "pandas read_csv"],
    ["numpy", "np.loadtxt"],
  ]) {
    const rounds = tool === "numpy" ? slow : undefined;
    const shown = rounds === undefined ? name : `${name} (${rounds} round${rounds > 1 ? "s" : ""})`;
    const command = [program("tables.py"), ...args(tool).map(String)];
    contestants.push({ name: shown, command: interpreter, args: command, env, rounds });
  }
  return contestants;
}
