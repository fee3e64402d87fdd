// Text at the speed of the machine: the kernel, loads, the whole command, compressed tables, tables of other shapes, and what starting costs.
// Each part is a section of the report; `npm run bench -- text --part load` runs one alone.
import { statSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "../scripts/setup.mjs";
import { contest, median, ratio, section } from "./contest.mjs";
import { bgzip, gzip, narrow, small, wide } from "./text/inputs.mjs";
import { kernel } from "./text/kernel.mjs";
import { loaders, own, THREADS } from "./text/peers.mjs";

const METHYLATION = "S10 i4 f4 i4 i4";
/** Rounds of np.loadtxt, which takes longer than all the others together. */
const SLOW = 2;
const loaded = ({ inner }) => inner.load_s;
const megabytes = (files) => Math.round(files.reduce((sum, file) => sum + statSync(file).size, 0) / 1e6);

async function load({ files, rounds, log }) {
  const [sharray, polars, ...others] = loaders(METHYLATION, files, { slow: Math.min(rounds, SLOW), log });
  const rows = await contest([polars, sharray, ...others], { rounds, figure: loaded, log });
  const about = [
    `The two tables, ${megabytes(files)} MB of text, one after the other, into fresh memory with ${THREADS} threads, without the start of the`,
    "process. DuckDB's result stays in its own memory as vectors; pandas and pyarrow read the column of texts as categories. Goal: 5 x.",
  ];
  return section("Load into fresh memory", about, rows);
}

/** How often a process loads; the first time it has nothing to use again. */
const TIMES = 6;

async function recycled({ files, rounds, log }) {
  const kind = (name, arena) => {
    const contestant = own(name, "recycled.mjs", [TIMES, ...files]);
    return { ...contestant, env: { ...contestant.env, SHARRAY_ARENA: arena } };
  };
  const contestants = [kind("fresh memory each time (SHARRAY_ARENA=0)", "0"), kind("recycled memory", "")];
  const figure = ({ inner }) => median(inner.loads.slice(1));
  const rows = await contest(contestants, { rounds, figure, log });
  const rate = ({ times }) => (megabytes(files) / 1000 / median(times)).toFixed(2);
  const about = [
    `The two tables, again and again in one process, the arrays closed before the next load; the median of loads 2 to ${TIMES}.`,
    `In GB/s of text: ${rate(rows[0])} into fresh memory, ${rate(rows[1])} into recycled memory. Goal: 4.`,
  ];
  return section("Load into recycled memory", about, rows);
}

async function convert({ commands, rounds, log }) {
  const rows = await contest(commands, { rounds, log });
  return section(
    "Text to HDF5, whole command, uncompressed",
    ["The two tables. Goal: 6 x the tutorial's program."],
    rows,
  );
}

async function compressed({ files, rounds, log }) {
  const [gz, bgz] = [await gzip(files[0], log), await bgzip(files[0], log)];
  const example = ["--release", "--locked", "-p", "sharray-decode", "--example", "inflate"];
  run("cargo", ["build", ...example], { label: "building the streaming library's benchmark" });
  const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
  const library = { command: join(target, "release", "examples", "inflate") };
  const contestants = [
    { name: ".gz, the streaming library alone", ...library, args: [gz] },
    own(".gz, sharray loadtxt", "tables.mjs", ["sharray", METHYLATION, 0, gz]),
    { name: ".bgz, the streaming library alone", ...library, args: [bgz] },
    own(".bgz, sharray loadtxt", "tables.mjs", ["sharray", METHYLATION, 0, bgz]),
  ];
  const rows = await contest(contestants, { rounds, figure: loaded, log });
  const [alone, stream, , blocks] = rows;
  const sizes = `${megabytes([files[0]])} MB of text, ${megabytes([gz])} MB as .gz of one stream, ${megabytes([bgz])} MB as .bgz`;
  const about = [
    `The first table: ${sizes}; ${THREADS} threads, without the start of the process.`,
    `A load of .gz takes ${ratio(stream, alone).toFixed(2)} x the time of the library alone, which throws the text away (goal: 1.1);`,
    `the load of .bgz is ${ratio(stream, blocks).toFixed(2)} x as fast as that of .gz (goal: 1.8).`,
  ];
  return section("Compressed tables", about, rows);
}

/** Ratios to sharray: below 1 where it is faster. */
const BELOW =
  "The ratio is that of sharray's time to the row's: below 1 where sharray is faster. Goal: below 1 everywhere.";

async function shapes({ folder, rounds, log }) {
  const sections = [];
  for (const [title, spec, file] of [
    ["2,000 columns", "f8*2000", await wide(folder, log)],
    ["2 columns", "i8 f8", await narrow(folder, log)],
  ]) {
    const contestants = loaders(spec, [file], { slow: Math.min(rounds, SLOW), log });
    const rows = await contest(contestants, { rounds, figure: loaded, log });
    const about = [
      `${megabytes([file])} MB of \`${spec}\`, ${THREADS} threads, without the start of the process. ${BELOW}`,
    ];
    sections.push(...section(`A table of ${title}`, about, rows));
  }
  return sections;
}

/** Loads of the smallest table in each process, behind the first. */
const AGAIN = 200;

async function tiny({ folder, rounds, log }) {
  const file = await small(folder, log);
  const whole = await contest(loaders(METHYLATION, [file], { log }), { rounds, log });
  const first = whole.map((row) => ({ ...row, times: row.runs.map(loaded) }));
  const contestants = loaders(METHYLATION, [file], { times: AGAIN, log });
  const again = await contest(contestants, { rounds, figure: ({ inner }) => inner.again_s, log });
  const size = `${statSync(file).size} bytes`;
  const behind = `The median of ${AGAIN} loads behind the first, each given up before the next.`;
  return [
    ...section("A table of 1 KiB, the whole process", [`${size}. ${BELOW}`], whole, "ms"),
    ...section(
      "A table of 1 KiB, the load alone",
      ["The same processes, without their start and imports."],
      first,
      "ms",
    ),
    ...section("A table of 1 KiB, again and again", [behind], again, "ms"),
  ];
}

async function start({ rounds, log }) {
  const contestants = [
    { name: "node -e 0", command: process.execPath, args: ["-e", "0"] },
    { name: "sharray --version", command: join(root, "node_modules", ".bin", "sharray"), args: ["--version"] },
  ];
  const rows = await contest(contestants, { rounds: 4 * rounds, log });
  const allowed = 1300 * median(rows[0].times) + 60;
  const about = [
    `Whole processes, ${4 * rounds} rounds. Goal: at most 1.3 x \`node -e 0\` and 60 ms, here ${allowed.toFixed(0)} ms.`,
  ];
  return section("Start of the command", about, rows, "ms");
}

export const PARTS = { kernel, load, recycled, convert, compressed, shapes, tiny, start };

/** The report of these parts. */
export async function text({ parts, machine, ...options }) {
  const sections = [];
  for (const part of parts) {
    options.log(`== ${part}`);
    sections.push(
      ...(await PARTS[part]({ ...options, rounds: part === "kernel" ? 3 * options.rounds : options.rounds })),
    );
  }
  return [
    "# Text at the speed of the machine",
    "",
    `\`npm run bench -- text\`, ${machine}. ${options.rounds} rounds in turn after a warm-up, each a process of its own, but for the kernel;`,
    "ratios are medians of the ratios pair by pair to the first row, above 1 where the row is faster than that.",
    `The large tables are 10 M rows \`chr pos pct c t\` each. np.loadtxt takes part in ${SLOW} rounds of the large ones, for it is slow.`,
    "",
    ...sections,
  ].join("\n");
}
