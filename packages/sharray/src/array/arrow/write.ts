import { type DType, dtypeOf } from "../../dtype/dtype.ts";
import { SharrayError } from "../../errors.ts";
import { assign } from "../bulk/assign.ts";
import { fieldsOf } from "../columns.ts";
import { packedStrides, sizeOf } from "../geometry.ts";
import { text } from "../spell.ts";
import { BufferStorage } from "../storage.ts";
import { type View, writeAt } from "../view.ts";
import { fixedOf, timeOf, unsupported } from "./dtype.ts";
import { type Chunk, nullsOf, TYPE } from "./source.ts";
import { isBinary, isVariable, spansOf } from "./spans.ts";
import { converted, converter, NAT } from "./times.ts";
import { writeSpans } from "./write_texts.ts";

/** What a column is written with: its path, such as "in.a", the place of its first row, and what stands for null by path. */
export interface Writing {
  readonly path: string;
  readonly row: number;
  readonly rows: number;
  readonly fill: Readonly<Record<string, unknown>>;
  /** Dictionaries that were written out already. */
  readonly dictionaries: Map<object, View>;
}

/** An error about one value of a column: `index` counts the elements of the target, of which each row has as many. */
function atRow(
  writing: Writing,
  target: View,
  index: number,
  code: string,
  reason: string,
  details: object = {},
): SharrayError {
  const row = writing.row + Math.floor(index / Math.max(1, sizeOf(target.shape) / writing.rows));
  const { path } = writing;
  return new SharrayError(code, `fromArrow: column ${JSON.stringify(path)}, row ${row}: ${reason}`, {
    ...details,
    field: path,
    row,
  });
}

/**
 * Writes a run of a column into the elements of a view, in C order. The first `axes` axes of the view are the run's; lists have one
 * each of the others. `above` tells which elements lie in something that is null.
 */
export function writeChunk(
  writing: Writing,
  target: View,
  chunk: Chunk,
  axes: number = 1,
  above: Uint8Array | null = null,
): void {
  if (chunk.length === 0) return;
  const nulls = nullsOf(chunk, above);
  const { typeId, listSize } = chunk.type;
  const isList = typeId === TYPE.FixedSizeList;
  if (isList ? target.shape[axes] !== listSize : target.shape.length !== axes) throw otherShape(writing, target, chunk);
  if (isList) {
    const each = listSize!;
    const child = chunk.children[0]!;
    const items = child.length === chunk.length * each ? child : child.slice(0, chunk.length * each);
    writeChunk(writing, target, items, axes + 1, nulls === null ? null : repeated(nulls, each));
  } else if (typeId === TYPE.Struct) {
    writeStruct(writing, target, chunk, nulls);
  } else {
    if (nulls?.includes(1)) checkNulls(writing, target, nulls);
    writeLeaf(writing, target, chunk, nulls);
    if (nulls !== null) writeNulls(writing, target, nulls);
  }
}

function otherShape({ path }: Writing, target: View, { type }: Chunk): SharrayError {
  const found = type.typeId === TYPE.FixedSizeList ? `lists of ${type.listSize}` : `single values, ${type}`;
  return new SharrayError(
    "BAD_SHAPE",
    `fromArrow: column ${JSON.stringify(path)} has ${found} where the dtype has elements of shape ${text(target.shape.slice(1))}.`,
    { field: path, target: target.shape.slice(1) },
  );
}

function repeated(nulls: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(nulls.length * times);
  for (let i = 0; i < nulls.length; i++) if (nulls[i] === 1) all.fill(1, i * times, (i + 1) * times);
  return all;
}

function writeStruct(writing: Writing, target: View, chunk: Chunk, nulls: Uint8Array | null): void {
  const { dtype } = target;
  const members = dtype.kind === "c" ? partsOf(target) : recordParts(writing, target, chunk);
  for (const { name, view } of members) {
    const index = chunk.type.children!.findIndex((child) => child.name === name);
    const path = `${writing.path}.${name}`;
    if (index < 0) {
      throw new SharrayError("NOT_FOUND", `fromArrow: there is no column ${JSON.stringify(path)}.`, { field: path });
    }
    writeChunk({ ...writing, path }, view, chunk.children[index]!, target.shape.length, nulls);
  }
}

function recordParts(writing: Writing, target: View, chunk: Chunk): { name: string; view: View }[] {
  const { names } = target.dtype;
  if (names === null) throw mismatch(writing, target, chunk);
  return fieldsOf(target).map((view, i) => ({ name: names[i]!, view }));
}

