import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  ageCell,
  type BlockInfo,
  describe,
  dtypeCell,
  holdersCell,
  processes,
  shapeCell,
} from "../../dist/cli/blocks.js";
import type { NamedBlock } from "../../dist/memory/names.js";

/** No file has this name: what is in a block is told by tests with real ones. */
const block: NamedBlock = {
  name: "sharray.not-there",
  size: 100,
  persist: false,
  mode: 0o600,
  uid: 1000,
  created: 1_000_000,
  held: true,
  holders: [{ pid: 7, command: "node server.js" }],
};

const info = (changes: Partial<BlockInfo> = {}): BlockInfo => ({ ...describe(block, 1_000_000), ...changes });

suite("how named blocks are shown", () => {
  test("a block whose file cannot be looked into has no array", () => {
    const { dtype, shape, age } = describe(block, 1_090_999);
    assert.deepEqual([dtype, shape, age], [null, null, 90]);
    assert.equal(describe(block, 999_000).age, 0, "made in the future, by another clock");
    assert.deepEqual([dtypeCell(info()), shapeCell(info())], ["-", "-"]);
  });

  test("dtype, shape and age", () => {
    assert.equal(dtypeCell(info({ dtype: "<f8" })), "f8");
    const long = dtypeCell(info({ dtype: Array.from({ length: 50 }, (_, i) => [`column${i}`, "<f8"]) }));
    assert.equal(long.length, 40);
    assert.match(long, /^column0:f8,.*\.\.\.$/);
    assert.equal(dtypeCell(info({ dtype: [["\u001b[31m", "<i4"]] })), "\\x1b[31m:i4");
    assert.equal(shapeCell(info({ shape: [3] })), "(3,)");
    assert.equal(ageCell(info({ age: 75 })), "1 min 15 s");
    assert.equal(ageCell(info({ age: 180_000 })), "2 d 2 h");
  });

  test("holders", () => {
    assert.equal(holdersCell(info()), "7 node server.js");
    const many = Array.from({ length: 5 }, (_, i) => ({ pid: i, command: "x" }));
    assert.equal(holdersCell(info({ holders: many })), "0 x, 1 x, 2 x and 2 more");
    assert.match(holdersCell(info({ holders: [{ pid: 1, command: `a\n${"b".repeat(100)}` }] })), /^1 a\\nb+\.\.\.$/);
    assert.match(holdersCell(info({ holders: [] })), /cannot be looked into/);
    assert.match(holdersCell(info({ held: false, holders: [] })), /dead \(sharray gc\)/);
    assert.match(holdersCell(info({ held: false, holders: [], persist: true })), /persists \(sharray rm\)/);
    const foreign = info({ name: "x.npy", held: false, holders: [], persist: true });
    assert.match(holdersCell(foreign), /its own program removes it/, "which `sharray rm` would not remove");
    assert.match(holdersCell(info({ held: false, holders: [] }), false), /not known/);
    assert.deepEqual([processes(1), processes(2)], ["1 process", "2 processes"]);
  });
});
