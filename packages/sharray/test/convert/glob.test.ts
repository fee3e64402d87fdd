import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { expandInputs } from "../../dist/convert/glob.js";
import { Scene } from "./scene.ts";

/** A folder with files in it, and what patterns match there. */
function files(scene: Scene, names: readonly string[]): (...patterns: string[]) => Promise<string[]> {
  for (const name of names) {
    mkdirSync(join(scene.folder, name, ".."), { recursive: true });
    scene.file(name, "1\n");
  }
  return async (...patterns) => {
    const expanded = await expandInputs(patterns.map((pattern) => ({ path: join(scene.folder, pattern) })));
    return expanded.map(({ path }) => relative(scene.folder, path));
  };
}

test("patterns are the files that a shell would find, sorted", async () => {
  using scene = new Scene();
  const names = ["b1.txt", "a2.txt", "a10.txt", "c.csv", ".hidden.txt", "d/x.txt", "d/e/y.txt", "é.txt", "B.txt"];
  const find = files(scene, names);
  assert.deepEqual(await find("*.txt"), ["B.txt", "a10.txt", "a2.txt", "b1.txt", "é.txt"]);
  assert.deepEqual(await find("?.txt"), ["B.txt", "é.txt"]);
  assert.deepEqual(await find("a?.txt"), ["a2.txt"]);
  assert.deepEqual(await find("[ab][0-9].txt"), ["a2.txt", "b1.txt"]);
  assert.deepEqual(await find("[!a]1.txt"), ["b1.txt"]);
  assert.deepEqual(await find("{c,b1}.{csv,txt}"), ["b1.txt", "c.csv"]);
  assert.deepEqual(await find("**/*.txt"), ["B.txt", "a10.txt", "a2.txt", "b1.txt", "d/e/y.txt", "d/x.txt", "é.txt"]);
  assert.deepEqual(await find("d/*"), ["d/x.txt"], "folders are no inputs");
  assert.deepEqual(await find(".h*"), [".hidden.txt"]);
});

test("other inputs stay where they are, as they are", async () => {
  using scene = new Scene();
  const find = files(scene, ["b.txt", "a.txt"]);
  assert.deepEqual(await find("z", "*.txt", "y"), ["z", "a.txt", "b.txt", "y"]);
  assert.deepEqual(await expandInputs([{ path: "-" }, { path: "none", name: "x" }]), [
    { path: "-" },
    { path: "none", name: "x" },
  ]);
  const [path, named] = [join(scene.folder, "a*"), join(scene.folder, "a.txt")];
  assert.deepEqual(await expandInputs([{ path, name: "x" }]), [{ path: named, name: "x" }]);
});

test("a file of just that name is itself, never a pattern", async () => {
  using scene = new Scene();
  const find = files(scene, ["a[1].txt", "a1.txt", "x*.txt", "xy.txt"]);
  assert.deepEqual(await find("a[1].txt", "x*.txt"), ["a[1].txt", "x*.txt"]);
  assert.deepEqual(await find("a[12].txt"), ["a1.txt"]);
});

test("signs that are patterns to others only are plain", async () => {
  using scene = new Scene();
  const find = files(scene, ["a(1)b.txt", "a1b.txt", "!x.txt", "a|b.txt", "+(a).txt", "aa.txt", "@x.txt"]);
  assert.deepEqual(await find("a(1)*"), ["a(1)b.txt"]);
  assert.deepEqual(await find("!*"), ["!x.txt"]);
  assert.deepEqual(await find("a|*"), ["a|b.txt"]);
  assert.deepEqual(await find("+(a)*"), ["+(a).txt"]);
  assert.deepEqual(await find("@*"), ["@x.txt"]);
});

test("links to files are found as files", async () => {
  using scene = new Scene();
  const find = files(scene, ["d/a.txt"]);
  symlinkSync(join(scene.folder, "d/a.txt"), scene.path("link.txt"));
  assert.deepEqual(await find("*.txt"), ["link.txt"]);
});

test("relative patterns give relative paths", async () => {
  using scene = new Scene();
  files(scene, ["a.txt", "b.txt"]);
  const pattern = join(relative(process.cwd(), scene.folder), "*.txt");
  const paths = (await expandInputs([{ path: pattern }])).map(({ path }) => path);
  assert.deepEqual(
    paths,
    ["a.txt", "b.txt"].map((name) => join(relative(process.cwd(), scene.folder), name)),
  );
});

test("a pattern that nothing matches is told", async () => {
  using scene = new Scene();
  const path = join(scene.folder, "*.gz");
  await assert.rejects(expandInputs([{ path }]), {
    code: "FILE_NOT_FOUND",
    message: `${path}: no file matches this pattern.`,
    details: { path },
  });
});
