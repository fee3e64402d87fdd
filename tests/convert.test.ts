import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { generateFile } from "../scripts/generate.mjs";
import { fields, folder, methylation, script, sharray, spec, start } from "./command.ts";
import { assertEqualsLoadtxt } from "./loadtxt.ts";
import { python, withoutPython } from "./oracle.ts";

const myCpG = { options: ["--skiprows", "1", "--usecols", "1,2,5,4", "--dtype", "chr:S10,pos:i4,pct:f4,coverage:i4"] };

/** Runs `sharray convert` in a folder and expects it to work; what it said on standard error must be nothing. */
async function convert(cwd: string, ...args: string[]): Promise<string> {
  const { status, stdout, stderr, left } = await sharray(["convert", "--quiet", ...args], { cwd });
  assert.equal(stderr, "");
  assert.equal(status, 0);
  assert.deepEqual(left, []);
  return stdout;
}

function text(cwd: string, name: string, content: string): string {
  writeFileSync(join(cwd, name), content);
  return join(cwd, name);
}

suite("sharray convert: the file equals what np.loadtxt reads", { skip: withoutPython }, () => {
  test("real tables with a header line and more columns than needed", async (t) => {
    const cwd = folder(t);
    const files = ["test1.myCpG.txt", "test2.myCpG.txt"].map((name) => join(methylation, name));
    await convert(cwd, ...files, "-o", "out.h5", ...myCpG.options);
    const options = {
      skiprows: 1,
      usecols: [1, 2, 5, 4],
      dtype: [
        ["chr", "S10"],
        ["pos", "<i4"],
        ["pct", "<f4"],
        ["coverage", "<i4"],
      ] as [string, string][],
    };
    await assertEqualsLoadtxt(join(cwd, "out.h5"), [
      { dataset: "/test1.myCpG", files: [files[0]!], options },
      { dataset: "/test2.myCpG", files: [files[1]!], options },
    ]);
    assert.deepEqual(readdirSync(cwd), ["out.h5"]);
  });

  test("a real table of Bismark's", async (t) => {
    const cwd = folder(t);
    const file = join(methylation, "bismark_coverage_CpG.bed");
    await convert(
      cwd,
      file,
      "-o",
      "out.h5",
      "--dtype",
      "chr:S10,start:i8,end:u4,pct:f8,c:u2,t:i1",
      "--delimiter",
      "tab",
    );
    const dtype: [string, string][] = [
      ["chr", "S10"],
      ["start", "<i8"],
      ["end", "<u4"],
      ["pct", "<f8"],
      ["c", "<u2"],
      ["t", "<i1"],
    ];
    await assertEqualsLoadtxt(join(cwd, "out.h5"), [
      { dataset: "bismark_coverage_CpG", files: [file], options: { dtype, delimiter: "\t" } },
    ]);
  });

  test("large tables, of which each is parsed by several processes", async (t) => {
    const cwd = folder(t);
    const [a, b] = [join(cwd, "data1.txt"), join(cwd, "data2.txt")];
    generateFile(a, 1, 300_000);
    generateFile(b, 2, 200_000);
    for (const processes of ["1", "2", "5"]) {
      await convert(cwd, a, b, "-o", "out.h5", "--overwrite", "--dtype", spec, "--processes", processes);
      await assertEqualsLoadtxt(join(cwd, "out.h5"), [
        { dataset: "/data1", files: [a], options: { dtype: fields } },
        { dataset: "/data2", files: [b], options: { dtype: fields } },
      ]);
    }
  });

  test("--concat puts all rows into one dataset and says which came from where", async (t) => {
    const cwd = folder(t);
    for (const [seed, name] of ["b.txt", "a.txt", "c.txt"].entries())
      generateFile(join(cwd, name), seed, 1000 * (seed + 1));
    const stdout = await convert(
      cwd,
      "b.txt",
      "a.txt",
      "c.txt",
      "-o",
      "out.h5",
      "--dtype",
      spec,
      "--concat",
      "all",
      "--json",
    );
    await assertEqualsLoadtxt(join(cwd, "out.h5"), [
      {
        dataset: "all",
        files: ["b.txt", "a.txt", "c.txt"].map((name) => join(cwd, name)),
        options: { dtype: fields },
      },
    ]);
    const sources = await python(
      `
import h5py, json, sys
d = h5py.File(sys.argv[1])["all.sources"]
assert d.dtype.names == ("file", "start", "stop"), d.dtype
text = lambda x: x.decode() if isinstance(x, bytes) else x
print(json.dumps([[text(r["file"]), int(r["start"]), int(r["stop"])] for r in d[...]]))`,
      [join(cwd, "out.h5")],
    );
    assert.deepEqual(JSON.parse(sources), [
      ["b.txt", 0, 1000],
      ["a.txt", 1000, 3000],
      ["c.txt", 3000, 6000],
    ]);
    const [dataset] = JSON.parse(stdout).datasets;
    assert.deepEqual(dataset.source, ["b.txt", "a.txt", "c.txt"]);
    assert.equal(dataset.rows, 6000);
  });

  test("delimiters, comments, blank lines, CRLF, a last line without newline", async (t) => {
    const cwd = folder(t);
    const dtype: [string, string][] = [
      ["a", "<i4"],
      ["b", "<f8"],
    ];
    const cases: [string, string, string[], object][] = [
      ["comma", "1,2.5\r\n\r\n# note\r\n 3 , 4e3 # end\r\n-5,inf", ["--delimiter", ","], { delimiter: "," }],
      ["tab", "1\t2.5\n3\tnan\n", ["--delimiter", "\\t"], { delimiter: "\t" }],
      ["blank", "  1   2.5 \n\n\t3\t 1.7976931348623157e308\n", [], {}],
      ["space", "1 2.5\n3 4\n", ["--delimiter", " "], { delimiter: " " }],
      ["slashes", "// head\n1 2 // x\n3 4\n", ["--comments", "//"], { comments: "//" }],
      ["uncommented", "1 2\n3 4\n", ["--comments", ""], { comments: null }],
      ["percent", "% head\n1 2\n%3 4\n5 6", ["--comments", "%"], { comments: "%" }],
      ["skipped", "head\n# also counts\n\n1 2\n3 4\n", ["--skiprows", "3"], { skiprows: 3 }],
      ["few", "1 2\n\n#\n3 4\n5 6\n", ["--max-rows", "2"], { max_rows: 2 }],
      ["columns", "x 2.5 y 1\nz 4.5 w 3\n", ["--usecols", "-1,1"], { usecols: [-1, 1] }],
    ];
    const expected = [];
    for (const [name, content, args, options] of cases) {
      const file = text(cwd, `${name}.txt`, content);
      await convert(cwd, `${name}.txt`, "-o", `${name}.h5`, "--dtype", "a:i4,b:f8", ...args);
      expected.push({ output: join(cwd, `${name}.h5`), dataset: name, files: [file], options: { dtype, ...options } });
    }
    for (const { output, ...one } of expected) await assertEqualsLoadtxt(output, [one]);
  });

  test("skiprows and max-rows count for each file", async (t) => {
    const cwd = folder(t);
    const files = ["a.txt", "b.txt"].map((name) => text(cwd, name, "head\n1\n2\n3\n"));
    await convert(
      cwd,
      "a.txt",
      "b.txt",
      "-o",
      "out.h5",
      "--dtype",
      "x:i8",
      "--skiprows",
      "1",
      "--max-rows",
      "2",
      "--concat",
      "x",
    );
    await assertEqualsLoadtxt(join(cwd, "out.h5"), [
      { dataset: "x", files, options: { dtype: [["x", "<i8"]], skiprows: 1, max_rows: 2 } },
    ]);
  });

  test("a plain dtype makes a table of numbers", async (t) => {
    const cwd = folder(t);
    const grid = text(cwd, "grid.txt", "1 2.5 -3\n4 5e-3 nan\n");
    const column = text(cwd, "column.txt", "1\n2\n3\n");
    await convert(cwd, "grid.txt", "column.txt", "-o", "out.h5", "--dtype", "f8");
    await assertEqualsLoadtxt(join(cwd, "out.h5"), [
      { dataset: "grid", files: [grid] },
      { dataset: "column", files: [column] },
    ]);
  });

  test("a dtype from a JSON file, as NumPy describes it", async (t) => {
    const cwd = folder(t);
    text(cwd, "dtype.json", JSON.stringify(fields));
    const file = join(cwd, "x.txt");
    generateFile(file, 3, 100);
    await convert(cwd, "x.txt", "-o", "out.h5", "--dtype", "dtype.json");
    await assertEqualsLoadtxt(join(cwd, "out.h5"), [{ dataset: "x", files: [file], options: { dtype: fields } }]);
  });

  test("--compression gzip, gzip:n, none and --shuffle are the filters that h5py sees", async (t) => {
    const cwd = folder(t);
    const file = join(cwd, "x.txt");
    generateFile(file, 4, 50_000);
    const seen = async (name: string): Promise<unknown> =>
      JSON.parse(
        await python(
          `
import h5py, json, sys
d = h5py.File(sys.argv[1])["x"]
print(json.dumps([d.compression, d.compression_opts, d.shuffle, d.chunks is not None]))`,
          [join(cwd, name)],
        ),
      );
    for (const [name, args, filters] of [
      ["none", [], [null, null, false, false]],
      ["plain", ["--compression", "none"], [null, null, false, false]],
      ["gzip", ["--compression", "gzip"], ["gzip", 4, true, true]],
      ["nine", ["--compression", "gzip:9", "--shuffle"], ["gzip", 9, true, true]],
      ["one", ["--compression", "gzip:1", "--no-shuffle"], ["gzip", 1, false, true]],
    ] as const) {
      await convert(cwd, "x.txt", "-o", `${name}.h5`, "--dtype", spec, ...args);
      assert.deepEqual(await seen(`${name}.h5`), filters, name);
      await assertEqualsLoadtxt(join(cwd, `${name}.h5`), [{ dataset: "x", files: [file], options: { dtype: fields } }]);
    }
    assert.ok(readFileSync(join(cwd, "nine.h5")).length < readFileSync(join(cwd, "none.h5")).length / 2);
  });

  test("an empty table, or one of comments only, is a dataset of shape (0,) and a warning", async (t) => {
    const cwd = folder(t);
    text(cwd, "empty.txt", "");
    text(cwd, "comments.txt", "# nothing\n\n# here\n");
    text(cwd, "full.txt", "1 2\n");
    const { status, stderr } = await sharray(
      ["convert", "empty.txt", "full.txt", "comments.txt", "-o", "out.h5", "--dtype", "a:i4,b:f8"],
      { cwd },
    );
    assert.equal(status, 0);
    assert.match(stderr, /^sharray: warning: .*empty\.txt.*\n.*comments\.txt.*\nsharray: writing 100 %: .* 1 row\n$/);
    const shapes = await python(
      'import h5py, sys\nf = h5py.File(sys.argv[1])\nprint([(k, f[k].shape, f[k].dtype.descr == f["full"].dtype.descr) for k in f])',
      [join(cwd, "out.h5")],
    );
    assert.equal(shapes, "[('comments', (0,), True), ('empty', (0,), True), ('full', (1,), True)]\n");
  });
});

