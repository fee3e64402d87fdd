import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { CommanderError } from "commander";
import { SharrayError } from "sharray";
import { type Job, parse } from "../../dist/cli/program.js";
import { CommandLineError, report, Stopped } from "../../dist/cli/report.js";

function convertFlags(...args: string[]): Extract<Job, { command: "convert" }>["flags"] {
  const job = parse(["convert", "a.txt", "-o", "x.h5", ...args]);
  assert.equal(job.command, "convert");
  return (job as Extract<Job, { command: "convert" }>).flags;
}

/** The one line that a wrong command line prints, and its status. */
function refusal(...args: string[]): { status: number; line: string } {
  let line = "";
  try {
    parse(args);
  } catch (error) {
    const status = report(error, (text) => {
      line += text;
    });
    return { status, line };
  }
  assert.fail(`accepted: ${args.join(" ")}`);
}

suite("command line", () => {
  test("convert takes files and its options", () => {
    const job = parse(
      "convert a.txt b=c.txt -o x.h5 --dtype pos:i4 --concat all --processes 3 --skiprows 1 --max-rows 5 --overwrite --json --quiet".split(
        " ",
      ),
    );
    assert.deepEqual(job, {
      command: "convert",
      files: ["a.txt", "b=c.txt"],
      flags: {
        output: "x.h5",
        dtype: "pos:i4",
        concat: "all",
        processes: 3,
        skiprows: 1,
        maxRows: 5,
        overwrite: true,
        json: true,
        quiet: true,
        sync: true,
      },
    });
  });

  test("negated options", () => {
    assert.equal(convertFlags().shuffle, undefined);
    assert.equal(convertFlags("--shuffle").shuffle, true);
    assert.equal(convertFlags("--no-shuffle").shuffle, false);
    assert.equal(convertFlags("--no-sync").sync, false);
    assert.doesNotThrow(() => convertFlags("--no-header"));
  });

  test("delimiters", () => {
    assert.equal(convertFlags("--delimiter", "tab").delimiter, "\t");
    assert.equal(convertFlags("--delimiter", "\\t").delimiter, "\t");
    assert.equal(convertFlags("--delimiter", "\t").delimiter, "\t");
    assert.equal(convertFlags("--delimiter", ",").delimiter, ",");
    assert.equal(convertFlags("--delimiter", "-").delimiter, "-");
    for (const wrong of ["", ",,", "comma", "\n"]) {
      assert.equal(refusal("convert", "a", "-o", "x", "--delimiter", wrong).status, 2);
    }
  });

  test("comments, with the empty text for none", () => {
    assert.equal(convertFlags().comments, undefined);
    assert.equal(convertFlags("--comments", "//").comments, "//");
    assert.equal(convertFlags("--comments", "").comments, "");
  });

  test("columns count from 0, or from the end", () => {
    assert.deepEqual(convertFlags("--usecols", "1,2,5,4").usecols, [1, 2, 5, 4]);
    assert.deepEqual(convertFlags("--usecols", "-1, 0").usecols, [-1, 0]);
    assert.deepEqual(convertFlags("--usecols", "chr,pos").usecols, ["chr", "pos"]);
    for (const wrong of ["", "1,", ",", "99999999999"]) {
      assert.match(refusal("convert", "a", "-o", "x", "--usecols", wrong).line, /^sharray: USAGE: --usecols takes/);
    }
  });

  test("compression", () => {
    assert.equal(convertFlags("--compression", "none").compression, "none");
    assert.deepEqual(convertFlags("--compression", "gzip").compression, { kind: "gzip", level: 4 });
    assert.deepEqual(convertFlags("--compression", "gzip:9").compression, { kind: "gzip", level: 9 });
    for (const wrong of ["gzip:0", "gzip:10", "gzip:", "zip", ""]) {
      assert.match(refusal("convert", "a", "-o", "x", "--compression", wrong).line, /^sharray: USAGE: --compression/);
    }
  });

  test("numbers are checked", () => {
    for (const [option, wrong] of [
      ["--processes", "0"],
      ["--processes", "-1"],
      ["--processes", "two"],
      ["--processes", "1.5"],
      ["--processes", ""],
      ["--skiprows", "-1"],
      ["--skiprows", "1e3"],
      ["--max-rows", "many"],
      ["--max-rows", "99999999999999999999"],
    ] as const) {
      const { status, line } = refusal("convert", "a", "-o", "x", option, wrong);
      assert.equal(status, 2);
      assert.ok(line.startsWith(`sharray: USAGE: ${option} takes`), line);
    }
    assert.equal(refusal("head", "x.h5:/a", "-n", "-3").status, 2);
  });

  test("how tables are read", () => {
    assert.equal(convertFlags().header, undefined);
    assert.equal(convertFlags("--header").header, true);
    assert.equal(convertFlags("--no-header").header, false);
    assert.equal(convertFlags("--quotechar", '"').quotechar, '"');
    assert.deepEqual(convertFlags("--delimiter", "11,4,2").delimiter, [11, 4, 2]);
    assert.equal(convertFlags("--delimiter", "§").delimiter, "§");
    assert.equal(convertFlags("--encoding", "latin1").encoding, "latin1");
    assert.match(refusal("convert", "a", "-o", "x", "--quotechar", "''").line, /^sharray: USAGE: --quotechar takes/);
  });

  test("missing values and what they become", () => {
    assert.deepEqual(convertFlags("--na", "NA,-,").na, ["NA", "-", ""]);
    assert.equal(convertFlags("--fill", "-1").fill, -1);
    assert.ok(Number.isNaN(convertFlags("--fill", "nan").fill));
    assert.equal(convertFlags("--fill", "none").fill, "none");
  });

  test("attributes of the file and of what is in it, as often as they are given", () => {
    assert.deepEqual(convertFlags("--attr", "a=b", "--attr", "/data1:units=K", "--attr", "n=1.5").attr, [
      { path: "/", key: "a", value: "b" },
      { path: "/data1", key: "units", value: "K" },
      { path: "/", key: "n", value: 1.5 },
    ]);
    for (const wrong of ["a", "=b", ":a=b", "x:=b"]) {
      assert.match(refusal("convert", "a", "-o", "x", "--attr", wrong).line, /^sharray: USAGE: --attr takes/);
    }
  });

  test("what is left out", () => {
    const { rejects, maxRejects, strict, onError, dryRun } = convertFlags(
      ...["--rejects", "r.csv", "--max-rejects", "3", "--strict", "--on-error", "skip", "--dry-run"],
    );
    assert.deepEqual(
      { rejects, maxRejects, strict, onError, dryRun },
      {
        rejects: "r.csv",
        maxRejects: 3,
        strict: true,
        onError: "skip",
        dryRun: true,
      },
    );
    assert.match(refusal("convert", "a", "-o", "x", "--on-error", "go").line, /^sharray: USAGE: --on-error takes/);
  });

  test("what comes in later versions is refused by name, with a way out", () => {
    const { status, line } = refusal("convert", "a", "-o", "x", "--compression", "lzf");
    assert.equal(status, 2);
    assert.match(line, /^sharray: NOT_SUPPORTED: --compression lzf is not in this version: .+\n$/);
  });

  test("a command line that makes no sense is one line and status 2", () => {
    for (const args of [
      ["convert"],
      ["convert", "-o", "x.h5"],
      ["convert", "a.txt"],
      ["convert", "a.txt", "-o"],
      ["convert", "a.txt", "-o", "x.h5", "--no-such-option"],
      ["info"],
      ["info", "a", "b"],
      ["head"],
      ["nonsense"],
      ["--nonsense"],
    ]) {
      const { status, line } = refusal(...args);
      assert.equal(status, 2, args.join(" "));
      assert.match(line, /^sharray: USAGE: [^\n]+\n$/, args.join(" "));
    }
  });
});

