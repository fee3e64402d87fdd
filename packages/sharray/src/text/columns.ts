import { NDArray } from "../array/ndarray.ts";
import type { DType, Field } from "../dtype/dtype.ts";
import { SharrayError } from "../errors.ts";

/** One value of a row as the native reader takes it. */
export interface Column {
  /** The field, with the records that it is in and its place in a sub-array: "in.a", "xyz[2]"; null in a plain dtype. */
  name: string | null;
  /** NumPy's kind; "skip": the reader passes over it. */
  kind: DType["kind"] | "skip";
  /** Bytes of one item. */
  size: number;
  /** Where it lies in the record. */
  offset: number;
  /** Stored big-endian. */
  swap: boolean;
  /** Unit of dates and spans of time, "generic" where they have none, and how many of it; null for all else. */
  unit: [string, number] | null;
  /** The item of a missing value; null: there is none, and a text that says so is a text like others. */
  fill: number[] | null;
  /** For messages, and to store single values. */
  dtype: DType;
}

/** More values than this no row has. */
const MOST = 1_000_000;

function unitOf(dtype: DType): [string, number] | null {
  if (dtype.kind !== "M" && dtype.kind !== "m") return null;
  const [, count, unit] = /^(\d*)(.*)$/.exec(dtype.unit)!;
  return [unit === "" ? "generic" : unit!, count === "" ? 1 : Number(count)];
}

function leaf(dtype: DType, name: string | null, offset: number): Column {
  const { kind, itemsize: size } = dtype;
  return { name, kind, size, offset, swap: dtype.byteOrder === ">", unit: unitOf(dtype), fill: null, dtype };
}

function flatten(fields: ReadonlyMap<string, Field>, before: string, offset: number, into: Column[]): void {
  for (const [name, field] of fields) {
    const items = field.shape.reduce((product, length) => product * length, 1);
    if (into.length + items > MOST) {
      throw new SharrayError(
        "NOT_SUPPORTED",
        `loadtxt: field "${before}${name}": a row of more than ${MOST} values is not read; make rows of fewer.`,
        { field: `${before}${name}` },
      );
    }
    for (let item = 0; item < items; item++) {
      const path = `${before}${name}${field.shape.length === 0 ? "" : `[${place(item, field.shape)}]`}`;
      const at = offset + field.offset + item * field.dtype.itemsize;
      if (field.dtype.fields === null) into.push(leaf(field.dtype, path, at));
      else flatten(field.dtype.fields, `${path}.`, at, into);
    }
  }
}

/** The indices of an item of a sub-array: "0,2". */
function place(item: number, shape: readonly number[]): string {
  const indices: number[] = [];
  let rest = item;
  for (const length of shape.toReversed()) {
    indices.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return indices.join(",");
}

/**
 * What the columns of a table are read as: the values of a record in the order of memory, or the one dtype that all columns have.
 *
 * @throws {SharrayError} BAD_ARGUMENT a record without values
 */
export function columnsOf(dtype: DType): readonly Column[] {
  let columns = known.get(dtype);
  if (columns === undefined) {
    columns = dtype.fields === null ? [leaf(dtype, null, 0)] : leaves(dtype.fields);
    known.set(dtype, columns);
  }
  return columns;
}

const known = new WeakMap<DType, readonly Column[]>();

function leaves(fields: ReadonlyMap<string, Field>): Column[] {
  const columns: Column[] = [];
  flatten(fields, "", 0, columns);
  if (columns.length > 0) return columns;
  throw new SharrayError("BAD_ARGUMENT", "loadtxt: dtype: a record without fields cannot be read from text.", {});
}

/** A value as the bytes of one item. @throws {SharrayError} BAD_VALUE */
export function itemOf(dtype: DType, value: unknown): number[] {
  const bytes = new Uint8Array(dtype.itemsize);
  if (dtype.itemsize > 0) new NDArray([1], dtype, bytes).set([0], value as never);
  return [...bytes];
}

/** The item that stands for a missing value where none is given: NaN, NaT, the empty text; integers and truth values have none. */
export function usualFill({ dtype, kind }: Column): number[] | null {
  if (kind === "f") return itemOf(dtype, Number.NaN);
  if (kind === "c") return itemOf(dtype, { re: Number.NaN, im: Number.NaN });
  if (kind === "M" || kind === "m") return itemOf(dtype, -(2n ** 63n));
  return kind === "S" || kind === "U" ? new Array<number>(dtype.itemsize).fill(0) : null;
}
