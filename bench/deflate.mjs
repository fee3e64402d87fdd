// The encoder of compressed chunks alone, one core: its sizes and speeds on the shapes of crates/deflate/examples/shapes, and its engines in turn.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root, run } from "../scripts/setup.mjs";
import { median } from "./contest.mjs";

/** How many times as fast as libdeflate 1 each engine is to be on the benchmark's own records. */
const GOALS = { avx512: 12, avx2: 8, portable: 4 };
const RECORDS = "methylation";
/** The level that is the default, and what it is compared with. */
const LEVEL = "ours 4";
const LIBRARY = "libdeflate 1";
/** Rounds within a process that compares an engine. */
const BEST_OF = 5;

const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const command = join(target, "release", "examples", "shapes");
/** Without the engine's name. */
const short = (encoder) => encoder.split(",")[0];

/** The shapes as one process prints them, each with its encoders by name; and the engine that it used. */
function shapes({ rounds, engine, only = "" }) {
  const args = ["", String(rounds), "--json", "--only", only];
  const env = { ...process.env, ...(engine && { SHARRAY_SIMD: engine }) };
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", env });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr.slice(-2000)}`);
  const found = stdout.trim().split("\n").map(JSON.parse);
  const used = found[0].encoders[0].name.split(", ")[1];
  const named = ({ shape, bytes, encoders }) => ({
    shape,
    bytes,
    encoders: Object.fromEntries(encoders.map(({ name, ...figures }) => [short(name), figures])),
  });
  return { used, shapes: found.map(named) };
}

/** A row for each shape, a column for each encoder. */
function table(all, cell) {
  const names = Object.keys(all[0].encoders);
  const lines = all.map(
    (one) => `| ${[one.shape, ...names.map((name) => cell(one, one.encoders[name]))].join(" | ")} |`,
  );
  return [`| ${["shape", ...names].join(" | ")} |`, `|${" --- |".repeat(names.length + 1)}`, ...lines];
}

/** Ratios to the library by shape and engine: medians of the rounds, in each of which every engine is a process of its own. */
function engines({ rounds, log }) {
  const ratios = {};
  const names = new Set();
  const collect = (engine, { shape, encoders }) => {
    ratios[shape] ??= {};
    ratios[shape][engine] ??= [];
    ratios[shape][engine].push(encoders[LIBRARY].seconds / encoders[LEVEL].seconds);
  };
  for (let round = 0; round < rounds; round++) {
    for (const engine of Object.keys(GOALS)) {
      const { used, shapes: found } = shapes({ rounds: BEST_OF, engine, only: `${LEVEL},${LIBRARY}` });
      if (used !== engine) continue; // not on this machine
      log(`round ${round + 1} of ${rounds}: ${engine}`);
      names.add(engine);
      for (const one of found) collect(engine, one);
    }
  }
  const lines = Object.entries(ratios).map(([shape, row]) => {
    const cells = [...names].map((name) => median(row[name]).toFixed(2));
    const goals = shape.startsWith(RECORDS) ? [...names].map((name) => GOALS[name]).join(", ") : "";
    return `| ${[shape, ...cells, goals].join(" | ")} |`;
  });
  return [`| ${["shape", ...names, "goals"].join(" | ")} |`, `|${" --- |".repeat(names.size + 2)}`, ...lines];
}

/** The report. */
export function deflate({ rounds, log, machine }) {
  run("cargo", ["build", "--release", "--locked", "-p", "sharray-deflate", "--example", "shapes"], {
    label: "building the encoder's benchmark",
  });
  const byEngine = engines({ rounds, log });
  log("all encoders");
  const { used, shapes: all } = shapes({ rounds });
  const of = ({ encoders }, { bytes }) => `${((100 * bytes) / encoders["zlib 4"].bytes).toFixed(1)} %`;
  return [
    "# The encoder of compressed chunks, alone",
    "",
    `\`npm run bench -- deflate\`, ${machine}. One core. About 4 MB of each shape that is made, the whole of each table and file, as chunks behind`,
    "HDF5's shuffle filter; the encoders of a process in turn. The engines make the same bytes.",
    "",
    `## Speed against ${LIBRARY}, by engine`,
    "",
    `How many times as fast as ${LIBRARY} our level 4 is, by \`SHARRAY_SIMD\`: median of the rounds (${rounds}), each engine a process of its own with the library`,
    `beside it, for each chunk the best of ${BEST_OF}.`,
    "",
    ...byEngine,
    "",
    "## Sizes",
    "",
    "Bytes, as a share of zlib 4's.",
    "",
    ...table(all, of),
    "",
    "## Speeds",
    "",
    `MB/s of records, ${used}; for each chunk the best round of ${rounds}, of zlib's the best of the first two.`,
    "",
    ...table(all, ({ bytes }, { seconds }) => `${Math.round(bytes / seconds / 1e6)}`),
    "",
  ].join("\n");
}
