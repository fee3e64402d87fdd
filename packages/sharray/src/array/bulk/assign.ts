import { SharrayError } from "../../errors.ts";
import { fieldsOf } from "../columns.ts";
import { writerOf } from "../element/writer.ts";
import { extent, sizeOf } from "../geometry.ts";
import { dtypeOfData, type Flat, flatten } from "../lists.ts";
import { text } from "../spell.ts";
import { BufferStorage, type Place } from "../storage.ts";
import { checkStores, readerIn, storerIn, type View, walk } from "../view.ts";
import { misfit, type Transfer } from "./bulk.ts";
import { copyElements, isWorthACall, moveElements, pack } from "./copy.ts";
import { type Lane, lanesBetween, onlyMoves } from "./lanes.ts";
import { atIndex, stage } from "./staging.ts";

/** Strides by which a smaller array repeats over a shape, as NumPy broadcasts. Throws BAD_SHAPE. */
export function broadcast(from: readonly number[], strides: readonly number[], to: readonly number[]): number[] {
  // Like NumPy's assignment, leading axes of one element that the target does not have are dropped.
  let extra = Math.max(0, from.length - to.length);
  if (from.slice(0, extra).some((n) => n !== 1)) extra = -1;
  const shape = extra < 0 ? from : from.slice(extra);
  const steps = extra < 0 ? strides : strides.slice(extra);
  const lead = to.length - shape.length;
  const fits = lead >= 0 && shape.every((n, axis) => n === 1 || n === to[lead + axis]);
  if (!fits) {
    throw new SharrayError(
      "BAD_SHAPE",
      `values of shape ${text(from)} do not fit an array of shape ${text(to)}; counted from the last axis, sizes are equal or 1.`,
      {
        shape: from,
        target: to,
      },
    );
  }
  return to.map((n, axis) => (axis < lead || (shape[axis - lead] === 1 && n !== 1) ? 0 : steps[axis - lead]!));
}

/** Whether two places are in one block, which may be attached twice. */
function inOneBlock(a: Place, b: Place): boolean {
  return a.block.isOf(b.block);
}

/** Whether two arrays may share bytes. */
function overlaps(a: View, b: View): boolean {
  if (a.columns !== null) return fieldsOf(a).some((field) => overlaps(field, b));
  if (b.columns !== null) return fieldsOf(b).some((field) => overlaps(a, field));
  const one = extent(a, a.dtype.itemsize);
  const other = extent(b, b.dtype.itemsize);
  if (one.low === one.high || other.low === other.high) return false;
  const [here, there] = [a.storage.place, b.storage.place];
  if (here !== null && there !== null) {
    const apart =
      one.high + here.offset <= other.low + there.offset || other.high + there.offset <= one.low + here.offset;
    return !apart && inOneBlock(here, there);
  }
  if (a.storage === b.storage) return one.low < other.high && other.low < one.high;
  const left = a.storage.window(one.low, 1).view.buffer;
  return left === b.storage.window(other.low, 1).view.buffer;
}

/** Kinds whose values are of one family; an array of one family never fits one of another. */
function family(view: { dtype: View["dtype"] }): string {
  const { kind, unit, fields } = view.dtype;
  if (fields !== null) return "records";
  if (kind === "M") return `dates of unit "${unit}"`;
  if (kind === "m") return `durations of unit "${unit}"`;
  return { S: "texts", U: "texts", V: "void" }[kind as string] ?? "numbers";
}

/** How the elements of one array get into another. */
export interface Assignment {
  readonly to: View;
  readonly from: View;
  /** The steps by which the source repeats over the target. */
  readonly strides: number[];
  /** Null where values have to be made by JavaScript, or do not fit at all. */
  readonly lanes: readonly Lane[] | null;
  readonly overlapping: boolean;
}

/** Looks at shapes, kinds and places of two arrays. Throws BAD_SHAPE, BAD_VALUE. */
export function assignment(to: View, from: View): Assignment {
  const strides = broadcast(from.shape, from.strides, to.shape);
  if (family(to) !== family(from)) {
    throw new SharrayError(
      "BAD_VALUE",
      `an array of ${family(from)} (${from.dtype}) does not fit one of ${family(to)} (${to.dtype}).`,
      { dtype: to.dtype.descr, found: from.dtype.descr },
    );
  }
  const lanes = lanesBetween(to, { ...from, shape: to.shape, strides });
  return { to, from, strides, lanes, overlapping: overlaps(to, from) };
}

/** How often values are looked at that did not fit, and did when it was to be said why. */
const MOST_TRIES = 100;

/** a[...] = b, for an array b. */
function assignView(what: Assignment): void {
  const { to, from, lanes, overlapping } = what;
  const size = sizeOf(to.shape);
  // Nothing is stored where the target is empty, and nothing is checked then either.
  if (size === 0) return;
  const numbers = lanes !== null && !onlyMoves(lanes);
  if (lanes === null || (numbers && !isWorthACall(size, 0))) {
    assignEach(what);
    return;
  }
  if (numbers) {
    const values = valuesOf(what);
    for (let bad = misfit(from.storage, values), tries = 1; bad >= 0; bad = misfit(from.storage, values), tries++) {
      refuse(what, bad);
      if (tries === MOST_TRIES) {
        throw new SharrayError(
          "BAD_VALUE",
          "assign: another process or thread changes the values while they are looked at.",
          {
            tries,
          },
        );
      }
    }
  }
  moveElements(to.storage, from.storage, { shape: to.shape, lanes, overlapping }, to.dtype.itemsize);
}

