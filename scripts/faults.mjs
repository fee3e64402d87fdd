// npm run faults [-- WORD...]: every fault at its full count, and the table of what was left after each. With words, only the
// files of tests whose names contain one; their rows then take the places of those in the table.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { root, setup } from "./setup.mjs";

const only = process.argv.slice(2);
const folder = join(root, "tests", "faults");
const cache = join(root, ".cache");
const output = join(root, "bench", "results", "faults.md");
const record = join(cache, `faults-${process.pid}.jsonl`);

const shmem = () => Number(/^Shmem:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "latin1"))[1]);
const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " ");

function line({ fault, done, runs, outcome, left }) {
  const figures = left
    ? [left.names.length, left.shmem, left.processes.length, left.descriptors].map((count) =>
        count.toLocaleString("en"),
      )
    : ["", "", "", ""];
  return `| ${[fault, done, runs.toLocaleString("en"), outcome, ...figures].map((text) => cell(String(text))).join(" | ")} |`;
}

setup();
mkdirSync(cache, { recursive: true });
writeFileSync(record, "");
const before = shmem();
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".test.ts") && (only.length === 0 || only.some((word) => name.includes(word))))
  .sort();
const failed = files.filter((name) => {
  process.stdout.write(`== ${name}\n`);
  const { status } = spawnSync(
    process.execPath,
    ["--import", "tsx", "--test", "--test-reporter=spec", join("tests", "faults", name)],
    {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, SHARRAY_FAULTS: "full", SHARRAY_FAULTS_RECORD: record },
    },
  );
  return status !== 0;
});
const rows = readFileSync(record, "utf8").split("\n").filter(Boolean).map(JSON.parse);
rmSync(record);
const after = shmem();

/** The rows of the table that there is, by fault. */
function kept() {
  if (only.length === 0 || !existsSync(output)) return [];
  return readFileSync(output, "utf8")
    .split("\n")
    .filter((text) => text.startsWith("| ") && !/^\| (fault|---) \|/.test(text))
    .map((text) => [text.slice(2, text.indexOf(" | ")), text]);
}

const lines = new Map([...kept(), ...rows.map((row) => [cell(row.fault), line(row)])]);
const table = [
  "# Faults, and what was left after each",
  "",
  "`npm run faults` makes each of these happen with real processes, as often as the table says. The last four columns are what was left when",
  "the processes concerned were gone: names in /dev/shm, bytes of shared memory, processes, and descriptors of the process that watched.",
  "Shared memory is the kernel's figure for a control group of the fault's own (`shmem` of its memory.stat), which is exact and does not",
  "see what other programs do; each fault has a /dev/shm of its own, for the same reason. The arena is off (`SHARRAY_ARENA=0`).",
  "",
  `Linux ${release()}, ${cpus().length} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}, uid ${process.getuid()}.`,
  `Shmem of the machine: ${before} kB before, ${after} kB after${only.length > 0 ? ` the last files that were run (${only.join(", ")})` : " all of it"}; other programs move it, too.`,
  "",
  "| fault | what was done | runs | what came out | names | bytes | processes | descriptors |",
  "| --- | --- | ---: | --- | ---: | ---: | ---: | ---: |",
  ...lines.values(),
  "",
].join("\n");
process.stdout.write(`\n${table}`);
writeFileSync(output, table);
if (failed.length > 0) process.stdout.write(`\nfailed: ${failed.join(", ")}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
