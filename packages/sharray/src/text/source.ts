import { fstatSync, readFileSync, realpathSync, statSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { SharrayError } from "../errors.ts";
import { addon } from "../native/addon.ts";
import { call, callAsync } from "../native/call.ts";
import type { SourceProbe } from "../native/spool.ts";
import { bytesOf } from "./bytes.ts";
import { Chunks } from "./chunks.ts";
import { aborted } from "./failure.ts";
import { type Feed, iterableFeed, Pump, readableFeed, webFeed } from "./feed.ts";
import { LineBatch } from "./lines.ts";
import { Spool } from "./spool.ts";

/** How the text of a file lies in it: as it is, in blocks that are compressed each by itself, or in one piece, to be read once from end to end. */
export type Packing = "none" | "blocks" | "stream";

/** Inputs of so many bytes are looked at in less time than starting a thread for it takes. */
export const SMALL: number = 64 * 1024;

/** A text that can be read in parallel: UTF-8, not compressed; or one that is decompressed, or comes, beside the parsing. */
export type Source = FileSource | SpoolSource;

/** A regular file, read in place. */
export interface FileSource {
  readonly label: string;
  readonly path: string;
  /** Bytes to pass over: a byte order mark. */
  readonly skip: 0 | 3;
  /** The byte at which a stream begins. */
  readonly from: number;
  readonly packing: Packing;
  /** The encoding of a stream. */
  readonly encoding: string | null;
  /** Bytes of the file. */
  readonly size: number;
}

/** What comes but once; the spool is the caller's to close. */
export interface SpoolSource {
  readonly label: string;
  readonly spool: Spool;
  readonly encoding: string | null;
  /** Whether it is the lines of a list, which end softly. */
  readonly soft: boolean;
}

/** What a text can come as. */
export type TextSource =
  | string
  | URL
  | ArrayBufferLike
  | ArrayBufferView
  | Blob
  | FileHandle
  | Readable
  | ReadableStream<unknown>
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>;

/** How a source is opened. */
export interface SourceOptions {
  /** The text's encoding, by any of Python's names; null: UTF-8, but latin1 for lines that are bytes, as NumPy has it. */
  encoding: string | null;
  /** Whether there are quotes, which can go on from one line of a list to the next: then the lines of a list end softly. */
  quoted: boolean;
  /** Whether it is read once only, beside the planning of loads: then of what comes but once nothing is kept. */
  once: boolean;
  /** Whether "-" and /dev/stdin are standard input, rather than files of that name. Default false. */
  stdin?: boolean;
  signal: AbortSignal | null;
}

const CAN =
  "a path, a file: URL, bytes (Uint8Array, Buffer, ArrayBuffer, DataView), a stream (of Node or of the web), a Blob, a FileHandle, " +
  "or an iterable of lines, also an asynchronous one";

/**
 * Makes of whatever a text can come as something that can be read in parallel. Files are read where they are; anything else is taken as it
 * comes. What is compressed, by its content, or not UTF-8, is decoded beside the parsing.
 *
 * Bytes and streams are the text itself (strings of a stream are characters, whatever the encoding is). The items of an iterable are
 * a line each, with a line end or without, as in NumPy. A byte order mark at the beginning of UTF-8 is no part of the text: Python
 * leaves it there for "utf-8".
 *
 * @throws {SharrayError} BAD_ARGUMENT: what cannot be a text; NOT_SUPPORTED; FILE_NOT_FOUND, IS_DIRECTORY, PERMISSION_DENIED,
 * TOO_MANY_FILES, IO_ERROR; ABORTED. What is wrong further on is told by whoever reads it, `Spool.thrown` included.
 */
export async function openSource(of: string, source: unknown, options: SourceOptions): Promise<Source> {
  const encoding = checkEncoding(of, options.encoding);
  if (options.signal?.aborted) throw aborted(of, options.signal);
  if (typeof source === "string") return openPath(of, source, encoding, options);
  if (source instanceof URL) return openFile(pathOfUrl(of, source), encoding, options);
  const { once, signal } = options;
  const spool = (
    label: string,
    feed: Feed | null,
    fill: (spool: Spool, pump: Pump | null) => Promise<void>,
  ): SpoolSource => {
    const pump = feed && new Pump(of, feed);
    const made = Spool.filled({ label, keep: !once, signal }, pump, (spool) => fill(spool, pump));
    return { label, spool: made, encoding, soft: false };
  };
  const chunks = (label: string, feed: Feed): Source =>
    spool(label, feed, async (spool, pump) => {
      const chunks = new Chunks(of, spool);
      await pump!.run((chunk) => chunks.add(chunk));
      await chunks.end();
    });
  const bytes = bytesOf(source);
  if (bytes !== null) return spool("the bytes", null, (spool) => spool.push(bytes));
  if (typeof source !== "object" || source === null || ArrayBuffer.isView(source)) throw refused(of, source);
  if (source instanceof Blob) return chunks(nameOf(source, "the blob"), webFeed(of, source.stream()));
  if (isFileHandle(source)) return openHandle(of, source, encoding, options);
  if (source instanceof Readable) return chunks(nameOf(source, "the stream"), readableFeed(of, source));
  if (source instanceof ReadableStream) return chunks("the stream", webFeed(of, source));
  if (Symbol.asyncIterator in source || Symbol.iterator in source) {
    const feed = iterableFeed(source as Iterable<unknown> | AsyncIterable<unknown>);
    const { quoted } = options;
    const lines = spool("the lines", feed, async (spool, pump) => {
      const batch = new LineBatch(of, spool, { encoding: encoding ?? "latin1", quoted });
      // Also what came before a failure.
      await pump!.run((item) => batch.add(item)).finally(() => batch.flush());
    });
    return { ...lines, soft: quoted };
  }
  throw refused(of, source);
}

function refused(of: string, source: unknown): SharrayError {
  const found = inspect(source, { depth: 0, maxStringLength: 100 });
  return new SharrayError("BAD_ARGUMENT", `${of}: expected ${CAN}; found ${found}.`, { expected: CAN });
}

/** Whether each of these inputs can only be decoded from its beginning to its end, as UTF-8; those called "-" are standard input. */
export async function areStreams(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    const place = isStdin(path) ? fileOfStdin() : { path, from: 0 };
    const found = place && (await probe(place.path, path).catch(() => null));
    if (found?.regular && place!.from === 0 && packingOf(found, null) !== "stream") return false;
  }
  return true;
}

