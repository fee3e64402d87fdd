import { fstatSync, readFileSync, realpathSync, statSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { SharrayError } from "../errors.ts";
import type { Block } from "../memory/block.ts";
import { addon } from "../native/addon.ts";
import { call, callAsync } from "../native/call.ts";
import type { SourceProbe } from "../native/spool.ts";
import { bytesOf } from "./bytes.ts";
import { aborted } from "./failure.ts";
import { type Feed, iterableFeed, readableFeed, webFeed } from "./feed.ts";
import { type Fill, spooled } from "./fill.ts";

/** How the text of a file lies in it: as it is, in blocks that are compressed each by itself, or in one piece, to be read once from end to end. */
export type Packing = "none" | "blocks" | "stream";

/** Inputs of so many bytes are looked at in less time than starting a thread for it takes. */
export const SMALL: number = 64 * 1024;

/** A text that can be read in parallel: UTF-8, not compressed; or one that is decompressed beside the parsing. */
export type Source =
  /** A regular file, read in place, without its first `skip` bytes (a byte order mark). `encoding`: that of a stream. */
  | {
      readonly label: string;
      readonly path: string;
      readonly skip: 0 | 3;
      readonly packing: Packing;
      readonly encoding: string | null;
      /** Bytes of the file. */
      readonly size: number;
    }
  /** The first `size` bytes of a block, which is the caller's to close. `soft`: the lines of a list, which end softly. */
  | { readonly label: string; readonly block: Block; readonly size: number; readonly soft?: boolean };

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

/** How far reading a source has come that cannot be read in place. */
export interface SourceProgress {
  /** Bytes that were taken, compressed ones as they are. */
  bytes: number;
  /** Bytes in all, as far as that is known. */
  totalBytes: number | null;
}

/** How a source is opened. */
export interface SourceOptions {
  /** The text's encoding, by any of Python's names; null: UTF-8, but latin1 for lines that are bytes, as NumPy has it. */
  encoding: string | null;
  /** Whether there are quotes, which can go on from one line of a list to the next: then the lines of a list end softly. */
  quoted: boolean;
  /** Whether it is read once only: then a file that is compressed, or not UTF-8, is read as a stream, without memory for its text. */
  once: boolean;
  /** Whether "-" and /dev/stdin are standard input, rather than files of that name. Default false. */
  stdin?: boolean;
  signal: AbortSignal | null;
  onProgress?: ((progress: SourceProgress) => void) | null;
}

const CAN =
  "a path, a file: URL, bytes (Uint8Array, Buffer, ArrayBuffer, DataView), a stream (of Node or of the web), a Blob, a FileHandle, " +
  "or an iterable of lines, also an asynchronous one";

/**
 * Makes of whatever a text can come as something that can be read in parallel. Files that are UTF-8 already are read in place; anything
 * else is decompressed, by its content, and transcoded into memory.
 *
 * Bytes and streams are the text itself (strings of a stream are characters, whatever the encoding is). The items of an iterable are
 * a line each, with a line end or without, as in NumPy. A byte order mark at the beginning of UTF-8 is no part of the text: Python
 * leaves it there for "utf-8".
 *
 * @throws {SharrayError} BAD_ARGUMENT: what cannot be a text, or a line end in the midst of a line; NOT_SUPPORTED; FILE_NOT_FOUND,
 * IS_DIRECTORY, PERMISSION_DENIED, TOO_MANY_FILES; IO_ERROR, with what a stream failed with as its cause; TEXT_BAD_ARCHIVE,
 * TEXT_BAD_ENCODING; INPUT_CHANGED; NO_SPACE; ABORTED
 */
export async function openSource(of: string, source: unknown, options: SourceOptions): Promise<Source> {
  const encoding = checkEncoding(of, options.encoding);
  if (options.signal?.aborted) throw aborted(of, options.signal);
  if (typeof source === "string") return openPath(of, source, encoding, options);
  if (source instanceof URL) return openFile(of, pathOfUrl(of, source), encoding, options);
  const spool = (label: string, fill: Fill, as: string | null = encoding): Promise<Source> =>
    spooled(of, { label, encoding: as, options }, fill);
  const bytes = bytesOf(source);
  if (bytes !== null) return spool("the bytes", { kind: "bytes", bytes });
  if (typeof source !== "object" || source === null || ArrayBuffer.isView(source)) throw refused(of, source);
  if (source instanceof Blob) return spool(nameOf(source, "the blob"), chunks(webFeed(of, source.stream())));
  if (isFileHandle(source)) return openHandle(of, source, spool);
  if (source instanceof Readable) return spool(nameOf(source, "the stream"), chunks(readableFeed(of, source)));
  if (source instanceof ReadableStream) return spool("the stream", chunks(webFeed(of, source)));
  if (Symbol.asyncIterator in source || Symbol.iterator in source) {
    const feed = iterableFeed(source as Iterable<unknown> | AsyncIterable<unknown>);
    const lines = await spool("the lines", { kind: "lines", feed }, encoding ?? "latin1");
    return "block" in lines ? { ...lines, soft: options.quoted } : lines;
  }
  throw refused(of, source);
}

function chunks(feed: Feed): Fill {
  return { kind: "chunks", feed };
}

function refused(of: string, source: unknown): SharrayError {
  const found = inspect(source, { depth: 0, maxStringLength: 100 });
  return new SharrayError("BAD_ARGUMENT", `${of}: expected ${CAN}; found ${found}.`, { expected: CAN });
}

/** Whether each of these files is one that can only be decoded from its beginning to its end, as UTF-8. */
export async function areStreams(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    const found = await probe(path, path).catch(() => null);
    if (found === null || packingOf(found, null) !== "stream") return false;
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

function openPath(of: string, path: string, encoding: string | null, options: SourceOptions): Promise<Source> {
  checkPath(of, path);
  if (options.stdin && (path === "-" || path === "/dev/stdin")) return openStdin(of, encoding, options);
  return openFile(of, path, encoding, options);
}

/** A look at a file; at a small one on this thread, as starting another one would take longer. */
function probe(path: string, label: string): Promise<SourceProbe> {
  return callAsync(() => addon.probeSource(path, label, SMALL));
}

async function openFile(of: string, path: string, encoding: string | null, options: SourceOptions): Promise<Source> {
  const found = await probe(path, path);
  const packing = packingOf(found, encoding);
  if (packing !== null) {
    const skip = packing === "none" && found.mark ? 3 : 0;
    return { label: path, path: placeOf(path), skip, packing, encoding, size: found.size };
  }
  const fill: Fill = { kind: "file", path, from: 0, size: found.regular ? found.size : null };
  return spooled(of, { label: path, encoding, options }, fill);
}

/** How a file is read where it is; null: it is none. */
function packingOf({ regular, format, blocks }: SourceProbe, encoding: string | null): Packing | null {
  if (!regular) return null;
  const utf8 = isUtf8(encoding);
  if (utf8 && format === "plain") return "none";
  return utf8 && blocks ? "blocks" : "stream";
}

/** Where every process finds the file: /dev/stdin and /proc/self/fd/0 mean another one in each. */
function placeOf(path: string): string {
  const absolute = resolve(path);
  return /^\/(dev|proc)\//.test(absolute) ? realpathSync.native(absolute) : absolute;
}

async function openStdin(of: string, encoding: string | null, options: SourceOptions): Promise<Source> {
  const label = "standard input";
  const place = fileOfStdin();
  // Read in place only from its beginning, where a redirection leaves it.
  const found = place === null ? null : await probe(place, label);
  const packing = found && packingOf(found, encoding);
  if (place !== null && found !== null && packing !== null) {
    return { label, path: place, skip: packing === "none" && found.mark ? 3 : 0, packing, encoding, size: found.size };
  }
  return spooled(of, { label, encoding, options }, { kind: "stdin" });
}

/** The path of the regular file that standard input reads from its beginning; null for anything else. */
function fileOfStdin(): string | null {
  try {
    const open = fstatSync(0);
    if (!open.isFile() || standsAt(0) !== 0) return null;
    const path = realpathSync.native("/proc/self/fd/0");
    const named = statSync(path);
    return named.dev === open.dev && named.ino === open.ino ? path : null;
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
function openHandle(
  of: string,
  { fd }: OpenFile,
  spool: (label: string, fill: Fill) => Promise<Source>,
): Promise<Source> {
  if (fd < 0) throw new SharrayError("BAD_ARGUMENT", `${of}: the FileHandle is closed.`);
  const size = fstatSync(fd).isFile() ? fstatSync(fd).size : null;
  return spool("the file handle", { kind: "file", path: `/proc/self/fd/${fd}`, from: standsAt(fd), size });
}

function nameOf(source: object, otherwise: string): string {
  const name = "path" in source ? source.path : "name" in source ? source.name : undefined;
  return typeof name === "string" && name !== "" ? name : otherwise;
}
