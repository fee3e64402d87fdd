import "../convert/no_arena.ts";
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SharrayError } from "sharray";
import { python, withoutPython } from "../../../../tests/oracle.ts";
import { blocks } from "../convert/scene.ts";
import { Folder, textOf } from "./texts.ts";

/** Writes each kind of archive of two texts behind one another, as Python's own modules make them. */
const PACK = `
import bz2, gzip, lzma, os, struct, sys, zlib
folder = sys.argv[1]
one, two = [open(os.path.join(folder, name), "rb").read() for name in ("one", "two")]

def bgz(text):
    out = b""
    for at in list(range(0, len(text), 60000)) + [None]:
        piece = b"" if at is None else text[at : at + 60000]
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        body = packer.compress(piece) + packer.flush()
        out += b"\\x1f\\x8b\\x08\\x04" + bytes(4) + b"\\0\\xff\\x06\\0BC\\x02\\0" + struct.pack("<H", len(body) + 25) + body
        out += struct.pack("<II", zlib.crc32(piece), len(piece))
    return out

packed = {"gz": gzip.compress(one) + gzip.compress(two), "bgz": bgz(one + two), "bz2": bz2.compress(one) + bz2.compress(two),
          "xz": lzma.compress(one) + lzma.compress(two), "padded.gz": gzip.compress(one) + bytes(512) + gzip.compress(two) + bytes(100)}
for name, data in packed.items():
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)
`;

async function pack(folder: Folder, one: string, two: string): Promise<void> {
  folder.file(one, "one");
  folder.file(two, "two");
  await python(PACK, [folder.path]);
}

const long = Array.from({ length: 60_000 }, (_, i) => `chr${i % 23}\t${i}\t${i / 8}\n`).join("");

test("gz, bgz, bz2 and xz archives of Python's modules are their text", {
  skip: withoutPython,
}, async () => {
  using folder = new Folder();
  for (const [one, two] of [
    [long, "1 é\n"],
    ["", long],
    ["1", ""],
  ] as const) {
    await pack(folder, one, two);
    for (const name of ["gz", "bgz", "bz2", "xz", "padded.gz"]) {
      assert.ok((await textOf(readFileSync(join(folder.path, name)))) === (one + two).replace(/\n?$/, "\n"), name);
    }
  }
});

const withoutZstd = spawnSync("zstd", ["--version"]).status === 0 ? false : "no zstd command";

test("zst files of the zstd command are their text, in frames and with a long window", {
  skip: withoutZstd,
}, async () => {
  using folder = new Folder();
  const path = folder.file(long);
  const zstd = (...options: string[]) => execFileSync("zstd", ["-q", "-c", ...options, path], { maxBuffer: 1 << 26 });
  assert.ok((await textOf(zstd("-3"))) === long);
  assert.ok((await textOf(zstd("--long=31", "-1"))) === long);
  assert.ok((await textOf(Buffer.concat([zstd("-1"), zstd("-19")]))) === long + long);
});

test("an archive that is cut or damaged at any byte is an error or its whole text, and leaves nothing", {
  skip: withoutPython,
}, async () => {
  using folder = new Folder();
  const text = "1 2 3\n4 5 6\nhello hello\n";
  await pack(folder, text, "");
  const before = blocks();
  for (const name of ["gz", "bz2", "xz"]) {
    const packed = readFileSync(join(folder.path, name));
    for (let at = 10; at < packed.length; at++) {
      const damaged = Buffer.from(packed);
      damaged[at]! ^= 1 << (at % 8);
      for (const [data, cut] of [
        [packed.subarray(0, at), true],
        [damaged, false],
      ] as const) {
        const outcome = await textOf(data, { encoding: "latin1" }).catch((error: unknown) => error);
        if (outcome instanceof SharrayError) {
          assert.equal(outcome.code, "TEXT_BAD_ARCHIVE");
          assert.ok((outcome.details.byte as number) <= data.length);
          if (cut) assert.match(outcome.message, /cut off/);
        } else {
          assert.equal(outcome, text, `${name}, byte ${at}`);
        }
      }
    }
  }
  assert.equal(blocks(), before);
});

test("damage is told with the file, the format, the byte and what to do", async () => {
  using folder = new Folder();
  const path = folder.file(Buffer.concat([Buffer.from("1f8b08000000000000ff", "hex"), Buffer.alloc(9, 0xff)]));
  await assert.rejects(textOf(path), (error) => {
    assert.ok(error instanceof SharrayError);
    const { file, format, text, reason } = error.details;
    assert.deepEqual({ file, format, text }, { file: path, format: "gzip", text: 0 });
    assert.equal(
      error.message,
      `${path}: compressed with gzip, but ${reason} (noticed at byte ${error.details.byte} of it, after 0 bytes of text); fetch the file again, and look at it with gzip -t.`,
    );
    return true;
  });
});
