import type { DType } from "../dtype/dtype.ts";
import { isStructured } from "../dtype/dtype.ts";
import { SharrayError } from "../errors.ts";

/** One field of a record as the native reader takes it. */
export interface Column {
  /** null in a plain dtype. */
  name: string | null;
  kind: "i" | "u" | "f" | "S" | "U";
  /** Bytes of one item. */
  size: number;
  /** Where it lies in the record. */
  offset: number;
  /** Stored big-endian. */
  swap: boolean;
}

function column(dtype: DType, name: string | null, offset: number): Column {
  const { kind, itemsize: size } = dtype;
  const known =
    kind === "i" || kind === "u" || (kind === "f" && size > 2) || ((kind === "S" || kind === "U") && size > 0);
  if (!known || dtype.fields !== null) {
    const where = name === null ? "" : `field "${name}": `;
    const what = dtype.fields === null ? `the dtype "${String(dtype.descr)}"` : "a record inside a record";
    throw new SharrayError(
      "NOT_SUPPORTED",
      `loadtxt: ${where}${what} cannot be read from text yet; integers, f4, f8, S<n> and U<n> can.`,
      { field: name, dtype: dtype.descr },
    );
  }
  return { name, kind: kind as Column["kind"], size, offset, swap: dtype.byteOrder === ">" };
}

/** What the columns of a table are read as: the fields of a record, or the one dtype that all columns have. */
export function columnsOf(dtype: DType): Column[] {
  if (!isStructured(dtype)) return [column(dtype, null, 0)];
  if (dtype.fields.size === 0) {
    throw new SharrayError("BAD_ARGUMENT", "loadtxt: dtype: a record without fields cannot be read from text.", {});
  }
  return [...dtype.fields].map(([name, field]) => {
    if (field.shape.length > 0) {
      throw new SharrayError(
        "NOT_SUPPORTED",
        `loadtxt: field "${name}" is a sub-array, which cannot be read from text yet; write one field for each column.`,
        { field: name, shape: field.shape },
      );
    }
    return column(field.dtype, name, field.offset);
  });
}
