import type { DType } from "../../dtype/dtype.ts";
import { extent } from "../geometry.ts";
import { emptyPane, openPane, type Pane, paneOf, WHOLE, wrap } from "../pane.ts";
import { BufferStorage, type Storage } from "../storage.ts";
import { locate, readAt, type View } from "../view.ts";
import { fromHalf } from "./float16.ts";
import { isNumber, type Reach, textOf } from "./program.ts";
import { type Read, readLatin1, readUtf32 } from "./reader.ts";

/**
 * What generated text knows of one array: `n0`, `n1`, ... and `s0`, `s1`, ..., the sizes and strides of its axes, and where it lies in
 * the pane (`offset`; in columns `offset0`, `offset1`, ... for the fields).
 */
interface State {
  readonly view: View;
  readonly program: Program;
  pane: Pane;
  offset: number;
  readonly writable: boolean;
  /** Of an array in panes by turns: the place that the pane begins with, and the last one where an element may begin. */
  first: number;
  last: number;
  [number: `${"n" | "s" | "offset"}${number}`]: number;
}

/** The prototype of arrays of one dtype, number of axes and class: it has the `get` made for them. */
interface Program {
  readonly parent: object;
  readonly reach: Reach;
  readonly prototype: object;
  /** V8 compiles a reader that was refused a place as a slower one from then on; arrays that come afterwards get a new one. */
  spoilt: boolean;
}

/** An array that has a program. A symbol, as generated text can name no private field; it is not enumerable. */
const STATE = Symbol("state");
type Array = { [STATE]: State; get: (...index: number[]) => unknown; set: (index: number, value: unknown) => void };
/** What a class of arrays has, and its text may have better. */
type Methods = { [Name in "constructor" | "set" | typeof Symbol.iterator]: unknown };

interface Scope {
  state: typeof STATE;
  general: typeof general;
  /** The `set` of the class. */
  generalSet: (index: number | readonly number[], value: unknown) => void;
  turn: typeof turn;
  latin1: typeof readLatin1;
  utf32: typeof readUtf32;
  half: typeof fromHalf;
  iterators: object;
  reads: readonly Read[];
}

interface Made {
  get: (...index: number[]) => unknown;
  /** Of numbers along one axis. */
  set?: (index: number, value: unknown) => void;
  /** Of one axis. */
  elements?: () => IterableIterator<unknown>;
}

/** Longer texts cost more to compile than they save. */
const MOST_FIELDS = 200;
const MOST_DIMENSIONS = 4;
/** A bound keeps a stream of ever new dtypes from filling the memory. */
const MOST_PROGRAMS = 1000;
/** By the prototype of a class of arrays. */
const programs = new WeakMap<object, Map<string, Program | null>>();
const names = new WeakMap<DType, string>();
const iterators = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())) as object;

/** Moves the pane of a large array to the place `p`. */
function turn(state: State, p: number): void {
  const { storage, dtype } = state.view;
  const { view, start } = storage.window(p, dtype.itemsize);
  state.pane.view = view;
  state.first = start;
  state.last = start + view.byteLength - dtype.itemsize;
}

/** Reads the general way: what the generated text refuses is an error, a pane that was taken away, or an unusual index. */
function general(array: Array, state: State, index: ArrayLike<unknown>): unknown {
  const { view, program, pane } = state;
  view.storage.check();
  let at: number;
  try {
    at = locate(view, index as readonly unknown[]);
  } catch (error) {
    program.spoilt = true;
    specialise(array, view, program.parent);
    throw error;
  }
  if (pane.view.buffer.byteLength === 0) renew(state);
  return readAt(view, at);
}

function renew(state: State): void {
  const { view, pane } = state;
  if (openPane(view.storage) === pane) paneOf(view.storage);
  else if (state.program.reach === "moving") state.last = -1;
  else pane.view = wrapOf(view);
}

