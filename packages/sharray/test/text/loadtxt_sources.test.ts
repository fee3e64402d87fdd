import "../convert/no_arena.ts";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { loadtxt, SharedArray, SharedMemory, type TextSource } from "sharray";
import { blocks, leaked, ranges } from "../convert/scene.ts";
import { Folder } from "./texts.ts";

const dtype = [
  ["s", "S6"],
  ["n", "<i4"],
  ["x", "<f4"],
] as const;

const lines = Array.from({ length: 3000 }, (_, i) => `c${i % 23} ${i} ${i / 8}`);
const text = `${lines.join("\n")}\n`;

test("every kind of source gives the array of its text, with one thread and with several", async () => {
  using folder = new Folder();
  const path = folder.file(text);
  using wanted = await loadtxt(path, { dtype });
  const sources: Record<string, () => TextSource | Promise<TextSource>> = {
    url: () => pathToFileURL(path),
    gz: () => folder.file(gzipSync(text)),
    buffer: () => Buffer.from(text),
    "packed buffer": () => gzipSync(text),
    memory: () => new TextEncoder().encode(text).buffer as ArrayBuffer,
    view: () => new DataView(new TextEncoder().encode(text).buffer),
    stream: () => createReadStream(path),
    "stream of strings": () => Readable.from(text.match(/.{1,70}\n?/g)!),
    "stream of the web": () => new Blob([text]).stream(),
    blob: () => new Blob([text]),
    lines: () => lines,
    generator: function* () {
      yield* lines;
    },
    "asynchronous generator": async function* () {
      yield* lines;
    },
    marked: () => folder.file(`\ufeff${text}`),
  };
  for (const [kind, source] of Object.entries(sources)) {
    for (const threads of [1, 3]) {
      await ranges(threads === 1 ? undefined : 512, async () => {
        using array = await loadtxt(await source(), { dtype, threads });
        assert.ok(Buffer.from(array.bytes).equals(wanted.bytes), kind);
      });
    }
  }
  const handle = await open(path);
  using array = await loadtxt(handle, { dtype });
  assert.ok(Buffer.from(array.bytes).equals(wanted.bytes));
  await handle.close();
});

test("errors name the source: the file, the bytes, the stream, the lines", async () => {
  using folder = new Folder();
  const bad = "1\nx\n";
  const path = folder.file(gzipSync(bad), "x.gz");
  for (const [source, name] of [
    [path, path],
    [Buffer.from(bad), "the bytes"],
    [Readable.from([bad]), "the stream"],
    [["1", "x"], "the lines"],
  ] as const) {
    await assert.rejects(loadtxt(source), {
      code: "TEXT_BAD_VALUE",
      message: new RegExp(`^${name}, line 2, column 1: "x"`),
    });
  }
});

test("a fifo that nobody writes to is left by an abort", async () => {
  using folder = new Folder();
  const before = blocks();
  const fifo = join(folder.path, "fifo");
  execFileSync("mkfifo", [fifo]);
  const controller = new AbortController();
  const load = loadtxt(fifo, { signal: controller.signal });
  setImmediate(() => controller.abort("enough"));
  await assert.rejects(load, { code: "ABORTED", cause: "enough" });
  assert.equal(await leaked(before), 0);
});

test("name: the finished array appears under it, and a name that is taken is told and left as it is", async () => {
  const name = `loadtxt-test-${process.pid}`;
  const before = blocks();
  await assert.rejects(loadtxt(["1", "x"], { name }), { code: "TEXT_BAD_VALUE" });
  assert.throws(() => SharedArray.attach(name), { code: "NOT_FOUND" });
  {
    using array = await loadtxt(["1 2", "3 4"], { name });
    using other = SharedArray.attach(name);
    assert.deepEqual(other.toArray(), array.toArray());
    await assert.rejects(loadtxt(["5"], { name }), { code: "FILE_EXISTS", message: new RegExp(name) });
    using same = SharedArray.attach(name);
    assert.deepEqual(same.toArray(), [
      [1, 2],
      [3, 4],
    ]);
  }
  assert.deepEqual(
    SharedMemory.list().filter((block) => block.name === `sharray.${name}`),
    [],
    "it goes with its last holder",
  );
  assert.equal(await leaked(before), 0);
});

test("unpack gives each field of a record as an array of its own; the memory goes with the last of them", async () => {
  const before = blocks();
  const [s, n, x] = (await loadtxt(lines.slice(0, 3), { dtype, unpack: true })) as unknown as SharedArray[];
  assert.deepEqual(
    [s!.toArray(), n!.toArray(), x!.toArray()],
    [
      ["c0", "c1", "c2"],
      [0, 1, 2],
      [0, 0.125, 0.25],
    ],
  );
  s!.close();
  assert.throws(() => s!.get(0), { code: "CLOSED" });
  assert.equal(n!.get(-1), 2);
  n!.close();
  assert.equal(x!.get(1), 0.125);
  assert.ok(blocks() > before);
  x!.close();
  assert.equal(await leaked(before), 0);
  using columns = await loadtxt(["1 2 3", "4 5 6"], { unpack: true });
  assert.deepEqual(columns.toArray(), [
    [1, 4],
    [2, 5],
    [3, 6],
  ]);
  assert.deepEqual(columns.shape, [3, 2]);
});
