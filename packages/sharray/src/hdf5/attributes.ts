import { inspect } from "node:util";
import { flatten } from "../array/lists.ts";
import { NDArray } from "../array/ndarray.ts";
import { SharedArray } from "../array/shared.ts";
import type { DType } from "../dtype/dtype.ts";
import type { DTypeLike, Element, Nested } from "../dtype/element.ts";
import { type Layout, layoutOf } from "../dtype/layout.ts";
import { SharrayError } from "../errors.ts";
import type { NativeFile } from "../native/hdf5.ts";
import type { OpenFile } from "./open_file.ts";
import { storedType } from "./stored_type.ts";

/** What an attribute can be set to. */
export type AttributeInput =
  | string
  | number
  | bigint
  | boolean
  | NDArray<DTypeLike>
  | ArrayBufferView
  | readonly AttributeInput[];

/** What an attribute holds: an element, or nested lists of them. Integers that fit are numbers. */
export type AttributeValue = Element | Nested<Element>[] | null;

/** How native code tells a value; the bytes of `bytes` come beside it. */
type Told =
  | { kind: "texts"; shape: number[]; texts: string[] }
  | { kind: "bytes"; shape: number[]; element: Layout }
  | { kind: "empty" };

/**
 * The attributes of a file, a group or a dataset: small values (64 KB at most) beside it, as h5py's `attrs`.
 *
 * ```ts
 * await d.attrs.set("units", "K");
 * await d.attrs.get("units");        // "K"
 * ```
 */
export class Attributes {
  readonly #file: OpenFile;
  readonly #path: string;

