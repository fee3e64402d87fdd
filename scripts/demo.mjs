// Shows the main job on tables that are made here and on a real one, with the command and the library as users have them.
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { File } from "sharray/hdf5";
import { generateFile } from "./generate.mjs";
import { root } from "./setup.mjs";
import { watchTree } from "./tree_memory.mjs";

const folder = join(root, ".cache", "demo");
const bin = join(root, "node_modules", ".bin");
const rows = 1_000_000;
const spec = "chr:S10,pos:i4,pct:f4,c:i4,t:i4";

const say = (text = "") => process.stdout.write(`${text}\n`);
const title = (text) => say(process.stdout.isTTY ? `\n\x1b[1m${text}\x1b[0m` : `\n${text}`);
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const grouped = (n) => n.toLocaleString("en-US");

/** Runs a program of node_modules/.bin at this terminal; gives its wall time and the peak memory of its process tree. */
async function run(name, args, shown = `${name} ${args.join(" ")}`) {
  say(`$ ${shown}`);
  const started = performance.now();
  const child = spawn(join(bin, name), args, { cwd: folder, stdio: "inherit" });
  const watch = watchTree(child.pid);
  const status = await new Promise((resolve) => {
    child.on("error", (error) => {
      process.stderr.write(`${error.message}\n`);
      resolve(1);
    });
    child.on("exit", (code) => resolve(code ?? 1));
  });
  const peak = watch.stop();
  if (status !== 0) process.exit(status);
  return { seconds: (performance.now() - started) / 1000, peak };
}

/** How often each tenth of 0 to 100 occurs, as bars. */
function bars({ counts, edges }) {
  const most = Math.max(...counts);
  for (const [i, n] of counts.entries()) {
    const range = `${String(edges[i]).padStart(3)} to ${String(edges[i + 1]).padStart(3)} %`;
    say(`${range}  ${"█".repeat(Math.round((40 * n) / most)).padEnd(40)}  ${grouped(n).padStart(9)}`);
  }
}

async function readBack(path) {
  const file = await File.open(path, "r");
  try {
    let total = 0;
    for (const name of file.keys()) total += file.get(name).shape[0];
    const dataset = file.get("data1");
    const array = await dataset.read({ fields: ["pct"] });
    const found = array.field("pct").histogram({ bins: 10, range: [0, 100] });
    array.close();
    return { total, found };
  } finally {
    await file.close();
  }
}

mkdirSync(folder, { recursive: true });
const tables = ["data1.txt", "data2.txt"];
const weather = "seattle-weather.csv";
const scratch = [...tables, weather].map((name) => join(folder, name));
process.on("exit", () => {
  for (const path of scratch) rmSync(path, { force: true });
});
for (const [signal, status] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
])
  process.on(signal, () => process.exit(status));

title("1. Two methylation tables");
for (const [i, name] of tables.entries()) {
  generateFile(join(folder, name), i + 1, rows);
  say(`${name}: ${grouped(rows)} rows, ${megabytes(statSync(join(folder, name)).size)}`);
}

title("2. Text to HDF5");
const { seconds, peak } = await run("sharray", ["convert", ...tables, "-o", "out.h5", "--dtype", spec, "--overwrite"]);
const text = tables.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
const { total, found } = await readBack(join(folder, "out.h5"));
say();
say(`rows        ${grouped(total)}`);
say(
  `speed       ${Math.round(text / 1e6 / seconds)} MB/s of text, the start of the program included (${seconds.toFixed(2)} s)`,
);
say(`memory      ${megabytes(peak)} at most, all processes and what they share`);
say(`file        ${megabytes(statSync(join(folder, "out.h5")).size)} in ${relative(root, join(folder, "out.h5"))}`);

title("3. What is inside");
await run("sharray", ["info", "out.h5"]);
say();
await run("sharray", ["head", "out.h5:/data1", "-n", "5"]);
say("\npct of data1, read back from the file:");
bars(found);

title("4. A real table: the weather of Seattle (vega-datasets)");
copyFileSync(join(root, "node_modules", "vega-datasets", "data", weather), join(folder, weather));
const columns = ["--delimiter", ",", "--skiprows", "1", "--usecols", "0,1,2,3,4"];
const climate = "date:S10,precipitation:f4,temp_max:f4,temp_min:f4,wind:f4";
await run("sharray", ["convert", weather, "-o", "weather.h5", ...columns, "--dtype", climate, "--overwrite"]);
say();
await run("sharray", ["head", "weather.h5:/seattle-weather", "-n", "5"]);

title("5. The tutorial's programs, in TypeScript");
for (const example of ["tutorial-queues.ts", "tutorial-pool.ts"]) {
  await run("tsx", [join(root, "examples", example), ...tables], `tsx examples/${example} ${tables.join(" ")}`);
  say();
}
say(
  `Done. ${relative(root, folder)} holds out.h5 and weather.h5; h5py, h5dump and every other HDF5 program open them.`,
);
