// The texts of generated readers. What V8 makes of them decides their speed, so their shapes have reasons: see docs/design.md, "Arrays".
import type { DType, Field } from "../../dtype/dtype.ts";
import { listReader, type Read, readerOf } from "./reader.ts";

/** How an array's bytes are reached: all in one pane, in panes by turns, or, for records in columns, each field in its run of one pane. */
export type Reach = "whole" | "moving" | "columns";

/** A generated text, and the readers of members that have no expression of their own. */
export interface Text {
  readonly body: string;
  readonly reads: readonly Read[];
}

/** No place, and neither is it with a field's offset added: reading there throws, without a branch that leaves the loop around it. */
const NOWHERE = -(2 ** 30);

/** The JavaScript expression that reads a dtype at `at` of the DataView `v`. */
function expression(dtype: DType, at: string, reads: Read[]): string {
  const { kind, itemsize, byteOrder, fields } = dtype;
  const little = byteOrder !== ">";
  if (fields !== null) return object(fields, (_, offset) => `${at} + ${offset}`, reads);
  const bits = itemsize * 8;
  const big = itemsize === 8 ? "Big" : "";
  switch (kind) {
    case "b":
      return `v.getUint8(${at}) !== 0`;
    case "i":
    case "M":
    case "m":
      return `v.get${big}Int${bits}(${at}, ${little})`;
    case "u":
      return `v.get${big}Uint${bits}(${at}, ${little})`;
    case "f":
      return itemsize === 2 ? `half(v.getUint16(${at}, ${little}))` : `v.getFloat${bits}(${at}, ${little})`;
    case "S":
      return `latin1(v, ${at}, ${itemsize})`;
    case "U":
      return `utf32(v, ${at}, ${itemsize}, ${little})`;
    default:
      reads.push(readerOf(dtype));
      return `reads[${reads.length - 1}](v, ${at})`;
  }
}

function object(
  fields: NonNullable<DType["fields"]>,
  place: (index: number, offset: number, size: number) => string,
  reads: Read[],
): string {
  const members = [...fields].map(([name, field], index) => {
    const key = name === "__proto__" ? '["__proto__"]' : JSON.stringify(name);
    return `${key}: ${member(field, place(index, field.offset, field.size), reads)}`;
  });
  return `{ ${members.join(", ")} }`;
}

function member(field: Field, at: string, reads: Read[]): string {
  if (field.shape.length === 0) return expression(field.dtype, at, reads);
  reads.push(listReader(readerOf(field.dtype), field.shape, field.dtype.itemsize));
  return `reads[${reads.length - 1}](v, ${at})`;
}

/** Goes through an array of one axis; an iterator for all dtypes would look up each array's `get` anew. */
const ITERATOR = `
  class Elements {
    constructor(array, n) {
      this.array = array;
      this.at = 0;
      this.n = n;
    }
    next() {
      const i = this.at;
      if (i >= this.n) return { value: undefined, done: true };
      this.at = i + 1;
      return { value: this.array.get(i), done: false };
    }
  }
  Object.setPrototypeOf(Elements.prototype, iterators);`;

/** Whether an element is one number at its place, which reading checks as it is. */
export function isNumber({ kind, fields }: DType): boolean {
  return fields === null && "biufMm".includes(kind);
}

/** Whether a number is one that `set` stores as it is; null for dtypes whose values are looked at the general way. */
function fits({ kind, itemsize }: DType): string | null {
  const bits = itemsize * 8;
  if (kind === "f" && itemsize === 8) return "true";
  // A finite number that would become infinite does not fit.
  if (kind === "f" && itemsize === 4) {
    return "Math.abs(Math.fround(value)) !== Infinity || Math.abs(value) === Infinity";
  }
  if (itemsize > 4 || (kind !== "i" && kind !== "u")) return null;
  if (kind === "u") return bits === 32 ? "value >>> 0 === value" : `(value & ${2 ** bits - 1}) === value`;
  return bits === 32 ? "(value | 0) === value" : `((value << ${32 - bits}) >> ${32 - bits}) === value`;
}

