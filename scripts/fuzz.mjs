// npm run fuzz [-- TARGET...] [--seconds N] [--cases N] [--seed S]: wrong input of every kind, for so many seconds each. Without a target
// all of them, and the table bench/results/fuzz.md. Of loadtxt, engines and deflate it is a number of cases, with --cases or without a target.
// Targets of Rust code run under cargo-fuzz (coverage-guided, address sanitizer) and need a nightly toolchain, but for engines and deflate, which
// make their cases themselves and so many more of them; those of TypeScript code damage true input and print the seed of what they find.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pythonEnvironment } from "./python.mjs";
import { root, setup } from "./setup.mjs";

const RUST = {
  attach: "a handle and the file behind its descriptor -> Attachment::attach_fd",
  brief: "a message in brief form -> its text and its handles",
  chunks: "choices -> a chunk with structure -> one stream of every engine, decoded by three",
  nonce: "a nonce as text",
  kernel: "a schema, a dialect and a text -> every engine as the reference",
  quotes: "a text with quotes -> its rows as a naive reader finds them",
};
const GENERATED = {
  deflate: "generated chunks -> one stream of every engine, decoded by zlib, libdeflate and zlib-rs, a sample by h5py",
  engines: "generated schemas, dialects and texts -> every engine as the reference",
  headers: "damaged .npy headers -> parseNpyHeader",
  npy: "damaged .npy headers, 5000 a round -> what NumPy reads of them",
  npyfiles: "files that NumPy writes -> load, save, save of a view",
  handles: "changed handles -> SharedArray.attach",
  loadtxt: "generated calls of loadtxt -> what NumPy makes of them",
};
const EXAMPLE = ["run", "--quiet", "--release", "--locked"];
/** How those are run that are no program of this folder. */
const PROGRAMS = {
  deflate: ["cargo", [...EXAMPLE, "-p", "sharray-deflate", "--example", "streams", "--"]],
  engines: ["cargo", [...EXAMPLE, "-p", "sharray-text", "--example", "engines", "--"]],
};
/**
 * What cargo-fuzz and libFuzzer are told beyond the rest. To watch the comparisons of the encoder takes four fifths of the time, and tells nothing about
 * the choices that its chunks are made of; some bytes of choices are hardly any.
 */
const FLAGS = { chunks: { build: ["--no-trace-compares"], run: ["-len_control=0"] } };
/** What is read by h5py as well where it can be had. */
const BY_H5PY = ["deflate"];
/** Targets that are done after so many cases, however long that takes. */
const CASES = { loadtxt: "100000", engines: "10000000", deflate: "1000000" };

const { values, positionals } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, cases: { type: "string" }, seed: { type: "string" } },
  allowPositionals: true,
});
const known = Object.keys({ ...RUST, ...GENERATED });
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`unknown target ${unknown.join(", ")}; known: ${known.join(", ")}\n`);
  process.exit(2);
}
const chosen = (name) => positionals.length === 0 || positionals.includes(name);

function output(command, args, env = {}) {
  const done = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return { status: done.status, text: `${done.stdout ?? ""}${done.stderr ?? ""}` };
}

function missingFuzzer() {
  if (output("cargo", ["+nightly", "--version"]).status !== 0)
    return "no nightly toolchain (rustup toolchain install nightly)";
  if (output("cargo", ["+nightly", "fuzz", "--version"]).status !== 0)
    return "no cargo-fuzz (cargo install cargo-fuzz)";
  return null;
}

const rows = [];
function report(name, what, { status, text }, done, seconds = values.seed ? "" : values.seconds) {
  const verdict = status === 0 ? "nothing found" : "FOUND, see the output";
  if (status !== 0) {
    process.stdout.write(`${text.slice(-6000)}\n`);
    process.exitCode = 1;
  }
  rows.push([name, what, seconds, done, verdict]);
  process.stdout.write(`${name}: ${done}; ${verdict}\n`);
}

const missing = missingFuzzer();
for (const [name, what] of Object.entries(RUST).filter(([name]) => chosen(name))) {
  if (missing) {
    process.stdout.write(`${name}: left out: ${missing}\n`);
    rows.push([name, what, "", "", `left out: ${missing}`]);
    continue;
  }
  const corpus = join(root, ".cache", "fuzz", name);
  mkdirSync(corpus, { recursive: true });
  const { build, run: more } = FLAGS[name] ?? { build: [], run: [] };
  const flags = [`-max_total_time=${values.seconds}`, "-print_final_stats=1", "-max_len=512", ...more];
  const env = { CARGO_TARGET_DIR: join(root, "target", "fuzz") };
  // What is found new goes to the first folder.
  const folders = [corpus, join(root, "fuzz", "seeds", name)].filter((folder) => existsSync(folder));
  const run = output("cargo", ["+nightly", "fuzz", "run", ...build, name, ...folders, "--", ...flags], env);
  const executed = /number_of_executed_units:\s*(\d+)/.exec(run.text)?.[1] ?? "?";
  const covered = [...run.text.matchAll(/cov: (\d+)/g)].at(-1)?.[1] ?? "?";
  report(name, what, run, `${executed} inputs, ${covered} edges covered`);
}

const noPython = BY_H5PY.some(chosen) ? pythonEnvironment() : null;
if (noPython) process.stdout.write(`${BY_H5PY.join(", ")}: without h5py: ${noPython}\n`);
if (Object.keys(GENERATED).some((name) => chosen(name) && !(name in PROGRAMS))) setup();
for (const [name, what] of Object.entries(GENERATED).filter(([name]) => chosen(name))) {
  const cases = values.cases ?? (positionals.length === 0 ? CASES[name] : undefined);
  const counted = name in CASES && cases !== undefined;
  const flags = values.seed === undefined ? [] : ["--seed", values.seed];
  if (counted) flags.push("--cases", cases);
  else if (values.seed === undefined) flags.push("--seconds", values.seconds);
  if (BY_H5PY.includes(name) && !noPython) flags.push("--h5py", join(root, ".cache", "python", "bin", "python"));
  const [program, args] = PROGRAMS[name] ?? [process.execPath, ["--import", "tsx", join("fuzz", `${name}.ts`)]];
  const run = output(program, [...args, ...flags]);
  // How far it was stands behind it, on another stream.
  const last = run.text.split("\n").findLast((line) => line.startsWith("{")) ?? "{}";
  const { rounds = "?", outcomes = "?" } = run.status === 0 ? JSON.parse(last) : {};
  report(name, what, run, `${rounds} inputs: ${outcomes}`, counted ? "" : undefined);
}

if (positionals.length === 0) {
  const text = [
    "# Fuzzing",
    "",
    `\`npm run fuzz -- --seconds ${values.seconds}\`, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}.`,
    "",
    "| target | input | seconds | done | result |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map((row) => `| ${row.join(" | ")} |`),
    "",
  ].join("\n");
  writeFileSync(join(root, "bench", "results", "fuzz.md"), text);
  process.stdout.write(`\n${text}`);
}
