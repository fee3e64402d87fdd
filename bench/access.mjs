// What reading element by element costs, beside typed arrays and objects. Every trial is a process of its own, and they take turns.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { median } from "./contest.mjs";

function run(node, program, args) {
  const { status, stdout, stderr, error } = spawnSync(node, [program, ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${node} ${args.join(", ")}: ${error?.message ?? stderr.slice(-2000)}`);
  return JSON.parse(stdout);
}

/** The Nodes to compare: those of SHARRAY_BENCH_NODES (paths between colons), or this one. */
function nodes() {
  const paths = process.env.SHARRAY_BENCH_NODES?.split(":").filter((path) => path !== "") ?? [process.execPath];
  return paths.map((path) => ({
    path,
    version: spawnSync(path, ["--version"], { encoding: "utf8" }).stdout.trim(),
  }));
}

/** The table; ratios are medians of the ratios pair by pair to the first row of each work. */
export function access({ root, rounds, machine, log }) {
  const program = join(root, "bench", "programs", "access.mjs");
  const contestants = nodes();
  // SHARRAY_BENCH_WORKS: some of the sections, between commas.
  const wanted = process.env.SHARRAY_BENCH_WORKS?.split(",");
  const works = Object.fromEntries(
    Object.entries(run(contestants[0].path, program, [])).filter(([work]) => wanted?.includes(work) ?? true),
  );
  const sections = [];
  for (const [work, ways] of Object.entries(works)) {
    const runs = new Map();
    for (let round = 0; round < rounds; round++) {
      for (const { path, version } of contestants) {
        for (const way of ways) {
          const key = `${version} ${way}`;
          if (!runs.has(key)) runs.set(key, []);
          runs.get(key).push(run(path, program, [work, way]));
        }
      }
      log(`round ${round + 1} of ${rounds}: ${work}`);
    }
    const lines = ways.map((way) => {
      const cells = contestants.map(({ version }) => {
        const [here, base] = [runs.get(`${version} ${way}`), runs.get(`${version} ${ways[0]}`)];
        const of = (kind) => {
          const ratio = median(here.map((trial, round) => trial[kind] / base[round][kind]));
          return `${median(here.map((trial) => trial[kind])).toFixed(0)} ms, ${ratio.toFixed(2)}`;
        };
        return `${of("first")} · ${of("best")}`;
      });
      return `| ${[way, ...cells].join(" | ")} |`;
    });
    const head = contestants.map(({ version }) => version);
    sections.push(
      `## ${work}`,
      "",
      `| | ${head.join(" | ")} |`,
      `| --- |${head.map(() => " --- |").join("")}`,
      ...lines,
      "",
    );
  }
  return [
    "# Element by element",
    "",
    "20 M records `chr:S10,pos:i4,pct:f4,c:i4,t:i4` (26 bytes each, 520 MB) or 20 M numbers; 1 M whole records, texts and 64-bit integers.",
    `${rounds} rounds in turn, each trial a process of its own; ${machine}.`,
    "In each cell: the first time in the process (median, and ratio to the first row) · the best of the four after it. Ratios are medians of the",
    "ratios pair by pair. `view` is the same memory read by hand through a DataView: what is left for a reader to cost.",
    "",
    ...sections,
  ].join("\n");
}