function checkEncoding(of: string, encoding: string | null): string | null {
  if (encoding === null) return null;
  const name = typeof encoding === "string" ? call(() => addon.encodingName(encoding)) : null;
  if (name !== null) return name;
  const expected =
    "utf-8, utf-8-sig, latin1, ascii, utf-16, utf-32 (both also with -le and -be), by any of Python's names";
  throw new SharrayError("BAD_ARGUMENT", `${of}: encoding: expected ${expected}; found ${inspect(encoding)}.`, {
    option: "encoding",
    expected,
  });
}

function pathOfUrl(of: string, url: URL): string {
  if (url.protocol !== "file:") {
    const next = "only file: URLs are read. Pass the body of its answer: (await fetch(url)).body";
    throw new SharrayError("NOT_SUPPORTED", `${of}: ${url.href}: ${next}.`, { source: url.href });
  }
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new SharrayError("BAD_ARGUMENT", `${of}: ${url.href} is the URL of no file here.`, {}, { cause });
  }
}

function checkPath(of: string, path: string): string {
  if (path !== "" && !path.includes("\0")) return path;
  throw new SharrayError("BAD_ARGUMENT", `${of}: ${inspect(path)} is no path.`, { source: path });
}

/**
 * The path of a file that may be read as it stands, as far as path and encoding tell; null: it is another source.
 *
 * @throws {SharrayError} BAD_ARGUMENT, NOT_SUPPORTED
 */
export function pathOfUtf8(of: string, source: unknown, encoding: string | null): string | null {
  if (!isUtf8(checkEncoding(of, encoding))) return null;
  if (typeof source === "string") return checkPath(of, source);
  return source instanceof URL ? pathOfUrl(of, source) : null;
}

