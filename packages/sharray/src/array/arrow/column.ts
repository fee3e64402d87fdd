import type * as arrow from "apache-arrow";
import { type DType, dtypeOf } from "../../dtype/dtype.ts";
import { SharrayError } from "../../errors.ts";
import { pack } from "../bulk/copy.ts";
import { utf8Of } from "../bulk/texts.ts";
import { fieldsOf } from "../columns.ts";
import { ARRAYS } from "../data.ts";
import { isPacked, packedStrides, sizeOf } from "../geometry.ts";
import type { View } from "../view.ts";
import type { ArrowLibrary } from "./library.ts";
import { eachRun } from "./runs.ts";
import { carrierOf, converted, converter, daysIn32, validity } from "./times.ts";

/** What a batch of a column is made with: the column's path, such as "in.a", and the batch's first row, for messages. */
export interface Making {
  readonly library: ArrowLibrary;
  readonly path: string;
  readonly row: number;
}

/**
 * The data of a batch of a column: the elements of a view, whose first axis is the rows. It lies over the array's own memory where
 * the elements lie there as Arrow keeps them: numbers, times and bytes without gaps, in this machine's order.
 */
export function columnOf(making: Making, type: arrow.DataType, view: View): arrow.Data {
  const { shape, dtype } = view;
  const rows = shape[0]!;
  if (shape.length > 1) return listOf(making, type, view);
  if (dtype.fields !== null) {
    const views = fieldsOf(view);
    const children = (type.children as arrow.Field[]).map((field, i) =>
      columnOf({ ...making, path: `${making.path}.${field.name}` }, field.type, views[i]!),
    );
    return dataOf(making, type, rows, { children });
  }
  switch (dtype.kind) {
    case "b":
      return dataOf(making, type, rows, { values: bitsOf(view) });
    case "c":
      return complexOf(making, type, view);
    case "S":
    case "U": {
      const { offsets, data } = utf8Of(view);
      return dataOf(making, type, rows, { offsets, values: data });
    }
    case "M":
    case "m":
      return timesOf(making, type, view);
    default:
      return dataOf(making, type, rows, { values: nativeOf(view) });
  }
}

/** What one column of a batch is made of. */
interface Parts {
  readonly values?: ArrayBufferView;
  readonly offsets?: Int32Array;
  readonly validity?: { readonly bitmap: Uint8Array; readonly nulls: number } | null;
  readonly children?: arrow.Data[];
}

function dataOf({ library }: Making, type: arrow.DataType, rows: number, parts: Parts): arrow.Data {
  const { values, offsets, validity, children = [] } = parts;
  const buffers = [offsets, values, validity?.bitmap ?? new Uint8Array(0)] as Partial<arrow.Data["buffers"]>;
  return new library.Data(type, 0, rows, validity?.nulls ?? 0, buffers, children);
}

/** Sub-arrays: lists of one size, of lists of one size, over all their elements one behind the other. */
function listOf(making: Making, type: arrow.DataType, view: View): arrow.Data {
  const { shape, dtype } = view;
  const size = sizeOf(shape);
  const whole = isPacked(view, dtype.itemsize) ? view : pack(view);
  const types = [type];
  for (let axis = 1; axis < shape.length; axis++) types.push((types.at(-1) as arrow.FixedSizeList).children[0]!.type);
  const flat: View = { ...whole, shape: [size], strides: packedStrides([size], dtype.itemsize) };
  let data = columnOf(making, types.pop()!, flat);
  while (types.length > 0) {
    const length = sizeOf(shape.slice(0, types.length));
    data = dataOf(making, types.pop()!, length, { children: [data] });
  }
  return data;
}

function complexOf(making: Making, type: arrow.DataType, view: View): arrow.Data {
  const size = view.dtype.itemsize / 2;
  const dtype = dtypeOf(`${view.dtype.byteOrder}f${size}`);
  const children = [0, size].map((place, i) =>
    columnOf(making, (type as arrow.Struct).children[i]!.type, { ...view, dtype, offset: view.offset + place }),
  );
  return dataOf(making, type, view.shape[0]!, { children });
}

/** What Arrow has elements in: halves and bytes have no typed array that every Node knows. */
function arrayFor({ kind, itemsize }: DType): typeof Uint8Array {
  if (kind === "V") return Uint8Array;
  return (kind === "f" && itemsize === 2 ? Uint16Array : ARRAYS[`${kind}${itemsize}`]) as typeof Uint8Array;
}

/** The typed array of native numbers over the elements of a view of one axis, or over a copy of them. */
function nativeOf(view: View): ArrayBufferView {
  const Over = arrayFor(view.dtype);
  const bytes = bytesOf(view, Over.BYTES_PER_ELEMENT, view.dtype.byteOrder === ">");
  return new Over(bytes.buffer, bytes.byteOffset, bytes.byteLength / Over.BYTES_PER_ELEMENT);
}

function bytesOf(view: View, alignment: number, swapped: boolean): Uint8Array {
  const { itemsize } = view.dtype;
  const size = view.shape[0]! * itemsize;
  if (!swapped && isPacked(view, itemsize)) {
    const bytes = view.storage.bytes(view.offset, size);
    if (bytes.byteOffset % alignment === 0) return bytes;
  }
  const copy = pack(view);
  const bytes = copy.storage.bytes(copy.offset, size);
  if (swapped) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (itemsize === 2) buffer.swap16();
    else if (itemsize === 4) buffer.swap32();
    else buffer.swap64();
  }
  return bytes;
}

/** Booleans, one bit each. */
function bitsOf(view: View): Uint8Array {
  const bits = new Uint8Array(Math.ceil(view.shape[0]! / 8));
  eachRun(view, ({ bytes, at, step, first, count }) => {
    for (let i = 0, place = at; i < count; i++, place += step) {
      if (bytes[place] !== 0) bits[(first + i) >> 3]! |= 1 << ((first + i) & 7);
    }
  });
  return bits;
}

/** Dates and durations, in the unit of the type; NaT is null. */
function timesOf(making: Making, type: arrow.DataType, view: View): arrow.Data {
  const { kind, unit } = view.dtype;
  const carrier = carrierOf(kind as "M" | "m", unit)!;
  const fault = (index: number, value: bigint): SharrayError =>
    new SharrayError(
      "BAD_VALUE",
      `toArrow: column ${JSON.stringify(making.path)}, row ${making.row + index}: ${value} of ${view.dtype} does not fit ${type}.`,
      { field: making.path, row: making.row + index, value, dtype: view.dtype.descr },
    );
  const own = nativeOf(view) as BigInt64Array;
  const times = unit === carrier ? own : converted(own, converter(unit, carrier)!, fault);
  const values = carrier === "D" ? daysIn32(times, fault) : times;
  return dataOf(making, type, times.length, { values, validity: validity(times) });
}
