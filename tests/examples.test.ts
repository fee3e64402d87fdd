import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { Process, Queue, SharedArray } from "sharray";
import { load, type Message } from "../examples/tutorial-queues.ts";
import { generateFile } from "../scripts/generate.mjs";
import { type Ended, fields, folder, root, start } from "./command.ts";
import { assertEqualsLoadtxt } from "./loadtxt.ts";
import { interpreter, python, withoutPython } from "./oracle.ts";

const tsx = join(root, "node_modules", ".bin", "tsx");

/** Runs an example as its first lines say: by itself on a Node that takes TypeScript and `using`, through tsx on others. */
async function example(name: string, args: string[], cwd: string): Promise<Ended> {
  const file = join(root, "examples", name);
  const plain = Number(process.versions.node.split(".")[0]) >= 24;
  const ended = await (plain ? start(process.execPath, [file, ...args], { cwd }) : start(tsx, [file, ...args], { cwd }))
    .ended;
  assert.equal(ended.stderr, "");
  assert.equal(ended.status, 0);
  assert.deepEqual(ended.left, []);
  return ended;
}

function made(cwd: string): [string, string] {
  const files: [string, string] = [join(cwd, "data1.txt"), join(cwd, "data2.txt")];
  generateFile(files[0], 1, 3000);
  generateFile(files[1], 2, 2000);
  return files;
}

/** What both tutorial programs should print of a table, as NumPy has it. */
async function described(file: string): Promise<string[]> {
  const text = await python(
    `
import json, numpy as np, sys
a = np.loadtxt(sys.argv[1], dtype=[tuple(x) for x in json.loads(sys.argv[2])])
print(f"shape {a.shape}, dtype {json.dumps([list(x) for x in a.dtype.descr], separators=(',', ':'))}")
for r in a[:3]:
    print(f"chr: '{r['chr'].decode()}'", f"pos: {r['pos']}", f"c: {r['c']}", f"t: {r['t']}", sep="|")
print(f"mean of pct: {a['pct'].mean(dtype='f8'):.4f}")`,
    [file, JSON.stringify(fields)],
  );
  return text.trimEnd().split("\n");
}

/** Asserts that a table's part of the output says what NumPy says: shape and dtype, three records, the mean. */
function assertDescribes(output: string, name: string, wanted: string[]): void {
  const lines = output.trimEnd().split("\n");
  const at = lines.findIndex((line) => line.startsWith(`${name}: `));
  assert.ok(at >= 0, `${name} is in the output`);
  const end = lines.findIndex((line, i) => i > at && line.startsWith("mean of pct"));
  const part = lines.slice(at, end + 1).join("\n");
  assert.ok(part.startsWith(`${name}: ${wanted[0]}\n`), part);
  for (const record of wanted.slice(1, 4)) for (const piece of record.split("|")) assert.ok(part.includes(piece), part);
  assert.ok(part.endsWith(wanted.at(-1)!), part);
}