/** The real and the imaginary parts of complex numbers. */
function partsOf(target: View): { name: string; view: View }[] {
  const size = target.dtype.itemsize / 2;
  const dtype = dtypeOf(`${target.dtype.byteOrder}f${size}`) as DType;
  return ["re", "im"].map((name, i) => ({ name, view: { ...target, dtype, offset: target.offset + i * size } }));
}

function mismatch({ path }: Writing, target: View, chunk: Chunk): SharrayError {
  return new SharrayError(
    "BAD_VALUE",
    `fromArrow: column ${JSON.stringify(path)} is ${chunk.type} and does not fit ${target.dtype}; leave out dtype, or cast the column.`,
    { field: path, type: String(chunk.type), dtype: target.dtype.descr },
  );
}

/** What stands for null in an element of a dtype when the program does not say; null where nothing can. */
function absent({ kind }: DType): unknown {
  if (kind === "M" || kind === "m") return NAT;
  if (kind === "c") return { re: Number.NaN, im: Number.NaN };
  return kind === "f" ? Number.NaN : null;
}

function checkNulls(writing: Writing, target: View, nulls: Uint8Array): void {
  if (Object.hasOwn(writing.fill, writing.path) || absent(target.dtype) !== null) return;
  const fill = `{ fill: { ${JSON.stringify(writing.path)}: ... } }`;
  const reason = `it is null, for which ${target.dtype} has no value; say by ${fill} what is to stand for it.`;
  throw atRow(writing, target, nulls.indexOf(1), "BAD_VALUE", reason, { dtype: target.dtype.descr });
}

function writeNulls(writing: Writing, target: View, nulls: Uint8Array): void {
  const { fill, path } = writing;
  const value = Object.hasOwn(fill, path) ? fill[path] : absent(target.dtype);
  for (let i = nulls.indexOf(1); i >= 0; i = nulls.indexOf(1, i + 1)) {
    try {
      writeAt(target, placeOf(target, i), value);
    } catch (error) {
      if (!(error instanceof SharrayError)) throw error;
      throw atRow(writing, target, i, error.code, `fill: ${error.message}`, error.details);
    }
  }
}

/** The byte of the element of that number in C order. */
function placeOf({ shape, strides, offset }: View, index: number): number {
  let place = offset;
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place += (rest % shape[axis]!) * strides[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return place;
}

/** Writes values that lie in no others; what null ones have is not looked at. */
function writeLeaf(writing: Writing, target: View, chunk: Chunk, nulls: Uint8Array | null): void {
  const { type } = chunk;
  if (type.typeId === TYPE.Null) return;
  if (type.typeId === TYPE.Dictionary) {
    writeEntries(writing, target, chunk, nulls);
    return;
  }
  if (isVariable(type.typeId)) {
    if (!"SUV".includes(target.dtype.kind) || target.dtype.fields !== null) throw mismatch(writing, target, chunk);
    const fault = (index: number, reason: string): SharrayError => atRow(writing, target, index, "BAD_VALUE", reason);
    writeSpans(target, spansOf(chunk), nulls, isBinary(type.typeId), fault);
    return;
  }
  const fixed = fixedOf(type);
  if (fixed === null) throw unsupported(writing.path, type, "cast it");
  const time = timeOf(type);
  if (time !== null) writeTimes(writing, target, chunk, nulls, time);
  else if (type.typeId === TYPE.Bool) put(writing, target, chunk, over(unpacked(chunk, nulls), "?", target.shape));
  else {
    const { itemsize } = dtypeOf(fixed);
    put(writing, target, chunk, over(valuesOf(chunk, itemsize, nulls), fixed, target.shape));
  }
}

/** A packed view of values of a dtype in the shape of where they are to go. */
function over(values: ArrayBufferView, descr: string, shape: readonly number[]): View {
  const dtype = dtypeOf(descr) as DType;
  const storage = new BufferStorage(values.buffer, values.byteOffset, values.byteLength);
  return { storage, dtype, offset: 0, shape: [...shape], strides: packedStrides(shape, dtype.itemsize), columns: null };
}

function put(writing: Writing, target: View, chunk: Chunk, source: View): void {
  try {
    assign(target, null, source);
  } catch (error) {
    if (!(error instanceof SharrayError) || error.code !== "BAD_VALUE") throw error;
    const { index } = error.details as { index?: number[] };
    if (index === undefined) throw mismatch(writing, target, chunk);
    const flat = index.reduce((all, i, axis) => all * target.shape[axis]! + i, 0);
    throw atRow(writing, target, flat, "BAD_VALUE", error.message, error.details);
  }
}

/** The values of a chunk; where some are null a copy, in which those are 0. */
function valuesOf(chunk: Chunk, size: number, nulls: Uint8Array | null): Uint8Array {
  const { buffer, byteOffset } = chunk.values!;
  // Behind the last value there may be padding.
  const bytes = new Uint8Array(buffer, byteOffset, chunk.length * size);
  if (nulls === null) return bytes;
  const copy = bytes.slice();
  for (let i = nulls.indexOf(1); i >= 0; i = nulls.indexOf(1, i + 1)) copy.fill(0, i * size, (i + 1) * size);
  return copy;
}

/** Bits as bytes. */
function unpacked({ values, offset, length }: Chunk, nulls: Uint8Array | null): Uint8Array {
  const bits = values as Uint8Array;
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const place = offset + i;
    if (nulls?.[i] !== 1) bytes[i] = (bits[place >> 3]! >> (place & 7)) & 1;
  }
  return bytes;
}

