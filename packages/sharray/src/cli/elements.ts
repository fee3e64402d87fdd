import type { DType } from "../dtype/dtype.ts";
import { printable } from "./format.ts";

/** The number with the fewest digits that is the same float of 2 or 4 bytes: 66.666664, where the double says 66.66666412353516. */
export function shortest(value: number, itemsize: number): number {
  if (itemsize === 8 || !Number.isFinite(value)) return value;
  for (let digits = itemsize === 2 ? 3 : 6; digits <= 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

function member(record: unknown, name: string): unknown {
  return (record as Record<string, unknown>)[name];
}

/** An element with its 4-byte floats as their shortest numbers, for JSON. */
export function plain(value: unknown, dtype: DType): unknown {
  if (dtype.fields !== null) {
    return Object.fromEntries(
      [...dtype.fields].map(([name, field]) => [name, plain(member(value, name), field.dtype)]),
    );
  }
  if (Array.isArray(value)) return value.map((item) => plain(item, dtype));
  return dtype.kind === "f" && typeof value === "number" ? shortest(value, dtype.itemsize) : value;
}

/** An element as the cell of a table shows it. */
export function elementText(value: unknown, dtype: DType): string {
  if (Array.isArray(value)) return `[${value.map((item) => elementText(item, dtype)).join(", ")}]`;
  if (dtype.fields !== null) {
    const parts = [...dtype.fields].map(([name, field]) => elementText(member(value, name), field.dtype));
    return `(${parts.join(", ")})`;
  }
  if (dtype.kind === "c") {
    const { re, im } = value as { re: number; im: number };
    const size = dtype.itemsize / 2;
    return `${numberText(shortest(re, size))}${im < 0 ? "" : "+"}${numberText(shortest(im, size))}j`;
  }
  if (typeof value === "number") return numberText(dtype.kind === "f" ? shortest(value, dtype.itemsize) : value);
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString("hex")}`;
  return printable(String(value));
}

/** Whether a column of such elements is aligned to the right, as numbers are. */
export function isNumber(dtype: DType): boolean {
  return "biufc".includes(dtype.kind) && dtype.fields === null;
}
