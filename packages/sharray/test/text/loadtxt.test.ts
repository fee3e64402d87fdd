import "../convert/no_arena.ts";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { expectTypeOf } from "expect-type";
import { loadtxt, type SharedArray } from "sharray";
import { loadtxt as fromText } from "sharray/text";
import { blocks, leaked } from "../convert/scene.ts";

const folder = mkdtempSync(join(tmpdir(), "sharray-loadtxt-"));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(text: string | Uint8Array): string {
  files += 1;
  const path = join(folder, `${files}.txt`);
  writeFileSync(path, text);
  return path;
}

const dtype = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["pct", "<f4"],
] as const;

test("the record type comes from the dtype; the array is a .npy file in shared memory", async () => {
  using t = await loadtxt(file("chr1 10 0.5\nchr2 20 1e2\n"), { dtype });
  expectTypeOf(t).toEqualTypeOf<SharedArray<typeof dtype>>();
  expectTypeOf(t.get(0)).toEqualTypeOf<{ chr: string; pos: number; pct: number }>();
  assert.deepEqual(t.shape, [2]);
  assert.deepEqual(t.get(1), { chr: "chr2", pos: 20, pct: 100 });
  const handle = t.handle();
  assert.equal(handle.offset % 64, 0);
  assert.equal(handle.size, handle.offset + t.nbytes);
  using plain = await fromText(pathToFileURL(file("1 2\n3 4\n")));
  expectTypeOf(plain).toEqualTypeOf<SharedArray<"<f8">>();
  assert.deepEqual(plain.toArray(), [
    [1, 2],
    [3, 4],
  ]);
});

test("any number of threads gives the same array", async () => {
  const lines = Array.from({ length: 60_000 }, (_, i) => (i % 9 === 4 ? `# ${i}` : `c${i % 23} ${i} ${i / 8}`));
  for (const end of ["\n", "\r\n", "\r"]) {
    const path = file(lines.join(end));
    using one = await loadtxt(path, { dtype, threads: 1 });
    for (const threads of [2, 5]) {
      using many = await loadtxt(path, { dtype, threads });
      assert.deepEqual(many.shape, one.shape);
      assert.ok(Buffer.from(many.bytes).equals(one.bytes));
    }
  }
});

test("the first bad row is told by its exact line, however many threads there are", async () => {
  const lines = Array.from({ length: 100_000 }, (_, i) => `c${i % 23} ${i} ${i / 8}`);
  lines[70_000] = "c1 2147483648 1";
  lines[90_000] = "c1";
  const path = file(`# head\n\n${lines.join("\n")}`);
  const details = { file: path, line: 70_003, column: 2, field: "pos", text: "2147483648", dtype: "int32" };
  for (const threads of [1, 4]) {
    await assert.rejects(loadtxt(path, { dtype, threads }), {
      code: "TEXT_BAD_VALUE",
      message: `${path}, line 70003, column 2 ("pos"): "2147483648" is not an integer in -2147483648..2147483647 (int32).`,
      details: { ...details, expected: "an integer in -2147483648..2147483647 (int32)" },
    });
  }
  await assert.rejects(loadtxt(path, { dtype, skiprows: 70_003 }), {
    code: "TEXT_BAD_COLUMNS",
    details: { file: path, line: 90_003, found: 1, expected: 3 },
  });
  using head = await loadtxt(path, { dtype, maxRows: 70_000 });
  assert.deepEqual(head.shape, [70_000]);
});

test("a long bad value is shown shortened", async () => {
  const path = file(`1\n${"x".repeat(5000)}\n`);
  const error = await loadtxt(path).catch((e: Error) => e);
  assert.ok(error instanceof Error);
  assert.match(error.message, /^\S+, line 2, column 1: "x{60}"\.\.\. is not a number \(float64\)\.$/);
});

test("bytes that are not UTF-8 are told with line and byte; lines that are passed over are not looked at", async () => {
  const bytes = Buffer.from("caf\xe9\na 1 2\nb\xff 1 2\n", "latin1");
  const path = file(bytes);
  await assert.rejects(loadtxt(path, { dtype }), {
    code: "TEXT_BAD_ENCODING",
    details: { file: path, line: 1, byte: 3 },
  });
  await assert.rejects(loadtxt(path, { dtype, skiprows: 1 }), {
    code: "TEXT_BAD_ENCODING",
    details: { file: path, line: 3, byte: 12 },
  });
  using one = await loadtxt(path, { dtype, skiprows: 1, maxRows: 1 });
  assert.deepEqual(one.shape, []);
});

