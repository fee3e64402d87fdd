import "./no_arena.ts";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { loadtxt } from "sharray";
import { arrayIn, blocks, children, dtype, leaked, ranges, rows, Scene } from "./scene.ts";

const gzip = (level: number) => ({ kind: "gzip", level }) as const;

test("tables of every length, stored in every way, are what loadtxt reads", async () => {
  using scene = new Scene();
  const texts: Record<string, string> = {
    first: "",
    large: rows(0, 60_000),
    comment: "# no rows\n",
    small: rows(60_000, 60_010),
    larger: rows(0, 90_000),
    last: "",
  };
  const inputs = Object.entries(texts).map(([name, text]) => scene.file(`${name}.txt`, text));
  inputs.splice(2, 0, scene.file("packed.txt.gz", gzipSync(rows(5, 30_000))));
  const names = ["first", "large", "packed", "comment", "small", "larger", "last"];
  const wanted: Buffer[] = [];
  for (const input of inputs) {
    using array = await loadtxt(input, { dtype });
    wanted.push(Buffer.from(array.bytes));
  }
  const before = blocks();
  for (const compression of [null, gzip(1), gzip(4), gzip(9)]) {
    for (const [size, processes] of [
      [undefined, 2],
      [16384, 2],
      [16384, 1],
    ] as const) {
      const how = `${JSON.stringify(compression)}, ranges of ${size}, ${processes} processes`;
      const options = { compression, processes, overwrite: true };
      const { output, datasets } = await ranges(size, () => scene.convert(inputs, options));
      assert.deepEqual(
        datasets.map(({ path, rows }) => [path, rows]),
        names.map((name, i) => [`/${name}`, wanted[i]!.length / dtype.itemsize]),
      );
      for (const [i, name] of names.entries()) {
        using found = await arrayIn(output, name);
        assert.ok(wanted[i]!.equals(found.bytes), `${name}, ${how}`);
      }
      const one = await ranges(size, () => scene.convert(inputs, { ...options, concat: "all" }));
      using all = await arrayIn(one.output, "all");
      assert.ok(Buffer.concat(wanted).equals(all.bytes), `all, ${how}`);
    }
  }
  assert.deepEqual(children(), []);
  assert.equal(await leaked(before), 0);
});

test("a compressed file is the same for any number of processes", async () => {
  using scene = new Scene();
  const inputs = [scene.file("a.txt", rows(0, 80_000)), scene.file("b.txt", rows(3, 30_000))];
  const files = new Set<string>();
  for (const [size, processes] of [
    [undefined, 1],
    [16384, 2],
    [5000, 3],
  ] as const) {
    const { output } = await ranges(size, () =>
      scene.convert(inputs, { compression: gzip(4), processes, overwrite: true }),
    );
    files.add(readFileSync(output).toString("latin1"));
  }
  assert.equal(files.size, 1);
});
