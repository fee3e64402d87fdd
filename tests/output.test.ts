import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { generateFile } from "../scripts/generate.mjs";
import { folder, root, script, sharray, spec, start } from "./command.ts";
import { withoutPython } from "./oracle.ts";
import { atTerminal } from "./terminal.ts";

const version: string = JSON.parse(readFileSync(join(root, "packages", "sharray", "package.json"), "utf8")).version;

suite("sharray: usage", () => {
  for (const [name, args] of [
    ["sharray", []],
    ["convert", ["convert"]],
    ["infer", ["infer"]],
    ["info", ["info"]],
    ["head", ["head"]],
    ["ls", ["ls"]],
    ["rm", ["rm"]],
    ["gc", ["gc"]],
    ["doctor", ["doctor"]],
  ] as const) {
    test(`--help of ${name} is as in tests/snapshots`, async () => {
      const { status, stdout, stderr } = await sharray([...args, "--help"]);
      assert.equal(status, 0);
      assert.equal(stderr, "");
      const snapshot = join(root, "tests", "snapshots", `help-${name}.txt`);
      if (process.env.UPDATE_SNAPSHOTS) writeFileSync(snapshot, stdout);
      assert.equal(stdout, readFileSync(snapshot, "utf8"));
    });
  }

  test("no subcommand: usage on standard error, status 2", async () => {
    const { status, stdout, stderr } = await sharray([]);
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /^Usage: sharray /);
  });

  test("--version", async () => {
    assert.deepEqual(await sharray(["--version"]), {
      status: 0,
      signal: null,
      stdout: `${version}\n`,
      stderr: "",
      left: [],
    });
  });

  test("a wrong command line is one line on standard error, status 2", async (t) => {
    const cwd = folder(t);
    writeFileSync(join(cwd, "a.txt"), "1\n");
    for (const [args, line] of [
      [["nonsense"], /^sharray: USAGE: unknown command 'nonsense'.*\n$/],
      [["convert", "a.txt", "-o", "x.h5", "--on-error", "go"], /^sharray: USAGE: --on-error .*stop or skip.*\n$/],
      [
        ["convert", "a.txt", "-o", "x.h5", "--max-rejects", "1"],
        /^sharray: USAGE: --max-rejects .*--rejects FILE.*\n$/,
      ],
      [["convert", "a.txt", "-o", "x.h5", "--dtype", "a:i4", "--processes", "0"], /^sharray: USAGE: --processes .*\n$/],
      [["convert", "a.txt", "-o", "x.h5", "--compression", "lzf"], /^sharray: NOT_SUPPORTED: --compression lzf .*\n$/],
      [["convert", "a.txt", "-o", "x.h5", "--fill", "0"], /^sharray: BAD_ARGUMENT: convert: fill: .*\n$/],
      [["convert", "a.txt", "-o", "x.h5", "--attr", "x"], /^sharray: USAGE: --attr .*\n$/],
      [["convert", "a.txt", "-o", "x.h5", "--dtype", "none.json"], /^sharray: FILE_NOT_FOUND: .*none\.json.*\n$/],
    ] as const) {
      const { status, stdout, stderr } = await sharray([...args], { cwd });
      assert.match(stderr, line);
      assert.equal(status, 2, stderr);
      assert.equal(stdout, "");
      assert.ok(!existsSync(join(cwd, "x.h5")));
    }
  });

  test("a dtype that does not parse says where", async (t) => {
    const cwd = folder(t);
    writeFileSync(join(cwd, "a.txt"), "1\n");
    const { status, stderr } = await sharray(["convert", "a.txt", "-o", "x.h5", "--dtype", "chr:S10,pos:q7"], { cwd });
    assert.equal(status, 2);
    assert.match(stderr, /^sharray: BAD_DTYPE: [^\n]*pos[^\n]*\n$/);
    assert.match(stderr, /q7/);
    assert.match(stderr, /1[0-9]/, "the position in the text");
  });
});

