import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { suite, test } from "node:test";
import { folder, methylation, root, sharray } from "./command.ts";
import { python, withoutPython } from "./oracle.ts";

const vega = join(root, "node_modules", "vega-datasets", "data");

/** A table, how it is read, and whether its first line names the columns. */
interface Table {
  file: string;
  output: string;
  delimiter: string | null;
  quotes: boolean;
  comments: boolean;
  header: boolean;
}

/**
 * What Python's own csv module, int() and float() make of each table, by the rule of `--dtype auto`: i4, i8, f8, bool, else texts;
 * compared with what h5py reads, field by field, bit for bit but for the sign and the payload of NaN.
 */
const compare = `
import csv, json, sys
import h5py, numpy as np

def rows_of(t):
    with open(t["file"], newline="", encoding="utf-8") as f:
        lines = [line for line in f if line.strip()]
    if t["comments"]:
        lines = [line for line in lines if not line.startswith("#")]
    if t["delimiter"] is None:
        return [line.split() for line in lines]
    quotes = {"quotechar": '"'} if t["quotes"] else {"quoting": csv.QUOTE_NONE}
    return list(csv.reader(lines, delimiter=t["delimiter"], **quotes))

def takes(read, texts):
    try:
        return [read(text) for text in texts]
    except ValueError:
        return None

def whole(text):
    if "_" in text:
        raise ValueError
    return int(text)

def real(text):
    if "_" in text:
        raise ValueError
    return float(text) if text.strip() else float("nan")

def column_of(texts, missing):
    there = [text for text in texts if not (missing and text.strip() == "")]
    if not there:
        return np.full(len(texts), np.nan)
    integers = takes(whole, texts)
    for dtype in ("<i4", "<i8"):
        if integers is not None and all(np.iinfo(dtype).min <= i <= np.iinfo(dtype).max for i in integers):
            return np.array(integers, dtype)
    reals = takes(real, there)
    if reals is not None:
        return np.array([np.nan if missing and text.strip() == "" else real(text) for text in texts], "<f8")
    encoded = [text.encode("latin1") for text in texts]
    return np.array(encoded, f"S{max(1, max(map(len, encoded)))}")

said = {}
for name, t in json.loads(sys.argv[1]).items():
    with h5py.File(t["output"]) as f:
        rows = rows_of(t)
        heading = rows.pop(0) if t["header"] else [f"f{i}" for i in range(len(rows[0]))]
        got = f[name][...]
        assert list(got.dtype.names) == heading, f"{name}: {got.dtype.names}, not {heading}"
        assert got.shape == (len(rows),), f"{name}: {got.shape}, not {len(rows)}"
        for i, field in enumerate(heading):
            want = column_of([row[i] for row in rows], t["delimiter"] is not None)
            have = got[field]
            assert have.dtype == want.dtype, f"{name}.{field}: {have.dtype}, not {want.dtype}"
            same = np.array_equal(have, want, equal_nan=want.dtype.kind == "f")
            assert same, f"{name}.{field}: {[(h, w) for h, w in zip(have, want) if h != w][:3]}"
        said[name] = [len(rows), len(heading), "".join(got.dtype[i].kind for i in range(len(heading)))]
print(json.dumps(said))
`;

type Said = Record<string, [rows: number, columns: number, kinds: string]>;

const stem = (file: string): string => basename(file).replace(/\.[^.]*$/, "");

/** Converts tables of one dialect to a file of which h5py reads what Python's modules make of them. */
async function converted(
  cwd: string,
  files: string[],
  args: string[],
  dialect: Omit<Table, "file" | "output">,
): Promise<Said> {
  const tables: Record<string, Table> = {};
  for (const file of files) {
    const output = join(cwd, `${stem(file)}.h5`);
    const ended = await sharray(["convert", file, "-o", output, "--dtype", "auto", "--no-sync", "--quiet", ...args]);
    assert.deepEqual([ended.status, ended.stderr, ended.left], [0, "", []], basename(file));
    tables[stem(file)] = { file, output, ...dialect };
  }
  return JSON.parse(await python(compare, [JSON.stringify(tables)])) as Said;
}

function vegaFiles(extension: string): string[] {
  return readdirSync(vega)
    .filter((name) => name.endsWith(extension))
    .map((name) => join(vega, name));
}

