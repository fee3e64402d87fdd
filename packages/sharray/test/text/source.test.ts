import "../convert/no_arena.ts";
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, statSync } from "node:fs";
import { open as openHandle } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { loadtxt, SharrayError } from "sharray";
import { blocks } from "../convert/scene.ts";
import { Folder, open, textOf } from "./texts.ts";

test("a plain UTF-8 file is read in place, without its byte order mark", async () => {
  using folder = new Folder();
  const path = folder.file("1 2\n");
  for (const [given, encoding] of [
    [null, null],
    ["UTF8", "utf-8"],
    ["utf-8-sig", "utf-8-sig"],
  ] as const) {
    const source = await open(path, { encoding: given });
    assert.deepEqual(source, { label: path, path, skip: 0, from: 0, packing: "none", encoding, size: 4 });
  }
  const marked = folder.file("\ufeff1 2\n");
  const source = await open(pathToFileURL(marked));
  assert.deepEqual(source, { label: marked, path: marked, skip: 3, from: 0, packing: "none", encoding: null, size: 7 });
});

test("compressed files and those of other encodings are read where they are, and nothing is left of it", async () => {
  using folder = new Folder();
  const text = "chr1 é 1\r\nchr2 ÿ 2\n";
  const lines = text.replace("\r", "");
  const before = blocks();
  const latin1 = folder.file(Buffer.from(text, "latin1"));
  assert.equal(await textOf(latin1, { encoding: "Latin-1" }), lines);
  assert.equal(await textOf(folder.file(gzipSync(text))), lines);
  const zipped = folder.file(gzipSync(Buffer.from(`\ufeff${text}`, "utf16le")));
  const { size } = statSync(zipped);
  const found = { label: zipped, path: zipped, skip: 0, from: 0, packing: "stream", encoding: "utf-16", size };
  assert.deepEqual(await open(zipped, { encoding: "utf-16" }), found);
  assert.equal(await textOf(zipped, { encoding: "utf-16" }), lines);
  assert.equal(blocks(), before);
});

test("bytes of every kind are the text itself", async () => {
  const text = "1 2\n3 é\n";
  const buffer = Buffer.from(text);
  const { buffer: memory } = new Uint8Array(buffer);
  const shared = new SharedArrayBuffer(buffer.length);
  new Uint8Array(shared).set(buffer);
  for (const source of [
    buffer,
    new Uint8Array(memory),
    memory,
    new DataView(memory),
    shared,
    new Uint8Array(shared),
    gzipSync(text),
    Buffer.from(`\ufeff${text}`),
  ]) {
    assert.equal(await textOf(source), text);
  }
  assert.equal(await textOf(Buffer.from(text, "latin1"), { encoding: "latin1" }), text);
  assert.equal(await textOf(new Uint8Array(0)), "");
});

test("streams of Node and of the web, blobs and file handles are the text itself", async () => {
  using folder = new Folder();
  const text = "1 é €\n".repeat(100_000);
  const path = folder.file(text);
  const packed = folder.file(gzipSync(text));
  assert.equal(await textOf(createReadStream(path)), text);
  assert.equal(await textOf(createReadStream(packed)), text);
  const small = folder.file(gzipSync("1 é €\n".repeat(100)));
  assert.equal(await textOf(createReadStream(small, { highWaterMark: 1 })), "1 é €\n".repeat(100));
  // A character is cut by the chunks of strings now and then.
  assert.equal(await textOf(createReadStream(path, { encoding: "utf8", highWaterMark: 4097 })), text);
  assert.equal(await textOf(Readable.from(["1 \ud83d", "\ude00 2", "\n"])), "1 😀 2\n");
  assert.equal(await textOf(Readable.from(["\ufeff1\n"]), { encoding: "latin1" }), "1\n");
  assert.equal(await textOf(new Blob([text]).stream()), text);
  assert.equal(await textOf(new Blob([gzipSync(text)])), text);
  assert.equal(await textOf(Readable.from([])), "");
  await using handle = await openHandle(path);
  assert.equal(await textOf(handle), text);
  assert.equal(await textOf(handle), text, "it stands where it stood");
  await handle.read(Buffer.alloc(9), 0, 9, null);
  const rest = Buffer.from(text).subarray(9).toString("utf8");
  assert.equal(await textOf(handle), rest, "from where it stands on");
});

