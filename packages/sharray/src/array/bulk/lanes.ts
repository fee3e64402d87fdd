import type { DType } from "../../dtype/dtype.ts";
import { fieldPlace } from "../columns.ts";
import { runsOf } from "../element/gaps.ts";
import type { View } from "../view.ts";
import { numberCode, partCode } from "./numbers.ts";

/** What happens to one part of every element: bytes are moved, numbers become others, zeros are stored. */
export type Op =
  /** `unit`: bytes of the numbers whose order changes; 1 where none does. */
  | { readonly is: "copy"; readonly size: number; readonly unit: number }
  /** `source` and `target` are codes of `numberCode`. */
  | { readonly is: "convert"; readonly source: number; readonly target: number; readonly count: number }
  | { readonly is: "zero"; readonly size: number };

/** One part of an element, by its byte in the target's and in the source's. */
interface Part {
  readonly to: number;
  readonly from: number;
  readonly op: Op;
}

/** Where one part of all elements lies: the byte of the first, and bytes to the next along each axis. */
export interface Line {
  readonly offset: number;
  readonly strides: readonly number[];
}

/** One part of all elements, on its way from one array to another. */
export interface Lane {
  readonly to: Line;
  readonly from: Line;
  readonly op: Op;
}

/** Records of more parts than this are gone through one by one. */
const MOST = 256;

/** Bytes of one number of a dtype, as far as its order of bytes tells it from another. */
function unitOf({ kind, itemsize }: DType): number {
  if (kind === "U") return 4;
  return kind === "c" ? itemsize / 2 : itemsize;
}

/** Bytes of an item, of which there are `count`, in the target and in the source. */
type Spot = readonly [to: number, from: number, count: number];

/** Adds the parts of two scalars; false where they are not numbers alike. `inside` tells those of a record, where true is no number. */
function addScalar(parts: Part[], to: DType, from: DType, [at, start, count]: Spot, inside: boolean): boolean {
  if (to.kind === from.kind && to.itemsize === from.itemsize && to.unit === from.unit) {
    const unit = to.byteOrder === from.byteOrder ? 1 : unitOf(to);
    parts.push({ to: at, from: start, op: { is: "copy", size: to.itemsize * count, unit } });
    return true;
  }
  const target = numberCode(to);
  const source = numberCode(from);
  if (target !== null && source !== null) {
    if (inside && from.kind === "b" && to.kind !== "b") return false;
    parts.push({ to: at, from: start, op: { is: "convert", source, target, count } });
    return true;
  }
  if (to.kind !== "c" || (from.kind !== "c" && (source === null || (inside && from.kind === "b")))) return false;
  if (from.kind === "c") {
    const op: Op = { is: "convert", source: partCode(from), target: partCode(to), count: 2 * count };
    parts.push({ to: at, from: start, op });
    return true;
  }
  for (let i = 0; i < count && parts.length <= MOST; i++) {
    const place = at + i * to.itemsize;
    const real: Op = { is: "convert", source: source!, target: partCode(to), count: 1 };
    parts.push({ to: place, from: start + i * from.itemsize, op: real });
    parts.push({ to: place + to.itemsize / 2, from: start, op: { is: "zero", size: to.itemsize / 2 } });
  }
  return parts.length <= MOST;
}

/** Adds the parts of two dtypes; false when not every element of the one is an element of the other by them. */
function add(parts: Part[], to: DType, from: DType, spot: Spot, inside: boolean): boolean {
  const [at, start, count] = spot;
  if (to.fields === null || from.fields === null) {
    return to.fields === from.fields && addScalar(parts, to, from, spot, inside);
  }
  const equal = to.equals(from);
  // Nothing but the fields: what lies in the gaps of the target stays there.
  const runs = equal ? runsOf(to) : [];
  if (equal && runs.length === 1 && runs[0]!.size === to.itemsize) {
    parts.push({ to: at, from: start, op: { is: "copy", size: to.itemsize * count, unit: 1 } });
    return true;
  }
  if (to.fields.size !== from.fields.size) return false;
  for (let i = 0; i < count; i++) {
    const [here, there] = [at + i * to.itemsize, start + i * from.itemsize];
    for (const { offset, size } of runs) {
      parts.push({ to: here + offset, from: there + offset, op: { is: "copy", size, unit: 1 } });
    }
    for (const [name, mine] of equal ? [] : to.fields) {
      const theirs = from.fields.get(name);
      if (theirs === undefined || mine.shape.join() !== theirs.shape.join()) return false;
      const items = mine.shape.reduce((product, n) => product * n, 1);
      if (!add(parts, mine.dtype, theirs.dtype, [here + mine.offset, there + theirs.offset, items], true)) return false;
    }
    if (parts.length > MOST) return false;
  }
  return true;
}

/** Makes parts whose bytes lie side by side at both ends one. */
function joined(parts: readonly Part[]): Part[] {
  const list: Part[] = [];
  for (const part of parts) {
    const last = list.at(-1);
    const { op } = part;
    if (op.is === "copy" && op.size === 0) continue;
    const goesOn =
      last?.op.is === "copy" &&
      op.is === "copy" &&
      last.op.unit === op.unit &&
      last.to + last.op.size === part.to &&
      last.from + last.op.size === part.from;
    if (goesOn) list[list.length - 1] = { ...last, op: { ...last.op, size: last.op.size + op.size } as Op };
    else list.push(part);
  }
  return list;
}

function partsBetween(to: DType, from: DType, count: number, inside: boolean): Part[] | null {
  const parts: Part[] = [];
  return add(parts, to, from, [0, 0, count], inside) ? joined(parts) : null;
}

function shifted({ offset, strides }: Line, by: number): Line {
  return { offset: offset + by, strides };
}

/** Where the field of that number lies; the items of a sub-array follow each other. */
function fieldLine(view: View, index: number): Line {
  const field = [...view.dtype.fields!.values()][index]!;
  const { offset, strides } = fieldPlace(view, index, field);
  return { offset, strides: strides.slice(0, view.strides.length) };
}

/**
 * How the elements of one view become those of another of the same shape by native code: fields go to those of their names, numbers
 * become others. Null where values have to be made by JavaScript, or do not fit at all.
 */
export function lanesBetween(to: View, from: View): readonly Lane[] | null {
  if (to.columns === null && from.columns === null) {
    const parts = partsBetween(to.dtype, from.dtype, 1, false);
    return (
      parts?.map(({ to: at, from: start, op }) => ({ to: shifted(to, at), from: shifted(from, start), op })) ?? null
    );
  }
  const [mine, theirs] = [to.dtype.fields, from.dtype.fields];
  if (mine === null || theirs === null || mine.size !== theirs.size) return null;
  const names = from.dtype.names!;
  const lanes: Lane[] = [];
  for (const [index, [name, field]] of [...mine].entries()) {
    const other = theirs.get(name);
    if (other === undefined || field.shape.join() !== other.shape.join()) return null;
    const items = field.shape.reduce((product, n) => product * n, 1);
    const parts = partsBetween(field.dtype, other.dtype, items, true);
    if (parts === null) return null;
    const [target, source] = [fieldLine(to, index), fieldLine(from, names.indexOf(name))];
    for (const part of parts) {
      lanes.push({ to: shifted(target, part.to), from: shifted(source, part.from), op: part.op });
    }
  }
  return lanes;
}

/** Whether lanes move bytes only, which JavaScript does too. */
export function onlyMoves(lanes: readonly Lane[]): boolean {
  return lanes.every(({ op }) => op.is === "copy");
}
