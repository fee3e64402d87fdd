import { gatherAsync, type Held, hold } from "../array/bulk/bulk.ts";
import { pack, packing } from "../array/bulk/copy.ts";
import { sizeOf } from "../array/geometry.ts";
import { type Assignable, NDArray, viewOf } from "../array/ndarray.ts";
import { filePath } from "../array/npy/file_path.ts";
import { writeFile } from "../array/npy/save.ts";
import { SharedArray } from "../array/shared.ts";
import type { View } from "../array/view.ts";
import type { DTypeLike } from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
import { addon } from "../native/addon.ts";
import { callAsync, errorOf } from "../native/call.ts";
import type { NativeTextOutput, PrintSpec } from "../native/savetxt.ts";
import { type Checked, checkSavetxt, noteOf, type SavetxtOptions } from "./savetxt_options.ts";
import { piecesOf, printSpecOf } from "./savetxt_rows.ts";

/**
 * Writes an array as a text table, byte for byte as NumPy's savetxt (2.4) does: a line for each row of an array of two axes, for each
 * element of one axis, and for each record, whose fields are the columns.
 *
 *     await savetxt("x.csv", table, { fmt: ["%s", "%d", "%.3f"], delimiter: ",", header: "name,pos,pct", comments: "" });
 *
 * `array` is an array of any strides and layout, or what `SharedArray.from` takes. The text is made off the event loop, a piece at a
 * time. The file appears under its name when all of it is on the disk; what fails leaves what was there before. A path that ends in
 * ".gz" is compressed.
 *
 * `fmt` formats NumPy's scalars as Python's `%` does: `%d` cuts floats to their integers, `%s` is the shortest text that leads back to
 * a number, and of `S` texts it is `b'abc'`, as in NumPy. An array without rows leaves `fmt` unread. Where NumPy's documentation says that
 * the encoding is latin1, its code opens a path in the locale's, mostly UTF-8; here it is latin1, and a character that an encoding has
 * not is an error.
 *
 * @throws {SharrayError} BAD_ARGUMENT: a format that is none, is none for the dtype, or has not as many `%` as there are columns; a
 * misspelt option. BAD_SHAPE: not one or two axes. BAD_VALUE: an element without such a text (NaN by `%d`), a character that the
 * encoding has not; details: row and column, from 0. NOT_SUPPORTED: records and sub-arrays within a row, complex fields by numeric
 * formats, `%r` of texts beyond latin1, other encodings, paths that end in .bz2, .xz or .lzma. FILE_NOT_FOUND, PERMISSION_DENIED, IS_DIRECTORY,
 * NO_SPACE, CLOSED
 */
export async function savetxt(
  path: string | URL,
  array: Assignable<DTypeLike>,
  options: SavetxtOptions = {},
): Promise<void> {
  const target = filePath(path, "savetxt");
  const checked = checkSavetxt(options);
  const gzip = isGzip(target);
  const given = array instanceof NDArray ? null : SharedArray.from(array as Assignable<DTypeLike>);
  try {
    await write(target, viewOf(given ?? (array as NDArray)), checked, gzip);
  } finally {
    given?.close();
  }
}

function isGzip(path: string): boolean {
  const other = /\.(bz2|xz|lzma)$/.exec(path);
  if (other === null) return path.endsWith(".gz");
  throw new SharrayError("NOT_SUPPORTED", `savetxt: ${path}: ${other[1]} is not written; .gz is.`, { path });
}

async function write(path: string, view: View, checked: Checked, gzip: boolean): Promise<void> {
  view.storage.check();
  const rows = printSpecOf(view, checked);
  const held = hold(view.storage);
  try {
    const spec = JSON.stringify({ encoding: checked.encoding, gzip, rows });
    await writeFile(
      () => addon.createTextOutput(path, spec),
      async (output) => {
        await note(output, noteOf(checked.header, checked));
        if (rows !== null) await print(output, view, held, rows);
        await note(output, noteOf(checked.footer, checked));
      },
    );
  } finally {
    held?.release();
  }
}

async function note(output: NativeTextOutput, text: string): Promise<void> {
  if (text !== "") check(await callAsync(() => output.write(text)));
}

async function print(output: NativeTextOutput, view: View, held: Held | null, spec: PrintSpec): Promise<void> {
  for (const { part, count } of piecesOf(view, spec)) {
    const bytes = part === null ? new Uint8Array(0) : await bytesOf(part, held);
    check(await callAsync(() => output.print(bytes, count)));
  }
}

/** The elements without gaps between them: of a block off the event loop, of other memory a little at a time. */
async function bytesOf(part: View, held: Held | null): Promise<Uint8Array> {
  if (held === null) {
    const { storage, offset } = pack(part);
    return storage.bytes(offset, storage.size - offset);
  }
  return new Uint8Array(await gatherAsync(sizeOf(part.shape) * part.dtype.itemsize, held, packing(part)));
}

function check(failure: string | null): void {
  if (failure === null) return;
  const { code, message, details } = errorOf(failure);
  throw new SharrayError(code, `savetxt: ${message}`, details);
}