suite("sharray convert: what it prints", () => {
  test("a short table on standard output; one line of progress for a quick job", async (t) => {
    const cwd = folder(t);
    writeFileSync(join(cwd, "a.txt"), "1 2\n3 4\n");
    writeFileSync(join(cwd, "b.txt"), "1 2\n");
    const { status, stdout, stderr } = await sharray(
      ["convert", "a.txt", "b.txt", "-o", "out.h5", "--dtype", "x:i4,y:>f8"],
      { cwd },
    );
    assert.equal(status, 0);
    assert.match(stderr, /^sharray: writing 100 %: 36 bytes of 36 bytes, 3 rows\n$/);
    assert.match(
      stdout,
      /^out\.h5: 2 datasets, 3 rows in [^\n]+\ndataset +rows +shape +dtype\n\/a +2 +\(2,\) +x:i4,y:>f8\n\/b +1 +\(1,\) +x:i4,y:>f8\n$/,
    );
  });

  test("--json prints one object and no more", async (t) => {
    const cwd = folder(t);
    writeFileSync(join(cwd, "a.txt"), "1 2\n3 4\n");
    const { status, stdout, stderr } = await sharray(
      ["convert", "name=a.txt", "-o", "out.h5", "--dtype", "x:i4,y:S3", "--json"],
      { cwd },
    );
    assert.equal(status, 0);
    assert.match(stderr, /^sharray: writing 100 %: [^\n]+\n$/);
    const { seconds, ...rest } = JSON.parse(stdout);
    assert.equal(typeof seconds, "number");
    assert.deepEqual(rest, {
      output: "out.h5",
      datasets: [
        {
          path: "/name",
          shape: [2],
          dtype: [
            ["x", "<i4"],
            ["y", "|S3"],
          ],
          rows: 2,
          rejected: 0,
          source: "a.txt",
        },
      ],
      bytes: 8,
    });
  });

  test("--quiet prints nothing; with --json the object alone", async (t) => {
    const cwd = folder(t);
    writeFileSync(join(cwd, "a.txt"), "1 2\n3 4\n");
    const args = ["convert", "a.txt", "-o", "out.h5", "--overwrite", "--dtype", "x:i4,y:f4", "--quiet"];
    const quiet = await sharray(args, { cwd });
    assert.deepEqual([quiet.status, quiet.stdout, quiet.stderr], [0, "", ""]);
    const json = await sharray([...args, "--json"], { cwd });
    assert.equal(json.stderr, "");
    assert.equal(JSON.parse(json.stdout).datasets.length, 1);
  });

  test("at a terminal a bar shows bytes, rate, rows, and the cursor comes back", { skip: withoutPython }, async (t) => {
    const cwd = folder(t);
    generateFile(join(cwd, "a.txt"), 1, 400_000);
    const { status, output } = await atTerminal(
      [process.execPath, script, "convert", "a.txt", "-o", "out.h5", "--dtype", spec],
      { cwd },
    );
    assert.equal(status, 0);
    assert.match(output, /\[[#-]{10,}\] (reading|writing) \d+ %: [\d.]+ \w+ of [\d.]+ MB, .*rows/);
    assert.match(output, /writing 100 %: 10\.4 MB of 10\.4 MB/);
    assert.match(output, /400,000 rows in/);
    assert.ok(
      output.lastIndexOf("\u001b[?25h") > output.lastIndexOf("\u001b[?25l"),
      "cursor shown after it was hidden",
    );
    const quiet = await atTerminal(
      [process.execPath, script, "convert", "a.txt", "-o", "out2.h5", "--dtype", spec, "--quiet"],
      { cwd },
    );
    assert.equal(quiet.output, "");
  });

  test("a reader that stops reading (| head -1) is no error", async (t) => {
    const cwd = folder(t);
    generateFile(join(cwd, "a.txt"), 1, 50_000);
    assert.equal((await sharray(["convert", "a.txt", "-o", "out.h5", "--dtype", spec], { cwd })).status, 0);
    for (const line of [
      `set -o pipefail; "$0" "$1" head out.h5:/a -n 50000 | head -1`,
      `set -o pipefail; "$0" "$1" head out.h5:/a -n 50000 --json | head -c 10`,
      `set -o pipefail; "$0" "$1" convert a.txt -o out3.h5 --overwrite --dtype ${spec} | true`,
      `set -o pipefail; "$0" "$1" --help | head -1`,
    ]) {
      const { status, stdout, stderr } = await start("bash", ["-c", line, process.execPath, script], { cwd }).ended;
      assert.equal(stderr.replace(/^sharray: writing 100 %: [^\n]+\n/, ""), "", line);
      assert.equal(status, 0, line);
      assert.ok(stdout.length < 100);
    }
    assert.ok(existsSync(join(cwd, "out3.h5")));
  });
});

suite("sharray: output that cannot be written", () => {
  test("a full disk behind standard output is an error", {
    skip: existsSync("/dev/full") ? false : "no /dev/full",
  }, async (t) => {
    const cwd = folder(t);
    writeFileSync(join(cwd, "a.txt"), "1\n");
    assert.equal((await sharray(["convert", "a.txt", "-o", "out.h5", "--dtype", "a:i4"], { cwd })).status, 0);
    for (const args of ["--help", "info out.h5", "head out.h5:/a", "head out.h5:/a --json"]) {
      const line = `"$0" "$1" ${args} > /dev/full`;
      const { status, stderr } = await start("bash", ["-c", line, process.execPath, script], { cwd }).ended;
      assert.match(stderr, /^sharray: IO_ERROR: cannot write to standard output: [^\n]*ENOSPC[^\n]*\n$/, args);
      assert.equal(status, 1);
    }
  });
});

suite("sharray info and head", () => {
  async function made(cwd: string): Promise<void> {
    writeFileSync(join(cwd, "a.txt"), "chr1 10 66.666667 1\nchrX 2000 0.1 18446744073709551615\nlong 3 nan 0\n");
    writeFileSync(join(cwd, "b.txt"), "1\n");
    await sharray(["convert", "a.txt", "-o", "out.h5", "--dtype", "chr:S5,pos:i4,pct:f4,n:u8", "--quiet"], { cwd });
  }

  test("info shows datasets with shape, dtype, layout and compression", async (t) => {
    const cwd = folder(t);
    await made(cwd);
    const { status, stdout, stderr } = await sharray(["info", "out.h5"], { cwd });
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /\/a +\(3,\) +chr:S5,pos:i4,pct:f4,n:u8 +contiguous +none/);
  });

  test("info --json is one object", async (t) => {
    const cwd = folder(t);
    await made(cwd);
    const dtype = [
      ["chr", "|S5"],
      ["pos", "<i4"],
      ["pct", "<f4"],
      ["n", "<u8"],
    ];
    assert.deepEqual(JSON.parse((await sharray(["info", "out.h5", "--json"], { cwd })).stdout), {
      datasets: [{ path: "/a", shape: [3], dtype, layout: "contiguous", compression: null }],
      attrs: {},
    });
    await sharray(["convert", "b.txt", "-o", "z.h5", "--dtype", "n:i2", "--compression", "gzip:2"], { cwd });
    assert.deepEqual(JSON.parse((await sharray(["info", "z.h5", "--json"], { cwd })).stdout).datasets, [
      { path: "/b", shape: [1], dtype: [["n", "<i2"]], layout: "chunked", compression: "gzip" },
    ]);
  });

  test("head shows records as a table, texts as text", async (t) => {
    const cwd = folder(t);
    await made(cwd);
    const { status, stdout, stderr } = await sharray(["head", "out.h5:/a"], { cwd });
    assert.deepEqual([status, stderr], [0, ""]);
    assert.equal(
      stdout,
      [
        "chr    pos        pct                     n",
        "chr1    10  66.666664                     1",
        "chrX  2000        0.1  18446744073709551615",
        "long     3        nan                     0",
        "",
      ].join("\n"),
    );
    assert.equal((await sharray(["head", "out.h5:a", "-n", "1"], { cwd })).stdout.split("\n").length, 3);
    assert.equal((await sharray(["head", "out.h5:/a", "-n", "0"], { cwd })).stdout, "chr  pos  pct  n\n");
  });

  test("head --json is one object", async (t) => {
    const cwd = folder(t);
    await made(cwd);
    const { stdout } = await sharray(["head", "out.h5:/a", "-n", "2", "--json"], { cwd });
    assert.match(stdout, /"n":18446744073709551615/);
    const { path, shape, dtype, records } = JSON.parse(stdout);
    assert.equal(path, "/a");
    assert.deepEqual(shape, [3]);
    assert.equal(dtype.length, 4);
    assert.deepEqual(records[0], { chr: "chr1", pos: 10, pct: 66.666664, n: 1 });
  });

  test("what is not there is said", async (t) => {
    const cwd = folder(t);
    await made(cwd);
    writeFileSync(join(cwd, "text.h5"), "not HDF5 at all");
    for (const [args, line, status] of [
      [["info", "none.h5"], /^sharray: FILE_NOT_FOUND: .*none\.h5.*\n$/, 1],
      [["info", "."], /^sharray: IS_DIRECTORY: .*\n$/, 1],
      [["info", "text.h5"], /^sharray: HDF5_ERROR: .*text\.h5.*\n$/, 1],
      [["head", "none.h5:/a"], /^sharray: FILE_NOT_FOUND: .*none\.h5.*\n$/, 1],
      [["head", "out.h5:/b"], /^sharray: NOT_FOUND: .*\/b.*\n$/, 1],
      [["head", "out.h5"], /^sharray: USAGE: .*out\.h5:\/a.*\n$/, 2],
    ] as const) {
      const ended = await sharray([...args], { cwd });
      assert.match(ended.stderr, line);
      assert.equal(ended.status, status);
      assert.equal(ended.stdout, "");
    }
  });
});