function wrapOf(view: View): DataView {
  const { low, high } = extent(view, view.dtype.itemsize);
  return wrap(view.storage, low, high - low);
}

/** What tells the text of one dtype from that of another. */
function nameOf(dtype: DType): string {
  let name = names.get(dtype);
  if (name === undefined) {
    name = `${dtype.itemsize} ${JSON.stringify(dtype.descr)}`;
    names.set(dtype, name);
  }
  return name;
}

/** The prototype of the class from which all classes of arrays have their `get`. */
function baseOf(parent: object): object {
  const above = Object.getPrototypeOf(parent) as object;
  return "get" in above ? baseOf(above) : parent;
}

function build(dtype: DType, ndim: number, reach: Reach, parent: object): Program | null {
  const { body, reads } = textOf(dtype, ndim, reach);
  let factory: (scope: Scope) => Made;
  try {
    factory = new Function("scope", body) as (scope: Scope) => Made;
  } catch {
    // Node was started with --disallow-code-generation-from-strings; the general reader does the same, slower.
    return null;
  }
  const made = factory({
    state: STATE,
    general,
    generalSet: (parent as Methods).set as Scope["generalSet"],
    turn,
    latin1: readLatin1,
    utf32: readUtf32,
    half: fromHalf,
    iterators,
    reads,
  });
  const base = baseOf(parent) as Methods;
  const properties: Record<PropertyKey, PropertyDescriptor> = {};
  const show = (name: PropertyKey, value: unknown): void => {
    properties[name] = { value, writable: true, configurable: true };
  };
  show("constructor", (parent as Methods).constructor);
  show("get", made.get);
  // A program's own class may have methods of its own, which stay.
  const { set, [Symbol.iterator]: iterator } = parent as Methods;
  if (made.set !== undefined && set === base.set) show("set", made.set);
  if (made.elements !== undefined && iterator === base[Symbol.iterator]) show(Symbol.iterator, made.elements);
  const prototype = Object.create(parent, properties) as object;
  return { parent, reach, prototype, spoilt: false };
}

function keyOf(dtype: DType, ndim: number, reach: Reach): string {
  return `${ndim} ${reach} ${nameOf(dtype)}`;
}

/** The program for such arrays, and whether it was made just now; null where the general reader has to do. */
function programFor(
  dtype: DType,
  ndim: number,
  reach: Reach,
  parent: object,
): { program: Program; fresh: boolean } | null {
  let known = programs.get(parent);
  if (known === undefined) {
    known = new Map();
    programs.set(parent, known);
  }
  const key = keyOf(dtype, ndim, reach);
  let program = known.get(key);
  const fresh = program === undefined || program?.spoilt === true;
  if (fresh) {
    if (known.size >= MOST_PROGRAMS) known.clear();
    program = build(dtype, ndim, reach, parent);
    known.set(key, program);
  }
  return program === null || program === undefined ? null : { program, fresh };
}

function stateOf(view: View, program: Program, pane: Pane, start: number): State {
  const { shape, strides, columns } = view;
  const state: State = {
    view,
    program,
    pane,
    offset: view.offset - start,
    writable: !view.storage.readonly,
    first: 0,
    last: -1,
  };
  for (const [axis, n] of shape.entries()) {
    state[`n${axis}`] = n;
    state[`s${axis}`] = strides[axis]!;
  }
  for (const [index, offset] of columns?.entries() ?? []) state[`offset${index}`] = offset;
  return state;
}

/**
 * Has V8 see both ways through a new text, at an array of two numbers of its own, as it knows only what it saw: a way that was never
 * taken would be compiled into one out of the loop around it, and such loops are slower.
 */