/** The values of an assignment, each once: what is checked before anything is stored. */
export function valuesOf({ to, from }: Assignment): Transfer {
  const once = { ...to, shape: from.shape, strides: from.shape.map(() => 0) };
  return { shape: from.shape, lanes: lanesBetween(once, from) ?? [], overlapping: false };
}

/** Throws BAD_VALUE for the element of that number, unless another process has changed it meanwhile. */
export function refuse({ to, from }: Assignment, flat: number): void {
  let at = from.offset;
  let rest = flat;
  for (let axis = from.shape.length - 1; axis >= 0; axis--) {
    at += (rest % from.shape[axis]!) * from.strides[axis]!;
    rest = Math.floor(rest / from.shape[axis]!);
  }
  const scratch = new DataView(new ArrayBuffer(to.dtype.itemsize));
  try {
    writerOf(to.dtype)(scratch, 0, valueReader(from)(at));
  } catch (error) {
    throw atIndex(error, flat, from.shape);
  }
}

/** Reads elements as an assignment takes them: booleans of an array of them are numbers. */
function valueReader(from: View): (at: number) => unknown {
  const element = readerIn(from);
  return from.dtype.kind === "b" ? (at) => Number(element(at)) : element;
}

/** a[...] = b, one element after another. */
function assignEach({ to, from, strides, overlapping }: Assignment): void {
  let source = from;
  let steps = strides;
  if (overlapping) {
    source = pack(source);
    steps = broadcast(source.shape, source.strides, to.shape);
  }
  const read = valueReader(source);
  if (!alwaysFits(source.dtype, to.dtype)) check(to, source, read);
  store(to, source.offset, steps, read);
}

/** Whether every number of one dtype fits another, so that none needs to be looked at before any is stored. */
function alwaysFits(from: View["dtype"], to: View["dtype"]): boolean {
  const kinds = `${from.kind}${to.kind}`;
  if (["ii", "uu", "ff"].includes(kinds)) return to.itemsize >= from.itemsize;
  if (kinds === "ui") return to.itemsize > from.itemsize;
  if (kinds === "if" || kinds === "uf") return to.itemsize >= 4 || from.itemsize === 1;
  return from.kind === "b" && "biuf".includes(to.kind);
}

/** Checks every value, so that a wrong one is found before any is stored. */
function check(
  to: View,
  from: { offset: number; shape: readonly number[]; strides: readonly number[] },
  read: (at: number) => unknown,
): void {
  const write = writerOf(to.dtype);
  const scratch = new DataView(new ArrayBuffer(to.dtype.itemsize));
  let flat = 0;
  walk(from.shape, from, from, (at) => {
    try {
      write(scratch, 0, read(at));
    } catch (error) {
      throw atIndex(error, flat, from.shape);
    }
    flat++;
  });
}

/** Stores values that were checked; `offset` and `strides` tell where `read` finds them. */
function store(to: View, offset: number, strides: readonly number[], read: (at: number) => unknown): void {
  const write = storerIn(to);
  walk(to.shape, to, { offset, strides }, (at, start) => {
    write(at, read(start));
  });
}

/** The view over a typed array that a caller gave. */
function viewOfData(data: ArrayBufferView, dtype: View["dtype"], length: number): View {
  const storage = new BufferStorage(data.buffer, data.byteOffset, data.byteLength);
  return { storage, dtype, offset: 0, shape: [length], strides: [dtype.itemsize], columns: null };
}

/** What an array is given: another array, or values that were checked and lie in memory of their own. */
export interface Source {
  readonly from: View;
  /** Whether nobody else has that memory. */
  readonly own: boolean;
}

/** The view of what is assigned to a view. `from` is that of x where x is an array. Throws BAD_VALUE, BAD_SHAPE, CLOSED. */
export function sourceFor(to: View, value: unknown, from: View | null): Source {
  if (from !== null) {
    from.storage.check();
    return { from, own: false };
  }
  const known = dtypeOfData(value);
  if (known !== null && family(to) === family({ dtype: known })) {
    return { from: viewOfData(value as ArrayBufferView, known, (value as Uint8Array).length), own: false };
  }
  const flat: Flat = flatten(value, to.dtype);
  // Whether it fits is known before values are looked at.
  broadcast(flat.shape, flat.shape, to.shape);
  const empty = sizeOf(to.shape) === 0;
  return { from: stage(empty ? { shape: flat.shape, values: [] } : flat, to.dtype), own: true };
}

/** a[...] = x. `from` is the view of x where x is an array. */
export function assign(to: View, value: unknown, from: View | null): void {
  checkStores(to, "assign");
  assignView(assignment(to, sourceFor(to, value, from).from));
}

/** One element of a value, in memory of its own. Throws BAD_VALUE. */
export function elementOf({ dtype }: View, value: unknown): View {
  const scratch = new DataView(new ArrayBuffer(dtype.itemsize));
  writerOf(dtype)(scratch, 0, value);
  const storage = new BufferStorage(scratch.buffer, 0, dtype.itemsize);
  return { storage, dtype, offset: 0, shape: [], strides: [], columns: null };
}

/** Gives every element the same value. */
export function fill(view: View, value: unknown): void {
  checkStores(view, "fill");
  copyElements(view, elementOf(view, value), broadcast([], [], view.shape));
}
