import { type InspectOptionsStylized, inspect } from "node:util";
import { SharrayError } from "../errors.ts";
import type { DTypeLike, FieldLike, FieldList } from "./element.ts";
import { badDType, Fault, refusing, spelt } from "./fault.ts";
import { print } from "./print.ts";
import { type Around, layFields, MAX_DEPTH, MAX_FIELDS } from "./record.ts";
import { parseScalar, type Scalar, type ScalarKind, spellScalar } from "./scalar.ts";

/** One field of a record: where it begins, the dtype of its items, and the shape of a sub-array (`[]` when it is none). */
export interface Field<D extends DTypeLike = DTypeLike> {
  readonly dtype: DType<D>;
  readonly offset: number;
  readonly shape: readonly number[];
  /** Bytes of the whole field: items of the sub-array times the item size. */
  readonly size: number;
}

/** Options of `dtypeOf`. */
export interface DTypeOptions {
  /** Puts fields where a C compiler would, with gaps, as NumPy's `align=True`. Default: packed. */
  align?: boolean;
}

/**
 * A dtype, as NumPy's `dtype`: made by `dtypeOf`, immutable, compared with `equals`.
 * `kind` is NumPy's character (records are "V"), `itemsize` is in bytes.
 */
export class DType<out D extends DTypeLike = DTypeLike> {
  /** Only for the compiler: the description that this dtype was made from. */
  declare readonly like: D;
  readonly kind: ScalarKind;
  /** Bytes of one element, gaps included. */
  readonly itemsize: number;
  /** "<" little-endian, ">" big-endian, "|" where it has no meaning (also records). */
  readonly byteOrder: "<" | ">" | "|";
  /** Unit of a date or duration: "ms", "25s", and "" where there is none. */
  readonly unit: string;
  /** The fields of a record by name, in the order of memory; null for everything else. */
  readonly fields: ReadonlyMap<string, Field> | null;
  /** Where C would align an element: 1 for texts and packed records. */
  readonly alignment: number;
  #descr: string | FieldList | undefined;

  static {
    const value = function (this: DType, depth: number, options: InspectOptionsStylized): string {
      return print(this.descr, depth, options);
    };
    Object.defineProperty(DType.prototype, inspect.custom, { value });
  }

  /** Not for callers: `dtypeOf` makes dtypes. */
  constructor(scalar: Scalar, fields: ReadonlyMap<string, Field> | null, alignment: number) {
    this.kind = scalar.kind;
    this.itemsize = scalar.itemsize;
    this.byteOrder = scalar.byteOrder;
    this.unit = scalar.unit;
    this.fields = fields;
    this.alignment = alignment;
    Object.freeze(this);
  }

  /** NumPy's spelling of `dtype.descr`: `"<f8"`, `"|S10"`, or the list of fields, with gaps as `["", "|V4"]`. */
  get descr(): string | FieldList {
    this.#descr ??= this.fields === null ? spellScalar(this) : describe(this.fields, this.itemsize);
    return this.#descr;
  }

  /** The names of the fields in the order of memory; null for everything that is not a record. */
  get names(): string[] | null {
    return this.fields === null ? null : [...this.fields.keys()];
  }

  /** Whether elements are the same bytes with the same meaning: kinds, orders, names, offsets, sizes. */
  equals(other: DType | DTypeLike): boolean {
    const that = other instanceof DType ? other : dtypeOf(other);
    if (this === (that as DType)) return true;
    if (this.kind !== that.kind || this.itemsize !== that.itemsize) return false;
    if (this.byteOrder !== that.byteOrder || this.unit !== that.unit) return false;
    if (this.fields === null || that.fields === null) return this.fields === that.fields;
    if (this.fields.size !== that.fields.size) return false;
    const theirs = that.fields.entries();
    for (const [name, mine] of this.fields) {
      const [theirName, field] = theirs.next().value!;
      if (name !== theirName || mine.offset !== field.offset || mine.shape.length !== field.shape.length) return false;
      if (!mine.shape.every((n, axis) => n === field.shape[axis]) || !mine.dtype.equals(field.dtype)) return false;
    }
    return true;
  }

  /** The description as JSON text, or the plain spelling of a scalar. */
  toString(): string {
    return typeof this.descr === "string" ? this.descr : JSON.stringify(this.descr);
  }

  /** JSON takes a dtype as its `descr`. */
  toJSON(): string | FieldList {
    return this.descr;
  }
}

/** Frozen, as every asker gets the same lists. */
function describe(fields: ReadonlyMap<string, Field>, itemsize: number): FieldList {
  const list: FieldLike[] = [];
  const gap = (size: number) => list.push(Object.freeze(["", `|V${size}`] as const));
  let end = 0;
  for (const [name, field] of fields) {
    if (field.offset > end) gap(field.offset - end);
    const { descr } = field.dtype;
    list.push(
      Object.freeze(field.shape.length === 0 ? ([name, descr] as const) : ([name, descr, field.shape] as const)),
    );
    end = field.offset + field.size;
  }
  if (itemsize > end) gap(itemsize - end);
  return Object.freeze(list);
}

/** Whether the elements of a dtype are records. */
export function isStructured(dtype: DType): dtype is DType & { readonly fields: ReadonlyMap<string, Field> } {
  return dtype.fields !== null;
}

const scalars = new Map<string, DType>();

