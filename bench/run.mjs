// npm run bench [-- convert | load | text | hdf5 | deflate | handoff | arena | access | bulk] [--rounds N]: sharray against what people use,
// interleaved in one run. Parts of text or hdf5 alone: --part kernel --part load, which write no report.
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pythonEnvironment } from "../scripts/python.mjs";
import { root, run, setup } from "../scripts/setup.mjs";
import { access } from "./access.mjs";
import { arena } from "./arena.mjs";
import { bulk } from "./bulk.mjs";
import { contest, table } from "./contest.mjs";
import { deflate } from "./deflate.mjs";
import { handoff } from "./handoff.mjs";
import { PARTS as HDF5, hdf5 } from "./hdf5.mjs";
import { PARTS as TEXT, text } from "./text.mjs";

const ROWS = 10_000_000;
const SPEC = "chr:S10,pos:i4,pct:f4,c:i4,t:i4";
const { values, positionals } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, part: { type: "string", multiple: true } },
  allowPositionals: true,
});
const chosen = positionals.length > 0 ? positionals : ["convert", "load"];

const folder = join(root, ".cache", "bench");
const output = join(folder, "out.h5");
const python = join(root, ".cache", "python", "bin", "python");
const program = (name) => join(root, "bench", "programs", name);
const log = (line) => process.stderr.write(`${line}\n`);

async function input(seed) {
  const path = join(folder, `data${seed}.txt`);
  if (existsSync(path)) return path;
  log(`generating ${ROWS / 1e6} M rows: ${path}`);
  const child = spawn(process.execPath, [join(root, "scripts", "generate.mjs"), String(seed), String(ROWS)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.stdout
      .pipe(createWriteStream(`${path}.part`))
      .on("finish", resolve)
      .on("error", reject);
  });
  renameSync(`${path}.part`, path);
  return path;
}

setup();
const noPython = pythonEnvironment();
if (noPython) log(`note: ${noPython}; the Python programs are left out`);
const machine = `${cpus().length} cores (${cpus()[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
const today = new Date().toISOString().slice(0, 10);

function publish(name, text) {
  process.stdout.write(`\n${text}`);
  if (values.part) return;
  writeFileSync(join(root, "bench", "results", `${name}.md`), text);
}

if (chosen.includes("handoff")) {
  const options = { root, python: noPython ? null : python, rounds: Number(values.rounds), log };
  publish("handoff", await handoff({ ...options, machine: `${machine}; ${today}` }));
}
if (chosen.includes("bulk")) {
  const options = { python: noPython ? null : python, rounds: Number(values.rounds), log };
  publish("bulk", bulk({ ...options, machine: `${machine}; ${today}` }));
}
if (chosen.includes("arena")) {
  mkdirSync(folder, { recursive: true });
  const options = { root, file: await input(1), rounds: Number(values.rounds), log };
  publish("arena", arena({ ...options, machine: `${machine}; ${today}` }));
}
if (chosen.includes("access")) {
  publish("access", access({ root, rounds: Number(values.rounds), log, machine: `${machine}; ${today}` }));
}
if (chosen.includes("text")) {
  const files = await prepare();
  const commands = [
    ...tutorial(files),
    converts("sharray convert --compression none --no-sync", files, ["--compression", "none", "--no-sync"]),
  ];
  const options = { files, commands, folder, rounds: Number(values.rounds), log, machine: `${machine}; ${today}` };
  publish("text", await text({ ...options, parts: values.part ?? Object.keys(TEXT) }));
}
if (chosen.includes("hdf5")) {
  if (noPython) throw new Error(`hdf5 compares with h5py; ${noPython}`);
  const files = await inputs();
  const convert = (name, compression) => {
    const file = join(folder, `${compression.replace(":", "-")}.h5`);
    return converts(name, files, ["--compression", compression, "--no-sync"], file);
  };
  const options = { files, python, tutorial: tutorial(files)[0], convert, folder, rounds: Number(values.rounds), log };
  const parts = values.part ?? Object.keys(HDF5);
  publish("hdf5", await hdf5({ ...options, parts, machine: `${machine}; ${today}` }));
}
if (chosen.includes("deflate")) {
  publish("deflate", deflate({ rounds: Number(values.rounds), log, machine: `${machine}; ${today}` }));
}
const others = ["handoff", "arena", "access", "bulk", "text", "hdf5", "deflate"];
const contests = chosen.filter((name) => !others.includes(name));
if (contests.length > 0) await compareTables();

/** Installs what is compared with, and makes the two large tables. */
async function prepare() {
  const { dependencies } = JSON.parse(readFileSync(join(root, "bench", "package.json"), "utf8"));
  const missing = Object.keys(dependencies).filter((name) => !existsSync(join(root, "bench", "node_modules", name)));
  if (missing.length > 0) {
    run("npm", ["install", "--prefix", "bench", "--no-save", "--loglevel=error"], {
      label: `installing ${missing.join(", ")}`,
    });
  }
  return await inputs();
}

/** The two large tables, in the page cache. */
async function inputs() {
  mkdirSync(folder, { recursive: true });
  const files = [await input(1), await input(2)];
  for (const path of files) spawnSync("cat", [path], { stdio: ["ignore", "ignore", "ignore"] });
  return files;
}

/** The tutorial's program; no contestant without Python. */
function tutorial(files) {
  if (noPython) return [];
  const program = join(root, "examples", "python", "tutorial_pool.py");
  return [{ name: "tutorial (NumPy, Pool of 2, h5py)", command: python, args: [program, output, ...files], output }];
}

/** The command with some flags. */
function converts(name, files, flags, file = output) {
  const args = ["convert", ...files, "-o", file, "--dtype", SPEC, "--overwrite", "--quiet", "--json", ...flags];
  return { name, command: join(root, "node_modules", ".bin", "sharray"), args, output: file };
}

async function compareTables() {
  const files = await prepare();
  const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0);

  const scenarios = {
    convert: {
      title: "Text to HDF5, whole command",
      contestants: [
        ...tutorial(files),
        converts("sharray convert --no-sync", files, ["--no-sync"]),
        converts("sharray convert", files, []),
        converts("sharray convert --no-sync --concat all", files, ["--no-sync", "--concat", "all"]),
      ],
    },
    load: {
      title: "Text to memory, the load alone",
      figure: (run) => run.inner.load_s,
      contestants: [
        { name: "nodejs-polars readCSV", command: process.execPath, args: [program("polars.mjs"), ...files] },
        { name: "sharray loadtxt", command: process.execPath, args: [program("loadtxt.mjs"), ...files] },
      ],
    },
  };
  for (const name of contests) {
    const { title, contestants, figure } = scenarios[name];
    const rows = await contest(contestants, { rounds: Number(values.rounds), figure, log });
    const text = [
      `# ${title}`,
      "",
      `Two tables of ${ROWS / 1e6} M rows \`chr pos pct c t\`, ${Math.round(bytes / 1e6)} MB of text, ${(2 * ROWS * 26) / 1e6} MB of records.`,
      `${values.rounds} rounds in turn after a warm-up; ${machine}; ${today}.`,
      "Ratios are medians of the ratios pair by pair. The peak is that of the whole process tree, its shared memory included.",
      "",
      table(rows, contestants[0].name),
      "",
    ].join("\n");
    publish(name, text);
  }
}
