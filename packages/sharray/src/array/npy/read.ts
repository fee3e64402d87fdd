import { type DType, dtypeOf } from "../../dtype/dtype.ts";
import type { DTypeLike, FieldLike } from "../../dtype/element.ts";
import { SharrayError } from "../../errors.ts";
import { shapeOf, sizeOf } from "../geometry.ts";
import { text } from "../spell.ts";
import { type ColumnsDescr, readColumns } from "./columns.ts";
import { type Literal, LiteralError, parseLiteral, Tuple } from "./literal.ts";

/** What a .npy header tells. */
export interface NpyHeader {
  readonly dtype: DType;
  readonly shape: number[];
  readonly fortranOrder: boolean;
  /** Bytes of the header: where the data begins. */
  readonly length: number;
  /** Where in the file the run of each field begins, of an array in columns; null for rows. */
  readonly columns: readonly number[] | null;
  /** Bytes of header and data. */
  readonly end: number;
}

/** The fault of a header; `details.position` is the byte where it is, and is missing where the whole is meant. */
export function badHeader(reason: string, details: Record<string, unknown> = {}, cause?: unknown): SharrayError {
  const advice = "the file is damaged, or is none of NumPy's";
  return new SharrayError("NPY_BAD_HEADER", `the .npy header cannot be read: ${reason}; ${advice}.`, details, {
    cause,
  });
}

/** Whether bytes begin as a .npy file does. */
export function isNpy(bytes: Uint8Array): boolean {
  return bytes.length >= 6 && Buffer.from(bytes.buffer, bytes.byteOffset, 6).toString("latin1") === "\x93NUMPY";
}

/** Bytes of a header, of which at least the first 12 are given (10 are enough for format 1.0). Throws NPY_BAD_HEADER. */
export function npyHeaderLength(bytes: Uint8Array): number {
  if (!isNpy(bytes)) throw badHeader("it does not begin with the mark of a .npy file", { position: 0 });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6]!;
  const prefix = version === 1 ? 10 : 12;
  if (bytes.length < prefix) {
    throw badHeader(`it is cut off after ${bytes.length} bytes`, { position: bytes.length, length: bytes.length });
  }
  if (version < 1 || version > 3 || bytes[7] !== 0) {
    throw badHeader(`format ${version}.${bytes[7]} is not known; known are 1.0, 2.0 and 3.0`, { position: 6, version });
  }
  return prefix + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
}

/** What NumPy has and sharray has not; everything else that is no dtype is damage. */
const FOREIGN = /^[<>=|]?(?:O\d*|T\d*|[fg](?:12|16)|g|c(?:24|32)|G)$/;

function foreign(what: string, details: Record<string, unknown>, cause?: unknown): SharrayError {
  return new SharrayError("BAD_DTYPE", `the .npy header tells of ${what}`, details, { cause });
}

/** The items of a tuple or a list; null for anything else. */
function itemsOf(literal: Literal | undefined): readonly Literal[] | null {
  return literal instanceof Tuple ? literal.items : Array.isArray(literal) ? literal : null;
}

/** A dtype and the shape of its sub-array. */
interface Base {
  readonly dtype: DTypeLike;
  readonly shape: readonly number[];
}

function sizes(literal: Literal, field: string): readonly number[] {
  const list = typeof literal === "number" ? [literal] : itemsOf(literal);
  if (list?.every((n) => typeof n === "number" && Number.isSafeInteger(n) && n >= 0)) return list as number[];
  throw badHeader(`the shape of field ${text(field)} of 'descr' is not a tuple of sizes`, { key: "descr", field });
}

/** NumPy's description of a dtype, out of the literal: a text, a list of fields, or a tuple of one of them and a shape. */
function descrOf(literal: Literal, field: string): Base {
  if (typeof literal === "string") {
    if (!FOREIGN.test(literal)) return { dtype: literal, shape: [] };
    const objects = /O|T/.test(literal);
    throw foreign(
      objects
        ? `Python objects (${text(literal)}), which only Python can read: save the array with a dtype of fixed size`
        : `elements of dtype ${text(literal)}, which JavaScript cannot hold: convert it with astype("f8") or ("c16") in NumPy`,
      { key: "descr", dtype: literal, ...(field === "" ? {} : { field }) },
    );
  }
  if (literal instanceof Tuple) {
    const [base, shape] = literal.items;
    if (literal.items.length !== 2)
      throw badHeader("'descr' has a tuple that is none of a dtype and a shape", { key: "descr", field });
    const inner = descrOf(base!, field);
    return { dtype: inner.dtype, shape: [...sizes(shape!, field), ...inner.shape] };
  }
  if (!Array.isArray(literal))
    throw badHeader("'descr' is neither a text nor a list of fields", { key: "descr", field });
  return { dtype: literal.map((entry) => fieldOf(entry, field)), shape: [] };
}

