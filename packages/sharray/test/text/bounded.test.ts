import "../convert/no_arena.ts";
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { run } from "../memory/programs.ts";
import { Folder } from "./texts.ts";

/** The text is 400 MB, of which no file, block or heap has room for a part that matters. */
const line = `${"x".repeat(3997)} 1\n`;
const lines = 100_000;
const limits = "ulimit -f 65536";
const most = 250e6;

/** Compressed in members, as the whole would take a test's memory; the end of the last one is cut off where that is wished. */
function pack(path: string, cut = 0): string {
  const member = gzipSync(line.repeat(lines / 20), { level: 1 });
  const packed = Buffer.concat(Array.from({ length: 20 }, () => member));
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
  assert.equal(await printed(twice, path), `|S1 ${lines}\n${2 * lines} ${lines}`);
});
