import { type DType, dtypeOf } from "../../dtype/dtype.ts";
import type { DTypeLike, FieldLike } from "../../dtype/element.ts";
import { sizeOf } from "../geometry.ts";
import { headerOfDescr } from "./format.ts";

/*
 * The header of an array in columns is that of ONE record without axes whose fields are whole runs, so that NumPy opens it as it is:
 * np.load(path, mmap_mode="r")["pos"]. What NumPy passes over, gaps in the record, says the rest:
 *
 *   a gap of 0 bytes for each axis of the array, before everything else; an array without axes has one behind everything else
 *   a gap followed by one of 0 bytes: a gap of the elements' own dtype, which the runs leave out
 *   any other gap: what the next run needs to begin at a multiple of 64 bytes
 *
 * NumPy itself never writes a gap of 0 bytes.
 */

/** Each run begins at a multiple of this, as the data of a .npy file does. */
const ALIGNMENT = 64;
const MARK: FieldLike = ["", "|V0"];

function gap(bytes: number): FieldLike {
  return ["", `|V${bytes}`];
}

/** A block of an array in columns: its header, where each run begins, and bytes in all. */
export interface ColumnsPlan {
  readonly header: Uint8Array;
  readonly columns: number[];
  readonly size: number;
}

/** Lays out an array of records in columns. Throws BAD_DTYPE for a description that no header holds. */
export function planColumns(dtype: DType, shape: readonly number[]): ColumnsPlan {
  const fields = [...dtype.fields!];
  // NumPy has no sub-array of elements without bytes: such a field stands alone where others tell the shape.
  const told = fields.some(([, field]) => !bare(field.dtype));
  const count = sizeOf(shape);
  const runs: number[] = [];
  const list: FieldLike[] = shape.map(() => MARK);
  let at = 0;
  let end = 0;
  const own = (bytes: number): void => {
    if (bytes === 0) return;
    list.push(gap(bytes), MARK);
    at += bytes;
  };
  for (const [name, { dtype: inner, offset, shape: items, size }] of fields) {
    own(offset - end);
    end = offset + size;
    const start = Math.ceil(at / ALIGNMENT) * ALIGNMENT;
    if (start > at) list.push(gap(start - at));
    runs.push(start);
    const whole = bare(inner) && told ? [] : [...shape, ...items];
    list.push(whole.length === 0 ? [name, inner.descr] : [name, inner.descr, whole]);
    at = start + count * size;
  }
  own(dtype.itemsize - end);
  if (shape.length === 0) list.push(MARK);
  const header = headerOfDescr(list, []);
  return { header, columns: runs.map((run) => header.length + run), size: header.length + at };
}

function bare(dtype: DType): boolean {
  return dtype.itemsize === 0 && dtype.fields === null;
}

/** What the description in such a header tells; runs are relative to where the data begins. */
export interface ColumnsDescr {
  readonly dtype: DType;
  readonly shape: number[];
  readonly runs: number[];
  readonly size: number;
}

type Entry = readonly [unknown, unknown, unknown?];

function gapOf([name, dtype, shape]: Entry): number | null {
  if (name !== "" || shape !== undefined || typeof dtype !== "string") return null;
  const bytes = /^\|?V(\d+)$/.exec(dtype)?.[1];
  return bytes === undefined ? null : Number(bytes);
}

/**
 * Reads the description of a header of shape (): null when it is that of an ordinary record. Throws BAD_DTYPE, and what `bad` makes of a
 * reason.
 */
export function readColumns(descr: DTypeLike, bad: (reason: string) => Error): ColumnsDescr | null {
  if (!Array.isArray(descr)) return null;
  const entries: Entry[] = [...(descr as readonly Entry[])];
  const ndim = leading(entries);
  if (ndim === 0) {
    if (entries.length === 0 || gapOf(entries.pop()!) !== 0) return null;
  }
  const fields: FieldLike[] = [];
  const runs: number[] = [];
  let shape: readonly number[] | null = ndim === 0 ? [] : null;
  let at = 0;
  for (let i = ndim; i < entries.length; i++) {
    const bytes = gapOf(entries[i]!);
    if (bytes !== null) {
      if (bytes === 0) throw bad("a mark of 0 bytes stands alone among its columns");
      at += bytes;
      if (i + 1 < entries.length && gapOf(entries[i + 1]!) === 0) {
        fields.push(gap(bytes));
        i++;
      }
      continue;
    }
    const [name, inner, given] = entries[i] as unknown as [string, DTypeLike, unknown];
    const dtype = dtypeOf(inner) as DType;
    const whole = sizes(given, bad);
    const alone = whole.length === 0 && bare(dtype);
    if (!alone) shape = agreed(shape, whole, ndim, name, bad);
    const items = alone ? [] : whole.slice(ndim);
    if (at % ALIGNMENT !== 0)
      throw bad(`the column ${JSON.stringify(name)} does not begin at a multiple of ${ALIGNMENT}`);
    runs.push(at);
    fields.push(items.length === 0 ? [name, dtype.descr] : [name, dtype.descr, items]);
    at += whole.reduce((bytes, n) => bytes * n, dtype.itemsize);
    if (!Number.isSafeInteger(at)) throw bad("its columns have more bytes than can be counted");
  }
  if (shape === null || runs.length === 0) throw bad("its columns tell of no shape");
  return { dtype: dtypeOf(fields) as DType, shape: [...shape], runs, size: at };
}

function leading(entries: readonly Entry[]): number {
  const n = entries.findIndex((entry) => gapOf(entry) !== 0);
  return n < 0 ? entries.length : n;
}

function sizes(given: unknown, bad: (reason: string) => Error): number[] {
  if (given === undefined) return [];
  const list: unknown = typeof given === "number" ? [given] : given;
  if (Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0)) return list as number[];
  throw bad("the shape of a column is not a tuple of sizes");
}

/** The shape that all columns begin with. */
function agreed(
  known: readonly number[] | null,
  whole: readonly number[],
  ndim: number,
  name: string,
  bad: (reason: string) => Error,
): readonly number[] {
  const lead = whole.slice(0, ndim);
  if (lead.length < ndim) throw bad(`the column ${JSON.stringify(name)} has ${lead.length} of ${ndim} axes`);
  if (known !== null && !known.every((n, axis) => n === lead[axis])) {
    throw bad(`the column ${JSON.stringify(name)} has another shape than those before it`);
  }
  return lead;
}
