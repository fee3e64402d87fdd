import { type DType, dtypeOf } from "../dtype/dtype.ts";
import type { Complex, Element } from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
import { MAX_DIMENSIONS } from "./geometry.ts";
import { text } from "./spell.ts";
import type { View } from "./view.ts";
import { readerIn } from "./view.ts";

/** Values from JavaScript in the shape of an array: elements in C order. */
export interface Flat {
  readonly shape: number[];
  readonly values: ArrayLike<unknown>;
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** How deep nested lists go before the elements begin; a sub-array's own lists are elements. */
function shapeOfLists(value: unknown): number[] {
  const shape: number[] = [];
  let inner: unknown = value;
  while (isList(inner)) {
    if (shape.length === MAX_DIMENSIONS) {
      throw new SharrayError(
        "BAD_SHAPE",
        `the lists lie more than ${MAX_DIMENSIONS} deep, which no array does; does one of them hold itself?`,
        { axes: MAX_DIMENSIONS },
      );
    }
    shape.push(inner.length);
    if (inner.length === 0 || ArrayBuffer.isView(inner)) break;
    inner = inner[0];
  }
  return shape;
}

/**
 * Lays nested lists (or a typed array, or one element) out flat. Void elements are byte arrays themselves, so lists end
 * above them. Throws BAD_SHAPE for ragged lists.
 */
export function flatten(value: unknown, dtype: DType | null): Flat {
  const bytes = dtype !== null && dtype.kind === "V" && dtype.fields === null;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView) && !bytes) {
    const typed = value as unknown as ArrayLike<unknown>;
    return { shape: [typed.length], values: typed };
  }
  const shape = shapeOfLists(value);
  if (bytes && shape.length > 0 && ArrayBuffer.isView(deepest(value, shape.length - 1))) shape.pop();
  const values: unknown[] = [];
  collect(value, shape, 0, values);
  return { shape, values };
}

function deepest(value: unknown, levels: number): unknown {
  let inner = value;
  for (let level = 0; level < levels; level++) inner = (inner as ArrayLike<unknown>)[0];
  return inner;
}

function collect(value: unknown, shape: readonly number[], axis: number, into: unknown[]): void {
  if (axis === shape.length) {
    if (Array.isArray(value)) throw ragged(shape, axis, value.length);
    into.push(value);
    return;
  }
  const length = shape[axis]!;
  if (!isList(value) || value.length !== length) throw ragged(shape, axis, isList(value) ? value.length : null);
  // A getter among the items may change the list: so many items are taken as there were.
  for (let i = 0; i < length; i++) collect(value[i], shape, axis + 1, into);
}

function ragged(shape: readonly number[], axis: number, found: number | null): SharrayError {
  const expected = axis < shape.length ? `a list of ${shape[axis]}` : "an element";
  return new SharrayError(
    "BAD_SHAPE",
    `the lists are ragged: at depth ${axis} ${expected} is expected, found ${found === null ? "an element" : `a list of ${found}`}.`,
    { axis, expected: shape[axis] ?? null, found },
  );
}

/** The dtype of flat values: numbers "<f8", bigints "<i8", booleans "?", texts "<U<longest>", complex "<c16". */
export function inferDType(values: ArrayLike<unknown>): DType {
  const kinds = new Set<string>();
  let longest = 1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const complex = typeof value === "object" && value !== null && "re" in value && "im" in value;
    kinds.add(complex ? "complex" : typeof value);
    if (typeof value === "string") longest = Math.max(longest, [...value].length);
  }
  const known: Record<string, string> = {
    number: "<f8",
    bigint: "<i8",
    boolean: "?",
    string: `<U${longest}`,
    complex: "<c16",
  };
  const [kind = "number"] = kinds;
  const spelt = known[kind];
  if (spelt === undefined || kinds.size > 1) {
    const reason =
      kinds.size > 1
        ? `they are of several kinds (${[...kinds].join(", ")})`
        : `${text(values[0])} is no number, bigint, boolean, text or complex number`;
    throw new SharrayError("BAD_DTYPE", `the dtype of the values is not clear: ${reason}; give { dtype }.`, {
      kinds: [...kinds],
    });
  }
  return dtypeOf(spelt);
}

const TYPED: Record<string, string> = {
  Int8Array: "|i1",
  Uint8Array: "|u1",
  Uint8ClampedArray: "|u1",
  Int16Array: "<i2",
  Uint16Array: "<u2",
  Int32Array: "<i4",
  Uint32Array: "<u4",
  BigInt64Array: "<i8",
  BigUint64Array: "<u8",
  Float16Array: "<f2",
  Float32Array: "<f4",
  Float64Array: "<f8",
};

/** The dtype of a typed array, or null for anything else. */
export function dtypeOfData(value: unknown): DType | null {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return null;
  // Subclasses such as Buffer are known by the tag of the typed array beneath.
  const spelt = TYPED[(value as unknown as { [Symbol.toStringTag]: string })[Symbol.toStringTag]];
  return spelt === undefined ? null : dtypeOf(spelt);
}

/** JavaScript's lists hold no more. */
const LONGEST_LIST = 2 ** 32 - 1;

/** A view's elements as nested lists; the bare element where there are no dimensions. */
export function toLists(view: View, element: (value: unknown) => unknown): unknown {
  const { shape, strides } = view;
  view.storage.check();
  if (!shape.includes(0) && shape.some((n) => n > LONGEST_LIST)) {
    throw new SharrayError(
      "TOO_LARGE",
      `toArray: no list holds the ${Math.max(...shape)} elements of an axis; take parts with slice(...).`,
      { shape },
    );
  }
  const read = readerIn(view);
  const index: number[] = [];
  const along = (axis: number, at: number): unknown => {
    if (axis === shape.length) return element(read(at));
    const step = strides[axis]!;
    return Array.from({ length: shape[axis]! }, (_, i) => {
      index[axis] = i;
      return along(axis + 1, at + i * step);
    });
  };
  try {
    return along(0, view.offset);
  } catch (error) {
    if (!(error instanceof SharrayError) || error.code !== "BAD_VALUE" || shape.length === 0) throw error;
    throw new SharrayError("BAD_VALUE", `element ${text(index)}: ${error.message}`, { ...error.details, index });
  }
}

/** An element with numbers for its bigints. */
export type WithNumbers<T> = [Element] extends [T]
  ? T
  : T extends bigint
    ? number
    : T extends readonly (infer Item)[]
      ? WithNumbers<Item>[]
      : T extends Uint8Array | Complex
        ? T
        : T extends object
          ? { [Name in keyof T]: WithNumbers<T[Name]> }
          : T;

/** Replaces bigints by numbers, at any depth. Throws BAD_VALUE for one that a number does not hold exactly. */
export function withNumbers(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    throw new SharrayError("BAD_VALUE", `${value} is not exact as a number; leave out { bigint: "number" }.`, {
      value,
    });
  }
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withNumbers(inner)]));
}
