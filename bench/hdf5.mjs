// HDF5 beside h5py: text to files with and without compression, arrays to compressed files, and reading these, here and there.
// Each part is a section of the report; `npm run bench -- hdf5 --part array` runs one alone.
import { spawnSync } from "node:child_process";
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { contest, ratio, section } from "./contest.mjs";
import { env, peers, program } from "./text/peers.mjs";

/** Rows of a chunk: 0.4 MB, and 1.7. */
const SMALL = 16_384;
const LARGE = 65_536;
const shown = (rows) => rows.toLocaleString("en");
/** What a program measures within itself; a command that writes, as a whole. */
const written = ({ inner, seconds }) => inner.write_s ?? seconds;
const taken = ({ inner }) => inner.read_s;
const times = (over, under) => `${ratio(over, under).toFixed(2)} x`;
/** By how much a row's file is smaller than another's. */
const smaller = (row, than) => `${(100 * (1 - row.stored / than.stored)).toFixed(1)} %`;

/** Contestants that run a program of sharray's, and one of Python's. */
const sharray = (name, args) => ({ name, command: process.execPath, args: [program("hdf5.mjs"), ...args.map(String)] });
const h5py = (python, name, args) => ({ name, command: python, args: [program("hdf5.py"), ...args.map(String)] });

/** One that writes: its file comes behind the word that says what it does. */
function writes(contestant, output) {
  const [file, what, ...args] = contestant.args;
  return { ...contestant, args: [file, what, output, ...args], output };
}

/** Runs a program for what it makes or says. */
function ran({ name, command, args }) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr.slice(-2000)}`);
  return stdout;
}

/** Tells the rows of contestants that wrote the same how much each stored, and removes the files. */
function weigh(python, rows, contestants) {
  const outputs = contestants.map(({ output }) => output);
  const sizes = JSON.parse(ran(h5py(python, "the comparison of what was stored", ["stored", ...outputs])));
  for (const output of outputs) rmSync(output);
  return rows.map((row, i) => ({ ...row, stored: sizes[i] }));
}

/** The two tables as .npy files, each made once. */
function tables({ files, log }) {
  return files.map((text) => {
    const path = text.replace(/txt$/, "npy");
    if (existsSync(path)) return path;
    log(`making ${path}`);
    ran(sharray("loadtxt", ["tables", `${path}.part`, text]));
    renameSync(`${path}.part`, path);
    return path;
  });
}

async function contiguous({ python, tutorial, convert, files, folder, rounds, log }) {
  const { interpreter, missing } = peers();
  if (missing !== null) throw new Error(missing);
  const arrow = { ...h5py(interpreter, "pyarrow, h5py", ["arrow", ...files]), env };
  const contestants = [
    tutorial,
    writes(arrow, join(folder, "arrow.h5")),
    convert("sharray convert --compression none --no-sync", "none"),
  ];
  const rows = weigh(python, await contest(contestants, { rounds, log }), contestants);
  const [theirs, arrows, own] = rows;
  const about = [
    `Whole programs. The tutorial's takes ${times(theirs, own)} the time of the command (goal: 8), pyarrow and h5py ${times(arrows, own)} (goal: 7).`,
    `The peak of the command's process tree is ${Math.round(own.peak / 1e6)} MB (goal: at most 250).`,
  ];
  return section("Text to a contiguous file", about, rows);
}

async function compressed({ python, convert, folder, rounds, log, ...options }) {
  const npy = tables({ log, ...options });
  const alone = h5py(python, "h5py gzip-4 + shuffle, the writing alone", ["write", 4, "auto", ...npy]);
  const contestants = [
    convert("sharray convert --compression none --no-sync", "none"),
    convert("sharray convert --compression gzip:4 --no-sync", "gzip:4"),
    writes(alone, join(folder, "h5py.h5")),
  ];
  const rows = weigh(python, await contest(contestants, { rounds, figure: written, log }), contestants);
  const [none, gzip, theirs] = rows;
  const about = [
    `The whole command takes ${times(gzip, none)} the time with gzip that it takes without (goal: at most 1.0). h5py writes arrays that it has in`,
    `memory, chunks of its own choice, until the file is closed, without the start of the process: ${times(theirs, gzip)} the time of the whole`,
    `command with gzip (goal: 12).`,
  ];
  return section("Text to a compressed file", about, rows);
}

