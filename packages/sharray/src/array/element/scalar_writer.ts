import { types } from "node:util";
import type { DType } from "../../dtype/dtype.ts";
import { SharrayError } from "../../errors.ts";
import { text } from "../spell.ts";
import { toHalf } from "./float16.ts";

/**
 * Checks a value and stores it as one element. A scalar is stored whole or not at all; of a record the members before the
 * wrong one may be stored, so records go through scratch memory.
 */
export type Write = (view: DataView, at: number, value: unknown) => void;

/** The error for a value that does not fit; `field` is the path of the record's member. */
export function misfit(value: unknown, dtype: DType, field: string, reason: string): SharrayError {
  const where = field === "" ? "" : `field ${JSON.stringify(field)}: `;
  return new SharrayError(
    "BAD_VALUE",
    `${where}${text(value)} does not fit ${JSON.stringify(dtype.descr)}: ${reason}.`,
    {
      value,
      dtype: dtype.descr,
      ...(field === "" ? {} : { field }),
    },
  );
}

/**
 * Stores bytes that were made ready elsewhere, because reading the value ran code of the caller's: a getter that closes the array
 * leaves no memory to store to.
 */
export function put(view: DataView, at: number, bytes: Uint8Array): void {
  try {
    new Uint8Array(view.buffer, view.byteOffset + at, bytes.length).set(bytes);
  } catch (cause) {
    throw new SharrayError("CLOSED", "the array's memory was closed while the value was read.", {}, { cause });
  }
}

type Store = (view: DataView, at: number, value: number, little: boolean) => void;

const INTS: Record<string, Store> = {
  i1: (view, at, value) => view.setInt8(at, value),
  i2: (view, at, value, little) => view.setInt16(at, value, little),
  i4: (view, at, value, little) => view.setInt32(at, value, little),
  u1: (view, at, value) => view.setUint8(at, value),
  u2: (view, at, value, little) => view.setUint16(at, value, little),
  u4: (view, at, value, little) => view.setUint32(at, value, little),
};

function intWriter(dtype: DType, field: string, little: boolean): Write {
  const bits = dtype.itemsize * 8;
  const low = dtype.kind === "u" ? 0 : -(2 ** (bits - 1));
  const high = dtype.kind === "u" ? 2 ** bits - 1 : 2 ** (bits - 1) - 1;
  const store = INTS[`${dtype.kind}${dtype.itemsize}`]!;
  return (view, at, value) => {
    const number = typeof value === "bigint" ? Number(value) : value;
    if (typeof number !== "number") throw misfit(value, dtype, field, "an integer is expected");
    if (!Number.isInteger(number)) throw misfit(value, dtype, field, "it is not an integer");
    if (number < low || number > high) throw misfit(value, dtype, field, `allowed are ${low} to ${high}`);
    store(view, at, number, little);
  };
}

function bigWriter(dtype: DType, field: string, little: boolean): Write {
  const unsigned = dtype.kind === "u";
  const low = unsigned ? 0n : -(2n ** 63n);
  const high = unsigned ? 2n ** 64n - 1n : 2n ** 63n - 1n;
  return (view, at, value) => {
    if (typeof value !== "bigint" && !Number.isSafeInteger(value))
      throw misfit(value, dtype, field, notBig(value, dtype));
    const big = BigInt(value as bigint | number);
    if (big < low || big > high) throw misfit(value, dtype, field, `allowed are ${low} to ${high}`);
    if (unsigned) view.setBigUint64(at, big, little);
    else view.setBigInt64(at, big, little);
  };
}

/** Why a value is no integer of 64 bits. */
function notBig(value: unknown, { kind, unit }: DType): string {
  if (Number.isInteger(value)) return "a number is exact up to 2^53 - 1 only; give a bigint, such as 1n";
  if (kind !== "M" && kind !== "m")
    return typeof value === "number" ? "it is not an integer" : "a bigint or a safe integer is expected";
  const counted = unit === "" ? "units" : `units of [${unit}]`;
  const what =
    kind === "m"
      ? `a duration is a bigint, the number of its ${counted}`
      : `a date is a bigint, the number of ${counted} since 1970`;
  return types.isDate(value) ? `${what}; of a Date, BigInt(date.getTime()) is that for [ms]` : what;
}

const LARGEST: Record<number, number> = { 2: 65504, 4: 3.4028234663852886e38, 8: Number.MAX_VALUE };

