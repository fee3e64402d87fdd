import { sizeOf } from "../array/geometry.ts";
import { parts } from "../array/npy/parts.ts";
import { text } from "../array/spell.ts";
import type { View } from "../array/view.ts";
import { type DType, isStructured } from "../dtype/dtype.ts";
import { SharrayError } from "../errors.ts";
import { addon } from "../native/addon.ts";
import type { PrintSpec } from "../native/savetxt.ts";
import { type Checked, rowFormatOf } from "./savetxt_options.ts";

/** Elements are copied for the printer in pieces of this many bytes. */
const PIECE = 2 ** 20;
/** Records without bytes are counted off in pieces of this many. */
const COUNTED = 2 ** 16;

/** How the rows of an array are printed; null where there are none, whose format is counted but not read. */
export function printSpecOf({ dtype, shape }: View, checked: Checked): PrintSpec | null {
  const [rows, across] = shape;
  if (rows === undefined || shape.length > 2) {
    throw new SharrayError(
      "BAD_SHAPE",
      `savetxt: an array of shape ${text(shape)}; a table has one axis or two: reshape it, or write its parts.`,
      { shape },
    );
  }
  const isRecords = across === undefined && isStructured(dtype);
  const columns = across ?? (isRecords ? dtype.fields.size : 1);
  const complex = dtype.kind === "c";
  const { format, each } = rowFormatOf(checked, columns, complex);
  if (rows === 0) return null;
  const { delimiter, newline } = checked;
  const common = { newline, complex, step: dtype.itemsize, threads: addon.grantedThreads() };
  if (isRecords) {
    const fields = [...dtype.fields].map(([name, field]) => fieldOf(field.dtype, field.offset, field.shape, name));
    const whole = each ? Array(columns).fill(format).join(delimiter) : format;
    return { ...common, format: whole, delimiter: "", fields, repeat: 1, across: 1 };
  }
  const fields = [fieldOf(dtype, 0, [], null)];
  if (each && columns > 0) {
    // One column is followed by no delimiter, which is then not looked at.
    return { ...common, format, delimiter: columns > 1 ? delimiter : "", fields, repeat: 1, across: columns };
  }
  return { ...common, format: each ? "" : format, delimiter: "", fields, repeat: columns, across: 1 };
}

/** A value of a record as native code takes it. @throws {SharrayError} NOT_SUPPORTED for what has several values */
function fieldOf(
  dtype: DType,
  offset: number,
  shape: readonly number[],
  name: string | null,
): PrintSpec["fields"][number] {
  if (isStructured(dtype) || shape.length > 0) {
    const what = isStructured(dtype) ? "a record" : "a sub-array";
    const where = name === null ? "an element" : `the field ${text(name)}`;
    throw new SharrayError(
      "NOT_SUPPORTED",
      `savetxt: ${where} is ${what}, which has no text of its own; write an array of one axis whose fields are single values.`,
      { field: name, dtype: dtype.descr },
    );
  }
  return [dtype.kind, dtype.itemsize, offset, dtype.byteOrder === ">", dtype.unit];
}

/** Elements that are printed together. */
export interface Piece {
  /** Null where they have no bytes. */
  readonly part: View | null;
  /** Records in them. */
  readonly count: number;
}

/** Pieces of an array in the order of its rows. */
export function* piecesOf(view: View, { across, repeat }: PrintSpec): Generator<Piece> {
  const { offset, shape, strides, dtype } = view;
  const records = sizeOf(shape) / repeat;
  if (sizeOf(shape) * dtype.itemsize === 0) {
    const all = repeat === 0 ? shape[0]! : records;
    for (let done = 0; done < all; done += COUNTED) yield { part: null, count: Math.min(COUNTED, all - done) };
  } else if (across > 1 || repeat === 1) {
    for (const part of parts(view, PIECE)) yield { part, count: sizeOf(part.shape) };
  } else {
    // A record is a whole row here.
    const rows = Math.max(1, Math.floor(PIECE / (repeat * dtype.itemsize)));
    for (let row = 0; row < shape[0]!; row += rows) {
      const count = Math.min(rows, shape[0]! - row);
      yield { part: { ...view, offset: offset + row * strides[0]!, shape: [count, shape[1]!] }, count };
    }
  }
}
