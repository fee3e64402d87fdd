import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { type Ended, folder, script, sharray, start } from "./command.ts";
import { python, withoutPython } from "./oracle.ts";

const dtype = ["--dtype", "n:i4,s:S3", "--delimiter", ","];

function convert(cwd: string, ...args: string[]): Promise<Ended> {
  return sharray(["convert", ...args, "-o", "out.h5", "--no-sync"], { cwd, env: { SHARRAY_RANGE_BYTES: "64" } });
}

suite("sharray convert: what is left out", () => {
  test("--rejects keeps the good rows, writes the others to a CSV file, and ends with 3", async (t) => {
    const cwd = folder(t);
    const lines = Array.from({ length: 200 }, (_, i) => (i % 50 === 20 ? `x${i},"` : `${i},a`));
    writeFileSync(join(cwd, "a.csv"), `${lines.join("\n")}\n`);
    const { status, stdout, stderr, left } = await convert(cwd, "a.csv", ...dtype, "--rejects", "bad.csv", "--json");
    assert.equal(status, 3);
    assert.match(
      stderr,
      /sharray: warning: 4 rows left out, the first at a\.csv, line 21 \(.*\); all of them are in bad\.csv\n/,
    );
    const [dataset] = JSON.parse(stdout).datasets;
    assert.deepEqual([dataset.rows, dataset.rejected, dataset.shape], [196, 4, [196]]);
    const table = readFileSync(join(cwd, "bad.csv"), "utf8").split("\r\n");
    assert.equal(table[0], "file,line,byte,column,reason,text");
    assert.match(table[1]!, /^a\.csv,21,\d+,1,.*,"x20,"""$/);
    assert.equal(table.length, 6);
    assert.deepEqual([readdirSync(cwd).sort(), left], [["a.csv", "bad.csv", "out.h5"], []]);
  });

  test("rejects without a bad row end with 0; more than --max-rejects with 1 and nothing", async (t) => {
    const cwd = folder(t);
    writeFileSync(join(cwd, "good.csv"), "1,a\n");
    writeFileSync(join(cwd, "bad.csv"), "1,a\nx,b\ny,c\n");
    const good = await convert(cwd, "good.csv", ...dtype, "--rejects", "r.csv", "--quiet");
    assert.deepEqual([good.status, good.stderr], [0, ""]);
    const more = ["--rejects", "r2.csv", "--max-rejects", "1", "--overwrite"];
    const bad = await convert(cwd, "bad.csv", ...dtype, ...more);
    assert.match(bad.stderr, /^sharray: TEXT_TOO_MANY_REJECTS: bad\.csv, line 3.*\n$/);
    assert.deepEqual([bad.status, bad.left], [1, []]);
    assert.deepEqual(readdirSync(cwd).sort(), ["bad.csv", "good.csv", "out.h5", "r.csv"]);
  });

  test("--on-error skip says which file, why, and ends with 3; the others are there", async (t) => {
    const cwd = folder(t);
    writeFileSync(join(cwd, "a.csv"), "1,a\n");
    writeFileSync(join(cwd, "b.csv"), `${"1,a\n".repeat(99)}1\n${"1,a\n".repeat(99)}`);
    writeFileSync(join(cwd, "c.csv.gz"), gzipSync("1,a\n".repeat(99)).subarray(0, 20));
    for (const more of [[], ["--concat", "all"]]) {
      const args = ["a.csv", "b.csv", "c.csv.gz", "d.csv", ...dtype, "--on-error", "skip", "--overwrite", "--json"];
      const { status, stdout, stderr, left } = await convert(cwd, ...args, ...more);
      assert.equal(status, 3, stderr);
      assert.match(stderr, /warning: b\.csv is left out: TEXT_BAD_COLUMNS: b\.csv, line 100: /);
      assert.match(stderr, /warning: c\.csv\.gz is left out: TEXT_BAD_ARCHIVE: /);
      assert.match(stderr, /warning: d\.csv is left out: FILE_NOT_FOUND: /);
      const { datasets } = JSON.parse(stdout);
      assert.deepEqual([datasets.length, datasets[0].rows, left], [1, 1, []]);
    }
    const stop = await convert(cwd, "a.csv", "b.csv", ...dtype, "--overwrite", "--on-error", "stop");
    assert.deepEqual([stop.status, existsSync(join(cwd, "out.h5"))], [1, true]);
  });

  test("cut texts are said, and end with 0; --strict makes them an error", async (t) => {
    const cwd = folder(t);
    writeFileSync(join(cwd, "a.csv"), "1,abc\n2,abcd\n3,abcde\n");
    const cut = await convert(cwd, "a.csv", ...dtype);
    assert.equal(cut.status, 0);
    assert.match(cut.stderr, /sharray: warning: 2 texts of s cut to fit, the first at a\.csv, line 2\n/);
    const strict = await convert(cwd, "a.csv", ...dtype, "--overwrite", "--strict");
    assert.match(strict.stderr, /^sharray: TEXT_TRUNCATED: a\.csv, line 2, column 2 \("s"\): "abcd"/);
    assert.equal(strict.status, 1);
  });

  test("--dry-run prints what would be made, and writes nothing", async (t) => {
    const cwd = folder(t);
    writeFileSync(join(cwd, "a.csv"), "n,x\n".concat("1,2.5\n".repeat(1000)));
    writeFileSync(join(cwd, "b.csv"), "n,x\n3,4\n");
    const { status, stdout, stderr } = await convert(cwd, "*.csv", "--delimiter", ",", "--dry-run");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^dataset +rows +dtype\n\/a +about [\d,]+ +n:i4,x:f8\n\/b +about 1 +n:i4,x:f8\n$/);
    assert.deepEqual(readdirSync(cwd).sort(), ["a.csv", "b.csv"]);
  });
});