function rehearse(array: Array, state: State): void {
  const { shape, dtype } = state.view;
  const view: View = {
    ...state.view,
    storage: OPEN,
    offset: 0,
    shape: shape.map(() => 2),
    strides: shape.map(() => 0),
  };
  const numbers = new DataView(new ArrayBuffer(dtype.itemsize));
  array[STATE] = stateOf(view, state.program, { view: numbers }, 0);
  // The general one would store to the array itself.
  const stores = Object.hasOwn(state.program.prototype, "set");
  for (let i = 0; i < REHEARSALS; i++) {
    const k = i % 8 === 0 ? -1 : i & 1;
    array.get(...shape.map(() => k));
    if (stores) array.set(k, i & 1);
  }
}

const REHEARSALS = 300;
/** Storage that may be written. */
const OPEN: Storage = new BufferStorage(new ArrayBuffer(1), 0, 1);

/** The storage seen whole, or the array in a pane of its own; null where no pane is so large. */
function paneFor(view: View): { reach: Reach; pane: Pane; start: number } | null {
  const { storage, columns } = view;
  if (storage.size <= WHOLE) return { reach: columns === null ? "whole" : "columns", pane: paneOf(storage), start: 0 };
  if (columns !== null) return null;
  const { low, high } = extent(view, view.dtype.itemsize);
  if (high - low > WHOLE) return { reach: "moving", pane: emptyPane(), start: 0 };
  return { reach: "whole", pane: { view: wrapOf(view) }, start: low };
}

/**
 * Makes an array one of those that have a `get`, and an iterator, made for its dtype and number of axes: whether it could be. `parent` is
 * the prototype of its class.
 */
export function specialise(array: object, view: View, parent: object): boolean {
  const { shape, dtype } = view;
  if (shape.length < 1 || shape.length > MOST_DIMENSIONS || dtype.itemsize === 0) return false;
  if ((dtype.fields?.size ?? 0) > MOST_FIELDS) return false;
  const found = paneFor(view);
  if (found === null) return false;
  const { reach, pane, start } = found;
  const made = programFor(dtype, shape.length, reach, parent);
  if (made === null) return false;
  const { program, fresh } = made;
  const value = stateOf(view, program, pane, start);
  Object.defineProperty(array, STATE, { value, writable: true, configurable: true });
  Object.setPrototypeOf(array, program.prototype);
  if (fresh && reach === "whole" && isNumber(dtype)) {
    rehearse(array as Array, value);
    (array as Array)[STATE] = value;
  }
  return true;
}

/**
 * With which use of `get` or `set` an array is specialised. A first look at an element goes the general way; but what would wrap a window
 * of large memory for it, and soon all of it again, does so once: V8 collects garbage for either.
 */
export function usesBefore(view: View): number {
  return view.storage.size > LARGE ? 1 : 4;
}

const LARGE = 2 ** 28;

/**
 * Specialises a new array that is likely to be read element by element: its storage was, or, of numbers, arrays of its kind were. A loop that
 * is compiled already takes it then as those before; one that meets an array as it was before its first elements calls `get` for ever.
 */
export function specialiseEarly(array: object, view: View, parent: object): boolean {
  return (
    (openPane(view.storage) !== undefined || isKnown(view, parent)) && specialiseUnlessRefused(array, view, parent)
  );
}

function isKnown(view: View, parent: object): boolean {
  return isSmall(view) && programs.get(parent)?.get(keyOf(view.dtype, view.shape.length, "whole")) != null;
}

/** Specialises the view of a field of numbers, which is what loops over elements go through. */
export function specialiseField(array: object, view: View, parent: object): boolean {
  return isSmall(view) && specialiseUnlessRefused(array, view, parent);
}

/** Numbers in memory that all arrays over it share one pane of. */
function isSmall({ storage, dtype }: View): boolean {
  return isNumber(dtype) && storage.size <= WHOLE && !storage.closed;
}

/** What cannot be wrapped says why when an element is asked for: until then the array is of use without. */
function specialiseUnlessRefused(array: object, view: View, parent: object): boolean {
  try {
    return specialise(array, view, parent);
  } catch {
    return false;
  }
}