/** `set(i, value)` for numbers in an array of one axis; all else, and what is wrong, is left to the general one. */
function setter(dtype: DType): string {
  const test = fits(dtype);
  if (test === null) return "";
  const name = `${{ f: "Float", i: "Int", u: "Uint" }[dtype.kind as string]}${dtype.itemsize * 8}`;
  return `
    set(i0, value) {
      const s = this[state];
      if (typeof value === "number" && s.writable && (${test})) {
        try {
          const n0 = s.n0, k0 = i0 < 0 ? i0 + n0 : i0;
          const p = (i0 | 0) === i0 && k0 >= 0 && k0 < n0 ? s.offset + Math.imul(k0, s.s0) : ${NOWHERE};
          const v = s.pane.view;
          v.set${name}(p, value, ${dtype.byteOrder !== ">"});
          return;
        } catch {}
      }
      generalSet.call(this, i0, value);
    },`;
}

/** Whether arrays have a `set` in their text. */
function hasSetter(dtype: DType, ndim: number, reach: Reach): boolean {
  return ndim === 1 && reach === "whole" && isNumber(dtype) && fits(dtype) !== null;
}

/**
 * The text that makes `{ get(i0, i1), set(i0, value), elements() }` for one dtype and number of axes, over the names of a `Scope`. Each dtype gets a text, and so
 * functions and type feedback of its own: one function for all would look its reader up on every element.
 */
export function textOf(dtype: DType, ndim: number, reach: Reach): Text {
  const reads: Read[] = [];
  const axes = Array.from({ length: ndim }, (_, axis) => axis);
  const counted = axes
    .map((k) => `const n${k} = s.n${k}, k${k} = i${k} < 0 ? i${k} + n${k} : i${k};`)
    .join("\n        ");
  const inside = axes.map((k) => `(i${k} | 0) === i${k} && k${k} >= 0 && k${k} < n${k}`).join(" && ");
  // Places in a pane are 32-bit integers, which saves the checks for larger numbers.
  const step = (k: number): string => (reach === "moving" ? `k${k} * s.s${k}` : `Math.imul(k${k}, s.s${k})`);
  const found = `arguments.length === ${ndim} && ${inside}`;
  const sum = `s.offset + ${axes.map(step).join(" + ")}`;
  let read: string;
  if (reach === "whole" && isNumber(dtype)) {
    // The place comes first and the view after it: V8 forgets what it knows of the view where the two ways to a place meet.
    read = `
        const p = ${found} ? ${sum} : ${NOWHERE};
        const v = s.pane.view;
        return ${expression(dtype, "p", reads)};`;
  } else {
    const move = reach === "moving" ? "if (p < s.first || p > s.last) turn(s, p);\n          p -= s.first;" : "";
    // Texts are read by functions that may touch no byte at all, and so would not meet a detached buffer.
    const touch = isNumber(dtype) ? "" : `v.getUint8(${reach === "columns" ? "s.offset0" : "p"});`;
    const value =
      reach === "columns"
        ? object(dtype.fields!, (index, _, size) => `s.offset${index} + Math.imul(p, ${size})`, reads)
        : expression(dtype, "p", reads);
    read = `
        if (${found}) {
          let p = ${sum};
          ${move}
          const v = s.pane.view;
          ${touch}
          return ${value};
        }`;
  }
  const body = `"use strict";
  const { state, general, generalSet, turn, latin1, utf32, half, reads${ndim === 1 ? ", iterators" : ""} } = scope;${ndim === 1 ? ITERATOR : ""}
  return {
    get(${axes.map((k) => `i${k}`).join(", ")}) {
      const s = this[state];
      try {
        ${counted}${read}
      } catch {}
      return general(this, s, arguments);
    },
${hasSetter(dtype, ndim, reach) ? setter(dtype) : ""}
    ${ndim === 1 ? "elements() { const s = this[state]; s.view.storage.check(); return new Elements(this, s.n0); }," : ""}
  };`;
  return { body, reads };
}