suite("examples", () => {
  test("npy.ts writes what NumPy reads", { skip: withoutPython }, async (t) => {
    const cwd = folder(t);
    const files = made(cwd);
    const ended = await example("npy.ts", files, cwd);
    const told = await python(
      `
import numpy as np, sys
z = np.load(f"{sys.argv[1]}/tables.npz")
for name in z.files:
    pct = np.load(f"{sys.argv[1]}/{name}-pct.npy", mmap_mode="r")
    assert np.array_equal(pct, z[name]["pct"])
    print(f"{name}: {len(pct)} records, mean of pct: {pct.mean(dtype='f8'):.4f}")`,
      [cwd],
    );
    assert.equal(ended.stdout, told);
  });

  for (const name of ["tutorial-queues.ts", "tutorial-pool.ts"]) {
    test(`${name} prints what NumPy reads from the same tables`, { skip: withoutPython }, async (t) => {
      const cwd = folder(t);
      const files = made(cwd);
      const { stdout } = await example(name, files, cwd);
      assertDescribes(stdout, "data1.txt", await described(files[0]));
      assertDescribes(stdout, "data2.txt", await described(files[1]));
    });

    test(`${name} makes its own tables when none are named, and leaves nothing`, async (t) => {
      const cwd = folder(t);
      const { stdout } = await example(name, [], cwd);
      assert.equal(stdout.match(/^data[12]\.txt: shape \((5000|10000),\)/gm)?.length, 2);
      assert.deepEqual(readdirSync(cwd), []);
    });
  }

  test("convert.ts writes what h5py reads as np.loadtxt does", { skip: withoutPython }, async (t) => {
    const cwd = folder(t);
    const files = made(cwd);
    const { stdout } = await example("convert.ts", ["out.h5", ...files], cwd);
    assert.equal(stdout, "out.h5:/data1: shape (3000,)\nout.h5:/data2: shape (2000,)\n");
    await assertEqualsLoadtxt(
      join(cwd, "out.h5"),
      files.map((file, i) => ({ dataset: `data${i + 1}`, files: [file], options: { dtype: fields } })),
    );
    const attribute = await python('import h5py, sys\nprint(h5py.File(sys.argv[1])["data1"].attrs["source"])', [
      join(cwd, "out.h5"),
    ]);
    assert.equal(attribute, `${files[0]}\n`);
  });

  test("in tutorial-queues.ts no child releases its block before the parent has attached to it", async (t) => {
    // The parent is as late as can be: it has both messages, and has let the second child go altogether, before it attaches
    // to what the first has loaded. With one queue of "done" for both, the first could have taken the second's and be gone.
    const files = made(folder(t));
    using ready = new Queue<Message>();
    const children = files.map((path) => {
      const done = new Queue<"done">();
      const child = new Process(load, path, ready, done);
      child.start();
      return { child, done };
    });
    const messages = [await ready.get(), await ready.get()];
    const [first, second] = children as [(typeof children)[0], (typeof children)[0]];
    await second.done.put("done");
    await second.child.join();
    assert.equal(second.child.exitcode, 0);
    assert.equal(first.child.exitcode, null);
    {
      using table = SharedArray.attach(messages.find(({ path }) => path === files[0])!.table);
      assert.deepEqual(table.shape, [3000]);
    }
    await first.done.put("done");
    await first.child.join();
    assert.equal(first.child.exitcode, 0);
    for (const { done } of children) done.close();
  });

  test("python-both-ways.ts and its Python half hand arrays both ways", { skip: withoutPython }, async (t) => {
    const cwd = folder(t);
    const { stdout } = await example("python-both-ways.ts", [interpreter], cwd);
    assert.match(stdout, /^from Python: 20000 x 4 features, weights -1 -0\.42857\d+ 0\.14285\d+ 0\.71428\d+\n/);
    assert.match(stdout, /\nfrom Node: 20000 results, of which Python counts \d+ high\n/);
    const ranks = [...stdout.matchAll(/score: (-?[\d.]+), label: '(high|low)', rank: (\d+)/g)];
    assert.equal(ranks.length, 3);
    for (const [, score, label] of ranks) assert.equal(label, Number(score) < 0 ? "low" : "high");
    const byRank = ranks.toSorted((one, other) => Number(one[3]) - Number(other[3])).map(([, score]) => Number(score));
    assert.deepEqual(
      byRank,
      byRank.toSorted((one, other) => other - one),
    );
    assert.match(stdout, /\nstill here: the first feature is -?[\d.]+\n$/);
  });

  for (const name of ["tutorial_queues.py", "tutorial_pool.py"]) {
    test(`python/${name}, the original, does the same`, { skip: withoutPython }, async (t) => {
      const cwd = folder(t);
      const files = made(cwd);
      const args = [join(root, "examples", "python", name), "out.h5", ...files];
      const { status, stdout, stderr } = await start(interpreter, args, { cwd }).ended;
      assert.deepEqual([status, stderr], [0, ""]);
      for (const [i, file] of files.entries()) {
        const mean = (await described(file)).at(-1)!;
        assert.match(stdout, new RegExp(`data${i + 1}: shape [^]*?${mean}`));
      }
      await assertEqualsLoadtxt(
        join(cwd, "out.h5"),
        files.map((file, i) => ({ dataset: `data${i + 1}`, files: [file], options: { dtype: fields } })),
      );
    });
  }
});
