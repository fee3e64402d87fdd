import type { Block } from "../memory/block.ts";

/** Values that travel in a form of their own: by descriptor, or with what structured cloning would drop. */
export interface Carrier<T extends object = object> {
  /** Names it in the message. */
  readonly tag: string;
  is(value: object): value is T;
  /** A plain value (which may hold others that travel in a form of their own). */
  pack(value: T, out: Outgoing): unknown;
  unpack(packed: unknown, incoming: Incoming): T;
}

/** What a message that is being written offers to carriers. */
export interface Outgoing {
  /** Tells of memory that travels. */
  sends(block: Block): void;
  /** Adds a descriptor (of memory of so many bytes), once however often it is asked for; it stays the owner's. Returns its place. */
  attach(fd: number, bytes?: number): number;
  /** Whether a value could travel. */
  accepts(value: unknown): boolean;
}

/** What a message that is being read offers to carriers. */
export interface Incoming {
  /** What to say of arrays in it that the program is to close; null when they are sharray's own to release. */
  readonly origin: string | null;
  /** The descriptor at a place, to be owned (a duplicate of it from the second time on). `bytes` as for `attach`. */
  take(place: number, bytes?: number): number;
  /** Tells of memory that was attached. */
  receives(block: Block): void;
  /** Undoes what an unpacked value holds, should the rest of the message turn out to be unusable. */
  onFailure(undo: () => void): void;
}

const carriers: Carrier[] = [];
const byTag = new Map<string, Carrier>();

/** Makes a kind of value known; both sides of a connection know the same kinds. */
export function register<T extends object>(carrier: Carrier<T>): void {
  carriers.push(carrier as unknown as Carrier);
  byTag.set(carrier.tag, carrier as unknown as Carrier);
}

export function carrierOf(value: object): Carrier | undefined {
  for (const carrier of carriers) if (carrier.is(value)) return carrier;
  return undefined;
}

export function carrierNamed(tag: string): Carrier | undefined {
  return byTag.get(tag);
}
