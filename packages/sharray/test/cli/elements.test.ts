import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { dtypeOf } from "sharray";
import { elementText, plain, shortest } from "../../dist/cli/elements.js";
import { jsonText } from "../../dist/cli/json.js";
import { pacer, progressLines, progressText } from "../../dist/cli/progress.js";
import { target } from "../../dist/cli/target.js";

suite("elements", () => {
  test("a 4-byte float is shown with the digits that it has", () => {
    assert.equal(shortest(Math.fround(66.666667), 4), 66.666664);
    assert.equal(shortest(Math.fround(0.1), 4), 0.1);
    assert.equal(shortest(Math.fround(16777217), 4), 16777216);
    assert.equal(shortest(0.1, 8), 0.1);
    for (let i = 0; i < 1000; i++) {
      const value = Math.fround((Math.random() - 0.5) * 10 ** ((i % 60) - 30));
      assert.equal(Math.fround(shortest(value, 4)), value);
    }
  });

  test("as cells of a table", () => {
    const text = (dtype: Parameters<typeof dtypeOf>[0], value: unknown): string => elementText(value, dtypeOf(dtype));
    assert.equal(text("f8", Number.NaN), "nan");
    assert.equal(text("f8", -Infinity), "-inf");
    assert.equal(text("f8", -0), "-0");
    assert.equal(text("u8", 2n ** 64n - 1n), "18446744073709551615");
    assert.equal(text("S4", "a\tb\u0007"), "a\\tb\\x07");
    assert.equal(text("c8", { re: 1.5, im: -2 }), "1.5-2j");
    assert.equal(text("V2", Uint8Array.of(1, 255)), "0x01ff");
    assert.equal(text("f4", [Math.fround(0.1), 2]), "[0.1, 2]");
    assert.equal(
      text(
        [
          ["a", "i4"],
          ["b", "S2"],
        ],
        { a: 1, b: "x" },
      ),
      "(1, x)",
    );
  });

  test("as JSON", () => {
    const dtype = dtypeOf([
      ["a", "f4"],
      ["n", "u8"],
      ["xyz", "f4", [2]],
    ]);
    const value = { a: Math.fround(0.1), n: 2n ** 64n - 1n, xyz: [Math.fround(0.3), Number.NaN] };
    assert.equal(jsonText(plain(value, dtype)), '{"a":0.1,"n":18446744073709551615,"xyz":[0.3,null]}');
    assert.equal(jsonText({ a: undefined, b: null, c: 'x"y', d: Uint8Array.of(1) }), '{"b":null,"c":"x\\"y","d":[1]}');
  });
});

suite("FILE:/dataset", () => {
  test("splits where the file exists, else at the last colon", () => {
    const only = (name: string) => (path: string) => path === name;
    assert.deepEqual(target("out.h5:/a", only("out.h5")), { path: "out.h5", dataset: "/a" });
    assert.deepEqual(target("out.h5", only("out.h5")), { path: "out.h5", dataset: null });
    assert.deepEqual(target("a:b.h5:/c:d", only("a:b.h5")), { path: "a:b.h5", dataset: "/c:d" });
    assert.deepEqual(target("a:b.h5:c", only("x")), { path: "a:b.h5", dataset: "c" });
    assert.deepEqual(target("none.h5", only("x")), { path: "none.h5", dataset: null });
  });
});

suite("progress", () => {
  const half = { phase: "read", bytes: 50e6, totalBytes: 100e6, rows: 2_000_000, seconds: 0.5 } as const;

  test("says bytes, rate, rows and the time left", () => {
    const pace = pacer();
    assert.equal(
      progressText(pace({ ...half, bytes: 0, seconds: 0 })),
      "reading 0 %: 0 bytes of 100 MB, 2,000,000 rows",
    );
    assert.equal(progressText(pace(half)), "reading 50 %: 50.0 MB of 100 MB, 100 MB/s, 2,000,000 rows, 1 s left");
    assert.equal(pace({ ...half, bytes: 100e6 }).left, 0);
    assert.match(progressText(pacer()({ ...half, bytes: 0, totalBytes: 0 })), /^reading 100 %: /);
  });

  test("each phase has its own pace", () => {
    const pace = pacer();
    pace(half);
    const began = pace({ ...half, phase: "write", bytes: 20e6, seconds: 2 });
    assert.deepEqual([began.speed, began.left], [null, null]);
    const later = pace({ ...half, phase: "write", bytes: 60e6, seconds: 4 });
    assert.deepEqual([later.speed, later.left], [20e6, 2]);
  });

  test("in lines: none in the first second, then one every few seconds, and one at the end", () => {
    const lines: string[] = [];
    const display = progressLines((text) => lines.push(text));
    for (let tenths = 0; tenths <= 125; tenths++) display.update({ ...half, seconds: tenths / 10 });
    display.finish(half);
    display.stop();
    assert.equal(lines.length, 4);
    assert.match(lines[0]!, /^sharray: reading 50 %: [^\n]*\n$/);
  });
});
