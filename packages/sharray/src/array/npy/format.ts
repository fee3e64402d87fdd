import type { DType } from "../../dtype/dtype.ts";
import type { FieldList } from "../../dtype/element.ts";
import { SharrayError } from "../../errors.ts";

/** A header's length is a multiple of this, so that data behind it can be mapped as any type. */
const ALIGNMENT = 64;
/** NumPy leaves room for the first axis to grow to this many digits; the length of a header does not depend on it. */
const GROWTH_DIGITS = 21;
const MAGIC = "\x93NUMPY";

/** What Python prints as it is within a string: everything but control, format, private and unassigned characters and blanks. */
const PRINTABLE = /^(?:[^\p{C}\p{Z}]| )$/u;

function escaped(character: string, quote: string): string {
  if (character === quote || character === "\\") return `\\${character}`;
  const known = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[character];
  if (known !== undefined) return known;
  if (PRINTABLE.test(character)) return character;
  const code = character.codePointAt(0)!;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
}

/** Text that stands for itself between single quotes. */
const PLAIN = /^[\x20-\x26\x28-\x5b\x5d-\x7e]*$/;

/** A string as Python's `repr` spells it. */
function reprString(text: string): string {
  if (PLAIN.test(text)) return `'${text}'`;
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  return `${quote}${Array.from(text, (character) => escaped(character, quote)).join("")}${quote}`;
}

function reprTuple(items: readonly (number | string)[]): string {
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`;
}

function reprDescr(descr: string | FieldList): string {
  if (typeof descr === "string") return reprString(descr);
  const fields = descr.map(([name, dtype, shape]) => {
    const parts = [reprString(name), reprDescr(dtype)];
    if (shape !== undefined) parts.push(reprTuple(shape as readonly number[]));
    return `(${parts.join(", ")})`;
  });
  return `[${fields.join(", ")}]`;
}

const LATIN1 = /^[\0-\xff]*$/;

/** A number of two bytes, the lower one first, as characters. */
function word(number: number): string {
  return String.fromCharCode(number & 0xff, (number >> 8) & 0xff);
}

/**
 * Puts magic, version and length before a header's text and blanks behind it, up to `least` bytes at least; null when the text is too
 * long for version 1.
 */
function wrap(text: string, version: 1 | 2 | 3, least: number): Uint8Array | null {
  const prefix = version === 1 ? 10 : 12;
  const used = prefix + (version < 3 ? text.length : Buffer.byteLength(text)) + 1;
  // NumPy pads a header that needs no blanks by 64 of them.
  const total = Math.max(least, used + ALIGNMENT - (used % ALIGNMENT));
  const length = total - prefix;
  if (version === 1 && length > 0xffff) return null;
  const begin = `${MAGIC}${word(version)}${word(length)}${version === 1 ? "" : word(length >> 16)}`;
  const rest = `${text}${" ".repeat(total - used)}\n`;
  const header = new Uint8Array(total);
  const into = Buffer.from(header.buffer);
  if (version < 3) {
    into.write(begin + rest, "latin1");
  } else {
    into.write(begin, "latin1");
    into.write(rest, prefix, "utf8");
  }
  return header;
}

/** What the descriptions of dtypes are in a header: many arrays have the same. */
const spelt = new WeakMap<DType, string>();

function spell(dtype: DType): string {
  let text = spelt.get(dtype);
  if (text === undefined) {
    text = reprDescr(dtype.descr);
    spelt.set(dtype, text);
  }
  return text;
}

/**
 * The header of a .npy file, byte for byte as NumPy 2.4 writes it: format 1.0, else 2.0 for a long description, else 3.0 for
 * names beyond latin1. Room for the slowest axis to grow is part of it (the first, in Fortran order the last), so that its length
 * does not depend on the number of rows. `least`: bytes that it is to have at least.
 */
export function npyHeader(dtype: DType, shape: readonly number[], fortranOrder = false, least = 0): Uint8Array {
  return headerOf(spell(dtype), shape, fortranOrder, least);
}

/** The same for a description as it is to stand in the header, gaps and all. */
export function headerOfDescr(descr: string | FieldList, shape: readonly number[]): Uint8Array {
  return headerOf(reprDescr(descr), shape, false, 0);
}

function headerOf(descr: string, shape: readonly number[], fortranOrder: boolean, least: number): Uint8Array {
  const order = fortranOrder ? "True" : "False";
  const dict = `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${reprTuple(shape)}, }`;
  const grows = fortranOrder ? shape.at(-1) : shape[0];
  const growth = grows === undefined ? 0 : Math.max(0, GROWTH_DIGITS - String(grows).length);
  const text = dict + " ".repeat(growth);
  const header = LATIN1.test(text) ? (wrap(text, 1, least) ?? wrap(text, 2, least)) : wrap(text, 3, least);
  if (header === null || header.length > 2 ** 31) {
    throw new SharrayError("BAD_DTYPE", "the description of the dtype is too long for a .npy header.", {});
  }
  return header;
}
