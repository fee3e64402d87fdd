// Small files, each of which is loaded in one call.
import "../convert/no_arena.ts";
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { loadtxt, SharedArray } from "sharray";
import { blocks, leaked } from "../convert/scene.ts";
import { Folder } from "./texts.ts";

test("timers have their turn beside loads that follow one another", async () => {
  using folder = new Folder();
  const path = folder.file("1\n2\n");
  let called = false;
  setTimeout(() => {
    called = true;
  }, 3);
  for (let i = 0; i < 100_000 && !called; i++) (await loadtxt(path)).close();
  assert.ok(called);
});

test("each load reads its file, and its options, anew", async () => {
  using folder = new Folder();
  const path = folder.file("1 # a\n% 2\n", "table.txt");
  const comments = ["#", "%"];
  const usecols = [0];
  using first = await loadtxt(path, { comments, usecols, ndmin: 1 });
  assert.deepEqual(first.toArray(), [1]);
  comments.pop();
  await assert.rejects(loadtxt(path, { comments, usecols }), { code: "TEXT_BAD_VALUE" });
  writeFileSync(path, "3 4\n5 6\n");
  using second = await loadtxt(path, { comments, usecols });
  assert.deepEqual(second.toArray(), [3, 5]);
  usecols[0] = 1;
  using third = await loadtxt(path, { comments, usecols });
  assert.deepEqual(third.toArray(), [4, 6]);
});

test("tables of any width have the heading that NumPy's files have", async () => {
  using folder = new Folder();
  for (const width of [1, 9, 10, 99, 100, 1000, 10_000]) {
    const row = Array.from({ length: width }, (_, column) => String(column % 7)).join(" ");
    const path = folder.file(`${row}\n${row}\n${row}\n`);
    for (const ndmin of [0, 2] as const) {
      const name = `small-${process.pid}-${width}`;
      using table = await loadtxt(path, { dtype: "<i2", ndmin, name });
      using named = SharedArray.attach(name);
      assert.deepEqual(named.shape, width > 1 || ndmin === 2 ? [3, width] : [3]);
      assert.ok(Buffer.from(named.bytes).equals(table.bytes));
      assert.equal(table.handle().offset % 64, 0);
    }
  }
});

test("a load that fails leaves nothing behind, and the next one is as if it had not been", async () => {
  using folder = new Folder();
  const [good, bad] = [folder.file("1 2\n"), folder.file("1 2\n3 x\n")];
  const before = blocks();
  for (let i = 0; i < 20; i++) {
    await assert.rejects(loadtxt(bad), { code: "TEXT_BAD_VALUE" });
    using array = await loadtxt(good);
    assert.deepEqual(array.toArray(), [1, 2]);
  }
  assert.equal(await leaked(before), 0);
});

test("a missing file, a folder and a wrong path are told as of any other load", async () => {
  using folder = new Folder();
  const options = { dtype: [["a", "i4"]] } as const;
  await assert.rejects(loadtxt(`${folder.path}/none.txt`, options), { code: "FILE_NOT_FOUND" });
  await assert.rejects(loadtxt(folder.path, options), { code: "IS_DIRECTORY" });
  await assert.rejects(loadtxt("", options), { code: "BAD_ARGUMENT" });
  await assert.rejects(loadtxt("/dev/null\0", options), { code: "BAD_ARGUMENT" });
});
