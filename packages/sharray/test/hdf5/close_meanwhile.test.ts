import assert from "node:assert/strict";
import { test } from "node:test";
import { SharedArray } from "sharray";
import { File } from "sharray/hdf5";
import { folder } from "./folder.ts";

const LENGTH = 6_000_000; // 48 MB: libhdf5 gets it in several pieces

function numbers(start: number): SharedArray<"<f8"> {
  const a = SharedArray.create({ shape: [LENGTH], dtype: "<f8" });
  const { data } = a;
  for (let i = 0; i < LENGTH; i++) data[i] = start + i;
  return a;
}

test("what is written is what was there when the array is closed meanwhile", async (t) => {
  const at = await folder(t);
  await using file = await File.open(at("x.h5"), "w");
  for (const compression of [null, "gzip"] as const) {
    const a = numbers(5);
    const made = file.createDataset(`made ${compression}`, a, { compression });
    a.close();
    const dataset = await made;
    using read = await dataset.read({ rows: [LENGTH - 1, LENGTH] });
    assert.equal(read.get(0), 4 + LENGTH);
    const b = numbers(7);
    const written = dataset.write(b);
    b.close();
    await written;
    using again = await dataset.read();
    assert.deepEqual([again.get(0), again.get(3_000_000), again.get(-1)], [7, 3_000_007, 6 + LENGTH]);
  }
});