/** Stores a number with `size` bytes; a finite one that would become infinite does not fit. */
function floatWriter(dtype: DType, field: string, size: number, little: boolean): Write {
  return (view, at, value) => {
    const number = typeof value === "bigint" ? Number(value) : value;
    if (typeof number !== "number") throw misfit(value, dtype, field, "a number is expected");
    const half = size === 2 ? toHalf(number) : 0;
    const infinite =
      size === 2 ? (half & 0x7fff) === 0x7c00 : Math.abs(size === 4 ? Math.fround(number) : number) === Infinity;
    // A bigint beyond all numbers has become infinite before.
    if (infinite && (typeof value === "bigint" || Math.abs(number) !== Infinity)) {
      throw misfit(value, dtype, field, `the largest number of ${size} bytes is ${LARGEST[size]}`);
    }
    if (size === 2) view.setUint16(at, half, little);
    else if (size === 4) view.setFloat32(at, number, little);
    else view.setFloat64(at, number, little);
  };
}

function complexWriter(dtype: DType, field: string, little: boolean): Write {
  const half = dtype.itemsize / 2;
  const part = floatWriter(dtype, field, half, little);
  const scratch = new DataView(new ArrayBuffer(half * 2));
  const made = new Uint8Array(scratch.buffer);
  return (view, at, value) => {
    const real = typeof value === "number" || typeof value === "bigint";
    const { re, im } = real ? { re: value, im: 0 } : ((value ?? {}) as { re: unknown; im: unknown });
    if (re === undefined || im === undefined) throw misfit(value, dtype, field, "{ re, im } or a number is expected");
    part(scratch, 0, re);
    part(scratch, half, im);
    put(view, at, made);
  };
}

function latin1Writer(dtype: DType, field: string): Write {
  const size = dtype.itemsize;
  return (view, at, value) => {
    if (typeof value !== "string") throw misfit(value, dtype, field, "a string is expected");
    if (value.length > size)
      throw misfit(value, dtype, field, `it has ${value.length} characters, ${size} are allowed`);
    for (let i = 0; i < value.length; i++) {
      if (value.charCodeAt(i) > 0xff) {
        const character = String.fromCodePoint(value.codePointAt(i)!);
        throw misfit(
          value,
          dtype,
          field,
          `${text(character)} is not a character of one byte (latin1); elements of dtype U${[...value].length} hold any text`,
        );
      }
    }
    for (let i = 0; i < size; i++) view.setUint8(at + i, i < value.length ? value.charCodeAt(i) : 0);
  };
}

function utf32Writer(dtype: DType, field: string, little: boolean): Write {
  const size = dtype.itemsize;
  return (view, at, value) => {
    if (typeof value !== "string") throw misfit(value, dtype, field, "a string is expected");
    let length = 0;
    for (const _ of value) length++;
    if (length * 4 > size) throw misfit(value, dtype, field, `it has ${length} characters, ${size / 4} are allowed`);
    let next = at;
    for (const character of value) {
      view.setUint32(next, character.codePointAt(0)!, little);
      next += 4;
    }
    for (; next < at + size; next += 4) view.setUint32(next, 0);
  };
}

function voidWriter(dtype: DType, field: string): Write {
  const size = dtype.itemsize;
  return (view, at, value) => {
    if (!ArrayBuffer.isView(value) || value.byteLength !== size) {
      throw misfit(value, dtype, field, `a Uint8Array of ${size} bytes is expected`);
    }
    put(view, at, new Uint8Array(value.buffer, value.byteOffset, size));
  };
}

function boolWriter(dtype: DType, field: string): Write {
  return (view, at, value) => {
    const known = typeof value === "boolean" || value === 0 || value === 1 || value === 0n || value === 1n;
    if (!known) throw misfit(value, dtype, field, "true or false is expected");
    view.setUint8(at, value ? 1 : 0);
  };
}

/** The function that checks and stores elements that are not records. */
export function scalarWriter(dtype: DType, field: string): Write {
  const little = dtype.byteOrder !== ">";
  switch (dtype.kind) {
    case "b":
      return boolWriter(dtype, field);
    case "i":
    case "u":
      return dtype.itemsize === 8 ? bigWriter(dtype, field, little) : intWriter(dtype, field, little);
    case "M":
    case "m":
      return bigWriter(dtype, field, little);
    case "f":
      return floatWriter(dtype, field, dtype.itemsize, little);
    case "c":
      return complexWriter(dtype, field, little);
    case "S":
      return latin1Writer(dtype, field);
    case "U":
      return utf32Writer(dtype, field, little);
    case "V":
      return voidWriter(dtype, field);
  }
}