/** Dates and durations as the integers that they are, in the unit of the dtype. */
function writeTimes(
  writing: Writing,
  target: View,
  chunk: Chunk,
  nulls: Uint8Array | null,
  time: { kind: "M" | "m"; unit: string; size: 4 | 8 },
): void {
  const { kind, unit, byteOrder } = target.dtype;
  if (kind !== time.kind) throw mismatch(writing, target, chunk);
  const integers: View = { ...target, dtype: dtypeOf(`${byteOrder}i8`) as DType };
  const values = valuesOf(chunk, time.size, nulls);
  if (unit === time.unit) {
    put(writing, integers, chunk, over(values, `<i${time.size}`, target.shape));
    return;
  }
  const convert = converter(time.unit, unit);
  if (convert === null) throw mismatch(writing, target, chunk);
  const copy = values.slice().buffer;
  const times = time.size === 8 ? new BigInt64Array(copy) : BigInt64Array.from(new Int32Array(copy), BigInt);
  const fault = (index: number, value: bigint): SharrayError =>
    atRow(writing, target, index, "BAD_VALUE", `${value} of ${time.kind}8[${time.unit}] is no whole ${target.dtype}.`);
  put(writing, integers, chunk, over(converted(times, convert, fault), "<i8", target.shape));
}

/** Writes the entries of a dictionary that the indices of a chunk name. */
function writeEntries(writing: Writing, target: View, chunk: Chunk, nulls: Uint8Array | null): void {
  const { dtype } = target;
  const dictionary = chunk.dictionary!;
  let entries = writing.dictionaries.get(dictionary);
  if (entries === undefined || !entries.dtype.equals(dtype)) {
    entries = writtenOut(writing, dictionary.data, dtype);
    writing.dictionaries.set(dictionary, entries);
  }
  const from = entries.storage.bytes(0, entries.shape[0]! * dtype.itemsize);
  const to = new Uint8Array(chunk.length * dtype.itemsize);
  const indices = chunk.values as unknown as ArrayLike<number | bigint>;
  for (let i = 0; i < chunk.length; i++) {
    if (nulls?.[i] === 1) continue;
    const entry = Number(indices[i]);
    if (!(entry >= 0 && entry < entries.shape[0]!)) {
      throw atRow(writing, target, i, "BAD_VALUE", `entry ${text(entry)} of a dictionary of ${entries.shape[0]}.`);
    }
    const end = (entry + 1) * dtype.itemsize;
    for (let j = end - dtype.itemsize, k = i * dtype.itemsize; j < end; j++, k++) to[k] = from[j]!;
  }
  const packed = over(to, "?", target.shape);
  assign(target, null, { ...packed, dtype, strides: packedStrides(target.shape, dtype.itemsize) });
}

function writtenOut(writing: Writing, chunks: readonly Chunk[], dtype: DType): View {
  const count = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const storage = new BufferStorage(new ArrayBuffer(count * dtype.itemsize), 0, count * dtype.itemsize);
  const all: View = { storage, dtype, offset: 0, shape: [count], strides: [dtype.itemsize], columns: null };
  let done = 0;
  for (const chunk of chunks) {
    const part: View = { ...all, offset: done * dtype.itemsize, shape: [chunk.length] };
    if (chunk.nullCount > 0) {
      throw new SharrayError(
        "NOT_SUPPORTED",
        `fromArrow: column ${JSON.stringify(writing.path)}: its dictionary has an entry that is null.`,
        { field: writing.path },
      );
    }
    writeChunk({ ...writing, row: done, rows: chunk.length }, part, chunk);
    done += chunk.length;
  }
  return all;
}