suite("errors on the command line", () => {
  function told(error: unknown): { status: number; text: string } {
    let text = "";
    const status = report(error, (part) => {
      text += part;
    });
    return { status, text };
  }

  test("one line, whatever the message holds, and no stack", () => {
    const { status, text } = told(new SharrayError("TEXT_BAD_VALUE", "first\nsecond\r\n third"));
    assert.equal(text, "sharray: TEXT_BAD_VALUE: first second third\n");
    assert.equal(status, 1);
  });

  test("names of files cannot reach the terminal", () => {
    const { text } = told(new SharrayError("FILE_NOT_FOUND", "\u001b[31mx.txt: there is no such file."));
    assert.equal(text, "sharray: FILE_NOT_FOUND: \\x1b[31mx.txt: there is no such file.\n");
  });

  test("SHARRAY_TRACE=1 shows the stack and the causes", (t) => {
    process.env.SHARRAY_TRACE = "1";
    t.after(() => delete process.env.SHARRAY_TRACE);
    const { text } = told(new SharrayError("IO_ERROR", "outer", {}, { cause: new Error("inner") }));
    assert.match(text, /^sharray: IO_ERROR: outer\n.*at .*caused by: Error: inner\n/s);
  });

  test("statuses: 1 for the work, 2 for the command line, 128 + n for signals", () => {
    assert.equal(told(new Error("boom")).status, 1);
    assert.equal(told(new CommandLineError(new SharrayError("BAD_DTYPE", "x"))).status, 2);
    assert.equal(told(new SharrayError("BAD_DTYPE", "x")).status, 1);
    assert.equal(told(new SharrayError("DUPLICATE_NAME", "x")).status, 2);
    assert.equal(told(new Stopped("SIGINT", 130, null)).status, 130);
    assert.equal(told(new CommanderError(1, "commander.help", "(outputHelp)")).status, 2);
    assert.equal(told(new CommanderError(0, "commander.helpDisplayed", "")).status, 0);
  });
});