suite("sharray convert --dtype auto: real tables are what Python's csv, int and float make of them", {
  skip: withoutPython,
}, () => {
  test("every CSV file of vega-datasets", async (t) => {
    const files = vegaFiles(".csv").filter((file) => stem(file) !== "la-riots");
    assert.equal(files.length, 22);
    const args = ["--delimiter", ",", "--quotechar", '"'];
    const dialect = { delimiter: ",", quotes: true, comments: true, header: true };
    const said = await converted(folder(t), files, args, dialect);
    assert.deepEqual(said.zipcodes, [42_049, 6, "iffSSS"]);
    assert.deepEqual(said.airports, [3376, 7, "SSSSSff"]);
    assert.deepEqual(said["sp500-2000"], [5105, 7, "Sfffffi"]);
  });

  test("every TSV file of vega-datasets", async (t) => {
    const dialect = { delimiter: "\t", quotes: false, comments: true, header: true };
    const said = await converted(folder(t), vegaFiles(".tsv"), ["--delimiter", "tab"], dialect);
    assert.deepEqual(said, { unemployment: [3218, 2, "if"] });
  });

  test("la-riots.csv, where # is part of an address: refused at that line, and whole without comments", async (t) => {
    const cwd = folder(t);
    const file = join(vega, "la-riots.csv");
    const args = ["--delimiter", ",", "--quotechar", '"'];
    const refused = await sharray(["convert", file, "-o", "out.h5", ...args], { cwd });
    assert.match(
      refused.stderr,
      /^sharray: TEXT_BAD_COLUMNS: .*la-riots\.csv, line \d+: \d+ columns found, the rows before have 11; /,
    );
    assert.equal(refused.status, 1);
    assert.deepEqual(readdirSync(cwd), []);
    const dialect = { delimiter: ",", quotes: true, comments: false, header: true };
    const said = await converted(cwd, [file], [...args, "--comments", ""], dialect);
    assert.deepEqual(said, { "la-riots": [63, 11, "SSfSSSSSSff"] });
  });

  test("without --quotechar a table with quoted commas is refused: one column more", async (t) => {
    const cwd = folder(t);
    const file = join(vega, "airports.csv");
    const { status, stderr } = await sharray(["convert", file, "-o", "out.h5", "--delimiter", ","], { cwd });
    assert.match(
      stderr,
      /^sharray: TEXT_BAD_COLUMNS: .*airports\.csv, line 303: 8 columns found, the rows before have 7;/,
    );
    assert.equal(status, 1);
    assert.deepEqual(readdirSync(cwd), []);
  });

  test("methylation calls, with names, white space and tabs between columns", async (t) => {
    const files = ["test1.myCpG.txt", "test2.myCpG.txt"].map((name) => join(methylation, name));
    const blank = { delimiter: null, quotes: false, comments: true, header: true };
    const said = await converted(folder(t), files, [], blank);
    assert.deepEqual(said, { "test1.myCpG": [1904, 7, "SSiSiff"], "test2.myCpG": [2006, 7, "SSiSiff"] });
    const tab = await converted(folder(t), files, ["--delimiter", "tab"], { ...blank, delimiter: "\t" });
    assert.deepEqual(tab, said);
  });

  test("a coverage file of Bismark's kind, without names", async (t) => {
    const cwd = folder(t);
    const file = join(cwd, "sample.bed");
    const lines = Array.from({ length: 40_000 }, (_, i) => {
      const [methylated, not] = [(i * 7) % 30, 1 + (i % 11)];
      const percent = (100 * methylated) / (methylated + not);
      return `chr${1 + (i % 22)}\t${10_468 + 17 * i}\t${10_469 + 17 * i}\t${percent}\t${methylated}\t${not}\n`;
    });
    writeFileSync(file, lines.join(""));
    const dialect = { delimiter: "\t", quotes: false, comments: true, header: false };
    for (const processes of ["1", "3"]) {
      const args = ["--delimiter", "tab", "--overwrite", "--processes", processes];
      assert.deepEqual(await converted(cwd, [file], args, dialect), { sample: [40_000, 6, "Siifii"] });
    }
    const real = join(methylation, "bismark_coverage_CpG.bed");
    assert.deepEqual(await converted(cwd, [real], [], { ...dialect, delimiter: null }), {
      bismark_coverage_CpG: [53, 6, "iiifii"],
    });
  });
});
