import "../convert/no_arena.ts";
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { loadtxt, SharrayError } from "sharray";
import { blocks, dtype, leaked, rows, Scene } from "../convert/scene.ts";
import { run } from "../memory/programs.ts";
import { Folder } from "./texts.ts";

/** What a tool makes of a file, or why it cannot be asked. */
function packed(tool: string, path: string): Buffer | null {
  if (spawnSync(tool, ["--version"], { input: "" }).error !== undefined) return null;
  return execFileSync(tool, ["-q", "-c", path], { maxBuffer: 1 << 28 });
}

test("compressed files and those of other encodings give what their text gives, with any threads and ranges", async (t) => {
  using folder = new Folder();
  const text = `# é\n${rows(0, 30_000)}`;
  const path = folder.file(text);
  const files = [
    folder.file(gzipSync(text)),
    folder.file(Buffer.from(text, "latin1")),
    folder.file(Buffer.from(text, "utf16le")),
  ];
  const encodings = ["utf-8", "latin1", "utf-16-le"];
  for (const tool of ["bzip2", "xz", "zstd"]) {
    const bytes = packed(tool, path);
    if (bytes === null) t.diagnostic(`left out: there is no ${tool} command`);
    else files.push(folder.file(bytes));
  }
  using whole = await loadtxt(path, { dtype });
  const before = blocks();
  try {
    for (const range of ["", "997", "100000"]) {
      process.env.SHARRAY_RANGE_BYTES = range;
      for (const [index, file] of files.entries()) {
        for (const threads of [1, 3]) {
          using read = await loadtxt(file, { dtype, threads, encoding: encodings[index] ?? "utf-8" });
          assert.ok(read.equals(whole), `${file}, ${threads} threads, ranges of ${range}`);
        }
      }
    }
  } finally {
    delete process.env.SHARRAY_RANGE_BYTES;
  }
  assert.equal(await leaked(before), 0);
});

test("the first bad row of a compressed file is told as that of its text, and so are rows that are left out", async () => {
  using folder = new Folder();
  const text = `${rows(0, 20_000)}chr1\tx\t1\t2\t3\n${rows(0, 20_000)}one\n`;
  const told = async (source: string, options = {}): Promise<unknown> => {
    try {
      using read = await loadtxt(source, { dtype, ...options });
      return [read.shape, read.rejects?.map(({ file: _, ...reject }) => reject)];
    } catch (error) {
      assert.ok(error instanceof SharrayError);
      const { file: _, ...details } = error.details;
      return [error.code, details];
    }
  };
  const [plain, zipped] = [folder.file(text), folder.file(gzipSync(text))];
  for (const options of [{}, { rejects: {} }, { rejects: { max: 2 } }, { maxRows: 20_001 }, { maxRows: 20_000 }])
    assert.deepEqual(await told(zipped, options), await told(plain, options));
});

test("a compressed file needs no memory for its text", async () => {
  using folder = new Folder();
  const text = `${"x".repeat(4000)} 1\n`.repeat(50_000);
  const program = `
    import { loadtxt } from "sharray";
    const t = await loadtxt(process.env.INPUT, { usecols: [1], dtype: "u1", encoding: "latin1" });
    console.log(t.shape, t.sum());
    await loadtxt(process.env.INPUT, { dtype: [["x", "S4000"], ["n", "u1"]] }).catch((error) => console.log(error.code));
  `;
  const path = folder.file(gzipSync(text, { level: 1 }));
  const ended = await run(program, { before: "ulimit -f 65536", input: path });
  assert.deepEqual([ended.stdout, ended.stderr], ["[ 50000 ] 50000\nNO_SPACE\n", ""]);
});

test("a damaged file among others is left out where that is wished, whatever was read of it", async () => {
  using scene = new Scene();
  const text = rows(0, 50_000);
  const zipped = gzipSync(text);
  const good = scene.file("good.gz", zipped);
  const cut = scene.file("cut.gz", zipped.subarray(0, zipped.length - 100));
  const last = scene.file("last.txt", rows(0, 10));
  for (const concat of [undefined, "all"]) {
    const options = { onError: "skip", overwrite: true, ...(concat && { concat }) } as const;
    const { result, skipped } = await scene.outcome([good, cut, last], options);
    assert.deepEqual(
      result.datasets.map((dataset) => dataset.rows),
      concat ? [50_010] : [50_000, 10],
    );
    assert.deepEqual(
      skipped.map(({ file, error }) => [file, error.code]),
      [[cut, "TEXT_BAD_ARCHIVE"]],
    );
  }
  await assert.rejects(scene.convert([good, cut], { overwrite: true }), {
    code: "TEXT_BAD_ARCHIVE",
    message: /cut\.gz: compressed with gzip, but it ends before .*gzip -t/,
  });
});

test("one that is written to while it is read is told as such, not as damaged; an abort ends it", async () => {
  using folder = new Folder();
  const before = blocks();
  const text = rows(0, 400_000).repeat(12);
  const path = folder.file(gzipSync(text, { level: 1 }));
  let once = false;
  const change = (): void => {
    if (once) return;
    once = true;
    writeFileSync(path, "1 2 3\n");
  };
  await assert.rejects(loadtxt(path, { dtype, onProgress: change }), { code: "INPUT_CHANGED" });
  const other = folder.file(gzipSync(text, { level: 1 }));
  const controller = new AbortController();
  const reason = new Error("enough");
  const aborted = loadtxt(other, { dtype, signal: controller.signal, onProgress: () => controller.abort(reason) });
  await assert.rejects(aborted, { code: "ABORTED", cause: reason });
  assert.equal(await leaked(before), 0);
});

test("progress counts a compressed file as it is compressed, and the result its text", async () => {
  using scene = new Scene();
  const text = rows(0, 100_000);
  const zipped = gzipSync(text);
  const seen: [number, number][] = [];
  const { bytes } = await scene.convert(
    [scene.file("a.gz", zipped)],
    {},
    {
      onProgress: ({ phase, bytes, totalBytes }) => {
        if (phase === "read") seen.push([bytes, totalBytes]);
      },
    },
  );
  assert.equal(bytes, text.length);
  for (const [done, all] of seen) assert.ok(done <= all && all === zipped.length);
});