test("a named pipe is waited for, and read to its end", async () => {
  using folder = new Folder();
  const fifo = join(folder.path, "fifo");
  execFileSync("mkfifo", [fifo]);
  const read = textOf(fifo);
  const writer = spawn("sh", ["-c", 'printf "1 2\\n" > "$0"', fifo]);
  const closed = once(writer, "close");
  assert.equal(await read, "1 2\n");
  await closed;
});

const stdin = fileURLToPath(new URL("programs/stdin.ts", import.meta.url));

test("standard input may be a pipe, a socket, a file, or what is left of one", async () => {
  using folder = new Folder();
  const run = (command: string): string =>
    execFileSync("sh", ["-c", command, process.execPath, "--import", "tsx", stdin], { encoding: "utf8" });
  const path = folder.file("1 2\n3 4\n");
  assert.equal(run(`printf '5 6\\n' | "$0" "$@"`), '["spool","5 6\\n"]');
  assert.equal(run(`"$0" "$@" < ${path}`), '["none","1 2\\n3 4\\n"]');
  assert.equal(run(`(read line; "$0" "$@") < ${path}`), '["stream","3 4\\n"]');
  assert.equal(run(`"$0" "$@" < /dev/null`), '["spool",""]');
  // Node's own pipes to a child are sockets.
  const child = spawn(process.execPath, ["--import", "tsx", stdin], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(gzipSync("7 8\n"));
  assert.equal((await child.stdout.toArray()).join(""), '["spool","7 8\\n"]');
});

test("a name is a path, unless the caller says that it means standard input", async () => {
  for (const name of ["-", "1 2\n3 4\n", "no such file"]) {
    await assert.rejects(open(name), { code: "FILE_NOT_FOUND", details: { file: name } });
  }
  for (const name of ["", "a\0b"]) await assert.rejects(open(name, { stdin: true }), { code: "BAD_ARGUMENT" });
});

test("what cannot be a text is refused, with what can be one", async () => {
  const closed = await openHandle("/dev/null");
  await closed.close();
  const used = Readable.from(["1"]);
  await used.toArray();
  const locked = new Blob(["1"]).stream();
  locked.getReader();
  const wrong = [
    undefined,
    null,
    1,
    1n,
    true,
    () => 1,
    {},
    new Float64Array(2),
    Symbol("x"),
    new Date(),
    Promise.resolve("1"),
  ];
  for (const source of wrong) {
    await assert.rejects(open(source), {
      code: "BAD_ARGUMENT",
      message: /expected a path, a file: URL, bytes .* found /,
    });
  }
  for (const source of [closed, used, locked]) await assert.rejects(open(source), { code: "BAD_ARGUMENT" });
  await assert.rejects(open(new URL("https://example.org/x")), {
    code: "NOT_SUPPORTED",
    message: /\(await fetch\(url\)\)\.body/,
  });
  await assert.rejects(open(new URL("file://elsewhere/x")), { code: "BAD_ARGUMENT" });
  await assert.rejects(open(Buffer.from("1"), { encoding: "utf-7" }), {
    code: "BAD_ARGUMENT",
    message: /encoding: expected utf-8, .* found 'utf-7'/,
  });
  await assert.rejects(open("/"), { code: "IS_DIRECTORY" });
});

test("a stream that fails is the cause of the rejection, and what came before it is told first", async () => {
  const before = blocks();
  const cause = new Error("the line is down");
  const failing = (): Readable =>
    Readable.from(
      (function* () {
        yield Buffer.from("1 2\n");
        throw cause;
      })(),
    );
  const web = new ReadableStream({
    pull: () => {
      throw cause;
    },
  });
  async function* lines(): AsyncGenerator<string> {
    yield "1 x";
    throw cause;
  }
  for (const source of [failing(), web, lines()]) {
    await assert.rejects(textOf(source), (error) => {
      assert.ok(error instanceof SharrayError);
      assert.equal(error.code, "IO_ERROR");
      assert.match(error.message, /the line is down/);
      assert.equal(error.cause, cause);
      return true;
    });
  }
  const cut = new Readable({ read: () => {} });
  const opened = textOf(cut);
  cut.push("1");
  cut.destroy();
  await assert.rejects(opened, { code: "IO_ERROR" });
  await assert.rejects(textOf(Readable.from([Buffer.from("1"), "2"])), { code: "BAD_ARGUMENT" });
  await assert.rejects(textOf(Readable.from([1])), { code: "BAD_ARGUMENT", message: /found one of number/ });
  await assert.rejects(textOf(Readable.from(["1\ud800"])), { code: "BAD_ARGUMENT", message: /surrogate/ });
  await assert.rejects(textOf(createReadStream("/no/such/file")), { code: "IO_ERROR" });
  await assert.rejects(loadtxt(lines(), { usecols: 0 }), { code: "IO_ERROR", cause });
  await assert.rejects(loadtxt(lines()), { code: "TEXT_BAD_VALUE" });
  const refuse = (): number => {
    throw new Error("no");
  };
  await assert.rejects(loadtxt(lines(), { usecols: 0, converters: refuse }), {
    code: "TEXT_BAD_VALUE",
    message: /no$/,
  });
  assert.equal(blocks(), before);
});

test("an abort ends a source that is silent, and the stream with it", async () => {
  using folder = new Folder();
  const before = blocks();
  const fifo = join(folder.path, "fifo");
  execFileSync("mkfifo", [fifo]);
  const silent = new Readable({ read: () => {} });
  const cancelled: unknown[] = [];
  const web = new ReadableStream({ cancel: (reason) => void cancelled.push(reason) });
  let returned = 0;
  const endless: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: () => {
        returned += 1;
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
  for (const source of [fifo, silent, web, endless]) {
    const controller = new AbortController();
    const opened = textOf(source, { signal: controller.signal });
    setImmediate(() => controller.abort("enough"));
    await assert.rejects(opened, { code: "ABORTED", cause: "enough" });
  }
  assert.ok(silent.destroyed);
  assert.ok(cancelled[0] instanceof Error);
  assert.equal(returned, 1);
  await assert.rejects(textOf("/no/such/file", { signal: AbortSignal.abort() }), { code: "ABORTED" });
  assert.equal(blocks(), before);
});

test("no more of a stream is taken than waits to be stored", async () => {
  let made = 0;
  let ahead = 0;
  const source = new Readable({
    highWaterMark: 1 << 20,
    read() {
      made += 1;
      ahead = Math.max(ahead, this.readableLength);
      this.push(made > 200 ? null : Buffer.alloc(1 << 18, `1${"x".repeat(1022)}\n`));
    },
  });
  using array = await loadtxt(source, { dtype: "S1" });
  assert.equal(array.shape[0], 200 * 256);
  assert.ok(ahead <= 2 << 20, `${ahead} bytes waited`);
});

const fewFiles = fileURLToPath(new URL("programs/few_files.ts", import.meta.url));

test("64 descriptors are enough for many sources, and when none is left that is told", () => {
  const said = execFileSync("sh", ["-c", 'ulimit -n 64; "$0" "$@"', process.execPath, "--import", "tsx", fewFiles]);
  assert.deepEqual(JSON.parse(said.toString()), { read: 200, full: "TOO_MANY_FILES", after: "1 2\n" });
});

test("many sources one after the other leave no memory, descriptor or thread", async () => {
  using folder = new Folder();
  const good = folder.file(gzipSync("1 2\n"));
  const bad = folder.file(gzipSync("1 2\n").subarray(0, 15));
  const before = blocks();
  for (let i = 0; i < 200; i++) {
    assert.equal(await textOf(good), "1 2\n");
    await assert.rejects(textOf(bad), { code: "TEXT_BAD_ARCHIVE" });
  }
  assert.equal(blocks(), before);
});
