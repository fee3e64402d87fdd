import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite, test } from "node:test";
import { loadtxt } from "sharray";
import { folder, root, script, sharray, start } from "./command.ts";

const page = readFileSync(join(root, "docs", "text.md"), "utf8");

/** The code blocks of the guide that are in one language. */
function blocks(language: string): string[] {
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter((match) => match[1] === language)
    .map((match) => match[2]!);
}

/** The fields of each row of a CSV file with quotes. */
async function csv(path: string): Promise<string[][]> {
  using table = await loadtxt(path, { dtype: "U", delimiter: ",", quotechar: '"', comments: null, ndmin: 2 });
  return table.toArray() as string[][];
}

/** The cells of the guide's tables that have this heading. */
function cells(heading: string): string[][] {
  const lines = page.split("\n");
  const from = lines.indexOf(heading);
  const to = lines.indexOf("", from);
  assert.notEqual(from, -1);
  return lines.slice(from + 2, to).map((line) => line.slice(2, -2).split(" | "));
}

suite("docs/text.md", () => {
  test("its table of twenty kinds of bad row is what its program leaves out", async () => {
    mkdirSync(join(root, ".cache"), { recursive: true });
    const cwd = mkdtempSync(join(root, ".cache", "docs-"));
    try {
      writeFileSync(join(cwd, "package.json"), '{ "type": "module" }');
      const program = blocks("ts").find((code) => code.includes('"left.csv"'))!;
      writeFileSync(join(cwd, "program.ts"), program);
      const node = start(process.execPath, ["--import", "tsx", join(cwd, "program.ts")], { cwd });
      const { status, stderr } = await node.ended;
      assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
      const [heading, ...rows] = await csv(join(cwd, "left.csv"));
      assert.equal(rows.length, 20);
      assert.equal(new Set(rows.map(([, line]) => line)).size, 20);
      const told = cells(`| ${heading!.join(" | ")} |`);
      assert.deepEqual(
        told.map((row) => row.map((cell) => cell.trim().replace(/^`(.*)`$/, "$1"))),
        rows,
      );
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });

  for (const [i, code] of blocks("sh").entries()) {
    test(`shell block ${i + 1} prints what its comments say`, async (t) => {
      const cwd = folder(t);
      const commands = join(cwd, "bin");
      mkdirSync(commands);
      symlinkSync(script, join(commands, "sharray"));
      const path = [commands, dirname(process.execPath), process.env.PATH].join(":");
      const { stdout } = await start("sh", ["-c", `exec 2>&1\n${code}`], { cwd, env: { PATH: path } }).ended;
      const promised = [...code.matchAll(/^# (.*)\n/gm)].map(([, line]) => line);
      assert.notEqual(promised.length, 0);
      assert.deepEqual(stdout.replaceAll("\r", "").trimEnd().split("\n"), promised);
    });
  }
});

test("a job whose inputs are all left out before their columns could be found tells why, and makes no file", async (t) => {
  const cwd = folder(t);
  for (const more of [[], ["--concat", "all"], ["--dry-run"]]) {
    const args = ["convert", "none.txt", "none2.txt", "-o", "out.h5", "--on-error", "skip", ...more];
    const { status, stderr } = await sharray(args, { cwd });
    assert.match(stderr, /^sharray: FILE_NOT_FOUND: none of the 2 inputs can be read; of the first: none\.txt: .*\n$/);
    assert.equal(status, 1);
    assert.equal(existsSync(join(cwd, "out.h5")), false);
  }
});
