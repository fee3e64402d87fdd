import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { folder, root } from "./command.ts";
import { interpreter, withoutPython } from "./oracle.ts";
import { modules } from "./python.ts";

const run = promisify(execFile);

suite("docs/python.md", { skip: withoutPython }, () => {
  test("its programs run one after another, print what is promised, and leave nothing", async () => {
    mkdirSync(join(root, ".cache"), { recursive: true });
    const cwd = mkdtempSync(join(root, ".cache", "docs-"));
    // Names are the machine's: two runs of the tests at once need different ones.
    const own = `guide${process.pid}`;
    try {
      writeFileSync(join(cwd, "package.json"), '{ "type": "module" }');
      const page = readFileSync(join(root, "docs", "python.md"), "utf8");
      const blocks = [...page.matchAll(/^```(python|ts)\n([\s\S]*?)^```$/gm)];
      assert.ok(blocks.length >= 9);
      for (const [i, [whole, language, text]] of blocks.entries()) {
        const code = text!.replaceAll("guide", own);
        const program = join(cwd, `${i}.${language === "ts" ? "ts" : "py"}`);
        writeFileSync(program, code);
        const [command, args] =
          language === "ts"
            ? [process.execPath, ["--import", "tsx", program]]
            : [interpreter, ["-W", "error", program]];
        const env = { ...process.env, PYTHONPATH: modules };
        const { stdout, stderr } = await run(command, args, { cwd, env });
        assert.equal(stderr, "", whole);
        const printed = /^ *(?:print|console\.log)\(.*\);? {1,2}(?:#|\/\/) (.+)$/gm;
        const promised = [...code.matchAll(printed)].map(([, line]) => `${line}\n`);
        assert.equal(stdout, promised.join(""), whole);
      }
      assert.deepEqual(
        readdirSync("/dev/shm").filter((name) => name.includes(own)),
        [],
      );
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });

  test("every function of the module, and no other, is in its table and in docs/api.md", async () => {
    const { stdout } = await run(interpreter, ["-c", "import sharray; print(*sharray.__all__)"], {
      env: { ...process.env, PYTHONPATH: modules },
    });
    const names = stdout.trim().split(" ").toSorted();
    for (const page of ["python.md", "api.md"]) {
      const text = readFileSync(join(root, "docs", page), "utf8");
      const part = page === "api.md" ? text.slice(text.indexOf("\n## Python")) : text;
      const rows = [...part.matchAll(/^\| `(\w+)\(/gm)].map(([, name]) => name!);
      assert.deepEqual([...rows, "Columns", "SharrayError"].toSorted(), names, page);
    }
  });

  test("pip installs it", async (t) => {
    const target = folder(t);
    cpSync(modules, join(target, "source"), { recursive: true });
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--retries", "0"];
    try {
      await run(interpreter, [...pip, "--target", join(target, "installed"), join(target, "source")], {
        cwd: tmpdir(),
      });
    } catch (error) {
      const text = String((error as { stderr: string }).stderr);
      // pip fetches setuptools to build with.
      if (/Could not find a version|ConnectionError|Temporary failure|No module named pip/.test(text)) {
        return t.skip(`pip has no network: ${text.trim().split("\n").at(-1)}`);
      }
      throw error;
    }
    assert.ok(existsSync(join(target, "installed", "sharray.py")));
    const version = JSON.parse(readFileSync(join(root, "packages", "sharray", "package.json"), "utf8")).version;
    assert.ok(existsSync(join(target, "installed", `sharray-${version}.dist-info`)));
  });
});