/** Arrays to a file with chunks of so many rows; and with `library`, by libdeflate 1. */
async function arrays({ python, folder, rounds, log, goals, chunk, library, ...options }) {
  const npy = tables({ log, ...options });
  const contestants = [
    writes(h5py(python, "h5py gzip-4 + shuffle", ["write", 4, chunk, ...npy]), join(folder, "h5py.h5")),
    writes(sharray("sharray, level 4", ["write", 4, chunk, ...npy]), join(folder, "sharray.h5")),
  ];
  if (library) {
    const name = "sharray, level 1, SHARRAY_DEFLATE=libdeflate";
    const contestant = writes(sharray(name, ["write", 1, chunk, ...npy]), join(folder, "libdeflate.h5"));
    contestants.push({ ...contestant, env: { SHARRAY_DEFLATE: "libdeflate" } });
  }
  const rows = weigh(python, await contest(contestants, { rounds, figure: written, log }), contestants);
  const [theirs, own, libdeflate] = rows;
  const about = [
    "Both tables, from memory until the file is closed, which waits for the disk in neither; without the start of the process.",
    `h5py takes ${times(theirs, own)} the time of sharray (goal: ${goals.times}), and sharray's datasets are ${smaller(own, theirs)} smaller (goal: ${goals.smaller} %).`,
  ];
  if (library) about.push(`With libdeflate in place of its own encoder: ${times(theirs, libdeflate)} (goal: 4.5).`);
  return section(`Arrays to a compressed file, chunks of ${shown(chunk)} rows`, about, rows);
}

async function array(options) {
  return [
    ...(await arrays({ ...options, chunk: SMALL, goals: { times: 40, smaller: 10 }, library: true })),
    ...(await arrays({ ...options, chunk: LARGE, goals: { times: 60, smaller: 9 }, library: false })),
  ];
}

async function read({ python, folder, rounds, log, ...options }) {
  const npy = tables({ log, ...options });
  const sections = [];
  for (const [title, chunk] of [
    ["chunks of its own choice", "auto"],
    [`chunks of ${shown(SMALL)} rows`, SMALL],
  ]) {
    const { output, ...write } = writes(h5py(python, "h5py", ["write", 4, chunk, ...npy]), join(folder, "h5py.h5"));
    ran(write);
    const contestants = [h5py(python, "h5py d[()]", ["read", output]), sharray("sharray read()", ["read", output])];
    const rows = await contest(contestants, { rounds, figure: taken, log });
    rmSync(output);
    const about = [
      "gzip 4 and shuffle. Both datasets into fresh memory, without the start of the process and the opening of the file.",
      `h5py takes ${times(...rows)} the time of sharray (goal: 4).`,
    ];
    sections.push(...section(`Reading what h5py wrote, ${title}`, about, rows));
  }
  return sections;
}

async function readers({ python, folder, rounds, log, ...options }) {
  const npy = tables({ log, ...options });
  const [theirs, own] = [
    h5py(python, "h5py", ["write", 4, SMALL, ...npy]),
    sharray("sharray", ["write", 4, SMALL, ...npy]),
  ];
  const files = [theirs, own].map((contestant) => {
    const { output, ...write } = writes(contestant, join(folder, `${contestant.name}.h5`));
    ran(write);
    return output;
  });
  const names = ["h5py reading a file of its own", "h5py reading a file of sharray's"];
  const contestants = files.map((file, i) => h5py(python, names[i], ["read", file]));
  const rows = weigh(
    python,
    await contest(contestants, { rounds, figure: taken, log }),
    files.map((output) => ({ output })),
  );
  const about = [
    `gzip 4 and shuffle, chunks of ${shown(SMALL)} rows in both files. Both datasets, without the start of the process and the opening of the file.`,
    `Its own file takes h5py ${times(...rows)} the time of sharray's (goal: at least 1).`,
  ];
  return section("h5py reading what sharray wrote", about, rows);
}

export const PARTS = { contiguous, compressed, array, read, readers };

/** The report of these parts. `python` has h5py; `tutorial` and `convert(name, compression)` are contestants. */
export async function hdf5({ parts, machine, ...options }) {
  const sections = [];
  for (const part of parts) {
    options.log(`== ${part}`);
    sections.push(...(await PARTS[part](options)));
  }
  return [
    "# HDF5 beside h5py",
    "",
    `\`npm run bench -- hdf5\`, ${machine}. ${options.rounds} rounds in turn after a warm-up, each a process of its own; ratios are medians of the`,
    "ratios pair by pair, those of the tables to the first row, above 1 where the row is faster than that. The peak is that of the whole",
    "process tree, its shared memory included. Stored is what the datasets take in their file, by h5py, after all files of a table were found to",
    "hold the same values.",
    "Two tables of 10 M rows `chr pos pct c t`, 520 MB of records of 26 bytes.",
    "",
    ...sections,
  ].join("\n");
}
