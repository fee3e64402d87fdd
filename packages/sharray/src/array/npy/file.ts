import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { SharrayError } from "../../errors.ts";
import { sizeOf } from "../geometry.ts";
import { NDArray } from "../ndarray.ts";
import { isNpy, type NpyHeader, npyHeaderLength, parseNpyHeader } from "./read.ts";

/** More than any header that NumPy writes needs, for one read. */
const first = 4096;

/** A header of this length describes no array but a damaged file. */
const longest = 64 * 2 ** 20;

/** Bytes from `at` on, as many as there are up to `length`. */
function readAt(fd: number, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = readSync(fd, bytes, done, length - done, at + done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

function damaged(path: string, reason: string): SharrayError {
  return new SharrayError("NPY_BAD_HEADER", `${path}: ${reason}`, { path });
}

function headerOf(fd: number, path: string): NpyHeader | null {
  const start = readAt(fd, 0, first);
  if (!isNpy(start)) return null;
  try {
    const length = npyHeaderLength(start);
    if (length > longest) throw damaged(path, `the .npy header would have ${length} bytes`);
    return parseNpyHeader(length <= start.length ? start : readAt(fd, 0, length));
  } catch (error) {
    if (!(error instanceof SharrayError) || error.details.path === path) throw error;
    throw new SharrayError(error.code, `${path}: ${error.message}`, { ...error.details, path }, { cause: error });
  }
}

/**
 * A .npy file, or the named block of an array, looked at from outside: nothing is attached, mapped or locked, so that looking at a
 * block changes nothing for those who hold it, nor for what becomes of it.
 */
export class NpyFile {
  readonly path: string;
  readonly header: NpyHeader;
  /** Bytes of the file. */
  readonly size: number;
  readonly #fd: number;

  private constructor(path: string, fd: number, header: NpyHeader, size: number) {
    this.path = path;
    this.header = header;
    this.size = size;
    this.#fd = fd;
  }

  /**
   * Opens it for reading; null when the file is none of this kind. `links: false` follows no symbolic link: in a folder where
   * everybody may write, such as /dev/shm, one leads where somebody else wants.
   *
   * @throws NPY_BAD_HEADER when it begins like one but is damaged or cut off; BAD_DTYPE for a dtype that sharray does not have;
   * the system's errors (ENOENT, EACCES) as they are
   */
  static open(path: string, { links = true }: { links?: boolean } = {}): NpyFile | null {
    const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
    // Without waiting: a FIFO would not open before somebody writes to it.
    const fd = openSync(path, O_RDONLY | O_NONBLOCK | (links ? 0 : O_NOFOLLOW));
    let file: NpyFile | null = null;
    try {
      const found = fstatSync(fd);
      const header = found.isFile() ? headerOf(fd, path) : null;
      if (header !== null) {
        if (header.end > found.size) {
          throw damaged(path, `by its header it has ${header.end} bytes or more, but there are ${found.size}`);
        }
        file = new NpyFile(path, fd, header, found.size);
      }
      return file;
    } finally {
      if (file === null) closeSync(fd);
    }
  }

  /** The rows `from` to `to` of the first axis, copied into ordinary memory. An array without axes has one element and no rows. */
  rows(from: number, to: number): NDArray {
    const { dtype, shape, fortranOrder, length, columns } = this.header;
    const { itemsize } = dtype;
    if (columns !== null) return this.#gathered(columns, from, to);
    if (shape.length === 0) return new NDArray(shape, dtype, readAt(this.#fd, length, itemsize));
    const [all = 0, ...inner] = shape;
    const count = to - from;
    const part = [count, ...inner];
    const row = itemsize * sizeOf(inner);
    if (!fortranOrder) return new NDArray(part, dtype, readAt(this.#fd, length + from * row, count * row));
    // The first axis runs fastest: each of the others' places has its rows side by side.
    const bytes = new Uint8Array(count * row);
    for (let place = 0; place < sizeOf(inner); place++) {
      const at = length + (place * all + from) * itemsize;
      bytes.set(readAt(this.#fd, at, count * itemsize), place * count * itemsize);
    }
    let step = itemsize;
    const strides = part.map((n) => {
      const stride = step;
      step *= Math.max(1, n);
      return stride;
    });
    return new NDArray(part, dtype, bytes, { strides });
  }

  /** The same of an array in columns, each of whose fields has the rows side by side. */
  #gathered(columns: readonly number[], from: number, to: number): NDArray {
    const { dtype, shape } = this.header;
    const [first = 0, last = 1] = shape.length === 0 ? [] : [from, to];
    const part = shape.length === 0 ? [] : [last - first, ...shape.slice(1)];
    const row = sizeOf(shape.slice(1));
    const count = (last - first) * row;
    const rows = new NDArray(part, dtype, new Uint8Array(count * dtype.itemsize));
    for (const [index, [name, field]] of [...dtype.fields!].entries()) {
      const bytes = readAt(this.#fd, columns[index]! + first * row * field.size, count * field.size);
      rows.field(name).assign(new NDArray([...part, ...field.shape], field.dtype, bytes));
    }
    return rows;
  }

  close(): void {
    closeSync(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
