import { setImmediate as turn } from "node:timers/promises";
import type { Storage } from "../storage.ts";
import { type Transfer, transfer } from "./bulk.ts";
import type { Lane, Line } from "./lanes.ts";

/** Bytes that are moved between two turns of the event loop: a few milliseconds. */
const SLICE = 2 ** 23;

/** A part of a shape: where it begins, and its own. */
interface Slice {
  readonly index: readonly number[];
  readonly shape: readonly number[];
}

/** Cuts a shape into parts of at most so many elements, in C order. */
export function* slices(shape: readonly number[], most: number): Generator<Slice> {
  let inner = 1;
  let axis = shape.length - 1;
  while (axis > 0 && inner * shape[axis]! <= most) inner *= shape[axis--]!;
  if (axis < 0) {
    yield { index: [], shape };
    return;
  }
  const outer = shape.slice(0, axis);
  const step = Math.max(1, Math.floor(most / inner));
  const rows = outer.reduce((product, n) => product * n, 1);
  for (let row = 0; row < rows; row++) {
    const lead: number[] = [];
    for (let k = axis - 1, rest = row; k >= 0; rest = Math.floor(rest / shape[k--]!)) lead.unshift(rest % shape[k]!);
    for (let start = 0; start < shape[axis]!; start += step) {
      const count = Math.min(step, shape[axis]! - start);
      yield { index: [...lead, start], shape: [...outer.map(() => 1), count, ...shape.slice(axis + 1)] };
    }
  }
}

function moved({ offset, strides }: Line, index: readonly number[]): Line {
  return { offset: index.reduce((at, i, axis) => at + i * strides[axis]!, offset), strides };
}

/** A part of a transfer. */
export function part({ lanes }: Transfer, { index, shape }: Slice): Transfer {
  const cut = (lane: Lane): Lane => ({ to: moved(lane.to, index), from: moved(lane.from, index), op: lane.op });
  return { shape, lanes: lanes.map(cut), overlapping: false };
}

/** Does some work on each part of a transfer, with a turn of the event loop between two. `itemsize`: bytes of an element. */
export async function inSlices(what: Transfer, itemsize: number, work: (part: Transfer) => void): Promise<void> {
  const most = Math.max(1, Math.floor(SLICE / Math.max(1, itemsize)));
  for (const slice of slices(what.shape, most)) {
    await turn();
    work(part(what, slice));
  }
}

/**
 * Moves elements that lie in buffers of JavaScript's own, in turns with the event loop: nothing but the event loop's thread may touch these,
 * for a program can transfer or resize them at any time. What it does so is CLOSED.
 */
export async function transferInSlices(
  target: Storage,
  source: Storage,
  what: Transfer,
  itemsize: number,
): Promise<void> {
  await inSlices(what, itemsize, (some) => transfer(target, source, some));
}