test("what cannot be read as text is refused, and told", async () => {
  await assert.rejects(loadtxt(join(folder, "none")), { code: "FILE_NOT_FOUND" });
  await assert.rejects(loadtxt(join(file("1"), "below")), { code: "FILE_NOT_FOUND" });
  await assert.rejects(loadtxt(folder), { code: "IS_DIRECTORY" });
  for (const [head, what] of [
    ["1f8b0800", "gzip"],
    ["425a6839314159265359", "bzip2"],
    ["fd377a585a0000", "xz"],
    ["28b52ffd00", "zstd"],
  ] as const) {
    const path = file(Buffer.from(head, "hex"));
    await assert.rejects(loadtxt(path), {
      code: "TEXT_BAD_ARCHIVE",
      message: new RegExp(`^${path}: compressed with ${what}, but`),
    });
  }
});

test("an input without rows is an array without rows, and a warning", async (t) => {
  const warn = t.mock.method(process, "emitWarning", () => {});
  for (const [text, options, shape] of [
    ["", {}, [0]],
    ["# only\n\n", { dtype }, [0]],
    ["1 2\n", { skiprows: 1 }, [0]],
    ["1 2\n", { maxRows: 0 }, [0]],
    ["", { usecols: [0, 1] }, [0, 2]],
    ["", { ndmin: 2 }, [0, 1]],
  ] as const) {
    using array = await loadtxt(file(text), options);
    assert.deepEqual(array.shape, shape);
  }
  assert.equal(warn.mock.callCount(), 6);
  assert.equal((warn.mock.calls[0]?.arguments[1] as { code?: string } | undefined)?.code, "TEXT_EMPTY");
});

test("options that are wrong, misspelt or do not go together are refused", async () => {
  const path = file("1 2\n");
  const wrong: Record<string, unknown>[] = [
    { delimeter: "," },
    { skiprows: -1 },
    { skiprows: 1.5 },
    { skiprows: null },
    { maxRows: -1 },
    { maxRows: "1" },
    { ndmin: 3 },
    { usecols: "0" },
    { usecols: [0.5] },
    { usecols: true },
    { usecols: [0], dtype },
    { delimiter: "" },
    { delimiter: ",," },
    { delimiter: "\n" },
    { delimiter: 1 },
    { delimiter: "#" },
    { delimiter: ";", comments: [";", "%"] },
    { comments: "" },
    { comments: ["#", ""] },
    { comments: 5 },
    { comments: " " },
    { threads: 0 },
    { unpack: 1 },
    { onProgress: 1 },
    { signal: 1 },
    { converters: 1 },
    { converters: [Number] },
    { converters: { 0: "f8" } },
    { converters: { 2: Number } },
    { converters: { x: Number } },
    { quotechar: "" },
    { quotechar: " " },
    { quotechar: '"', delimiter: [1, 2] },
    { header: 1 },
    { na: [0] },
    { fill: 0 },
    { na: "NA", dtype, fill: { none: 0 } },
    { name: "a/b" },
    { strict: 1 },
    { rejects: { max: 0.5 } },
    { rejects: true },
    { encoding: "utf-7" },
    { delimiter: [1, 0] },
    { delimiter: [] },
    { usecols: ["x"] },
    { usecols: ["x"], header: true },
  ];
  for (const options of wrong) {
    await assert.rejects(loadtxt(path, options), { code: "BAD_ARGUMENT" }, JSON.stringify(options));
  }
  await assert.rejects(loadtxt(path, { dtype: "M8", converters: String }), {
    code: "NOT_SUPPORTED",
    message: /"M8\[D\]"/,
  });
  await assert.rejects(loadtxt(["1970", "2026-01-02T03:04:05.123456789012"], { dtype: "M8" }), {
    code: "BAD_DTYPE",
    message: /units from Y to ps.*"M8\[ns\]"/,
    details: { dtype: "M8", found: ["Y", "ps"] },
  });
  await assert.rejects(loadtxt(new URL("http://localhost/x")), { code: "NOT_SUPPORTED", message: /fetch/ });
  for (const source of ["", "a\0b", 5, null]) await assert.rejects(loadtxt(source as never), { code: "BAD_ARGUMENT" });
  await assert.rejects(loadtxt(path, { dtype: "x9" as "f8" }), { code: "BAD_DTYPE" });
});

test("progress ends with all bytes; what it throws, and an abort, end the load and leave no memory", async () => {
  const text = "1 2 3\n".repeat(50_000);
  const path = file(text);
  const seen: number[] = [];
  const before = blocks();
  {
    using array = await loadtxt(path, {
      onProgress: ({ bytes, totalBytes, rows }) => {
        assert.equal(totalBytes, text.length);
        seen.push(bytes, rows);
      },
    });
    assert.deepEqual(array.shape, [50_000, 3]);
  }
  assert.deepEqual(seen.slice(-2), [text.length, 50_000]);
  const mine = new Error("mine");
  const onProgress = (): void => {
    throw mine;
  };
  await assert.rejects(loadtxt(path, { onProgress }), mine);
  const controller = new AbortController();
  const load = loadtxt(path, { signal: controller.signal });
  controller.abort(mine);
  await assert.rejects(load, { code: "ABORTED", cause: mine });
  await assert.rejects(loadtxt(path, { signal: controller.signal }), { code: "ABORTED" });
  assert.equal(await leaked(before), 0);
});
