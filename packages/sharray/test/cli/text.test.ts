import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { count, dtypeText, duration, printable, rate, shapeText, size, Table, table } from "../../dist/cli/format.js";
import { input } from "../../dist/cli/inputs.js";

suite("what is printed", () => {
  test("figures", () => {
    assert.equal(count(1234567), "1,234,567");
    assert.equal(size(999), "999 bytes");
    assert.equal(size(1000), "1.00 kB");
    assert.equal(size(47_212_345), "47.2 MB");
    assert.equal(size(999_999_999), "1.00 GB");
    assert.equal(rate(100, 0), "-");
    assert.equal(rate(1e8, 0.5), "200 MB/s");
    assert.equal(duration(0.4123), "0.41 s");
    assert.equal(duration(59.6), "1 min 0 s");
    assert.equal(duration(7260), "2 h 1 min");
    assert.equal(shapeText([5]), "(5,)");
    assert.equal(shapeText([]), "()");
    assert.equal(shapeText([2, 3]), "(2, 3)");
  });

  test("dtypes as --dtype takes them", () => {
    assert.equal(dtypeText("<f8"), "f8");
    assert.equal(dtypeText(">f8"), ">f8");
    assert.equal(
      dtypeText([
        ["chr", "|S10"],
        ["pos", "<i4"],
        ["xyz", "<f4", [3]],
        ["in", [["a", ">i2"]]],
      ]),
      "chr:S10,pos:i4,xyz:f4(3,),in:{a:>i2}",
    );
  });

  test("tables align, numbers to the right", () => {
    assert.equal(
      table(
        ["name", "rows"],
        [
          ["a", "5"],
          ["longer", "12345"],
        ],
        new Set([1]),
      ),
      "name     rows\na           5\nlonger  12345\n",
    );
  });

  test("a table may be printed in parts", () => {
    const parts = new Table(new Set([1]));
    assert.equal(parts.lines([["a", "5"]]), "a  5\n");
    assert.equal(
      parts.lines([
        ["longer", "100"],
        ["b", "1"],
      ]),
      "longer  100\nb         1\n",
    );
  });

  test("control characters of the data cannot reach the terminal", () => {
    assert.equal(printable("a\u001b[31mb\tc\u0085\u202e é"), "a\\x1b[31mb\\tc\\x85\\u{202e} é");
  });
});

suite("NAME=FILE", () => {
  const none = (): boolean => false;

  test("names the dataset", () => {
    assert.deepEqual(input("a=dir/b.txt", none), { path: "dir/b.txt", name: "a" });
    assert.deepEqual(input("a=b=c.txt", none), { path: "b=c.txt", name: "a" });
  });

  test("is a plain file where such a file exists, or where the name would hold a slash", () => {
    assert.deepEqual(input("b.txt", none), { path: "b.txt" });
    assert.deepEqual(
      input("a=b.txt", () => true),
      { path: "a=b.txt" },
    );
    assert.deepEqual(input("dir/a=b.txt", none), { path: "dir/a=b.txt" });
    assert.deepEqual(
      input("run/1=b.txt", (path) => path === "b.txt"),
      { path: "b.txt", name: "run/1" },
    );
  });

  test("needs both parts", () => {
    assert.throws(() => input("=b.txt", none), { code: "USAGE" });
    assert.throws(() => input("a=", none), { code: "USAGE" });
  });
});
