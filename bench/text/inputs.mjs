// What the benchmarks of text read beside the two large tables: tables of other shapes, and compressed ones. Each is made once.
import { closeSync, createReadStream, createWriteStream, existsSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { constants, crc32, createGzip, deflateRawSync } from "node:zlib";

/** Level of both kinds of compression, that of gzip and bgzip. */
const LEVEL = constants.Z_DEFAULT_COMPRESSION;
/** Text of a block, as bgzip cuts it: it fits into a block of 64 KiB even where nothing can be compressed. */
const BLOCK = 0xff00;

/** A file that `make` writes, unless it is there. */
async function once(path, make, log) {
  if (existsSync(path)) return path;
  log(`making ${path}`);
  await make(`${path}.part`);
  renameSync(`${path}.part`, path);
  return path;
}

/** xorshift32. */
function numbers(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function writeRows(path, rows, row) {
  const fd = openSync(path, "w");
  let text = "";
  for (let i = 0; i < rows; i++) {
    text += row(i);
    if (text.length < 1 << 20 && i + 1 < rows) continue;
    writeSync(fd, text);
    text = "";
  }
  closeSync(fd);
}

/** Rows of 2,000 decimals, 90 MB. */
export function wide(folder, log) {
  const next = numbers(1);
  const row = () =>
    `${Array.from({ length: 2000 }, () => ((next() % 2_000_000) / 1000 - 1000).toFixed(3)).join("\t")}\n`;
  return once(join(folder, "wide.txt"), (path) => writeRows(path, 5500, row), log);
}

/** Rows of an integer and a decimal, 90 MB. */
export function narrow(folder, log) {
  const next = numbers(2);
  const row = (i) => `${i}\t${((next() % 2_000_000) / 1000 - 1000).toFixed(3)}\n`;
  return once(join(folder, "narrow.txt"), (path) => writeRows(path, 5_500_000, row), log);
}

/** A table of 1 KiB. */
export function small(folder, log) {
  const next = numbers(3);
  const row = (i) => `chr${1 + (i % 22)}\t${1_000_000 + (next() % 9_000_000)}\t${(next() % 900) / 8 + 10}\t7\t12\n`;
  return once(join(folder, "small.txt"), (path) => writeRows(path, 41, row), log);
}

/** The file as one stream of gzip. */
export function gzip(file, log) {
  const make = (path) => pipeline(createReadStream(file), createGzip({ level: LEVEL }), createWriteStream(path));
  return once(`${file}.gz`, make, log);
}

/** A member of gzip of at most 64 KiB, which says in an extra field how long it is. */
function block(text) {
  const body = deflateRawSync(text, { level: LEVEL });
  const member = Buffer.alloc(body.length + 26);
  // Deflate, an extra field, no time, no system; the field is 6 bytes: BC, 2 bytes, the length of the block less one.
  member.set([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 0x42, 0x43, 2, 0]);
  member.writeUInt16LE(member.length - 1, 16);
  member.set(body, 18);
  member.writeUInt32LE(crc32(text), 18 + body.length);
  member.writeUInt32LE(text.length, 22 + body.length);
  return member;
}

/** The file as BGZF, an empty block at its end. */
export function bgzip(file, log) {
  async function* blocks() {
    let rest = Buffer.alloc(0);
    for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
      rest = Buffer.concat([rest, piece]);
      let at = 0;
      for (; rest.length - at >= BLOCK; at += BLOCK) yield block(rest.subarray(at, at + BLOCK));
      rest = rest.subarray(at);
    }
    if (rest.length > 0) yield block(rest);
    yield block(Buffer.alloc(0));
  }
  return once(`${file}.bgz`, (path) => pipeline(blocks, createWriteStream(path)), log);
}
