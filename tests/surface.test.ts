import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "packages", "sharray", "dist");
const entries = { sharray: "index", "sharray/hdf5": "hdf5/index", "sharray/text": "text/index" };

/** A declaration file without comments and without what only the package itself can reach. */
function declarations(path: string): string {
  return readFileSync(path, "utf8")
    .replace(/\/\*\*[\s\S]*?\*\/\n?/g, "")
    .replace(/^\s*\/\/.*\n/gm, "")
    .replace(/^\s*\n/gm, "");
}

/** The declarations behind an entry: its own, then those of each module that it re-exports from. */
function surface(entry: string): string {
  const own = join(dist, `${entry}.d.ts`);
  const modules = new Set<string>();
  for (const [, name] of declarations(own).matchAll(/ from "(\.[^"]+)\.[jt]s"/g)) {
    modules.add(join(dirname(own), `${name}.d.ts`));
  }
  return [own, ...modules].map((path) => `// ${relative(dist, path)}\n${declarations(path)}`).join("\n");
}

function compare(file: string, text: string): void {
  const snapshot = join(root, "tests", "snapshots", file);
  if (process.env.UPDATE_SNAPSHOTS) writeFileSync(snapshot, text);
  assert.ok(existsSync(snapshot), `${file} is missing: UPDATE_SNAPSHOTS=1 writes it`);
  assert.equal(
    text,
    readFileSync(snapshot, "utf8"),
    `${file} has changed: is that meant? UPDATE_SNAPSHOTS=1 writes it anew`,
  );
}

describe("the public surface is as in tests/snapshots", () => {
  test("what each entry exports", async () => {
    const names: Record<string, string[]> = {};
    for (const entry of Object.keys(entries)) names[entry] = Object.keys(await import(entry)).sort();
    compare("exports.json", `${JSON.stringify(names, null, 2)}\n`);
  });
  for (const [entry, file] of Object.entries(entries)) {
    test(`the types of ${entry}`, () => compare(`types-${entry.replace("/", "-")}.d.ts.txt`, surface(file)));
  }
});