function scalar(text: string): DType {
  const known = scalars.get(text);
  if (known) return known;
  const parsed = parseScalar(text);
  const alignment = { U: 4, S: 1, V: 1, c: parsed.itemsize / 2 }[parsed.kind as string] ?? parsed.itemsize;
  const spelling = spellScalar(parsed);
  const dtype = scalars.get(spelling) ?? new DType(parsed, null, alignment);
  // Texts of any length are dtypes: bounds keep a stream of ever new ones from filling the memory.
  if (scalars.size < 1000 && text.length < 40) scalars.set(text, dtype).set(spelling, dtype);
  return dtype;
}

/** How deep the records of a dtype lie, and how many fields they have in all. */
interface Extent {
  readonly depth: number;
  readonly fields: number;
}

const SCALAR: Extent = { depth: 0, fields: 0 };
const extents = new WeakMap<DType, Extent>();

function record(list: readonly unknown[], around: Around): DType {
  if (around.depth > MAX_DEPTH) throw new Fault(`records lie more than ${MAX_DEPTH} deep`, { field: around.path });
  const { fields, itemsize, alignment } = layFields(list, around, build);
  let [depth, count] = [0, fields.size];
  for (const field of fields.values()) {
    // Dtypes within may be ready ones, so that the depth and the number of fields show only here.
    const inner = extents.get(field.dtype) ?? SCALAR;
    depth = Math.max(depth, inner.depth);
    count += inner.fields;
  }
  if (depth >= MAX_DEPTH) throw new Fault(`records lie more than ${MAX_DEPTH} deep`, { field: around.path });
  if (count > MAX_FIELDS) throw new Fault(`the record has more than ${MAX_FIELDS} fields`, { field: around.path });
  const dtype = new DType({ kind: "V", itemsize, byteOrder: "|", unit: "" }, fields, alignment);
  extents.set(dtype, { depth: depth + 1, fields: count });
  return dtype;
}

/** Packed records of named texts, by what their lists say: as for scalars, arrays of one description share one dtype. */
const records = new Map<string, DType>();
/** Bounds, for the same reason. */
const MOST_RECORDS = 200;
const LONGEST = 20_000;

/** What a list of pairs of a name and a text says, each part of it read once; null for any other list. */
function pairsOf(list: readonly unknown[]): { pairs: [string, string][]; key: string } | null {
  const pairs: [string, string][] = [];
  let key = "";
  for (let index = 0; index < list.length; index++) {
    const entry = list[index];
    if (!Array.isArray(entry) || entry.length !== 2) return null;
    const name: unknown = entry[0];
    const dtype: unknown = entry[1];
    if (typeof name !== "string" || typeof dtype !== "string" || key.length > LONGEST) return null;
    pairs.push([name, dtype]);
    key += `${name.length},${dtype.length}:${name}${dtype}`;
  }
  return { pairs, key };
}

function outermost(list: readonly unknown[], around: Around): DType {
  const said = around.align ? null : pairsOf(list);
  if (said === null) return record(list, around);
  const known = records.get(said.key);
  if (known !== undefined) return known;
  const dtype = record(said.pairs, around);
  if (records.size < MOST_RECORDS) records.set(said.key, dtype);
  return dtype;
}

function build(dtype: unknown, around: Around): DType {
  if (dtype instanceof DType) return dtype;
  if (typeof dtype === "string") return scalar(dtype);
  if (Array.isArray(dtype)) return around.depth === 0 ? outermost(dtype, around) : record(dtype, around);
  throw new Fault(`a dtype is a text such as "<f8" or a list of fields, not ${spelt(dtype)}`);
}

/** As `dtypeOf`, of any value. Throws Fault, and what getters and proxies within the description throw. */
export function readDType(dtype: unknown, align: boolean): DType {
  return build(dtype, { align, path: "", depth: 0 });
}

/** No options: what nearly every call has, told without a look. */
const NONE: DTypeOptions = {};

function aligned(options: DTypeOptions): boolean {
  if (options === NONE) return false;
  if (typeof options !== "object" || options === null) {
    throw new SharrayError("BAD_ARGUMENT", `dtypeOf: the options are ${spelt(options)}; known is { align }.`, {});
  }
  for (const key of Object.keys(options)) {
    if (key !== "align") {
      throw new SharrayError("BAD_ARGUMENT", `dtypeOf: unknown option "${key}"; known is align.`, { option: key });
    }
  }
  const { align = false } = options;
  if (typeof align === "boolean") return align;
  throw new SharrayError("BAD_ARGUMENT", `dtypeOf: align is ${spelt(align)}; it is true or false.`, { align });
}

/**
 * Makes a dtype of NumPy's description: `"<f8"`, `"S10"`, `[["pos", "<i4"], ["xyz", "<f4", [3]], ["in", [["a", "<i2"]]]]`.
 * Without an order mark numbers are little-endian. Records are packed, but for gaps spelt `["", "|V4"]` as NumPy's `descr` does.
 * Throws BAD_DTYPE with `position` (0-based, in a text) or `field` (a path such as "in.a") and `index` (0-based, in its list).
 */
export function dtypeOf<const D extends DTypeLike>(dtype: D | DType<D>, options: DTypeOptions = NONE): DType<D> {
  const align = aligned(options);
  return refusing(() => readDType(dtype, align), badDType) as DType<D>;
}
