import "../convert/no_arena.ts";
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createReadStream, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { loadtxt, SharrayError } from "sharray";
import { type Dataset, File } from "sharray/hdf5";
import { run } from "../memory/programs.ts";
import { Folder } from "./texts.ts";

/** The text is 400 MB, of which no file, block or heap has room for a part that matters. */
const line = `${"x".repeat(3997)} 1\n`;
const rows = 100_000;
const limits = "ulimit -f 65536";
const most = 250e6;

const command = fileURLToPath(new URL("../../bin/sharray.js", import.meta.url));

/** Compressed in members, as the whole would take a test's memory; the end of the last one is cut off where that is wished. */
function pack(path: string, members = 20, cut = 0): string {
  const member = gzipSync(line.repeat(rows / 20), { level: 1 });
  const packed = Buffer.concat(Array.from({ length: members }, () => member));
  writeFileSync(path, packed.subarray(0, packed.length - cut));
  return path;
}

/** What a program prints that has a compressed text of 400 MB, and whose memory stays a part of it. */
async function printed(program: string, input: string): Promise<string> {
  const told = `${program}\nconsole.log(process.resourceUsage().maxRSS * 1024);`;
  const ended = await run(told, { before: limits, input });
  assert.equal(ended.stderr, "");
  const [peak, ...said] = ended.stdout.trimEnd().split("\n").reverse();
  assert.ok(Number(peak) < most, `${peak} bytes at the most`);
  return said.reverse().join("\n");
}

/** A load of the column of numbers, in all ways that read a file twice. */
const twice = `
  import { loadtxt } from "sharray";
  const t = await loadtxt(process.env.INPUT, { usecols: [1], dtype: "S" });
  console.log(t.dtype.descr, t.shape[0]);
  let called = 0;
  const c = await loadtxt(process.env.INPUT, { usecols: [1], dtype: "u1", converters: { 1: (x) => (called++, Number(x) + 1) } });
  console.log(c.sum(), called);
`;

test("a compressed file that is read twice needs no memory for its text", async () => {
  using folder = new Folder();
  const path = pack(`${folder.path}/a.gz`);
  assert.equal(await printed(twice, path), `|S1 ${rows}\n${2 * rows} ${rows}`);
});

test("nor does one that comes by a pipe or a stream, of Node or of the web", async () => {
  using folder = new Folder();
  const path = pack(`${folder.path}/a.gz`);
  const fifo = join(folder.path, "fifo");
  execFileSync("mkfifo", [fifo]);
  const load = (source: string, options: string): string => `
    import { loadtxt } from "sharray";
    import { createReadStream } from "node:fs";
    import { Readable } from "node:stream";
    import { createGunzip } from "node:zlib";
    const input = process.env.INPUT;
    const t = await loadtxt(${source}, { usecols: [1], ${options} });
    console.log(t.shape[0], t.get(-1));
  `;
  const plain = "createReadStream(input).pipe(createGunzip())";
  const lines = "(function* () { for (let i = 0; i < 100000; i++) yield 'x'.repeat(3997) + ' 1'; })()";
  for (const source of ["createReadStream(input)", "Readable.toWeb(createReadStream(input))", plain, lines])
    assert.equal(await printed(load(source, 'dtype: "u1"'), path), `${rows} 1`, source);
  // What is read twice is kept as it came.
  for (const options of ['dtype: "S"', 'dtype: "u1", converters: Number'])
    assert.match(await printed(load("createReadStream(input)", options), path), /^100000 '?1'?$/, options);
  for (const bytes of [`cat ${path}`, `gzip -dc ${path}`]) {
    const writer = spawn("sh", ["-c", `${bytes} > ${fifo}`], { stdio: "inherit" });
    const closed = once(writer, "close");
    assert.equal(await printed(load("input", 'dtype: "u1"'), fifo), `${rows} 1`, bytes);
    await closed;
  }
});

test("nor does standard input of the command, with columns that are given and that are found", async () => {
  using folder = new Folder();
  const path = pack(`${folder.path}/a.gz`);
  const out = join(folder.path, "out.h5");
  const tell = "process.on('exit', () => console.log(process.resourceUsage().maxRSS * 1024))";
  const node = ["--import", `data:text/javascript,${tell}`, command];
  const convert = [process.execPath, ...node, "convert", "t=-", "-o", out, "--overwrite", "--quiet", "--usecols", "1"];
  for (const [input, dtype] of [
    [`cat ${path}`, ["--dtype", "n:u1"]],
    [`gzip -dc ${path}`, ["--dtype", "n:u1"]],
    [`cat ${path}`, []],
  ] as const) {
    const shell = ["-c", `${limits}; ${input} | "$@"`, "sh", ...convert, ...dtype];
    const peak = Number(execFileSync("bash", shell, { encoding: "utf8" }));
    assert.ok(peak < most, `${peak} bytes at the most: ${input}, ${dtype}`);
    await using file = await File.open(out, "r");
    assert.deepEqual((file.get("t") as Dataset).shape, [rows]);
  }
});

test("one that is cut is told with where, however it comes and however often it is read", async () => {
  using folder = new Folder();
  const path = pack(`${folder.path}/a.gz`, 2, 1000);
  const size = statSync(path).size;
  const options = [
    { dtype: "u1" },
    { dtype: "S" },
    { dtype: "u1", converters: Number },
    { dtype: "S", converters: String },
  ] as const;
  for (const how of options) {
    for (const source of [() => path, () => createReadStream(path), () => readFileSync(path)]) {
      await assert.rejects(loadtxt(source(), { usecols: 1, ...how }), (error) => {
        assert.ok(error instanceof SharrayError);
        assert.deepEqual([error.code, error.details.byte], ["TEXT_BAD_ARCHIVE", size]);
        return true;
      });
    }
  }
  for (const dtype of [["--dtype", "n:u1"], []]) {
    const args = [command, "convert", "-", "-o", join(folder.path, "out.h5"), "--usecols", "1", ...dtype];
    const { status, stderr } = spawnSync(process.execPath, args, { input: readFileSync(path), encoding: "utf8" });
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`TEXT_BAD_ARCHIVE: standard input: .*noticed at byte ${size} `));
  }
});