suite("sharray convert: names", () => {
  async function names(cwd: string, ...inputs: string[]): Promise<string[]> {
    const stdout = await convert(cwd, ...inputs, "-o", "out.h5", "--overwrite", "--dtype", "a:i4", "--json");
    return JSON.parse(stdout).datasets.map((dataset: { path: string }) => dataset.path);
  }

  test("a dataset is named by its file's stem", async (t) => {
    const cwd = folder(t);
    const files = ["data1.txt", "x.csv", "test1.myCpG.txt", "plain", ".hidden"];
    for (const name of files) text(cwd, name, "1\n");
    assert.deepEqual(await names(cwd, ...files), ["/data1", "/x", "/test1.myCpG", "/plain", "/.hidden"]);
  });

  test("NAME=FILE names it by hand", async (t) => {
    const cwd = folder(t);
    text(cwd, "a.txt", "1\n");
    text(cwd, "b=c.txt", "1\n");
    mkdirSync(join(cwd, "d=e"));
    text(cwd, "d=e/f.txt", "1\n");
    assert.deepEqual(await names(cwd, "first=a.txt", "second=a.txt", "b=c.txt", "d=e/f.txt"), [
      "/first",
      "/second",
      "/b=c",
      "/f",
    ]);
  });

  test("two equal names are an error that says so, and nothing is written", async (t) => {
    const cwd = folder(t);
    mkdirSync(join(cwd, "other"));
    for (const name of ["a.txt", "other/a.txt"]) text(cwd, name, "1\n");
    const { status, stderr, stdout } = await sharray(
      ["convert", "a.txt", "other/a.txt", "-o", "out.h5", "--dtype", "a:i4"],
      { cwd },
    );
    assert.match(stderr, /^sharray: DUPLICATE_NAME: .*a\.txt.*other\/a\.txt.*NAME=FILE.*\n$/);
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.ok(!existsSync(join(cwd, "out.h5")));
  });
});

