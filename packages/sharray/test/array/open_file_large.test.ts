import assert from "node:assert/strict";
import { constants } from "node:buffer";
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { assertNoLeaks, dtypeOf, SharedArray } from "sharray";
import { npyHeader } from "../../dist/array/npy/format.js";
import { refusal } from "./refusal.ts";

const folder = mkdtempSync(join(tmpdir(), "sharray-open-large-"));
after(() => rmSync(folder, { recursive: true }));
after(() => assertNoLeaks());

const record = [
  ["pos", "<i4"],
  ["pct", "<f4"],
] as const;
const COUNT = 5 * 2 ** 27;

/** 5 GiB of records, of which only some are written; the rest is a hole. */
function large(fortranOrder: boolean): { path: string; begin: number } {
  const path = join(folder, `large-${fortranOrder}.npy`);
  const header = npyHeader(dtypeOf(record), fortranOrder ? [COUNT / 5, 5] : [COUNT], fortranOrder);
  const fd = openSync(path, "w");
  writeSync(fd, header);
  ftruncateSync(fd, header.length + 8 * COUNT);
  for (const at of [0, 1, COUNT / 2, COUNT - 1]) {
    const element = new DataView(new ArrayBuffer(8));
    element.setInt32(0, at, true);
    element.setFloat32(4, at / COUNT, true);
    writeSync(fd, element, 0, 8, header.length + 8 * at);
  }
  closeSync(fd);
  return { path, begin: header.length };
}

const { type, bavail, bsize } = statfsSync(folder);
const TMPFS = 0x01021994;
const full = type === TMPFS && bavail * bsize < 8 * COUNT + 2 ** 30;
const skip = full && "temporary files lie in memory here, which has no room for 5 GiB";

for (const mode of ["r", "c"] as const) {
  test(`mode ${mode}: 5 GiB are mapped at once, and reached everywhere`, { skip }, () => {
    const { path, begin } = large(false);
    const before = process.memoryUsage().rss;
    using a = SharedArray.open<typeof record>(path, { mode });
    assert.deepEqual([a.shape, a.nbytes, a.readonly], [[COUNT], 8 * COUNT, mode === "r"]);
    for (const at of [0, 1, COUNT / 2, COUNT - 1]) {
      assert.deepEqual(a.get(at), { pos: at, pct: Math.fround(at / COUNT) });
      assert.equal(a.field("pos").get(at - COUNT), at);
    }
    assert.deepEqual(a.get(COUNT - 2), { pos: 0, pct: 0 });
    const end = a.slice([-3, null]).field("pos");
    assert.deepEqual(end.toArray(), [0, 0, COUNT - 1]);
    assert.deepEqual(
      a
        .slice([null, null, -(COUNT / 2)])
        .field("pos")
        .toArray(),
      [COUNT - 1, 0],
    );
    assert.equal(a.slice([COUNT / 2, COUNT / 2 + 4]).bytes.length, 32);
    if (8 * COUNT > constants.MAX_LENGTH) assert.equal(refusal(() => a.bytes).code, "TOO_LARGE");
    if (mode === "c") {
      a.set(COUNT - 2, { pos: -5, pct: 0.5 });
      assert.deepEqual(a.slice([-2, null]).field("pos").toArray(), [-5, COUNT - 1]);
    } else {
      using b = SharedArray.attach<typeof record>(a.slice([COUNT - 2, null]).handle());
      assert.ok(b.handle().offset > begin + 2 ** 32);
      assert.deepEqual(b.field("pos").toArray(), [0, COUNT - 1]);
    }
    assert.ok(process.memoryUsage().rss - before < 2 ** 29, "only what was touched is in memory");
    assert.ok(type === TMPFS || statSync(path).blocks * 512 < 2 ** 24, "and on the disk");
  });
}

test("Fortran order at 5 GiB", { skip }, () => {
  const { path } = large(true);
  using a = SharedArray.open<typeof record>(path);
  assert.deepEqual(
    [a.shape, a.strides],
    [
      [COUNT / 5, 5],
      [8, 8 * (COUNT / 5)],
    ],
  );
  assert.equal(a.get(-1, -1).pos, COUNT - 1);
  assert.equal(
    a
      .transpose()
      .at(2)
      .field("pos")
      .get(COUNT / 10),
    COUNT / 2,
  );
  assert.equal(a.slice([-1, null], [4, null]).field("pos").get(0, 0), COUNT - 1);
  unlinkSync(path);
});
