// What an actor can be told to do.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { type ArrayHandle, type BlockHandle, SharedArray, SharedMemory } from "sharray";
import { day } from "./day.ts";
import { exchange } from "./exchange.ts";
import { races } from "./races.ts";
import { reuse } from "./reuse.ts";
import { travel } from "./travel.ts";

/** The arguments of an order, as JSON brought them. */
export interface Order {
  /** The thing concerned, by the name that the actor was given for it. */
  of?: string;
  kind?: "memory" | "array";
  size?: number;
  byte?: number;
  from?: string | BlockHandle | ArrayHandle;
  name?: string;
  times?: number;
  wait?: boolean;
  options?: Record<string, unknown>;
}

type Thing = SharedMemory | SharedArray;
export type Act = (order: Order, tell: (news: unknown) => void) => unknown;

const things = new Map<string, Thing>();
const views = new WeakMap<Thing, Uint8Array>();
let proceed: () => void = () => {};

export function thing(order: Order): Thing {
  const found = things.get(order.of ?? "a");
  if (found === undefined) throw new Error(`there is no "${order.of}"`);
  return found;
}

function keep(order: Order, made: Thing): { name: string | null; handle: unknown } {
  things.set(order.of ?? "a", made);
  return { name: made.name, handle: made.handle() };
}

function arrayOf(order: Order): SharedArray {
  const found = thing(order);
  if (found instanceof SharedArray) return found;
  throw new Error(`"${order.of ?? "a"}" is no array`);
}

async function heldUp(tell: (news: unknown) => void): Promise<void> {
  const going = new Promise<void>((resolve) => {
    proceed = resolve;
  });
  tell("waiting");
  await going;
}

function bytesOf(of: Thing): Uint8Array {
  return of instanceof SharedMemory ? of.buf : of.bytes;
}

/** How many bytes differ from `byte`. */
function differing(bytes: Uint8Array, byte: number): number {
  let count = 0;
  for (const found of bytes) if (found !== byte) count += 1;
  return count;
}

function create(order: Order): Thing {
  const { kind = "memory", size = 1, options = {} } = order;
  if (kind === "memory") return SharedMemory.create(size, options);
  return SharedArray.create({ shape: [size], dtype: "u1", ...(options as object) });
}

function attach(order: Order): Thing {
  const { kind = "memory", from, options = {} } = order;
  const kinds = { memory: SharedMemory, array: SharedArray };
  return kinds[kind].attach(from as never, options);
}

/** Descriptors, descriptors of blocks and mappings of blocks that this process has. */
function held(): { descriptors: number; blocks: number; mappings: number } {
  const links = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ""; // the one that the listing itself used
    }
  });
  const ours = /^\/memfd:sharray|^\/dev\/shm\//;
  const maps = readFileSync("/proc/self/maps", "latin1").split("\n");
  return {
    descriptors: links.length,
    blocks: links.filter((link) => ours.test(link)).length,
    mappings: maps.filter((line) => /\/memfd:sharray|\/dev\/shm\//.test(line)).length,
  };
}

export const orders: Record<string, Act> = {
  create: (order) => keep(order, create(order)),
  attach: (order) => keep(order, attach(order)),
  handle: (order) => thing(order).handle(),
  fill: (order) => {
    bytesOf(thing(order)).fill(order.byte ?? 0);
  },
  differing: (order) => differing(bytesOf(thing(order)), order.byte ?? 0),
  close: (order) => thing(order).close(),
  /** The names of the things that are open here. */
  open: () => [...things].filter(([, each]) => !each.closed).map(([of]) => of),
  closeAll: () => {
    for (const each of things.values()) each.close();
    things.clear();
  },
  /** Makes a view or a window, and reads through one that was made before. */
  view: (order) => {
    const of = thing(order);
    const made = of instanceof SharedMemory ? of.bytes(0, 1) : of.slice([0, 1, null]).bytes;
    views.set(of, made);
    return made[0];
  },
  /** Reads through the view made before: what is left of it. */
  viewed: (order) => views.get(thing(order))?.length,
  unlink: (order) => thing(order).unlink(),
  unlinkName: (order) => SharedMemory.unlink(order.name!),
  name: (order) => thing(order).name,
  publish: (order) => arrayOf(order).publish(order.name!, order.options),
  /** One of many starters; whether it was this one that filled. It can be held up while it fills. */
  openOrCreate: async (order, tell) => {
    let filled = false;
    const { name, size = 1, byte = 0, wait = false } = order;
    const made = await SharedArray.openOrCreate(name!, { shape: [size], dtype: "u1" }, async (fresh) => {
      filled = true;
      fresh.bytes.fill(byte, 0, size / 2);
      if (wait) await heldUp(tell);
      fresh.bytes.fill(byte);
    });
    return { filled, ...keep(order, made) };
  },
  sweep: () => SharedMemory.sweep(),
  list: () => SharedMemory.list(),
  held,
  /** Makes blocks until it is refused, and closes all of them; how many there were, and the code. */
  exhaust: (order) => {
    const made: Thing[] = [];
    try {
      for (;;) made.push(create(order));
    } catch (error) {
      return { made: made.length, code: (error as { code?: string }).code };
    } finally {
      for (const each of made) each.close();
    }
  },
  /** Makes, fills and closes blocks one after another, and collects what the collector would collect some day. */
  churn: async (order) => {
    for (let i = 0; i < (order.times ?? 1); i++) {
      const made = create(order);
      bytesOf(made)[0] = 1;
      made.close();
    }
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise((resolve) => setImmediate(resolve));
    return held();
  },
  /** Lets an order that is held up go on. */
  proceed: () => proceed(),
  ...travel,
  ...races,
  ...reuse,
  ...day,
  ...exchange,
};