suite("sharray convert: the output file", () => {
  test("is not touched without --overwrite, and replaced with it", async (t) => {
    const cwd = folder(t);
    text(cwd, "a.txt", "1\n2\n");
    text(cwd, "out.h5", "precious");
    const args = ["convert", "a.txt", "-o", "out.h5", "--dtype", "a:i4"];
    const refused = await sharray(args, { cwd });
    assert.match(refused.stderr, /^sharray: FILE_EXISTS: .*out\.h5.*--overwrite.*\n$/);
    assert.equal(refused.status, 1);
    assert.equal(readFileSync(join(cwd, "out.h5"), "utf8"), "precious");
    assert.equal((await sharray([...args, "--overwrite", "--no-sync"], { cwd })).status, 0);
    assert.equal(readFileSync(join(cwd, "out.h5")).subarray(1, 4).toString(), "HDF");
    assert.deepEqual(readdirSync(cwd).sort(), ["a.txt", "out.h5"]);
  });

  test("standard input, a file or a pipe, is read by every process", async (t) => {
    const cwd = folder(t);
    text(cwd, "a.txt", "1 2\n".repeat(100_000));
    for (const [from, input, to] of [
      ["cat a.txt |", "n=/dev/stdin", ""],
      ["cat a.txt |", "n=-", ""],
      ["", "n=/dev/stdin", "< a.txt"],
    ]) {
      const line = `${from} "$0" "$1" convert ${input} -o out.h5 --dtype a:i4,b:i4 --processes 2 --overwrite --json ${to}`;
      const { status, stdout, stderr, left } = await start("bash", ["-c", line, process.execPath, script], { cwd })
        .ended;
      assert.equal(status, 0, stderr);
      assert.deepEqual(JSON.parse(stdout).datasets[0].shape, [100_000]);
      assert.deepEqual(left, []);
    }
    assert.deepEqual(readdirSync(cwd).sort(), ["a.txt", "out.h5"]);
  });

  test("a link without a target is such a file too; with --overwrite the file appears where it leads", async (t) => {
    const cwd = folder(t);
    text(cwd, "a.txt", "1\n2\n");
    symlinkSync("real.h5", join(cwd, "out.h5"));
    const args = ["convert", "a.txt", "-o", "out.h5", "--dtype", "a:i4"];
    const refused = await sharray(args, { cwd });
    assert.match(refused.stderr, /^sharray: FILE_EXISTS: .*out\.h5.*--overwrite.*\n$/);
    assert.equal((await sharray([...args, "--overwrite"], { cwd })).status, 0);
    assert.deepEqual(readdirSync(cwd).sort(), ["a.txt", "out.h5", "real.h5"]);
  });

  test("survives a job that fails, also with --overwrite", async (t) => {
    const cwd = folder(t);
    text(cwd, "a.txt", "1\n2\nthree\n");
    copyFileSync(join(cwd, "a.txt"), join(cwd, "out.h5"));
    const { status } = await sharray(["convert", "a.txt", "-o", "out.h5", "--dtype", "a:i4", "--overwrite"], { cwd });
    assert.equal(status, 1);
    assert.equal(readFileSync(join(cwd, "out.h5"), "utf8"), "1\n2\nthree\n");
    assert.deepEqual(readdirSync(cwd).sort(), ["a.txt", "out.h5"]);
  });
});
