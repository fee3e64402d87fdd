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

/** A string as Python's `repr` spells it. */
function reprString(text: string): string {
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

function isLatin1(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}

/** Puts magic, version and length before a header's text and blanks behind it; null when the text is too long for version 1. */
function wrap(text: Uint8Array, version: 1 | 2 | 3): Uint8Array | null {
  const prefix = version === 1 ? 10 : 12;
  const used = prefix + text.length + 1;
  // NumPy pads a header that needs no blanks by 64 of them.
  const total = used + ALIGNMENT - (used % ALIGNMENT);
  if (version === 1 && total - prefix > 0xffff) return null;
  const header = new Uint8Array(total).fill(0x20);
  header.set(Buffer.from(MAGIC, "latin1"));
  header.set([version, 0], MAGIC.length);
  const view = new DataView(header.buffer);
  if (version === 1) view.setUint16(8, total - prefix, true);
  else view.setUint32(8, total - prefix, true);
  header.set(text, prefix);
  header[total - 1] = 0x0a;
  return header;
}

/**
 * The header of a .npy file, byte for byte as NumPy 2.4 writes it: format 1.0, else 2.0 for a long description, else 3.0 for
 * names beyond latin1. Room for the slowest axis to grow is part of it (the first, in Fortran order the last), so that its length
 * does not depend on the number of rows.
 */
export function npyHeader(dtype: DType, shape: readonly number[], fortranOrder = false): Uint8Array {
  return headerOfDescr(dtype.descr, shape, fortranOrder);
}

/** The same for a description as it is to stand in the header, gaps and all. */
export function headerOfDescr(
  descr: string | FieldList,
  shape: readonly number[],
  fortranOrder: boolean = false,
): Uint8Array {
  const order = fortranOrder ? "True" : "False";
  const dict = `{'descr': ${reprDescr(descr)}, 'fortran_order': ${order}, 'shape': ${reprTuple(shape)}, }`;
  const grows = fortranOrder ? shape.at(-1) : shape[0];
  const growth = grows === undefined ? 0 : Math.max(0, GROWTH_DIGITS - String(grows).length);
  const text = dict + " ".repeat(growth);
  const header = isLatin1(text)
    ? (wrap(Buffer.from(text, "latin1"), 1) ?? wrap(Buffer.from(text, "latin1"), 2))
    : wrap(Buffer.from(text, "utf8"), 3);
  if (header === null || header.length > 2 ** 31) {
    throw new SharrayError("BAD_DTYPE", "the description of the dtype is too long for a .npy header.", {});
  }
  return header;
}
