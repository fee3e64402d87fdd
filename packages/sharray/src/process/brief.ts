import type { Placement } from "../array/columns.ts";
import { checkWithin } from "../array/match.ts";
import { layoutOf, NDArray, viewOf } from "../array/ndarray.ts";
import { arrayOn } from "../array/shared.ts";
import type { View } from "../array/view.ts";
import { type DType, dtypeOf } from "../dtype/dtype.ts";
import { Block } from "../memory/block.ts";
import type { NativeBlock } from "../native/memory.ts";

/**
 * A message in brief form: text, and the blocks of the shared arrays in it. Most messages are of a few plain values and an array
 * or two; for these it takes a fraction of what a general serialization does, on both sides.
 *
 * Without arrays the text is the value's JSON. With arrays it is a line `[value, path, ...]`, where 0 stands for each array and
 * the paths say where, and then a line of layout for each.
 */
export interface Brief {
  readonly text: string;
  readonly blocks: NativeBlock[];
}

/** A line of layout: how an array lies on its block. There is one block for each. */
type Line = [
  size: number,
  readonly: boolean,
  offset: number,
  shape: number[],
  strides: number[],
  dtype: DType["descr"],
  columns: number[] | null,
];

/** Objects and lists in a brief message; a larger value goes the general way. */
const MOST = 32;
/** Characters of a text in a brief message. */
const LONGEST = 4096;
/** Names of properties, and layouts, that are remembered: messages are mostly like those before them. */
const REMEMBERED = 256;

const names = new Map<string, string>();

function nameInJson(name: string): string {
  let spelt = names.get(name);
  if (spelt === undefined) {
    spelt = JSON.stringify(name);
    if (names.size === REMEMBERED) names.clear();
    if (name.length < 64) names.set(name, spelt);
  }
  return spelt;
}

class Writer {
  readonly natives: NativeBlock[] = [];
  paths = "";
  layouts = "";
  readonly #blocks: Block[] = [];
  readonly #seen: object[] = [];

  /** The value's JSON with 0 for arrays; null where it is not brief. Reads every property once, as serializing does. */
  spell(value: unknown, path: string): string | null {
    switch (typeof value) {
      case "string":
        return value.length <= LONGEST ? JSON.stringify(value) : null;
      case "number":
        // JSON has no NaN, infinities or -0.
        return Number.isFinite(value) && !Object.is(value, -0) ? `${value}` : null;
      case "boolean":
        return value ? "true" : "false";
      case "object":
        return value === null ? "null" : this.#object(value, path);
      default:
        return null;
    }
  }

  #object(value: object, path: string): string | null {
    // What is met twice is one object on the other side too: JSON cannot say that.
    if (this.#seen.length === MOST || this.#seen.includes(value)) return null;
    this.#seen.push(value);
    if (value instanceof NDArray) return this.#array(value, path);
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) return this.#plain(value as Record<string, unknown>, path);
    return Array.isArray(value) && prototype === Array.prototype ? this.#list(value, path) : null;
  }

  #plain(value: Record<string, unknown>, path: string): string | null {
    let json = "";
    for (const key of Object.keys(value)) {
      if (key === "__proto__" || key === "toJSON") return null;
      const name = nameInJson(key);
      const inner = this.spell(value[key], path === "" ? name : `${path},${name}`);
      if (inner === null) return null;
      json += json === "" ? `${name}:${inner}` : `,${name}:${inner}`;
    }
    return `{${json}}`;
  }

  #list(value: readonly unknown[], path: string): string | null {
    const { length } = value;
    if (length > MOST || Object.keys(value).length !== length) return null; // holes, or names beside the elements
    let json = "";
    for (let i = 0; i < length; i++) {
      const inner = this.spell(value[i], path === "" ? `${i}` : `${path},${i}`);
      if (inner === null) return null;
      json += i === 0 ? inner : `,${inner}`;
    }
    return `[${json}]`;
  }

  #array(array: NDArray, path: string): string | null {
    const { storage } = viewOf(array);
    const { place } = storage;
    // Over ordinary memory the elements travel; two arrays on one block come with one descriptor; names are not brief; what cannot
    // be sent is refused on the general way.
    if (place === null || place.block.name !== null || this.#blocks.includes(place.block)) return null;
    if (place.block.copyOnWrite) return null;
    storage.check();
    const { block } = place;
    this.#blocks.push(block);
    this.natives.push(block.native);
    this.paths += `,[${path}]`;
    this.layouts += `\n[${block.size},${block.readonly},${layoutOf(array, spellLayout)}]`;
    return "0";
  }
}

function spellLayout({ storage, offset, shape, strides, dtype, columns }: View): string {
  const start = storage.place?.offset ?? 0;
  const [from, runs] =
    columns === null ? [start + offset, null] : [offset, `[${columns.map((run) => start + run).join()}]`];
  return `${from},[${shape.join()}],[${strides.join()}],${JSON.stringify(dtype.descr)},${runs}`;
}

/**
 * The brief form of a value, or null where it needs the general one.
 *
 * @throws {SharrayError} CLOSED an array in it is closed
 */
export function brief(value: unknown): Brief | null {
  const writer = new Writer();
  const json = writer.spell(value, "");
  if (json === null) return null;
  const { natives, paths, layouts } = writer;
  return { text: paths === "" ? json : `[${json}${paths}]${layouts}`, blocks: natives };
}

/** What a line of layout says, checked. It does not change: several arrays are made of it. */
interface Layout extends Placement {
  readonly size: number;
  readonly readonly: boolean;
  readonly dtype: DType;
}

const layouts = new Map<string, Layout>();

function readLayout(line: string): Layout {
  const known = layouts.get(line);
  if (known !== undefined) return known;
  const [size, readonly, offset, shape, strides, descr, columns] = JSON.parse(line) as Line;
  const layout: Layout = { size, readonly, offset, shape, strides, columns, dtype: dtypeOf(descr) as DType };
  checkWithin(layout, layout, layout.dtype);
  if (layouts.size === REMEMBERED) layouts.clear();
  if (line.length < 256) layouts.set(line, layout);
  return layout;
}

/** The value of a brief message; `origin` says where its arrays came from. What cannot be used is closed. */
export function unfold(text: string, natives: readonly NativeBlock[], origin: string): unknown {
  if (natives.length === 0) return JSON.parse(text);
  const blocks: Block[] = [];
  try {
    let end = text.indexOf("\n");
    const parts = JSON.parse(text.slice(0, end)) as [unknown, ...(string | number)[][]];
    for (let i = 0; i < natives.length; i++) {
      const start = end + 1;
      end = text.indexOf("\n", start);
      const layout = readLayout(end < 0 ? text.slice(start) : text.slice(start, end));
      const block = Block.over(natives[i]!, layout.size, layout.readonly);
      blocks.push(block);
      put(parts, parts[i + 1] as (string | number)[], arrayOn(block, layout, origin));
    }
    return parts[0];
  } catch (error) {
    for (const block of blocks) block.close();
    for (const native of natives) native.close();
    throw error;
  }
}

/** Puts an array in its place in `parts[0]`. */
function put(parts: unknown[], path: readonly (string | number)[], array: unknown): void {
  let at = parts as unknown as Record<string | number, unknown>;
  let key: string | number = 0;
  for (const next of path) {
    at = at[key] as Record<string | number, unknown>;
    key = next;
  }
  at[key] = array;
}
