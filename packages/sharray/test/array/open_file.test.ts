import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { assertNoLeaks, dtypeOf, SharedArray } from "sharray";
import { npyHeader } from "../../dist/array/npy/format.js";
import { refusal } from "./refusal.ts";

const folder = mkdtempSync(join(tmpdir(), "sharray-open-"));
after(() => rmSync(folder, { recursive: true }));
after(() => assertNoLeaks());

type Mode = "r" | "r+" | "c";
const modes: Mode[] = ["r", "r+", "c"];
const counted = Array.from({ length: 12 }, (_, i) => i);

let files = 0;

/** A .npy file of 3 rows of 4 numbers, 0 to 11, in a place of its own. */
function grid(): string {
  const path = join(folder, `grid-${files++}.npy`);
  writeFileSync(
    path,
    Buffer.concat([npyHeader(dtypeOf("<f8"), [3, 4]), new Uint8Array(new Float64Array(counted).buffer)]),
  );
  return path;
}

/** The numbers in a file of `grid`. */
function stored(path: string): number[] {
  const bytes = readFileSync(path);
  return [...new Float64Array(Uint8Array.from(bytes.subarray(bytes.length - 96)).buffer)];
}

const operations: Record<string, { run: (a: SharedArray<"<f8">) => unknown; expect: Record<Mode, unknown> }> = {
  get: { run: (a) => a.get(2, -1), expect: { r: 11, "r+": 11, c: 11 } },
  slice: { run: (a) => a.slice([1, null], [0, 2]).toArray()[1], expect: { r: [8, 9], "r+": [8, 9], c: [8, 9] } },
  set: { run: (a) => a.set([0, 0], 7), expect: { r: "READ_ONLY", "r+": "stored", c: "kept" } },
  fill: { run: (a) => a.fill(7), expect: { r: "READ_ONLY", "r+": "stored", c: "kept" } },
  "fill of a view": { run: (a) => a.at(1).fill(7), expect: { r: "READ_ONLY", "r+": "stored", c: "kept" } },
  assign: { run: (a) => a.assign([5, 6, 7, 8]), expect: { r: "READ_ONLY", "r+": "stored", c: "kept" } },
  "a store through data": {
    run: (a) => {
      a.data[3] = 7;
    },
    expect: { r: "kept", "r+": "stored", c: "kept" },
  },
  "a store through bytes": { run: (a) => a.bytes.fill(1), expect: { r: "kept", "r+": "stored", c: "kept" } },
  handle: {
    run: (a) => {
      using b = SharedArray.attach(a.handle());
      return b.get(1, 1);
    },
    expect: { r: 5, "r+": 5, c: "NOT_SUPPORTED" },
  },
  "handle of a view": {
    run: (a) => {
      using b = SharedArray.attach(a.slice([1, null], [2, 3]).handle());
      return b.toArray();
    },
    expect: { r: [[6], [10]], "r+": [[6], [10]], c: "NOT_SUPPORTED" },
  },
  copy: {
    run: (a) => {
      using b = a.copy();
      b.set([0, 0], 1);
      return [b.readonly, b.get(2, 3), a.get(0, 0)];
    },
    expect: { r: [false, 11, 0], "r+": [false, 11, 0], c: [false, 11, 0] },
  },
  unlink: { run: (a) => a.unlink(), expect: { r: undefined, "r+": undefined, c: undefined } },
  name: { run: (a) => a.name, expect: { r: null, "r+": null, c: null } },
};

for (const mode of modes) {
  for (const [name, { run, expect }] of Object.entries(operations)) {
    test(`mode ${mode}: ${name}`, () => {
      const path = grid();
      using a = SharedArray.open<"<f8">(path, { mode });
      const expected = expect[mode];
      if (typeof expected === "string" && expected === expected.toUpperCase()) {
        assert.equal(refusal(() => run(a)).code, expected);
        assert.deepEqual(a.toArray().flat(), counted);
        assert.deepEqual(stored(path), counted);
        return;
      }
      const found = run(a);
      if (expected === "stored" || expected === "kept") {
        const now = a.toArray().flat();
        assert.notDeepEqual(now, counted);
        assert.deepEqual(stored(path), expected === "stored" ? now : counted);
        return;
      }
      assert.deepEqual(found, expected);
      assert.deepEqual(stored(path), counted);
    });
  }

  test(`mode ${mode}: nothing works after close, and closing twice is no error`, () => {
    const a = SharedArray.open(grid(), { mode });
    const { data } = a;
    const view = a.at(0);
    assert.deepEqual([a.closed, a.readonly, data.length], [false, mode === "r", 12]);
    a.close();
    a.close();
    a.unlink();
    assert.deepEqual([a.closed, a.name, data.length], [true, null, 0]);
    for (const use of [
      () => a.get(0, 0),
      () => a.set([0, 0], 1),
      () => a.fill(1),
      () => a.assign(1),
      () => a.data,
      () => a.bytes,
      () => a.toArray(),
      () => a.copy(),
      () => a.handle(),
      () => view.get(0),
    ]) {
      assert.equal(refusal(use).code, "CLOSED", String(use));
    }
  });
}

test("the default mode is r; the path may be a file: URL", () => {
  using a = SharedArray.open<"<f8">(pathToFileURL(grid()));
  assert.equal(a.readonly, true);
  assert.deepEqual([a.shape, a.dtype.descr, a.get(1, 0)], [[3, 4], "<f8", 4]);
});
