import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { folder, sharray, start } from "./command.ts";

const missing =
  spawnSync("h5dump", ["--version"]).status === 0
    ? false
    : "h5dump is missing: install the package hdf5-tools of your system";

suite("files open in HDF5's own tools", { skip: missing }, () => {
  test("h5dump shows the types and the values", async (t) => {
    const cwd = folder(t);
    writeFileSync(join(cwd, "a.txt"), "chr1 -5 1.5 250 2.25\nchrX 7 nan 0 -1e-3\n");
    for (const [output, more] of [
      ["plain.h5", []],
      ["gzip.h5", ["--compression", "gzip:6"]],
    ] as const) {
      const spec = "chr:S5,pos:i4,pct:f4,n:u1,x:>f8";
      const made = await sharray(
        ["convert", "a.txt", "-o", output, "--quiet", "--dtype", spec, "--concat", "all", ...more],
        {
          cwd,
        },
      );
      assert.deepEqual([made.status, made.stderr], [0, ""]);
      const { status, stdout, stderr } = await start("h5dump", ["-p", output], { cwd }).ended;
      assert.deepEqual([status, stderr], [0, ""]);
      const text = stdout.replace(/\s+/g, " ");
      assert.match(text, /DATASET "all" \{ DATATYPE H5T_COMPOUND/);
      assert.match(text, /STRSIZE 5; STRPAD H5T_STR_NULLPAD; CSET H5T_CSET_ASCII/);
      for (const type of ["I32LE", "U8LE"]) assert.ok(text.includes(`H5T_STD_${type}`), type);
      for (const type of ["F32LE", "F64BE"]) assert.ok(text.includes(`H5T_IEEE_${type}`), type);
      assert.match(text, /DATASPACE SIMPLE \{ \( 2 \) \/ \( 2 \) \}/);
      assert.match(text, /"chr1[^"]*", -5, 1\.5, 250, 2\.25/);
      assert.match(text, /"chrX[^"]*", 7, nan, 0, -0\.001/);
      if (output === "gzip.h5") assert.match(text, /PREPROCESSING SHUFFLE.*COMPRESSION DEFLATE \{ LEVEL 6 \}/);
      else assert.match(text, /STORAGE_LAYOUT \{ CONTIGUOUS/);
      assert.match(text, /DATASET "all\.sources"/);
    }
  });
});