  /** Not for callers: `attrs` of a file, group or dataset. */
  constructor(file: OpenFile, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /**
   * The value of an attribute; undefined when there is none of this name. Texts are strings, integers that fit are numbers
   * (else bigints), arrays are nested lists, an attribute without a value is null.
   *
   * @throws CLOSED, NOT_SUPPORTED for types that have no counterpart here, HDF5_ERROR
   */
  async get(name: string): Promise<AttributeValue | undefined> {
    checkName(name);
    const found = await this.#file.run((native) => native.attribute(this.#path, name));
    if (found === null) return undefined;
    const told: Told = JSON.parse(found.value);
    if (told.kind === "empty") return null;
    if (told.kind === "texts") return nest(told.texts, told.shape);
    const { dtype, shape } = storedType(told.element);
    const bytes = Uint8Array.from(found.bytes ?? []);
    const array = new NDArray([...told.shape, ...shape], dtype, bytes) as NDArray<DTypeLike>;
    return array.ndim === 0 ? fitted(array.get() as Element) : fitted(array.toArray() as Nested<Element>[]);
  }

  /**
   * Sets an attribute, in place of one that has the name already. Strings become h5py's `str`, integers i8, other numbers f8,
   * booleans its `bool`, lists arrays of these; arrays keep their dtype.
   *
   * @throws CLOSED, READ_ONLY, BAD_VALUE, TOO_LARGE (above 64 KB), NOT_SUPPORTED (U, M8, m8), BAD_ARGUMENT, NO_SPACE, HDF5_ERROR
   */
  async set(name: string, value: AttributeInput): Promise<void> {
    checkName(name);
    await this.#file.run((native) => setAttribute(native, this.#path, name, value));
  }

  /** The names, sorted. */
  async keys(): Promise<string[]> {
    return await this.#file.run((native) => native.attributes(this.#path));
  }

  /** Whether there is an attribute of this name. */
  async has(name: string): Promise<boolean> {
    checkName(name);
    return (await this.keys()).includes(name);
  }

  /** Takes an attribute away; false when there was none. Throws READ_ONLY. */
  async delete(name: string): Promise<boolean> {
    checkName(name);
    return await this.#file.run((native) => native.deleteAttribute(this.#path, name));
  }
}

function checkName(name: unknown): asserts name is string {
  if (typeof name === "string" && name !== "" && !name.includes("\0")) return;
  throw new SharrayError("BAD_ARGUMENT", `attribute name: expected a text, found ${inspect(name)}`, { name });
}

/** HDF5 keeps an attribute within one message of an object's header. */
const LARGEST = 64 * 1024;

/** Sets an attribute of the object at a path. */
export async function setAttribute(
  native: NativeFile,
  path: string,
  name: string,
  value: AttributeInput,
): Promise<void> {
  checkName(name);
  const made = prepare(name, value);
  await ("texts" in made
    ? native.setTexts(path, name, made.shape, made.texts)
    : native.setBytes(path, name, made.shape, JSON.stringify(layoutOf(made.dtype)), made.bytes));
}

type Prepared = { shape: number[]; texts: string[] } | { shape: number[]; dtype: DType; bytes: Uint8Array };

/** A value as it will be stored. */
function prepare(name: string, value: AttributeInput): Prepared {
  if (value instanceof NDArray) return prepareArray(name, value);
  if (ArrayBuffer.isView(value)) {
    using copy = SharedArray.from(value as Uint8Array);
    return prepareArray(name, copy as NDArray<DTypeLike>);
  }
  const flat = flatten(value, null);
  const values = Array.from(flat.values);
  const { shape } = flat;
  if (values.length > 0 && values.every((item) => typeof item === "string")) return { shape, texts: values };
  const dtype = dtypeOfValues(name, values);
  const buffer = new Uint8Array(values.length * Number(dtype.slice(2)));
  const array = new NDArray<DTypeLike>([values.length], dtype, buffer);
  const whole = dtype === "<i8" || dtype === "<u8";
  for (const [i, item] of values.entries()) array.set(i, whole ? BigInt(item as number) : (item as number));
  return { shape, dtype: array.dtype, bytes: buffer };
}

function dtypeOfValues(name: string, values: readonly unknown[]): string {
  if (values.length > 0 && values.every((item) => typeof item === "boolean")) return "|b1";
  const numeric = values.every((item) => typeof item === "number" || typeof item === "bigint");
  if (!numeric) {
    const odd = values.find((item) => typeof item !== "number" && typeof item !== "bigint");
    throw new SharrayError(
      "BAD_VALUE",
      `attribute ${JSON.stringify(name)}: ${inspect(odd)} cannot be stored; use a text, a number, a boolean, a list of one of ` +
        "these, or an array",
      { name },
    );
  }
  const whole = (item: unknown): boolean =>
    typeof item === "bigint" || (Number.isSafeInteger(item) && !Object.is(item, -0));
  if (values.length === 0 || !values.every(whole)) {
    if (values.some((item) => typeof item === "bigint")) {
      throw new SharrayError(
        "BAD_VALUE",
        `attribute ${JSON.stringify(name)}: bigints and fractions do not go into one array; use one kind of number`,
        { name },
      );
    }
    return "<f8";
  }
  const large = values.some((item) => (item as bigint) >= 2n ** 63n);
  const fits = values.every((item) => (item as bigint) >= (large ? 0n : -(2n ** 63n)) && (item as bigint) < 2n ** 64n);
  if (fits) return large ? "<u8" : "<i8";
  throw new SharrayError(
    "BAD_VALUE",
    `attribute ${JSON.stringify(name)}: an integer is beyond 64 bits; store it as a text`,
    { name },
  );
}

function prepareArray(name: string, array: NDArray<DTypeLike>): Prepared {
  if (array.dtype.kind === "U") {
    const flat = flatten(array.ndim === 0 ? array.get() : array.toArray(), null);
    return { shape: array.shape, texts: Array.from(flat.values) as string[] };
  }
  if (array.nbytes >= LARGEST) {
    throw new SharrayError(
      "TOO_LARGE",
      `attribute ${JSON.stringify(name)}: ${array.nbytes} bytes; HDF5 keeps at most 64 KB, store it as a dataset`,
      { name, bytes: array.nbytes },
    );
  }
  return { shape: array.shape, dtype: array.dtype, bytes: array.copy().bytes };
}

function nest(flat: readonly Element[], shape: readonly number[]): Element | Nested<Element>[] {
  if (shape.length === 0) return flat[0]!;
  const [n, ...inner] = shape as [number, ...number[]];
  const step = inner.reduce((product, m) => product * m, 1);
  return Array.from({ length: n }, (_, i) => nest(flat.slice(i * step, (i + 1) * step), inner)) as Nested<Element>[];
}

/** Bigints as numbers where all of them fit. */
function fitted<T>(value: T): T {
  const small = (item: unknown): boolean => {
    if (Array.isArray(item)) return item.every(small);
    return typeof item !== "bigint" || (item >= Number.MIN_SAFE_INTEGER && item <= Number.MAX_SAFE_INTEGER);
  };
  const shrink = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(shrink);
    return typeof item === "bigint" ? Number(item) : item;
  };
  return small(value) ? (shrink(value) as T) : value;
}
