import { readSync } from "node:fs";
import { type DType, dtypeOf } from "../dtype/dtype.ts";
import { SharrayError } from "../errors.ts";
import type { Block } from "../memory/block.ts";
import { fieldPlace, type Placement } from "./columns.ts";
import { extent, type Geometry, packedStrides, sizeOf } from "./geometry.ts";
import { type HandleForm, hashOf } from "./handle.ts";
import { npyHeader } from "./npy/format.ts";
import { headerIn, search } from "./npy/header.ts";
import type { NpyHeader } from "./npy/read.ts";

/** An array of a block, after it was checked. */
export interface Matched {
  readonly geometry: Placement;
  readonly dtype: DType;
}

function mismatch(field: string, reason: string, details: Record<string, unknown> = {}): SharrayError {
  return new SharrayError(
    "HANDLE_MISMATCH",
    `handle.${field}: ${reason}. The handle belongs to another array, or was changed on its way`,
    { field, ...details },
  );
}

/** Whether a block begins with the header of just that array: the common case, decided without parsing. */
function beginsWith(block: Block, dtype: DType, { offset, shape, strides }: Geometry): boolean {
  if (!packedStrides(shape, dtype.itemsize).every((stride, axis) => stride === strides[axis])) return false;
  const expected = npyHeader(dtype, shape);
  if (expected.length !== offset || offset > block.size) return false;
  const found = Buffer.alloc(expected.length);
  readSync(block.fd, found, 0, found.length, 0);
  return found.equals(expected);
}

/**
 * Whether elements of `wanted` lie at `at` of an element of `dtype`, and with them all that steps within that element
 * reach (`low` to `high`, relative to `at`).
 */
function lies(wanted: DType, dtype: DType, at: number, steps: readonly { n: number; stride: number }[]): boolean {
  if (at === 0 && steps.length === 0 && dtype.equals(wanted)) return true;
  for (const field of dtype.fields?.values() ?? []) {
    const inside = at - field.offset;
    if (inside < 0 || inside >= Math.max(1, field.size)) continue;
    const { itemsize } = field.dtype;
    if (field.shape.length === 0) {
      if (lies(wanted, field.dtype, inside, steps)) return true;
      continue;
    }
    // Steps of whole items stay within the sub-array; the others lie within an item.
    const outer = steps.filter(({ stride }) => itemsize > 0 && stride % itemsize === 0);
    const reach = extent(
      { offset: inside, shape: outer.map(({ n }) => n), strides: outer.map(({ stride }) => stride) },
      0,
    );
    if (reach.low < 0 || reach.high > field.size) continue;
    const rest = steps.filter((step) => !outer.includes(step));
    if (lies(wanted, field.dtype, itemsize === 0 ? 0 : inside % itemsize, rest)) return true;
  }
  return false;
}

/** Where the array of a handle lies in an attached block, after everything that it says of the array was compared with the block. */
export function matchHandle(block: Block, { geometry, dtype: given, layout }: HandleForm): Matched {
  const rows = { ...geometry, columns: null };
  if (layout === "rows" && typeof given !== "string" && beginsWith(block, given, geometry)) {
    checkExtent(block, geometry, given, geometry.offset);
    return { geometry: rows, dtype: given };
  }
  const header = headerIn(block);
  if (layout === "columns") return matchColumns(block, geometry, given, header);
  if (header === null) {
    if (typeof given === "string")
      throw mismatch("dtype", "it is a hash, and the memory holds no description of an array");
    checkExtent(block, geometry, given, 0);
    return { geometry: rows, dtype: given };
  }
  const dtype = find(header, given);
  if (header.columns === null) {
    checkExtent(block, geometry, dtype, header.length);
    checkPlace(geometry, dtype, header.dtype, header.length);
  } else {
    checkExtent(block, geometry, dtype, header.length);
    checkRun(geometry, dtype, header, header.columns);
  }
  return { geometry: rows, dtype };
}

/** The dtype of a handle, which is that of the array in the header or of a field of it. */
function find(header: NpyHeader, given: DType | string): DType {
  const dtype =
    typeof given === "string"
      ? search(header.dtype, (candidate) => candidate.fields !== null && hashOf(candidate) === given)
      : given;
  if (dtype === null) throw mismatch("dtype", `its hash is not that of the array's dtype, nor of a field's`);
  if (search(header.dtype, (candidate) => candidate.equals(dtype)) === null) {
    throw mismatch("dtype", `the array's elements are ${shorten(header.dtype)}, not ${shorten(dtype)}`, {
      expected: dtype.descr,
      found: header.dtype.descr,
    });
  }
  return dtype;
}