suite("sharray convert: what h5py reads", { skip: withoutPython }, () => {
  test("--attr sets numbers and texts of the file, of groups and of datasets", async (t) => {
    const cwd = folder(t);
    writeFileSync(join(cwd, "a.csv"), "1,a\n");
    const attrs = ["units=K", "run/a:scale=2.5", "/run/a:n=3", "run:note=a=b", "/:empty="].flatMap((one) => [
      "--attr",
      one,
    ]);
    assert.equal((await convert(cwd, "run/a=a.csv", ...dtype, ...attrs)).status, 0);
    const said = await python(
      `
import h5py, json, sys
f = h5py.File(sys.argv[1])
plain = lambda x: x if isinstance(x, str) else x.item()
print(json.dumps({o.name: {k: plain(v) for k, v in o.attrs.items()} for o in (f, f["run"], f["run/a"])}))`,
      [join(cwd, "out.h5")],
    );
    assert.deepEqual(JSON.parse(said), {
      "/": { empty: "", units: "K" },
      "/run": { note: "a=b" },
      "/run/a": { n: 3, scale: 2.5 },
    });
    const none = await convert(cwd, "a.csv", ...dtype, "--attr", "b:x=1", "--overwrite");
    assert.match(none.stderr, /sharray: NOT_FOUND: .*there is no \/b in the file/);
    assert.deepEqual(readdirSync(cwd).sort(), ["a.csv", "out.h5"]);
  });

  test("the SPEC of sharray infer, given back to a shell, makes the same file as auto", async (t) => {
    const cwd = folder(t);
    const heads = ["plain,two words,it's,dollar $x", 'colon:s,"com,ma",sp ace ,z'];
    for (const [i, head] of heads.entries()) {
      writeFileSync(join(cwd, "a.csv"), `${head}\n1,2.5,x,\n-3000000000,,é,7\n`);
      const line = `
        set -e
        args=(--delimiter , --quotechar '"')
        spec=$("$NODE" "$SCRIPT" infer a.csv "\${args[@]}" | head -1)
        eval "dtype=($spec)"
        "$NODE" "$SCRIPT" convert a.csv -o given.h5 --overwrite --quiet "\${args[@]}" --skiprows 1 --na '' "\${dtype[@]}"
        "$NODE" "$SCRIPT" convert a.csv -o auto.h5 --overwrite --quiet "\${args[@]}"`;
      const env = { NODE: process.execPath, SCRIPT: script };
      const { status, stderr } = await start("bash", ["-c", line], { cwd, env }).ended;
      assert.deepEqual([status, stderr], [0, ""], `heading ${i}`);
      const same = await python(
        `
import h5py, sys
a, b = [h5py.File(p)["a"] for p in sys.argv[1:]]
assert a.dtype == b.dtype and a.shape == (2,) and a[...].tobytes() == b[...].tobytes(), (a.dtype, b.dtype)
print(a.dtype.names)`,
        [join(cwd, "auto.h5"), join(cwd, "given.h5")],
      );
      assert.match(same, i === 0 ? /two words.*it's.*dollar \$x/ : /colon:s.*com,ma.*sp ace/);
    }
  });
});
