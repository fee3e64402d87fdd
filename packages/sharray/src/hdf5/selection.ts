import { type Slice, slice } from "../array/geometry.ts";
import { SharrayError } from "../errors.ts";
import { checkOptions } from "../memory/arguments.ts";

/** Which part of a dataset is read. */
export interface ReadOptions {
  /** Rows `[start, stop]` or `[start, stop, step]` of the first axis, with Python's rules. */
  rows?: Slice | undefined;
  /** The same for each axis; null for all of it. Axes that are left out are whole. Not together with `rows`. */
  select?: readonly (Slice | null)[] | undefined;
  /** Only these fields of the records, in this order. */
  fields?: readonly string[] | undefined;
}

/** The selected indices of one axis, as native code takes them. */
export interface Axis {
  start: number;
  step: number;
  count: number;
}

/** The selection that the options ask for. Throws BAD_ARGUMENT. */
export function selectionOf(shape: readonly number[], options: ReadOptions): Axis[] {
  checkOptions(options, ["rows", "select", "fields"], "read");
  if (options.rows !== undefined && options.select !== undefined) {
    throw new SharrayError(
      "BAD_ARGUMENT",
      "read: rows and select exclude each other; rows is the first entry of select",
      {},
    );
  }
  const given = options.select ?? (options.rows === undefined ? [] : [options.rows]);
  if (!Array.isArray(given)) {
    throw new SharrayError(
      "BAD_ARGUMENT",
      "read: select takes a list with [start, stop, step] or null for each axis",
      {},
    );
  }
  return axesOf(shape, given);
}

/** The fields that the options ask for; null for all. */
export function fieldsOf(options: ReadOptions): string[] | null {
  const { fields } = options;
  if (fields === undefined) return null;
  if (Array.isArray(fields) && fields.length > 0 && fields.every((name) => typeof name === "string"))
    return [...fields];
  throw new SharrayError("BAD_ARGUMENT", 'read: fields takes a list of names of fields, such as ["pos", "pct"]', {
    fields,
  });
}

/** The axes of a dataset cut by slices. Throws BAD_ARGUMENT, also for negative steps, which HDF5 does not have. */
export function axesOf(shape: readonly number[], slices: readonly unknown[]): Axis[] {
  return shape.map((n, axis) => {
    if (slices.length > shape.length) slice({ offset: 0, shape: [...shape], strides: shape.map(() => 1) }, slices);
    const cut = slice({ offset: 0, shape: [n], strides: [1] }, [slices[axis] ?? null]);
    if (cut.strides[0]! < 1) {
      throw new SharrayError(
        "BAD_ARGUMENT",
        "read: HDF5 reads forwards only; use a positive step, then slice the result",
        {
          axis,
        },
      );
    }
    return { start: cut.offset, step: cut.strides[0]!, count: cut.shape[0]! };
  });
}
