// The kernel alone, warm, one core: every engine in turn on the tables of crates/text/examples/tables.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root, run } from "../../scripts/setup.mjs";

/** The goals, as ratios to the reference, by the beginning of a table's name. */
const GOALS = {
  methylation: { avx512: 5, avx2: 3.8, portable: 1.5 },
  "signed decimals": { fastest: 3 },
  "%.18e": { fastest: 3 },
  "CSV with quotes": { fastest: 2 },
  "64-bit integers": { fastest: 3.5 },
  strings: { fastest: 3.5 },
};

function goal(table, engine, fastest) {
  const goals = GOALS[table] ?? {};
  const ratio = goals[engine] ?? (fastest ? goals.fastest : undefined);
  return ratio === undefined ? "" : `${ratio}`;
}

/** The section of the report. */
export function kernel({ rounds, log }) {
  const example = ["--release", "--locked", "-p", "sharray-text", "--example", "throughput"];
  run("cargo", ["build", ...example], { label: "building the kernel's benchmark" });
  const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
  const command = join(target, "release", "examples", "throughput");
  log(`kernel: ${rounds} rounds of each table`);
  const { status, stdout, stderr } = spawnSync(command, ["", "", String(rounds), "--json"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr.slice(-2000)}`);
  const lines = [];
  for (const { table, bytes, rows, engines } of stdout.trim().split("\n").map(JSON.parse)) {
    for (const { name, count, parse, both, ratio, mark } of engines) {
      const rates = [count, parse, both].map(Math.round);
      const wanted = goal(table, name, name === engines.at(-1).name);
      const nanoseconds = (bytes / rows / both) * 1000;
      lines.push(
        `| ${[table, name, ...rates, nanoseconds.toFixed(1), ratio.toFixed(2), mark.toFixed(2), wanted].join(" | ")} |`,
      );
    }
  }
  return [
    "## Kernel, warm, one core",
    "",
    "MB/s of text: to count rows, to parse them, and to do both, 256 KiB at a time, records in memory that was used before.",
    `12 MB of each table; all engines in turn, ${rounds} rounds; medians. Ratios are those of both, round by round, to`,
    "the reference engine, which goes by all of NumPy's rules, and to a plain scalar reader (a match for each field, fast-float2), which knows",
    "none of them and counts line ends: such a one the goals were set by.",
    "",
    "| table | engine | count | parse | both | ns a row | to the reference | to plain | goal |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...lines,
    "",
  ];
}