function fieldOf(entry: Literal, outer: string): FieldLike {
  const parts = itemsOf(entry);
  if (parts === null || parts.length < 2 || parts.length > 3) {
    throw badHeader("a field of 'descr' is not a tuple of a name, a dtype and perhaps a shape", {
      key: "descr",
      field: outer,
    });
  }
  const [name, dtype, given] = parts as [Literal, Literal, Literal?];
  if (name instanceof Tuple && name.items.length === 2) {
    throw foreign(
      `a field with a title (${text(name.items)}), which sharray has not: save it with a dtype without titles`,
      { key: "descr", field: name.items[1], title: name.items[0] },
    );
  }
  if (typeof name !== "string")
    throw badHeader("the name of a field of 'descr' is not a text", { key: "descr", field: outer });
  const path = outer === "" ? name : `${outer}.${name}`;
  const inner = descrOf(dtype, path);
  const shape = [...(given === undefined ? [] : sizes(given, path)), ...inner.shape];
  return shape.length === 0 ? [name, inner.dtype] : [name, inner.dtype, shape];
}

/** Runs what reads 'descr'; what is wrong with a dtype is a fault of the header. */
function inDescr<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SharrayError) || error.code !== "BAD_DTYPE") throw error;
    // Where in the text of the dtype the fault is, not where in the header.
    const { position, ...details } = error.details;
    throw badHeader(
      `'descr': ${error.message.replace(/\.$/, "")}`,
      { ...details, key: "descr", ...(position === undefined ? {} : { character: position }) },
      error,
    );
  }
}

/** The description in 'descr'. */
function elementIn(literal: Literal): DTypeLike {
  const { dtype, shape } = descrOf(literal, "");
  if (shape.length > 0) throw badHeader("'descr' is a sub-array, which only a field can be", { key: "descr" });
  return dtype;
}

function sizesIn(literal: Literal): readonly number[] {
  const valid = literal instanceof Tuple && literal.items.every((n) => typeof n === "number" && n >= 0);
  if (!valid) throw badHeader("'shape' is not a tuple of sizes", { key: "shape" });
  return literal.items as readonly number[];
}

/** A shape that no arithmetic of ours loses count of. */
function shapeIn(sizes: readonly number[], itemsize: number): number[] {
  try {
    return shapeOf(sizes, itemsize);
  } catch (error) {
    if (!(error instanceof SharrayError)) throw error;
    throw badHeader(`'shape': ${error.message.replace(/\.$/, "")}`, { key: "shape", shape: sizes }, error);
  }
}

/** The text of a header; format 3.0 is UTF-8, the others are latin1. */
function textOf(bytes: Uint8Array, version: number): string {
  if (version < 3) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw badHeader("it is not valid UTF-8, as format 3.0 has it", {}, error);
  }
}

/** The byte of a place in a header's text. */
function byteOf(text: string, place: number, version: number): number {
  return version < 3 ? 10 + (version - 1) * 2 + place : 12 + Buffer.byteLength(text.slice(0, place));
}

/**
 * Reads the header at the beginning of a .npy file: formats 1.0 to 3.0, also as Python 2 wrote them, as NumPy 2.4. What NumPy takes
 * and never writes is refused: sizes below 0, sets, fields that are strings, names of dtypes such as "float64".
 *
 * @throws NPY_BAD_HEADER with `position` (the byte), or `key` ("descr", "shape", "fortran_order") and `field`; BAD_DTYPE for an array that NumPy
 * has and sharray has not: of Python objects, long doubles, and of records with titles
 */
export function parseNpyHeader(bytes: Uint8Array): NpyHeader {
  const length = npyHeaderLength(bytes);
  if (length > bytes.length) {
    throw badHeader(`it should have ${length} bytes, ${bytes.length} are there`, { position: bytes.length, length });
  }
  const version = bytes[6]!;
  const spelt = textOf(bytes.subarray(version === 1 ? 10 : 12, length), version);
  let dict: Literal;
  try {
    dict = parseLiteral(spelt, { longs: version < 3 });
  } catch (error) {
    if (!(error instanceof LiteralError)) throw error;
    const position = byteOf(spelt, error.position, version);
    throw badHeader(`at byte ${position}, ${error.message}`, { position }, error);
  }
  if (!(dict instanceof Map)) throw badHeader("it is not a dict of 'descr', 'fortran_order' and 'shape'");
  for (const key of ["descr", "fortran_order", "shape"]) {
    if (!dict.has(key)) throw badHeader(`'${key}' is missing`, { key });
  }
  for (const key of dict.keys()) {
    if (dict.size > 3 && !["descr", "fortran_order", "shape"].includes(key)) {
      throw badHeader(`${text(key)} does not belong there`, { key });
    }
  }
  const fortranOrder = dict.get("fortran_order");
  if (typeof fortranOrder !== "boolean")
    throw badHeader("'fortran_order' is not True or False", { key: "fortran_order" });
  const element = elementIn(dict.get("descr")!);
  const sizes = sizesIn(dict.get("shape")!);
  const split =
    sizes.length === 0 ? inDescr(() => readColumns(element, (reason) => badHeader(reason, { key: "descr" }))) : null;
  if (split !== null) return columnsHeader(split, length);
  const dtype = inDescr(() => dtypeOf(element) as DType);
  const shape = shapeIn(sizes, dtype.itemsize);
  return { dtype, shape, fortranOrder, length, columns: null, end: length + sizeOf(shape) * dtype.itemsize };
}

function columnsHeader({ dtype, shape, runs, size }: ColumnsDescr, length: number): NpyHeader {
  const columns = runs.map((run) => length + run);
  return { dtype, shape: shapeIn(shape, dtype.itemsize), fortranOrder: false, length, columns, end: length + size };
}
