import { DefaultDeserializer, DefaultSerializer } from "node:v8";
import { SharrayError } from "../errors.ts";
import type { Block } from "../memory/block.ts";
import { addon } from "../native/addon.ts";
import { call } from "../native/call.ts";
import { type Carrier, carrierNamed, carrierOf, type Incoming, type Outgoing } from "./carrier.ts";
import type { Arrival } from "./port.ts";
import { blame, isLeaf, survey } from "./survey.ts";

/** A message ready to be sent. The descriptors belong to the objects in it, and stay open while those do. */
export interface Packed {
  readonly bytes: Uint8Array;
  readonly fds: readonly number[];
  /** Bytes of the shared memory in it. */
  readonly weight: number;
  readonly blocks: readonly Block[];
}

// Node's serializer asks for our help with typed arrays only; so a value with a carrier is written as a typed array of
// this class, and turned back in the same way. V8 itself keeps cycles, and an object met twice stays one object.
class Marker extends Uint8Array {
  readonly carrier: Carrier;
  packed: unknown;

  constructor(carrier: Carrier) {
    super(0);
    this.carrier = carrier;
  }
}

/** What stands before the value of a message, and can be read without it. */
export interface Head {
  readonly kind: number;
  readonly id: number;
  readonly note?: string;
}

const VIEW = 0;
const CARRIED = 1;

interface HostWriter {
  _writeHostObject(value: object): void;
}
interface HostReader {
  _readHostObject(): unknown;
}

class Writer extends DefaultSerializer {
  _writeHostObject(value: object): void {
    if (value instanceof Marker) {
      this.writeUint32(CARRIED);
      this.writeValue(value.carrier.tag);
      this.writeValue(value.packed);
    } else {
      this.writeUint32(VIEW);
      (DefaultSerializer.prototype as unknown as HostWriter)._writeHostObject.call(this, value);
    }
  }
}

class Reader extends DefaultDeserializer {
  incoming: Incoming | undefined;

  _readHostObject(): unknown {
    if (this.readUint32() === VIEW)
      return (DefaultDeserializer.prototype as unknown as HostReader)._readHostObject.call(this);
    const tag = this.readValue() as string;
    const packed = this.readValue();
    const carrier = carrierNamed(tag);
    if (!carrier)
      throw new SharrayError("VERSION_MISMATCH", `a message holds a value of unknown kind "${tag}"`, { tag });
    return carrier.unpack(packed, this.incoming!);
  }
}

/** A copy in which each value with a carrier is replaced by its marker. */
class Replacer implements Outgoing {
  readonly fds: number[] = [];
  readonly blocks: Block[] = [];
  weight = 0;
  readonly #places = new Map<number, number>();
  readonly #copies = new Map<object, object>();

  attach(fd: number, bytes = 0): number {
    const known = this.#places.get(fd);
    if (known !== undefined) return known;
    this.weight += bytes;
    this.#places.set(fd, this.fds.length);
    return this.fds.push(fd) - 1;
  }

  sends(block: Block): void {
    this.blocks.push(block);
  }

  accepts(value: unknown): boolean {
    try {
      survey(value, "");
      new Writer().writeValue(new Replacer().replace(value));
      return true;
    } catch {
      return false;
    }
  }

  replace(value: unknown): unknown {
    if (typeof value !== "object" || value === null || isLeaf(value)) return value;
    const known = this.#copies.get(value);
    if (known) return known;
    if (Array.isArray(value)) {
      const copy: unknown[] = new Array(value.length);
      this.#copies.set(value, copy);
      for (const key of Object.keys(value))
        copy[key as unknown as number] = this.replace(value[key as unknown as number]);
      return copy;
    }
    const carrier = carrierOf(value);
    if (carrier) {
      const marker = new Marker(carrier);
      this.#copies.set(value, marker); // before packing: an error may be its own cause
      marker.packed = this.replace(carrier.pack(value, this));
      return marker;
    }
    if (value instanceof Map) {
      const copy = new Map<unknown, unknown>();
      this.#copies.set(value, copy);
      for (const [key, inner] of value) copy.set(this.replace(key), this.replace(inner));
      return copy;
    }
    if (value instanceof Set) {
      const copy = new Set<unknown>();
      this.#copies.set(value, copy);
      for (const inner of value) copy.add(this.replace(inner));
      return copy;
    }
    const copy: Record<string, unknown> = {};
    this.#copies.set(value, copy);
    for (const key of Object.keys(value)) {
      const inner = this.replace((value as Record<string, unknown>)[key]);
      if (key === "__proto__") Object.defineProperty(copy, key, { value: inner, enumerable: true });
      else copy[key] = inner;
    }
    return copy;
  }
}

