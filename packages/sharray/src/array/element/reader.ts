import type { DType } from "../../dtype/dtype.ts";
import { fromHalf } from "./float16.ts";

/** Reads one element of a dtype at a place of a view. */
export type Read = (view: DataView, at: number) => unknown;

/** Longer texts are decoded faster by Node's buffer than one character at a time. */
const SHORT = 24;

/** One byte a character, without the NULs at the end. */
export function readLatin1(view: DataView, at: number, size: number): string {
  let end = at + size;
  while (end > at && view.getUint8(end - 1) === 0) end--;
  if (end - at > SHORT) return Buffer.from(view.buffer, view.byteOffset + at, end - at).toString("latin1");
  let text = "";
  for (let i = at; i < end; i++) text += String.fromCharCode(view.getUint8(i));
  return text;
}

/** Four bytes a character, without the NULs at the end; what is no character becomes U+FFFD. */
export function readUtf32(view: DataView, at: number, size: number, little: boolean): string {
  let end = at + size;
  while (end > at && view.getUint32(end - 4, little) === 0) end -= 4;
  let text = "";
  for (let i = at; i < end; i += 4) {
    const code = view.getUint32(i, little);
    text += String.fromCodePoint(code > 0x10ffff ? 0xfffd : code);
  }
  return text;
}

function readBytes(view: DataView, at: number, size: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, size).slice();
}

function floatReader(size: number, little: boolean): Read {
  if (size === 2) return (view, at) => fromHalf(view.getUint16(at, little));
  return size === 4 ? (view, at) => view.getFloat32(at, little) : (view, at) => view.getFloat64(at, little);
}

function intReader(size: number, little: boolean): Read {
  if (size === 1) return (view, at) => view.getInt8(at);
  if (size === 2) return (view, at) => view.getInt16(at, little);
  return size === 4 ? (view, at) => view.getInt32(at, little) : (view, at) => view.getBigInt64(at, little);
}

function uintReader(size: number, little: boolean): Read {
  if (size === 1) return (view, at) => view.getUint8(at);
  if (size === 2) return (view, at) => view.getUint16(at, little);
  return size === 4 ? (view, at) => view.getUint32(at, little) : (view, at) => view.getBigUint64(at, little);
}

function scalarReader({ kind, itemsize, byteOrder }: DType): Read {
  const little = byteOrder !== ">";
  switch (kind) {
    case "b":
      return (view, at) => view.getUint8(at) !== 0;
    case "i":
    case "M":
    case "m":
      return intReader(itemsize, little);
    case "u":
      return uintReader(itemsize, little);
    case "f":
      return floatReader(itemsize, little);
    case "c": {
      const part = floatReader(itemsize / 2, little);
      return (view, at) => ({ re: part(view, at), im: part(view, at + itemsize / 2) });
    }
    case "S":
      return (view, at) => readLatin1(view, at, itemsize);
    case "U":
      return (view, at) => readUtf32(view, at, itemsize, little);
    case "V":
      return (view, at) => readBytes(view, at, itemsize);
  }
}

/** Reads a sub-array as nested lists. */
export function listReader(read: Read, shape: readonly number[], itemsize: number): Read {
  if (shape.length === 0) return read;
  const [length, ...rest] = shape as [number, ...number[]];
  const inner = listReader(read, rest, itemsize);
  const step = rest.reduce((product, n) => product * n, itemsize);
  return (view, at) => Array.from({ length }, (_, i) => inner(view, at + i * step));
}

/** Gives an object a member of any name, also `__proto__`, which assignment would not. */
export function define(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
  } else {
    object[name] = value;
  }
}

const readers = new WeakMap<DType, Read>();

/** The function that reads elements of a dtype. */
export function readerOf(dtype: DType): Read {
  let read = readers.get(dtype);
  if (read === undefined) {
    read = dtype.fields === null ? scalarReader(dtype) : recordReader(dtype.fields);
    readers.set(dtype, read);
  }
  return read;
}

function recordReader(fields: NonNullable<DType["fields"]>): Read {
  const members = [...fields].map(([name, field]) => ({
    name,
    offset: field.offset,
    read: listReader(readerOf(field.dtype), field.shape, field.dtype.itemsize),
  }));
  return (view, at) => {
    const record: Record<string, unknown> = {};
    for (const { name, offset, read } of members) define(record, name, read(view, at + offset));
    return record;
  };
}
