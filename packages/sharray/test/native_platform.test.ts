import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const home = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sharray-platform-"));
after(() => rmSync(folder, { recursive: true }));

/** A module that makes its process believe to run elsewhere. */
function disguise(name: string, code: string): string {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, code);
  return pathToFileURL(path).href;
}

const seen = `.catch((e) => console.log(JSON.stringify({ name: e.name, code: e.code, details: e.details, message: e.message })))`;

async function imported(flags: string[], module: string): Promise<Record<string, unknown>> {
  const program = `import(${JSON.stringify(pathToFileURL(module).href)}).then(() => console.log("{}"))${seen}`;
  const { stdout } = await run(process.execPath, [...flags, "--input-type=module", "-e", program]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

for (const platform of ["darwin", "win32", "freebsd"]) {
  test(`on ${platform} each entry point refuses with UNSUPPORTED_PLATFORM, and says where sharray works`, async () => {
    const as = disguise(platform, `Object.defineProperty(process, "platform", { value: "${platform}" });`);
    for (const entry of ["index.js", "hdf5/index.js", "text/index.js"]) {
      const error = await imported(["--import", as], join(home, "dist", entry));
      assert.equal(error.name, "SharrayError");
      assert.equal(error.code, "UNSUPPORTED_PLATFORM");
      assert.match(String(error.message), new RegExp(`Linux alone.*${platform}.*container`));
      assert.equal((error.details as { platform: string }).platform, platform);
    }
  });
}

/** The package with a native part that cannot be loaded. */
function broken(): string {
  const copy = join(folder, "sharray");
  cpSync(join(home, "dist"), join(copy, "dist"), { recursive: true });
  mkdirSync(join(copy, "native"));
  writeFileSync(join(copy, "native", "sharray.node"), "not a library");
  writeFileSync(join(copy, "package.json"), '{ "type": "module" }');
  symlinkSync(join(home, "node_modules"), join(copy, "node_modules"));
  return join(copy, "dist", "index.js");
}

test("a native part that cannot be loaded is UNSUPPORTED_PLATFORM, with what to do; on musl that is another system", async () => {
  const entry = broken();
  const error = await imported([], entry);
  assert.equal(error.code, "UNSUPPORTED_PLATFORM");
  assert.match(String(error.message), /cannot load the native part of sharray.*npm run build/);
  const musl = disguise("musl", "process.report.getReport = () => ({ header: {} });");
  const there = await imported(["--import", musl], entry);
  assert.equal(there.code, "UNSUPPORTED_PLATFORM");
  assert.match(String(there.message), /needs glibc.*musl, as Alpine/);
});

test("the command says it in one line, with status 1", async () => {
  const as = disguise("command", `Object.defineProperty(process, "platform", { value: "darwin" });`);
  const command = join(home, "bin", "sharray.js");
  for (const args of [["ls"], ["info", "x.npy"], ["convert", "x.txt", "-o", "y.h5"]]) {
    const ended = await run(process.execPath, ["--import", as, command, ...args]).then(
      () => ({ code: 0, stderr: "" }),
      (error: { code: number; stderr: string }) => error,
    );
    assert.equal(ended.code, 1, args[0]);
    assert.match(ended.stderr, /^sharray: UNSUPPORTED_PLATFORM: .*\n$/, args[0]);
  }
});
