import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { assertNoLeaks, NDArray, type SavetxtOptions, SharedArray, SharrayError, savetxt } from "sharray";
import { privateMount } from "../../../../tests/faults/mount.ts";
import { noMounts } from "../../../../tests/mount.ts";
import { run } from "../memory/programs.ts";

const folder = mkdtempSync(join(tmpdir(), "sharray-savetxt-"));
after(() => rmSync(folder, { recursive: true }));
after(() => assertNoLeaks());

/** The text that savetxt writes of something. */
async function written(array: Parameters<typeof savetxt>[1], options: SavetxtOptions = {}): Promise<string> {
  const path = join(folder, "x.txt");
  await savetxt(path, array, options);
  return readFileSync(path, "latin1");
}

async function refused(work: Promise<unknown>): Promise<SharrayError> {
  const error = await work.then(
    () => assert.fail("nothing was thrown"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof SharrayError, String(error));
  return error;
}

const table = [
  ["chr", "U5"],
  ["pos", "<i4"],
  ["pct", "<f4"],
] as const;
const rows = [
  { chr: "chr1", pos: 10, pct: 0.5 },
  { chr: "chr22", pos: -7, pct: 66.66 },
];

test("numbers of one axis are lines, of two axes columns, in NumPy's default format", async () => {
  assert.equal(await written([1, -0.1]), "1.000000000000000000e+00\n-1.000000000000000056e-01\n");
  assert.equal(
    await written(
      [
        [1, 2],
        [3, 4],
      ],
      { fmt: "%d" },
    ),
    "1 2\n3 4\n",
  );
  assert.equal(await written(new Int16Array([7, 8]), { fmt: "%03d", newline: ";" }), "007;008;");
});

test("the fields of records are columns, in both layouts", async () => {
  const options = { fmt: ["%-6s", "%d", "%.2f"], delimiter: ",", header: "chr,pos\npct", comments: "%", footer: "end" };
  for (const layout of ["rows", "columns"] as const) {
    using array = SharedArray.from(rows, { dtype: table, layout });
    const text = "%chr,pos\n%pct\nchr1  ,10,0.50\nchr22 ,-7,66.66\n%end\n";
    assert.equal(await written(array, options), text);
    assert.equal(
      await written(array.slice([null, null, -1]), { fmt: "%s at %d: %g" }),
      "chr22 at -7: 66.66\nchr1 at 10: 0.5\n",
    );
  }
});

test("complex numbers have one format for both parts, or one for each", async () => {
  using array = SharedArray.from(
    [
      [
        { re: 1, im: -2 },
        { re: 0, im: 0.5 },
      ],
    ],
    { dtype: "<c16" },
  );
  assert.equal(await written(array, { fmt: "%.1f" }), " (1.0-2.0j)  (0.0+0.5j)\n");
  assert.equal(await written(array, { fmt: ["%g%+gj", "%g|%g"], delimiter: "; " }), "1-2j; 0|0.5\n");
  assert.equal((await refused(written(array, { fmt: "%g %g" }))).code, "BAD_ARGUMENT");
});

test("views, big-endian elements, ordinary memory and empty arrays", async () => {
  using array = SharedArray.from(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    { dtype: ">i4" },
  );
  assert.equal(await written(array.transpose(), { fmt: "%i" }), "1 4\n2 5\n3 6\n");
  assert.equal(await written(array.slice(null, [null, null, -2]), { fmt: "%x", delimiter: "" }), "31\n64\n");
  assert.equal(
    await written(new NDArray([2], "<u2", new Uint16Array([1, 65535]).buffer), { fmt: "%o" }),
    "1\n177777\n",
  );
  using none = SharedArray.create({ shape: [0, 3], dtype: "<f8" });
  // NumPy does not look at a format that prints nothing.
  assert.equal(await written(none, { fmt: "%q", header: "h" }), "# h\n");
  using narrow = SharedArray.create({ shape: [2, 0], dtype: "<f8" });
  assert.equal(await written(narrow), "\n\n");
});

test("large arrays are printed in pieces, whose seams do not show", async () => {
  const count = 300_001;
  const numbers = Float64Array.from({ length: count }, (_, i) => i - 0.5);
  const lines = Array.from(numbers, (x) => x.toFixed(1)).join("\n");
  assert.equal(await written(numbers, { fmt: "%.1f" }), `${lines}\n`);
  using row = SharedArray.from(numbers, { shape: [1, count] });
  assert.equal(await written(row, { fmt: "%.1f", delimiter: "\n" }), `${lines}\n`);
  using pairs = SharedArray.from(numbers.subarray(1), { shape: [count >> 1, 2] });
  assert.equal(await written(pairs, { fmt: "%.1f\n%.1f" }), `${lines.slice(lines.indexOf("\n") + 1)}\n`);
});

test("encodings: latin1 unless told, and what has no such character leaves no file", async () => {
  const path = join(folder, "encoded.txt");
  using array = SharedArray.from(["é", "a"], { dtype: "<U1" });
  const bytes = async (encoding?: string): Promise<Buffer> => {
    await savetxt(path, array, { fmt: "%s", ...(encoding === undefined ? {} : { encoding }) });
    return readFileSync(path);
  };
  assert.deepEqual(await bytes(), Buffer.from("é\na\n", "latin1"));
  assert.deepEqual(await bytes("UTF-8"), Buffer.from("é\na\n", "utf8"));
  assert.deepEqual(await bytes("utf-16"), Buffer.from("\ufeffé\na\n", "utf16le"));
  const error = await refused(bytes("ascii"));
  assert.deepEqual([error.code, error.details.character], ["BAD_VALUE", "é"]);
  assert.equal((await refused(bytes("klingon"))).code, "NOT_SUPPORTED");
  assert.equal((await refused(savetxt(path, [1], { header: "€" }))).code, "BAD_VALUE");
  assert.deepEqual(readFileSync(path), Buffer.from("\ufeffé\na\n", "utf16le"));
});

test("a path that ends in .gz is compressed; .bz2 and .xz are refused", async () => {
  const path = join(folder, "x.txt.gz");
  const numbers = Float64Array.from({ length: 200_000 }, (_, i) => i);
  await savetxt(pathToFileURL(path), numbers, { fmt: "%d" });
  assert.equal(gunzipSync(readFileSync(path)).toString(), `${Array.from(numbers).join("\n")}\n`);
  for (const ending of ["bz2", "xz"]) {
    assert.equal((await refused(savetxt(join(folder, `x.${ending}`), [1]))).code, "NOT_SUPPORTED");
  }
});

test("an array that is closed meanwhile is written as it was", async () => {
  const array = SharedArray.from([1, 2], { dtype: "<i4" });
  const writing = written(array, { fmt: "%d" });
  array.close();
  assert.equal(await writing, "1\n2\n");
  assert.equal((await refused(written(array))).code, "CLOSED");
});

test("a refused element is named by its row and column", async () => {
  const error = await refused(
    written(
      [
        [1, 2],
        [3, Number.NaN],
      ],
      { fmt: "%d" },
    ),
  );
  assert.deepEqual([error.code, error.details], ["BAD_VALUE", { option: "fmt", row: 1, column: 1 }]);
  using array = SharedArray.from(rows, { dtype: table });
  const mismatch = await refused(written(array));
  assert.deepEqual([mismatch.code, mismatch.details.column], ["BAD_ARGUMENT", 0]);
  assert.match(mismatch.message, /^savetxt: fmt: column 0: %e prints numbers, and this is str_; %s prints it/);
});

test("formats and arrays that no table can have are refused", async () => {
  const two = [[1, 2]];
  const wrong: [unknown, SavetxtOptions, string][] = [
    [two, { fmt: "%q" }, "BAD_ARGUMENT"],
    [two, { fmt: "%d %d %d" }, "BAD_ARGUMENT"],
    [two, { fmt: ["%d"] }, "BAD_ARGUMENT"],
    [two, { fmt: "no format" }, "BAD_ARGUMENT"],
    [two, { fmt: "%d", delimiter: "%d" }, "BAD_ARGUMENT"],
    [two, { fmt: "%9999999d" }, "NOT_SUPPORTED"],
    [two, { fmt: 7 as unknown as string }, "BAD_ARGUMENT"],
    [two, { delimiter: null as unknown as string }, "BAD_ARGUMENT"],
    [two, { header: "\ud800" }, "BAD_ARGUMENT"],
    [two, { encoding: 8 as unknown as string }, "BAD_ARGUMENT"],
    [two, { delimeter: "," } as SavetxtOptions, "BAD_ARGUMENT"],
    [[[[1]]], {}, "BAD_SHAPE"],
    [new NDArray([], "<f8", new ArrayBuffer(8)), {}, "BAD_SHAPE"],
    [new NDArray([1], [["in", [["a", "<i4"]]]], new ArrayBuffer(4)), {}, "NOT_SUPPORTED"],
    [new NDArray([1], [["xy", "<i4", [2]]], new ArrayBuffer(8)), { fmt: "%s" }, "NOT_SUPPORTED"],
    [new NDArray([1, 1], table, new ArrayBuffer(28)), { fmt: "%s" }, "NOT_SUPPORTED"],
    [new NDArray([1], [["z", "<c8"]], new ArrayBuffer(8)), { fmt: "%e" }, "NOT_SUPPORTED"],
  ];
  for (const [array, options, code] of wrong) {
    const error = await refused(written(array as number[], options));
    assert.equal(error.code, code, `${JSON.stringify(options)}: ${error.message}`);
  }
  assert.equal((await refused(savetxt("" as string, two))).code, "BAD_ARGUMENT");
  assert.equal((await refused(savetxt(new URL("https://example.org/x"), two))).code, "NOT_SUPPORTED");
});

test("what fails leaves the folder as it was", async () => {
  const there = mkdtempSync(join(folder, "there-"));
  const path = join(there, "x.txt");
  writeFileSync(path, "old");
  const numbers = new Float64Array(400_000);
  numbers[399_999] = Number.NaN;
  assert.equal((await refused(savetxt(path, numbers, { fmt: "%d" }))).details.row, 399_999);
  assert.equal((await refused(savetxt(join(there, "no", "x.txt"), [1]))).code, "FILE_NOT_FOUND");
  assert.equal((await refused(savetxt(there, [1]))).code, "IS_DIRECTORY");
  assert.deepEqual([readdirSync(there), readFileSync(path, "utf8")], [["x.txt"], "old"]);
});

/** Writes a table of some megabytes to INPUT in another process, and prints how that ended. */
const program = `
import { savetxt } from "sharray";
const done = await savetxt(process.env.INPUT, new Float64Array(400_000)).then(() => "written", (error) => error.code);
console.log(done);
`;

test("a full disk is NO_SPACE, and nothing of the text stays", { skip: noMounts }, async (t) => {
  const mount = await privateMount(4 << 20);
  if (typeof mount === "string") throw new Error(mount);
  t.after(() => mount.close());
  mkdirSync(join(mount.folder, "there"));
  const through = mount.through.concat("env", "-C", process.cwd());
  for (const [name, expected] of [
    ["x.txt", "NO_SPACE"],
    ["x.txt.gz", "written"], // zeros, which hardly need room
  ]) {
    const ended = await run(program, { through, input: `/dev/shm/there/${name}` });
    assert.equal(ended.stdout, `${expected}\n`, ended.stderr);
  }
  assert.deepEqual(readdirSync(join(mount.folder, "there")), ["x.txt.gz"]);
});

test("a limit on the size of files is NO_SPACE, never a signal", async () => {
  const there = mkdtempSync(join(folder, "limited-"));
  const ended = await run(program, { before: "ulimit -f 2000", input: join(there, "x.txt") });
  assert.deepEqual([ended.stdout, ended.signal], ["NO_SPACE\n", null], ended.stderr);
  assert.deepEqual(readdirSync(there), []);
});

test("where this user may not write, the reason is told", async () => {
  chmodSync(folder, 0o755);
  const closed = join(folder, "closed");
  mkdirSync(closed);
  chmodSync(closed, 0o555);
  // Root may do everything, so then as nobody.
  const uid = process.getuid?.() === 0 ? { uid: 65534 } : {};
  const ended = await run(program, { input: join(closed, "x.txt"), ...uid });
  assert.equal(ended.stdout, "PERMISSION_DENIED\n", ended.stderr);
});
