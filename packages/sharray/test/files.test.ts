// An import opens few files: each takes time, and one of a process's descriptors while it is read.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const home = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sharray-files-"));
after(() => rmSync(folder, { recursive: true }));

/** What makes each process of a program write down the modules that it loads. */
const record = `
  import { appendFileSync } from "node:fs";
  import { register } from "node:module";
  import { isMainThread } from "node:worker_threads";
  if (isMainThread) register(import.meta.url);
  export async function load(url, context, next) {
    appendFileSync(process.env.LOADED, process.pid + " " + url + "\\n");
    return next(url, context);
  }`;
const recorder = join(folder, "recorder.mjs");
writeFileSync(recorder, record);

/** The package's own files that a program loads: in its process, then in each worker. */
async function loaded(args: string[]): Promise<string[][]> {
  const log = join(folder, "loaded");
  writeFileSync(log, "");
  const env = { ...process.env, LOADED: log, NODE_OPTIONS: `--import=${pathToFileURL(recorder).href}` };
  await promisify(execFile)(process.execPath, args, { cwd: home, env });
  const processes = new Map<string, string[]>();
  for (const [, pid, url] of readFileSync(log, "utf8").matchAll(/^(\d+) (file:.*)$/gm)) {
    const file = relative(home, fileURLToPath(url!));
    if (file.startsWith("..") || file.startsWith("node_modules")) continue;
    processes.set(pid!, [...(processes.get(pid!) ?? []), file.replace(/^dist\//, "").replace(/\.js$/, "")]);
  }
  return [...processes.values()].map((files) => files.sort());
}

const layers = (...names: string[]): string[] => names.map((name) => `files/${name}`).sort();

describe("the files that are loaded", () => {
  for (const [entry, own, files] of [
    ["sharray", "index", layers("errors", "memory", "array", "text", "tasks", "process")],
    ["sharray/text", "text/index", layers("errors", "memory", "array", "text")],
    ["sharray/hdf5", "hdf5/index", layers("errors", "memory", "array", "hdf5")],
  ] as const) {
    test(`by import "${entry}"`, async () => {
      const program = `import ${JSON.stringify(entry)};`;
      assert.deepEqual(await loaded(["--input-type=module", "-e", program]), [[...files, own].sort()]);
    });
  }

  const command = join("bin", "sharray.js");
  const start = ["bin/sharray", "cli/main", ...layers("errors", "command")];
  test("by sharray --help: nothing that needs the native part", async () => {
    assert.deepEqual(await loaded([command, "--help"]), [start]);
  });

  test("by sharray ls: nothing of tables and HDF5", async () => {
    const [files] = await loaded([command, "ls"]);
    assert.deepEqual(files, ["cli/ls", ...start, ...layers("array", "blocks", "memory")].sort());
  });

  test("by a worker that runs what sharray convert gives it: no arrays", async () => {
    const program = `
      import { Pool } from "sharray";
      import { warmUp } from "./dist/convert/worker.js";
      const pool = new Pool(1);
      await pool.apply(warmUp);
      await pool.close();`;
    const [, ...workers] = await loaded(["--input-type=module", "-e", program]);
    assert.deepEqual(workers, [["convert/worker", "process/worker", ...layers("errors", "memory", "tasks")].sort()]);
  });
});
