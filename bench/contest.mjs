// Runs commands in turn, A B C A B C ..., as whole processes, so that a machine whose speed drifts treats them alike.
import { spawn, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { watchTree } from "../scripts/tree_memory.mjs";

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Additional certificates cost each start of Node tens of milliseconds, and none of the contestants needs them. */
const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env;

/** One run: wall seconds, and the JSON object that its last line of output is, if it is one. */
async function once({ name, command, args, output, env }, watch) {
  if (output) rmSync(output, { force: true });
  spawnSync("sync"); // what an earlier run left to be written must not slow this one
  const started = performance.now();
  const child = spawn(command, args, { env: { ...environment, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  let complaint = "";
  child.stdout.on("data", (chunk) => (text += chunk));
  child.stderr.on("data", (chunk) => (complaint += chunk));
  const watched = watch ? watchTree(child.pid) : null;
  const status = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  const seconds = (performance.now() - started) / 1000;
  const peak = await watched?.stop();
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${complaint.slice(-2000)}`);
  let inner = {};
  try {
    inner = JSON.parse(text.trim().split("\n").at(-1));
  } catch {
    // a program that prints no figures of its own is timed from outside alone
  }
  return { seconds, inner, peak };
}

/**
 * Runs every contestant `rounds` times in turn after one warm-up each, then once more under the memory sampler.
 * `figure(run)` picks what is compared; the default is the wall time of the whole process. A slow contestant may have `rounds` of its
 * own, fewer, and is compared in those alone.
 */
export async function contest(contestants, { rounds, figure = (run) => run.seconds, log = () => {} }) {
  const runs = new Map(contestants.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const contestant of contestants) {
      if (round >= (contestant.rounds ?? rounds)) continue;
      const run = await once(contestant, false);
      if (round >= 0) runs.get(contestant.name).push(run);
      log(
        `${round < 0 ? "warm-up" : `round ${round + 1} of ${rounds}`}: ${contestant.name} ${figure(run).toFixed(3)} s`,
      );
    }
  }
  const rows = [];
  for (const contestant of contestants) {
    const { peak } = await once(contestant, true);
    const own = runs.get(contestant.name);
    rows.push({ name: contestant.name, runs: own, times: own.map(figure), peak });
  }
  return rows;
}

/** The median of the ratios pair by pair: how many times as long a row took as another. */
export function ratio(over, under) {
  return median(under.times.map((time, i) => over.times[i] / time));
}

const SCALES = { s: 1, ms: 1000 };

/** The table of a contest; each ratio is that of the row named `against` to the row. Rows with `stored` say how many bytes they made. */
export function table(rows, against, unit = "s") {
  const base = rows.find((row) => row.name === against);
  const heads = ["", `median, ${unit}`, "min", "max", "ratio to the first", "peak of the tree, MiB"];
  const sizes = rows.some(({ stored }) => stored !== undefined);
  if (sizes) heads.push("stored, MB");
  const lines = [`|${heads.join(" | ")} |`, `|${" --- |".repeat(heads.length)}`];
  for (const row of rows) {
    const { name, times, peak, stored } = row;
    const shown = (seconds) => (seconds * SCALES[unit]).toFixed(3);
    const cells = [median(times), Math.min(...times), Math.max(...times)].map(shown);
    cells.push(ratio(base, row).toFixed(2), Math.round(peak / 2 ** 20));
    if (sizes) cells.push((stored / 1e6).toFixed(1));
    lines.push(`| ${[name, ...cells].join(" | ")} |`);
  }
  return lines.join("\n");
}

/** A contest as a section of a report, compared with its first row. */
export function section(title, about, rows, unit) {
  return [`## ${title}`, "", ...about, "", table(rows, rows[0].name, unit), ""];
}