/** The records in columns that a handle tells of: its bytes are those of the same array in rows. */
function matchColumns(block: Block, at: Geometry, given: DType | string, header: NpyHeader | null): Matched {
  if (header === null || header.columns === null) throw mismatch("layout", "the memory holds no array in columns");
  const { columns, dtype } = header;
  if (!find(header, given).equals(dtype)) {
    throw mismatch("dtype", "one field of records is no array in columns", { found: dtype.descr });
  }
  if (header.end > block.size) {
    throw mismatch("size", `the array ends at byte ${header.end}, the memory at ${block.size}`, { size: block.size });
  }
  const { itemsize } = dtype;
  const start = columns[0]!;
  const places = (field: string, bytes: number): number => {
    if (itemsize === 0 || bytes % itemsize === 0) return itemsize === 0 ? 0 : bytes / itemsize;
    throw mismatch(field, `${bytes} bytes are not whole records of ${itemsize}`, { found: bytes, itemsize });
  };
  const geometry = {
    offset: places("offset", at.offset - start),
    shape: at.shape,
    strides: at.strides.map((step) => places("strides", step)),
  };
  const { low, high } = extent(geometry, 1);
  const all = sizeOf(header.shape);
  if (low < 0 || high > all) {
    const field = geometry.offset < 0 || geometry.offset > all ? "offset" : "shape";
    throw mismatch(field, `the array reaches from record ${low} to ${high}, the memory has ${all}`, { low, high, all });
  }
  return { geometry: { ...geometry, columns }, dtype };
}

/** Checks that elements lie in the run of one field. */
function checkRun(at: Geometry, dtype: DType, header: NpyHeader, columns: readonly number[]): void {
  if (dtype.equals(header.dtype))
    throw mismatch("layout", "the memory holds the array in columns", { found: "columns" });
  if (at.shape.includes(0) || dtype.itemsize === 0) return;
  const { low, high } = extent(at, dtype.itemsize);
  const all = sizeOf(header.shape);
  const fields = [...header.dtype.fields!.values()];
  const index = fields.findIndex(({ size }, k) => at.offset >= columns[k]! && at.offset < columns[k]! + all * size);
  const field = fields[index];
  if (field === undefined) throw mismatch("offset", `byte ${at.offset} is in no column`, { offset: at.offset });
  const [start, end] = [columns[index]!, columns[index]! + all * field.size];
  if (low < start || high > end) {
    throw mismatch("shape", `the array reaches from byte ${low} to ${high}, its column from ${start} to ${end}`, {
      low,
      high,
    });
  }
  const { dtype: inner, shape } = field;
  checkPlace(at, dtype, shape.length === 0 ? inner : (dtypeOf([["items", inner.descr, shape]]) as DType), start);
}

/**
 * Checks that an array lies within a block. For what comes from sharray itself, where no handle was in anybody's hands.
 * Throws HANDLE_MISMATCH.
 */
export function checkWithin(block: { readonly size: number }, at: Placement, dtype: DType): void {
  if (at.columns === null) {
    checkExtent(block, at, dtype, 0);
    return;
  }
  const fields = [...(dtype.fields?.values() ?? [])];
  if (fields.length !== at.columns.length || !at.columns.every((run) => Number.isSafeInteger(run) && run >= 0)) {
    throw mismatch("layout", "it does not tell of a run for each field");
  }
  for (const [index, field] of fields.entries()) {
    const { offset, shape, strides } = fieldPlace(at, index, field);
    checkExtent(block, { offset, shape, strides }, field.dtype, 0);
  }
}

function shorten(dtype: DType): string {
  const text = String(dtype);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

function checkExtent(block: { readonly size: number }, geometry: Geometry, dtype: DType, start: number): void {
  const { low, high } = extent(geometry, dtype.itemsize);
  const field = geometry.offset < start || geometry.offset > block.size ? "offset" : "shape";
  if (low >= start && high <= block.size) return;
  throw mismatch(
    field,
    `the array reaches from byte ${low} to ${high}, the memory's data from ${start} to ${block.size}`,
    {
      low,
      high,
      size: block.size,
    },
  );
}

/**
 * Checks that elements lie where an array of `all`, which begins at a byte, has some of their dtype. Those without bytes may lie anywhere: at the end
 * of a record is where the next one begins.
 */
function checkPlace({ offset, shape, strides }: Geometry, dtype: DType, all: DType, start: number): void {
  const whole = all.itemsize;
  if (shape.includes(0) || dtype.itemsize === 0) return;
  const steps = shape.map((n, axis) => ({ n, stride: strides[axis]! })).filter(({ n }) => n > 1);
  const inner = steps.filter(({ stride }) => stride % whole !== 0);
  if (lies(dtype, all, (offset - start) % whole, inner)) return;
  const field = inner.length > 0 ? "strides" : "offset";
  throw mismatch(field, `no elements of dtype ${shorten(dtype)} lie there in an array of ${shorten(all)}`, {
    offset,
    strides,
  });
}
