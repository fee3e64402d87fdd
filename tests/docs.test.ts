import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const table = "chr1\t100\t50\t1\t1\nchr1\t250\t66.666667\t2\t1\nchrX\t7\t0\t0\t3\n";

/** The code blocks of a page that are in one language, with the line each begins at. */
async function blocks(page: string, language: string): Promise<{ line: number; code: string }[]> {
  const text = await readFile(join(root, page), "utf8");
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter((match) => match[1] === language)
    .map((match) => ({ line: text.slice(0, match.index).split("\n").length, code: match[2] ?? "" }));
}

for (const page of ["README.md", "docs/api.md", "docs/arrays.md", "docs/text.md"]) {
  describe(`the programs of ${page}`, async () => {
    let folder: string;
    before(async () => {
      await mkdir(join(root, ".cache"), { recursive: true });
      folder = await mkdtemp(join(root, ".cache", "docs-"));
      await writeFile(join(folder, "package.json"), '{ "type": "module" }');
      for (const name of ["data1.txt", "data2.txt"]) await writeFile(join(folder, name), table);
      await writeFile(join(folder, "grid.txt"), "1 2\n3 4\n5 6\n");
    });
    after(() => rm(folder, { recursive: true }));

    for (const { line, code } of await blocks(page, "ts")) {
      test(`line ${line} runs`, async () => {
        const program = join(folder, `line${line}.ts`);
        await writeFile(program, code);
        const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--import", "tsx", program], {
          cwd: folder,
        });
        assert.equal(stderr, "");
        assert.notEqual(stdout, "");
        // what a comment beside a console.log promises is what is printed
        for (const [, promised] of code.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm))
          assert.ok(
            [promised!, promised!.replaceAll('"', "")].some((text) => stdout.includes(text)),
            stdout,
          );
      });
    }
  });
}

test("the shell lines of README.md run", async () => {
  const folder = await mkdtemp(join(root, ".cache", "docs-sh-"));
  try {
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    for (const name of ["data1.txt", "data2.txt"]) await writeFile(join(folder, name), table);
    const lines = (await blocks("README.md", "sh"))
      .flatMap(({ code }) => code.split("\n"))
      .filter((line) => line.includes("sharray "));
    assert.equal(lines.length, 6);
    for (const line of lines) await promisify(execFile)("sh", ["-c", line], { cwd: folder });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("docs/errors.md lists exactly the codes that there are", async () => {
  const listed = new Set(
    [...(await readFile(join(root, "docs/errors.md"), "utf8")).matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code),
  );
  const used = new Set<string>();
  for (const folder of ["packages/sharray/src", "crates"]) {
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      if (!/\.(ts|rs)$/.test(name) || /(^|\/)(tests|benches|examples)\//.test(name)) continue;
      const source = await readFile(join(root, folder, name), "utf8");
      for (const [, code] of source.matchAll(/"([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)*)"/g)) used.add(code!);
    }
  }
  const unknown = [...listed].filter((code) => !used.has(code!));
  assert.deepEqual(unknown, [], "listed, but nowhere in the sources");
  const likeCodes = [...used].filter(
    (code) =>
      /_|^(ABORTED|CLOSED|TIMEOUT|USAGE)$/.test(code) &&
      !/^(SHARRAY_|RLIMIT_|CAP_|DIMENSION_LABELS$|(ERR_)?MODULE_NOT_FOUND$)/.test(code),
  );
  const missing = likeCodes.filter((code) => !listed.has(code));
  assert.deepEqual(missing, [], "in the sources, but not listed");
});
