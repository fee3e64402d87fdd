// The package as npm packs it, installed where nothing else of this checkout is.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { root } from "./command.ts";

const run = promisify(execFile);
const home = join(root, "packages", "sharray");
const folder = mkdtempSync(join(tmpdir(), "sharray-packed-"));
after(() => rmSync(folder, { recursive: true }));

/** The folder that `name` is found in from a package's folder. */
function packageFolder(name: string, from: string): string {
  const found = join(from, "node_modules", name);
  return existsSync(found) ? found : packageFolder(name, dirname(from));
}

/** The packages that one depends on, and those that they do. */
function dependencies(of: string, known: Set<string> = new Set()): Set<string> {
  const { dependencies: own = {} } = JSON.parse(readFileSync(join(of, "package.json"), "utf8"));
  for (const name of Object.keys(own)) {
    const found = packageFolder(name, of);
    if (!known.has(found)) dependencies(found, known.add(found));
  }
  return known;
}

before(async () => {
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: home,
  });
  const [{ filename }] = JSON.parse(stdout);
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  // Nothing is fetched: the dependencies are those of the checkout.
  const options = ["--offline", "--ignore-scripts", "--install-links", "--no-audit", "--no-fund"];
  await run("npm", ["install", ...options, join(folder, filename), ...dependencies(home)], { cwd: folder });
});

test("the command converts a table with two workers", async () => {
  const rows = Array.from({ length: 40_000 }, (_, i) => `chr${i % 23} ${i} ${i / 8}\n`);
  writeFileSync(join(folder, "table.txt"), rows.join(""));
  const command = join(folder, "node_modules", ".bin", "sharray");
  const dtype = "chr:S5,pos:i4,pct:f8";
  const args = ["convert", "table.txt", "-o", "table.h5", "--dtype", dtype, "--processes", "2", "--json"];
  const converted = await run(command, args, { cwd: folder });
  assert.equal(JSON.parse(converted.stdout).datasets[0].rows, rows.length);
  const head = await run(command, ["head", "table.h5:/table", "-n", "2", "--json"], { cwd: folder });
  assert.deepEqual(JSON.parse(head.stdout).records, [
    { chr: "chr0", pos: 0, pct: 0 },
    { chr: "chr1", pos: 1, pct: 0.125 },
  ]);
});

const program = `
  import { main, Pool, SharedArray, task } from "sharray";
  import { File } from "sharray/hdf5";
  import { loadtxt, savetxt } from "sharray/text";

  export const load = task(import.meta.url, "load", (path: string) => loadtxt(path, { dtype: "<f8" }));

  main(import.meta, async () => {
    const table = SharedArray.from([[1, 2], [3, 4]], { dtype: "<f8" });
    await savetxt("table.tsv", table);
    const pool = new Pool(1);
    const [loaded] = await pool.map(load, ["table.tsv"]);
    await pool.close();
    const written = await File.open("loaded.h5", "w");
    await written.createDataset("x", loaded!);
    await written.close();
    const file = await File.open("loaded.h5");
    const x = file.get("x");
    if (!("read" in x)) throw new Error("not a dataset");
    console.log(JSON.stringify((await x.read()).toArray()), loaded instanceof SharedArray);
    await file.close();
  });
`;

test("a program saves a table, reads it in a pool's worker and writes it to HDF5", async () => {
  writeFileSync(join(folder, "program.mjs"), program.replaceAll(/: string|(?<=loaded)!/g, ""));
  const { stdout } = await run(process.execPath, ["program.mjs"], { cwd: folder });
  assert.equal(stdout, "[[1,2],[3,4]] true\n");
});

test("the compiler finds the types of that program", async () => {
  writeFileSync(join(folder, "program.ts"), program);
  const types = ["--typeRoots", join(root, "node_modules", "@types"), "--types", "node"];
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", ...types];
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const compiled = run(tsc, [...options, "program.ts"], { cwd: folder });
  const { stdout } = await compiled.catch((error: { stdout: string }) => error);
  assert.equal(stdout, "");
});
