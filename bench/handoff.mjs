// Hand-over of one array from a child to its parent: sharray, Python's SharedMemory by name, Node's own channel.
import { spawn } from "node:child_process";
import { readFileSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { median } from "./contest.mjs";

const KIB = 1024;
const GIB = 2 ** 30;
const OURS = "sharray, array through a Queue";
const SIZES = [KIB, 2 ** 20, 64 * 2 ** 20, GIB, 8 * GIB];

function sizeName(bytes) {
  const power = Math.floor(Math.log2(bytes) / 10);
  return `${bytes / KIB ** power} ${["bytes", "KiB", "MiB", "GiB"][power]}`;
}

/** Who takes part. `most`: the largest array for which it makes sense; `count` hand-overs a run. */
function contestants(program, python) {
  const ours = (way) => ({ command: process.execPath, args: [program("handoff.mjs"), way], most: 8 * GIB });
  const py = (way) => ({ command: python, args: [program("handoff.py"), way], most: 8 * GIB, onMount: true });
  return [
    { name: OURS, ...ours("queue") },
    ...(python
      ? [
          { name: "Python SharedMemory, name through a Queue", ...py("queue") },
          { name: "Python SharedMemory, name through a Pipe", ...py("pipe") },
        ]
      : []),
    {
      name: 'Node fork, serialization "advanced"',
      command: process.execPath,
      args: [program("handoff_fork.mjs")],
      most: 64 * 2 ** 20,
      slow: true,
    },
    { name: "sharray, handle through a Queue, attached by hand", ...ours("handle") },
    { name: "sharray, name through a Queue, attached by name", ...ours("name"), onMount: true },
  ];
}

/** Why an array of this size cannot be had here; null when it can. */
function tooLarge(bytes, onMount) {
  const needed = bytes * 1.25 + GIB;
  const available = Number(/MemAvailable:\s+(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? 0) * KIB;
  if (available < needed) return `${(available / GIB).toFixed(1)} GiB of memory are free`;
  if (!onMount) return null;
  const { bavail, bsize } = statfsSync("/dev/shm");
  return bavail * bsize < bytes * 1.05 ? `${((bavail * bsize) / GIB).toFixed(1)} GiB are free on /dev/shm` : null;
}

async function once({ name, command, args }, bytes, count) {
  const child = spawn(command, [...args, String(bytes), String(count)], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  let complaint = "";
  child.stdout.on("data", (chunk) => (text += chunk));
  child.stderr.on("data", (chunk) => (complaint += chunk));
  const status = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (status !== 0) throw new Error(`${name}, ${sizeName(bytes)}: ended with ${status}: ${complaint.slice(-2000)}`);
  return JSON.parse(text.trim().split("\n").at(-1)).took;
}

function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

/** Runs every contestant at every size, in turn, each run in fresh processes. Returns rows `{ name, bytes, runs, why }`. */
async function play(all, rounds, log) {
  const rows = all.flatMap((one) =>
    SIZES.filter((bytes) => bytes <= one.most).map((bytes) => ({ one, bytes, runs: [] })),
  );
  for (let round = 0; round < rounds; round++) {
    for (const row of rows.toSorted((a, b) => a.bytes - b.bytes)) {
      row.why ??= tooLarge(row.bytes, row.one.onMount);
      if (row.why) continue;
      const count = row.one.slow && row.bytes > 2 ** 20 ? 10 : 200;
      const took = await once(row.one, row.bytes, count);
      row.runs.push(took);
      log(
        `round ${round + 1} of ${rounds}: ${row.one.name}, ${sizeName(row.bytes)}: ${quantile(took, 0.5).toFixed(1)} us`,
      );
    }
  }
  return rows;
}

/** The median over the rounds of (p50 of one row / p50 of another), both of the same round. */
function ratio(row, base) {
  const rounds = row.runs.map((run, i) => quantile(run, 0.5) / quantile(base.runs[i], 0.5));
  return median(rounds);
}

function timesTable(rows) {
  const lines = ["| size | | p50, us | p95, us | to sharray's Queue |", "| --- | --- | --- | --- | --- |"];
  for (const bytes of SIZES) {
    const here = rows.filter((row) => row.bytes === bytes);
    const base = here.find((row) => row.one.name === OURS);
    for (const row of here) {
      const all = row.runs.flat();
      const cells = row.why
        ? [`left out: ${row.why}`, "", ""]
        : [
            quantile(all, 0.5).toFixed(1),
            quantile(all, 0.95).toFixed(1),
            base.runs.length === row.runs.length ? ratio(row, base).toFixed(2) : "",
          ];
      lines.push(`| ${[sizeName(bytes), row.one.name, ...cells].join(" | ")} |`);
    }
  }
  return lines.join("\n");
}

function goalsTable(rows) {
  const find = (name, bytes) => rows.find((row) => row.one.name === name && row.bytes === bytes && row.runs.length > 0);
  const ours = (bytes) => find(OURS, bytes);
  const goals = [
    [
      "1 KiB, to Python SharedMemory by name (Queue)",
      ours(KIB),
      find("Python SharedMemory, name through a Queue", KIB),
      0.3,
    ],
    ["1 KiB, to Node fork advanced", ours(KIB), find('Node fork, serialization "advanced"', KIB), 0.6],
    ...[64 * 2 ** 20, GIB, 8 * GIB].map((bytes) => [
      `${sizeName(bytes)}, to our own 1 KiB`,
      ours(bytes),
      ours(KIB),
      1.3,
    ]),
  ];
  const lines = ["| p50 of sharray's Queue | measured | at most | |", "| --- | --- | --- | --- |"];
  for (const [what, row, base, most] of goals) {
    const found = row && base ? ratio(row, base) : null;
    const verdict = found === null ? "not measured" : found <= most ? "met" : "missed";
    lines.push(`| ${[what, found?.toFixed(2) ?? "", most, verdict].join(" | ")} |`);
  }
  return lines.join("\n");
}

/** Measures, and writes the page. */
export async function handoff({ root, python, rounds, machine, log }) {
  const all = contestants((name) => join(root, "bench", "programs", name), python);
  const rows = await play(all, rounds, log);
  return [
    "# Hand-over of one array, child to parent",
    "",
    "Microseconds from just before the send to the array attached at the receiver. The array was made and filled before, nothing is",
    "wrapped for JavaScript in between, the receiver closes it afterwards (not timed), and both sides rest 2 ms between two hand-overs.",
    `${rounds} rounds in turn, each run in fresh processes; 200 hand-overs a run (10 for fork above 1 MiB); ${machine}.`,
    "Ratios are medians over the rounds of the ratios of the p50.",
    "",
    timesTable(rows),
    "",
    goalsTable(rows),
    "",
  ].join("\n");
}
