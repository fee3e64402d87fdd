// Every system call of an operation as a place to stop or to die.

import type { Actor, Order } from "./actor.ts";
import { full } from "./fault.ts";
import type { Stage, Watched } from "./stage.ts";

export interface Operation {
  /** As the table names it. */
  name: string;
  order: string;
  args: Order;
  /** Brings the actor that is to do it into the state before. */
  prepare(actor: Actor): Promise<unknown>;
}

/** Calls that change or lock something that others see. */
const CHANGING = /^(flock|linkat|unlinkat|unlink|link|rename|renameat|renameat2|fchmod|ftruncate|fallocate)$/;

/**
 * The numbers of the calls to stop at. In `npm test` every call that changes or locks something, and of the others each kind once;
 * in the full run every one, and some more, as the count varies a little with what V8 maps meanwhile.
 */
export async function points(stage: Stage, operation: Operation): Promise<number[]> {
  const calls = await stage.calls(operation.order, operation.args, (actor) => operation.prepare(actor));
  const all = calls.map((_, index) => index + 1);
  if (full) return all.concat([1, 2, 3].map((more) => calls.length + more));
  const kinds = new Set<string>();
  return all.filter((call) => {
    const name = calls[call - 1]!;
    const known = kinds.has(name);
    kinds.add(name);
    return !known || CHANGING.test(name);
  });
}

/** Starts an actor in the state before, and gives the order; it is killed or stopped at this call. */
export async function reach(
  stage: Stage,
  what: "kill" | "stop",
  call: number,
  { order, args, prepare }: Operation,
): Promise<Watched & { done: Promise<unknown>; name: string | null }> {
  const watched = stage.watch(what, call);
  await prepare(watched.actor);
  const done = watched.actor.try(order, { ...args, marked: true }).catch(() => null);
  return { ...watched, done, name: await watched.point };
}