function isUtf8(encoding: string | null): boolean {
  return encoding === null || encoding === "utf-8" || encoding === "utf-8-sig";
}

function isStdin(path: string): boolean {
  return path === "-" || path === "/dev/stdin";
}

function openPath(of: string, path: string, encoding: string | null, options: SourceOptions): Promise<Source> {
  checkPath(of, path);
  return options.stdin && isStdin(path) ? openStdin(encoding, options) : openFile(path, encoding, options);
}

/** A look at a file; at a small one on this thread, as starting another one would take longer. */
function probe(path: string, label: string): Promise<SourceProbe> {
  return callAsync(() => addon.probeSource(path, label, SMALL));
}

async function openFile(path: string, encoding: string | null, { once, signal }: SourceOptions): Promise<Source> {
  const found = await openRegular({ path, from: 0 }, path, encoding);
  if (found !== null) return { ...found, path: placeOf(path) };
  return { label: path, spool: Spool.ofPath(path, { label: path, keep: !once, signal }), encoding, soft: false };
}

/** A regular file from a byte of it on; null: the path leads to something else. */
async function openRegular({ path, from }: Place, label: string, encoding: string | null): Promise<FileSource | null> {
  const found = await probe(path, label);
  if (!found.regular) return null;
  const packing = from === 0 ? packingOf(found, encoding) : "stream";
  const skip = packing === "none" && found.mark ? 3 : 0;
  return { label, path, skip, from, packing, encoding, size: found.size };
}

/** How a regular file is read where it is. */
function packingOf({ format, blocks }: SourceProbe, encoding: string | null): Packing {
  const utf8 = isUtf8(encoding);
  if (utf8 && format === "plain") return "none";
  return utf8 && blocks ? "blocks" : "stream";
}

/** Where every process finds the file: /dev/stdin and /proc/self/fd/0 mean another one in each. */
function placeOf(path: string): string {
  const absolute = resolve(path);
  return /^\/(dev|proc)\//.test(absolute) ? realpathSync.native(absolute) : absolute;
}

async function openStdin(encoding: string | null, { once, signal }: SourceOptions): Promise<Source> {
  const label = "standard input";
  const place = fileOfStdin();
  const found = place && (await openRegular(place, label, encoding));
  return found ?? { label, spool: Spool.ofStdin({ label, keep: !once, signal }), encoding, soft: false };
}

/** A file, and the byte of it from which on it is read. */
interface Place {
  path: string;
  from: number;
}

/** The regular file that standard input reads, and where it stands in it; null for anything else. */
function fileOfStdin(): Place | null {
  try {
    const open = fstatSync(0);
    if (!open.isFile()) return null;
    const path = realpathSync.native("/proc/self/fd/0");
    const named = statSync(path);
    return named.dev === open.dev && named.ino === open.ino ? { path, from: standsAt(0) } : null;
  } catch {
    return null; // removed meanwhile, or closed: reading it tells
  }
}

/** Where in its file a descriptor stands. */
function standsAt(fd: number): number {
  return Number(/^pos:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"))?.[1] ?? 0);
}

interface OpenFile {
  readonly fd: number;
}

function isFileHandle(source: object): source is OpenFile {
  return source.constructor?.name === "FileHandle" && "fd" in source && typeof source.fd === "number";
}

/** Reads a handle's file from where the handle stands, which stays there. */
async function openHandle(
  of: string,
  { fd }: OpenFile,
  encoding: string | null,
  { once, signal }: SourceOptions,
): Promise<Source> {
  if (fd < 0) throw new SharrayError("BAD_ARGUMENT", `${of}: the FileHandle is closed.`);
  const label = "the file handle";
  const path = `/proc/self/fd/${fd}`;
  const found = await openRegular({ path, from: standsAt(fd) }, label, encoding);
  return found ?? { label, spool: Spool.ofPath(path, { label, keep: !once, signal }), encoding, soft: false };
}

function nameOf(source: object, otherwise: string): string {
  const name = "path" in source ? source.path : "name" in source ? source.name : undefined;
  return typeof name === "string" && name !== "" ? name : otherwise;
}