/**
 * Writes a value of any depth behind its head. `where` begins the paths in errors.
 *
 * @throws {SharrayError} BAD_ARGUMENT what cannot travel, with its path; CLOSED an array in it is closed
 */
export function encode(head: Head, value: unknown, where: string): Packed {
  let fds: readonly number[] = [];
  let weight = 0;
  let blocks: readonly Block[] = [];
  let root = value;
  try {
    if (survey(value, where)) {
      const replacer = new Replacer();
      root = replacer.replace(value);
      ({ fds, weight, blocks } = replacer);
    }
    const writer = new Writer();
    writer.writeUint32(head.kind);
    writer.writeUint32(head.id);
    writer.writeHeader();
    writer.writeValue(head.note ?? "");
    writer.writeValue(root);
    return { bytes: writer.releaseBuffer(), fds, weight, blocks };
  } catch (error) {
    throw error instanceof SharrayError ? error : blame(value, where, error);
  }
}

/** The error of a message whose descriptors found no room. */
export function noRoom(): SharrayError {
  return new SharrayError(
    "TOO_MANY_FILES",
    "a message arrived with shared memory, but this process may not open more files. Close arrays that are no longer needed, or raise the limit (ulimit -n).",
    { pid: process.pid },
  );
}

/** A message that arrived: its head, and its value once. What it carried and nobody took is closed. */
export class Letter implements Incoming {
  readonly kind: number;
  readonly id: number;
  readonly note: string;
  /** Bytes of the shared memory that its value is attached to. */
  weight = 0;
  origin: string | null = null;
  /** What its value is attached to. */
  readonly blocks: Block[] = [];
  readonly #reader: Reader;
  readonly #fds: readonly number[];
  readonly #truncated: boolean;
  readonly #taken = new Set<number>();
  readonly #undo: (() => void)[] = [];
  #read = false;

  constructor(arrival: Arrival) {
    this.#fds = arrival.fds;
    this.#truncated = arrival.truncated;
    this.#reader = new Reader(arrival.bytes);
    this.#reader.incoming = this;
    this.kind = this.#reader.readUint32();
    this.id = this.#reader.readUint32();
    this.#reader.readHeader();
    this.note = this.#reader.readValue() as string;
  }

  /** Whether shared memory came with it. */
  get carries(): boolean {
    return this.#fds.length > 0;
  }

  /**
   * The value. `origin` tells where arrays in it came from, when the program is to close them.
   *
   * @throws {SharrayError} what attaching throws; TOO_MANY_FILES
   */
  value(origin: string | null = null): unknown {
    this.#read = true;
    this.origin = origin;
    try {
      if (this.#truncated) throw noRoom();
      return this.#reader.readValue();
    } catch (error) {
      for (const undo of this.#undo.reverse()) undo();
      throw error;
    } finally {
      this.#closeRest();
    }
  }

  /** Leaves the value unread, and closes what came with it. */
  discard(): void {
    if (this.#read) return;
    this.#read = true;
    this.#closeRest();
  }

  take(place: number, bytes = 0): number {
    this.weight += bytes;
    const fd = this.#fds[place];
    if (fd === undefined)
      throw new SharrayError("HANDLE_MISMATCH", `a message names descriptor ${place} of ${this.#fds.length}`, {
        place,
      });
    if (this.#taken.has(place)) return call(() => addon.portDuplicate(fd));
    this.#taken.add(place);
    return fd;
  }

  receives(block: Block): void {
    this.blocks.push(block);
  }

  onFailure(undo: () => void): void {
    this.#undo.push(undo);
  }

  #closeRest(): void {
    this.#fds.forEach((fd, place) => {
      if (!this.#taken.has(place)) addon.portClose(fd);
    });
  }
}
