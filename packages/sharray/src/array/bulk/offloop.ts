import { constants } from "node:buffer";
import { sizeOf } from "../geometry.ts";
import { checkStores, type View } from "../view.ts";
import {
  type Assignment,
  assign,
  assignment,
  broadcast,
  elementOf,
  fill,
  refuse,
  sourceFor,
  valuesOf,
} from "./assign.ts";
import { gatherAsync, type Held, hold, misfit, misfitAsync, type Transfer, transferAsync } from "./bulk.ts";
import { pack, packedView, packing, wholeElements } from "./copy.ts";
import { onlyMoves } from "./lanes.ts";
import { inSlices, transferInSlices } from "./slices.ts";

/** Smaller arrays are done with before another thread has begun. */
export const soon: { bytes: number } = { bytes: 2 ** 17 };

function isSmall({ shape, dtype }: View): boolean {
  return sizeOf(shape) * dtype.itemsize < soon.bytes;
}

/** Attachments of an operation's own to the memory of some views, where all of them lie in blocks; null when one does not. */
async function holding<T>(views: readonly View[], work: (held: Held[]) => Promise<T>): Promise<T | null> {
  const held: Held[] = [];
  try {
    for (const { storage } of views) {
      const one = hold(storage);
      if (one === null) return null;
      held.push(one);
    }
    return await work(held);
  } finally {
    for (const one of held) one.release();
  }
}

/** `pack` off the event loop. */
export async function packAsync(view: View): Promise<View> {
  view.storage.check();
  const nbytes = sizeOf(view.shape) * view.dtype.itemsize;
  if (isSmall(view)) return pack(view);
  const what = packing(view);
  if (nbytes <= constants.MAX_LENGTH) {
    const buffer = await holding([view], async ([from]) => await gatherAsync(nbytes, from!, what));
    if (buffer !== null) return packedView(view, buffer);
  }
  const packed = packedView(view);
  await transferInSlices(packed.storage, view.storage, what, view.dtype.itemsize);
  return packed;
}

/** Copies elements of an equal dtype from one block into another off the event loop. The target is nobody else's yet. */
export async function copyInto(to: View, from: View): Promise<void> {
  const what = wholeElements(to, from);
  const { itemsize } = to.dtype;
  if (sizeOf(to.shape) === 0 || what.lanes.length === 0) return;
  const done = await holding([to, from], async ([target, source]) => {
    await transferAsync(target!, source!, what);
    return true;
  });
  if (done === null) await transferInSlices(to.storage, from.storage, what, itemsize);
}

/** `fill` off the event loop. */
export async function fillAsync(view: View, value: unknown): Promise<void> {
  checkStores(view, "fill");
  if (isSmall(view)) {
    fill(view, value);
    return;
  }
  const element = elementOf(view, value);
  const what = wholeElements(view, { ...element, strides: broadcast([], [], view.shape) });
  await moveOwn(view, element, what);
}

/** Moves values that lie in memory that nobody else has. */
async function moveOwn(to: View, from: View, what: Transfer): Promise<void> {
  const bytes = from.storage.bytes(0, from.storage.size);
  const done = await holding([to], async ([target]) => {
    await transferAsync(target!, bytes, what);
    return true;
  });
  if (done === null) await transferInSlices(to.storage, from.storage, what, to.dtype.itemsize);
}

/** `assign` off the event loop. Values from lists are read, and texts of another size assigned, before it returns. */
export async function assignAsync(to: View, value: unknown, given: View | null): Promise<void> {
  checkStores(to, "assign");
  if (isSmall(to)) {
    assign(to, value, given);
    return;
  }
  const { from, own } = sourceFor(to, value, given);
  const what = assignment(to, from);
  if (what.lanes === null) {
    assign(to, value, from);
    return;
  }
  const whole = { shape: to.shape, lanes: what.lanes, overlapping: what.overlapping };
  if (own) await moveOwn(to, from, whole);
  else await assignHeld(what, whole);
}

async function assignHeld(what: Assignment, whole: Transfer): Promise<void> {
  const { to, from, overlapping } = what;
  const values = onlyMoves(whole.lanes) ? null : valuesOf(what);
  const done = await holding([to, from], async ([target, source]) => {
    if (values !== null) {
      const bad = await misfitAsync(source!, values);
      if (bad >= 0) refuse(what, bad);
    }
    await transferAsync(target!, source!, whole);
    return true;
  });
  if (done !== null) return;
  if (values !== null) {
    let before = 0;
    await inSlices(values, from.dtype.itemsize, (some) => {
      const bad = misfit(from.storage, some);
      if (bad >= 0) refuse(what, before + bad);
      before += sizeOf(some.shape);
    });
  }
  if (!overlapping) {
    await transferInSlices(to.storage, from.storage, whole, to.dtype.itemsize);
    return;
  }
  const copy = await packAsync(from);
  const again = assignment(to, copy);
  await transferInSlices(to.storage, copy.storage, { ...whole, lanes: again.lanes ?? [] }, to.dtype.itemsize);
}
