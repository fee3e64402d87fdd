// What the arena is worth: the same work again in one process, with it and without it, in turn.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { median } from "./contest.mjs";

const MIB = 2 ** 20;

function once(root, args, arena) {
  const env = { ...process.env, SHARRAY_ARENA: arena };
  const program = join(root, "bench", "programs", "reuse.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { env, encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr.slice(-2000)}`);
  return JSON.parse(stdout);
}

/** Runs both kinds in turn, and returns one line of the table for each step of the work. */
function compare(root, title, args, rounds, log) {
  const fresh = [];
  const kept = [];
  for (let round = -1; round < rounds; round++) {
    const pair = [once(root, args, "0"), once(root, args, "")];
    if (round < 0) continue;
    fresh.push(pair[0]);
    kept.push(pair[1]);
    log(`round ${round + 1} of ${rounds}: ${title}`);
  }
  const lines = [];
  for (const step of Object.keys(fresh[0][0])) {
    // The first time there is nothing to use again.
    for (const [when, index] of [
      ["first", 0],
      ["second", 1],
      ["third", 2],
    ]) {
      const before = fresh.map((run) => run[index][step]);
      const after = kept.map((run) => run[index][step]);
      const ratio = median(after.map((value, round) => value / before[round]));
      const cells = [median(before).toFixed(1), median(after).toFixed(1), ratio.toFixed(2)];
      lines.push(`| ${title} | ${step} | ${when} | ${cells.join(" | ")} |`);
    }
  }
  return lines;
}

/** The table of all comparisons. `file` is a text table. */
export function arena({ root, file, rounds, machine, log }) {
  const size = (bytes) => (bytes < 1024 * MIB ? `${bytes / MIB} MiB` : `${bytes / MIB / 1024} GiB`);
  const lines = compare(root, "loadtxt of 10 M rows, 260 MB of records", ["load", file], rounds, log);
  for (const bytes of [MIB, 8 * MIB, 64 * MIB, 1024 * MIB]) {
    lines.push(...compare(root, `SharedMemory of ${size(bytes)}`, ["create", String(bytes)], rounds, log));
  }
  return [
    "# The same again in one process: fresh memory against memory that was kept",
    "",
    "Each array is closed before the next one is made; `fill` writes every byte from JavaScript.",
    `${rounds} rounds in turn (SHARRAY_ARENA=0, then unset) after a warm-up, each a process of its own; ${machine}.`,
    "Medians in milliseconds; the ratio is the median of the ratios pair by pair, below 1 where the arena is faster.",
    "",
    "| work | step | time | fresh, ms | kept, ms | ratio |",
    "| --- | --- | --- | --- | --- | --- |",
    ...lines,
    "",
  ].join("\n");
}
