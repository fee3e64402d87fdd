import type { DType, Field } from "./dtype.ts";
import { Fault, spelt } from "./fault.ts";
import { MAX_ITEMSIZE } from "./scalar.ts";

/** As many axes as an array of NumPy's may have. */
const MAX_DIMENSIONS = 64;
/** Fields of a record with those of the records in it: keeps a small hostile description from becoming an endless one. */
export const MAX_FIELDS = 65_536;
/** Deeper than any record of use; keeps a hostile description from exhausting the stack. */
export const MAX_DEPTH = 64;

/** Where a record lies in a description, and how its fields are laid. */
export interface Around {
  readonly align: boolean;
  /** The path of the field whose dtype it is; "" for the outermost. */
  readonly path: string;
  readonly depth: number;
}

/** The fields of a record with their places. */
export interface Laid {
  readonly fields: ReadonlyMap<string, Field>;
  readonly itemsize: number;
  readonly alignment: number;
}

type Build = (dtype: unknown, around: Around) => DType;
type Refuse = (reason: string, part?: number) => never;

function sizesOf(given: unknown, refuse: Refuse, part: number): number[] {
  const list: unknown[] = typeof given === "number" ? [given] : (given as unknown[]);
  const sizes: number[] = [];
  const length = Array.isArray(list) ? list.length : -1;
  for (let axis = 0; axis < length && axis <= MAX_DIMENSIONS; axis++) sizes.push(list[axis] as number);
  if (length < 0 || !sizes.every((n) => Number.isInteger(n) && n >= 0)) {
    refuse(`its shape is ${spelt(given)}; a sub-array takes a list of sizes, such as [3] or [2, 3]`, part);
  }
  if (length > MAX_DIMENSIONS) refuse(`its shape has ${length} axes, at most ${MAX_DIMENSIONS} are allowed`, part);
  const large = sizes.find((n) => n > MAX_ITEMSIZE);
  if (large !== undefined) refuse(`${large} items along one axis are too many`, part);
  return sizes;
}

/** Whether the dtype of a field is NumPy's pair of a dtype and a shape, `("<i4", (3,))`, which it writes for sub-arrays of sub-arrays. */
function isPair(dtype: unknown): dtype is [unknown, unknown] {
  if (!Array.isArray(dtype) || dtype.length !== 2) return false;
  const shape: unknown = dtype[1];
  return typeof shape === "number" || (Array.isArray(shape) && (shape.length === 0 || typeof shape[0] === "number"));
}

interface Read {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: number[];
}

/** Each part is read once: what a getter says later does not matter. */
function readField(entry: unknown, index: number, around: Around, build: Build): Read & { path: string } {
  const { path: prefix } = around;
  const length = Array.isArray(entry) ? entry.length : 0;
  if (length < 2 || length > 3) {
    const reason = `${spelt(entry)} is not a field; a field is [name, dtype] or [name, dtype, shape]`;
    throw new Fault(reason, { field: prefix, index, trail: [index] });
  }
  const [name, inner, given] = [0, 1, 2].map((i) => (i < length ? (entry as unknown[])[i] : undefined));
  if (typeof name !== "string") {
    const title = Array.isArray(name) ? " (NumPy's titles are not supported: give the name alone)" : "";
    const reason = `its name is ${spelt(name)}; a name is a text${title}`;
    throw new Fault(reason, { field: prefix, index, trail: [index, 0] });
  }
  const path = prefix === "" ? name : `${prefix}.${name}`;
  const refuse: Refuse = (reason, part) => {
    throw new Fault(reason, { field: path, index, trail: part === undefined ? [index] : [index, part] });
  };
  // Not by a regular expression: its classes of Unicode take a millisecond to compile.
  if (!name.isWellFormed()) refuse("its name holds half of a surrogate pair", 0);
  const shape = length === 3 ? sizesOf(given, refuse, 2) : [];
  let base: unknown = inner;
  const way = [index, 1];
  while (isPair(base)) {
    const [below, sizes] = base;
    shape.push(...sizesOf(sizes, refuse, 1));
    if (shape.length > MAX_DIMENSIONS) refuse(`its shape has more than ${MAX_DIMENSIONS} axes`, 1);
    base = below;
    way.push(0);
    if (way.length > MAX_DEPTH) refuse(`its sub-arrays lie more than ${MAX_DEPTH} deep`, 1);
  }
  try {
    return { name, path, shape, dtype: build(base, { ...around, path, depth: around.depth + 1 }) };
  } catch (error) {
    if (error instanceof Fault) {
      error.trail.unshift(...way);
      error.field ??= path;
      if (error.field === path) error.index ??= index;
    }
    throw error;
  }
}

function unchangeable(): never {
  throw new TypeError("the fields of a dtype cannot be changed");
}

/** A Map cannot be frozen: readers of elements are made of it once, and must stay right. */
function lock(fields: Map<string, Field>): ReadonlyMap<string, Field> {
  for (const method of ["set", "delete", "clear"]) Object.defineProperty(fields, method, { value: unchangeable });
  return Object.freeze(fields);
}

/** Lays the fields of a record one after another, as NumPy does: packed, or each where C would align it. */
export function layFields(list: readonly unknown[], around: Around, build: Build): Laid {
  const { align } = around;
  const fields = new Map<string, Field>();
  let end = 0;
  let alignment = 1;
  // Not an iterator's business: the list may have holes and be of a class of its own.
  for (let index = 0; index < list.length; index++) {
    const { name, path, dtype, shape } = readField(list[index], index, around, build);
    const refuse = (reason: string): never => {
      throw new Fault(reason, { field: path, index, trail: [index] });
    };
    if (shape.length > 0 && dtype.itemsize === 0 && dtype.fields === null) {
      refuse("a sub-array of elements without bytes does not exist");
    }
    const size = shape.includes(0) ? 0 : shape.reduce((product, n) => product * n, dtype.itemsize);
    if (name === "") {
      if (dtype.kind !== "V" || dtype.fields !== null) {
        refuse(`it has no name; only a gap, such as ["", "|V4"], has none`);
      }
    } else {
      if (fields.has(name)) refuse("the name occurs twice; names within a record differ");
      if (align) end = Math.ceil(end / dtype.alignment) * dtype.alignment;
      alignment = Math.max(alignment, align ? dtype.alignment : 1);
      fields.set(name, Object.freeze({ dtype, offset: end, shape: Object.freeze(shape), size }));
    }
    end += size;
    if (end > MAX_ITEMSIZE) refuse(`the record passes ${MAX_ITEMSIZE} bytes, the most that is allowed`);
    if (index >= 2 * MAX_FIELDS) refuse(`the list is longer than ${2 * MAX_FIELDS}`);
  }
  const itemsize = Math.ceil(end / alignment) * alignment;
  if (itemsize > MAX_ITEMSIZE) {
    throw new Fault(`the record passes ${MAX_ITEMSIZE} bytes with the gap at its end`, { field: around.path });
  }
  return { fields: lock(fields), itemsize, alignment };
}
