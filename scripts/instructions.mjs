// npm run instructions [-- --record] [-- TABLE...]: instructions a row of the kernel, which unlike time are the same on a busy machine.
// Callgrind counts them; AVX-512, which it does not know, is counted step by step (crates/text/examples/steps.rs). --record writes those of the methylation rows to bench/results/instructions.json, with which
// tests/instructions.test.ts compares.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { has, root, run } from "./setup.mjs";

const flags = () => readFileSync("/proc/cpuinfo", "utf8");
const STEPPED = "avx512";
/** The engines that are looked at here. */
export const engines = () => ["avx2", "portable", ...(/\bavx512_vbmi2\b/.test(flags()) ? [STEPPED] : [])];
/** What they are compared with: the engine that goes by all of NumPy's rules, and a plain reader that knows none of them. */
const MARKS = ["reference", "plain"];
/** The goals, to parse a row. */
const GOALS = { avx512: 110, avx2: 150, portable: 400 };
const TABLE = "methylation";
const file = join(root, "bench", "results", "instructions.json");

export const compiler = () => spawnSync("rustc", ["--version"], { encoding: "utf8" }).stdout.trim();

/** Why nothing can be counted here; null where it can. */
export function cannotCount() {
  if (process.arch !== "x64") return `instructions are recorded for x86-64, this is ${process.arch}`;
  if (!has("valgrind")) return "valgrind is missing: install the package `valgrind` of your system";
  if (!/\bavx2\b/.test(flags())) return "this processor has no AVX2";
  return null;
}

/** What was recorded; null where nothing was. */
export function recorded() {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null;
}

/** Instructions of a whole run, and the rows of a pass. */
async function collect(program, args) {
  const child = spawn("valgrind", ["--tool=callgrind", "--callgrind-out-file=/dev/null", program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  let complaint = "";
  child.stdout.on("data", (chunk) => (text += chunk));
  child.stderr.on("data", (chunk) => (complaint += chunk));
  const status = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  const total = /Collected : (\d+)/.exec(complaint)?.[1];
  if (status !== 0 || total === undefined)
    throw new Error(`callgrind of ${args.join(" ")} ended with ${status}: ${complaint.slice(-2000)}`);
  return { total: Number(total), rows: JSON.parse(text).rows };
}

/** Instructions of one pass, and its rows. */
function steps(program, args) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`stepping through ${args.join(" ")} ended with ${status}: ${stderr.slice(-2000)}`);
  return JSON.parse(stdout);
}

/** Instructions a row to count rows, to parse them, and to do both, of each engine. */
export async function instructions(table = TABLE, chosen = engines()) {
  const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
  const example = (name) => {
    run("cargo", ["build", "--release", "--locked", "-p", "sharray-text", "--example", name]);
    return join(target, "release", "examples", name);
  };
  const [program, stepper] = [example("instructions"), example("steps")];
  const counts = {};
  for (const engine of chosen) {
    const rounded = (number) => Math.round(10 * number) / 10;
    const cost = async (what) => {
      if (engine === STEPPED) {
        const pass = steps(stepper, [table, engine, what]);
        return rounded(pass.instructions / pass.rows);
      }
      const [once, thrice] = await Promise.all([1, 3].map((n) => collect(program, [table, engine, what, String(n)])));
      return rounded((thrice.total - once.total) / 2 / once.rows);
    };
    const [count, parse] = [await cost("count"), await cost("parse")];
    counts[engine] = { count, parse, both: rounded(count + parse) };
  }
  return counts;
}

async function main() {
  const { values, positionals } = parseArgs({ options: { record: { type: "boolean" } }, allowPositionals: true });
  const reason = cannotCount();
  if (reason !== null) {
    process.stderr.write(`${reason}\n`);
    process.exit(1);
  }
  for (const table of values.record ? [TABLE] : positionals.length > 0 ? positionals : [TABLE]) {
    const rows = await instructions(table, [...engines(), ...MARKS]);
    for (const [engine, { count, parse, both }] of Object.entries(rows)) {
      const goal = table === TABLE && engine in GOALS ? `; the goal is ${GOALS[engine]}` : "";
      process.stdout.write(`${table}, ${engine}: ${both} a row (${count} to count, ${parse} to parse${goal})\n`);
    }
    if (values.record) {
      const record = { table, compiler: compiler(), goals: GOALS, instructions: rows };
      writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
