import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { folder, sharray } from "./command.ts";
import { python, withoutPython } from "./oracle.ts";

/** Arrays as NumPy saves them, and as JSON what it says of them. */
const program = `
import json, sys
import numpy as np
folder = sys.argv[1]
table = np.array([(1, 2.5, b"x"), (3, 0.1, b"yy"), (-5, 7, b"")], dtype=[("a", "<i4"), ("b", "<f4"), ("c", "S3")])
arrays = {
    "c": np.arange(60, dtype="<f8").reshape(5, 4, 3),
    "f": np.asfortranarray(np.arange(60, dtype=">i2").reshape(5, 4, 3)),
    "flags": np.array([True, False]),
    "one": np.float64(1.25),
    "empty": np.zeros((0, 3), "<u2"),
    "wide": np.zeros(2, dtype=[(f"column{i}", "<i4") for i in range(500)]),
}
np.save(f"{folder}/table.npy", table)
told = {}
for name, array in arrays.items():
    array = np.asarray(array)
    np.save(f"{folder}/{name}.npy", array)
    records = [array.tolist()] if array.ndim == 0 else array[:2].tolist()
    told[name] = [array.dtype.str, list(array.shape), "F" if array.flags.fnc else "C", records]
print(json.dumps(told))
`;

suite("sharray info and head of .npy files", { skip: withoutPython }, () => {
  test("tell what NumPy does", async (t) => {
    const cwd = folder(t);
    const told: Record<string, [string, number[], string, unknown[]]> = JSON.parse(await python(program, [cwd]));
    for (const [name, [dtype, shape, order, records]] of Object.entries(told)) {
      const path = join(cwd, `${name}.npy`);
      const info = JSON.parse((await sharray(["info", path, "--json"])).stdout);
      assert.deepEqual([info.path, info.shape, info.order], [path, shape, order], name);
      assert.equal(info.offset % 64, 0);
      const head = JSON.parse((await sharray(["head", path, "-n", "2", "--json"])).stdout);
      assert.deepEqual(head.shape, shape);
      if (name === "wide") {
        assert.equal(info.dtype.length, 500);
        assert.equal(Object.keys(head.records[0]).length, 500);
        continue;
      }
      assert.equal(info.dtype, dtype, name);
      assert.deepEqual(head.records, records, name);
    }
    const table = join(cwd, "table.npy");
    assert.match(
      (await sharray(["info", table])).stdout,
      /^file +.*table\.npy\nsize +\d+ bytes\ndtype +a:i4,b:f4,c:S3\nshape +\(3,\)\norder +C\n$/,
    );
    assert.equal((await sharray(["head", table])).stdout, " a    b  c\n 1  2.5  x\n 3  0.1  yy\n-5    7\n");
  });
});

suite("sharray info and head of damaged .npy files", () => {
  test("NPY_BAD_HEADER names the file", async (t) => {
    const cwd = folder(t);
    writeFileSync(join(cwd, "bad.npy"), "\x93NUMPY\x01\0\x10\0{'descr': '<f8'}", "latin1");
    for (const command of ["info", "head"]) {
      const { status, stdout, stderr } = await sharray([command, "bad.npy"], { cwd });
      assert.deepEqual([status, stdout], [1, ""]);
      assert.match(stderr, /^sharray: NPY_BAD_HEADER: bad\.npy: [^\n]+\n$/);
    }
  });
});
