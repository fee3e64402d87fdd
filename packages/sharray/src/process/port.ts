import { addon } from "../native/addon.ts";
import { call } from "../native/call.ts";
import type { NativeBlock } from "../native/memory.ts";
import type { NativePort, PortEvent, PortEvents, PortInbox } from "../native/port.ts";
import type { Brief } from "./brief.ts";
import { hold, release } from "./keepalive.ts";

/** A message as it arrived: its descriptors belong to whoever takes it. */
export interface Arrival {
  readonly bytes: Uint8Array;
  readonly fds: readonly number[];
  /** This process had no room for the descriptors (RLIMIT_NOFILE). */
  readonly truncated: boolean;
}

/** A message in brief form as it arrived: its blocks, why there are none (an error's text), or false: no room for them. */
export interface BriefArrival {
  readonly text: string;
  readonly blocks: readonly NativeBlock[] | string | false;
}

export interface PortHandlers {
  message(arrival: Arrival): void;
  /** For ports at which messages in brief form arrive. */
  brief?(arrival: BriefArrival): void;
  /** The other end is gone; everything that it had sent was handed over before. */
  closed(): void;
}

export interface PortOptions {
  /** How many messages to take at first; all that come when not given. */
  demand?: number;
  /** Milliseconds after which this process ends, even in the middle of a loop, when the other end is gone. */
  exitAfter?: number;
}

// Weak, so that a forgotten queue is collected, and its native part closes the descriptors.
const ports = new Map<number, WeakRef<Port>>();
const collected = new FinalizationRegistry<number>((id) => ports.delete(id));
let inbox: PortInbox | undefined;

export function closeAll(fds: readonly number[]): void {
  for (const fd of fds) addon.portClose(fd);
}

function deliver(first?: PortEvents | number, body?: PortEvent, rest?: PortEvent): void {
  if (typeof first === "number") {
    hand(first, body, rest);
    return;
  }
  const events = first ?? inbox!.drain();
  for (let i = 0; i < events.length; i += 3) hand(events[i] as number, events[i + 1], events[i + 2]);
}

function hand(id: number, body: PortEvent | undefined, rest: PortEvent | undefined): void {
  const port = ports.get(id)?.deref();
  try {
    if (typeof body === "string") arrived(port, { text: body, blocks: rest as BriefArrival["blocks"] });
    else if (!port) closeAll((rest as number[] | null | false) || []);
    else if (body === null) port.ended();
    else if (typeof body === "number") port.left(body);
    else port.handlers.message({ bytes: body as Uint8Array, fds: (rest || []) as number[], truncated: rest === false });
  } catch (error) {
    // One listener's mistake must not lose the messages behind it.
    process.nextTick(() => {
      throw error;
    });
  }
}

function arrived(port: Port | undefined, arrival: BriefArrival): void {
  if (port?.handlers.brief) port.handlers.brief(arrival);
  else if (Array.isArray(arrival.blocks)) for (const block of arrival.blocks as NativeBlock[]) block.close();
}

/** Begins a packet of several messages; no message begins so. */
const BATCH = 0x7f;
/** Larger messages are not gathered: copying them would cost more than a packet does. */
const GATHERED = 4096;
/** Bytes of one packet of gathered messages. */
const PACKET = 32 * 1024;

/** The messages of a packet that came from `post`. */
export function* messagesOf(arrival: Arrival): Generator<Arrival> {
  const { bytes } = arrival;
  if (bytes[0] !== BATCH) {
    yield arrival;
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 1; at < bytes.length; ) {
    const start = at + 4;
    at = start + view.getUint32(at, true);
    yield { bytes: bytes.subarray(start, at), fds: [], truncated: false };
  }
}

/** One end of a connection to another process, or one attachment to a queue. */
export class Port {
  readonly handlers: PortHandlers;
  readonly #native: NativePort;
  readonly #waiting = new Map<number, (left: boolean) => void>();
  readonly #drained: (() => void)[] = [];
  #gathered: Uint8Array[] = [];
  #size = 1;
  #closed = false;

  /** Takes over the descriptors: `[socket]`, or a queue's `[reader, writer, credits?]`. */
  constructor(fds: number[], handlers: PortHandlers, options: PortOptions = {}) {
    inbox ??= new addon.PortInbox(deliver);
    this.handlers = handlers;
    this.#native = call(() => inbox!.open(fds, options.demand ?? -1, options.exitAfter ?? -1));
    ports.set(this.#native.id, new WeakRef(this));
    collected.register(this, this.#native.id, this);
  }

  /** Both ends of a connection: descriptors that belong to the caller. */
  static pair(): [number, number] {
    return call(() => addon.portPair());
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Sends at once where that is possible. 0: sent, -1: nobody is there; else the number under which the message
   * waits, and holds the event loop open until it has left. The descriptors stay the caller's.
   */
  send(bytes: Uint8Array, fds: readonly number[]): number {
    if (this.#closed) return -1;
    return this.#sent(call(() => this.#native.send(bytes, fds)));
  }

  /** `send` of a message in brief form. */
  sendBrief({ text, blocks }: Brief): number {
    if (this.#closed) return -1;
    return this.#sent(call(() => this.#native.sendBrief(text, blocks)));
  }

  #sent(number: number): number {
    if (number > 0) {
      hold(this);
      this.#waiting.set(number, () => {});
    }
    return number;
  }

  /**
   * Sends soon, small messages of one turn together: waking the other process costs more than the rest. In order with
   * other calls of `post`.
   */
  post(bytes: Uint8Array, fds: readonly number[]): void {
    const alone = fds.length > 0 || bytes.length > GATHERED;
    if (alone || this.#size + bytes.length > PACKET) this.#sendGathered();
    if (alone) {
      this.send(bytes, fds);
      return;
    }
    this.#gathered.push(bytes);
    this.#size += 4 + bytes.length;
    if (this.#gathered.length === 1) queueMicrotask(() => this.#sendGathered());
  }

  #sendGathered(): void {
    const messages = this.#gathered;
    if (messages.length === 0) return;
    let packet = messages[0]!;
    if (messages.length > 1) {
      packet = new Uint8Array(this.#size);
      packet[0] = BATCH;
      const view = new DataView(packet.buffer);
      let at = 1;
      for (const message of messages) {
        view.setUint32(at, message.length, true);
        packet.set(message, at + 4);
        at += 4 + message.length;
      }
    }
    this.#gathered = [];
    this.#size = 1;
    this.send(packet, []);
  }

  /** Runs `then` when the message that waits under this number has left (true), or cannot leave any more (false). */
  whenSent(number: number, then: (left: boolean) => void): void {
    this.#waiting.set(number, then);
  }

  /** Takes back a message that waits. False: it has left. */
  cancel(number: number): boolean {
    if (!this.#waiting.has(number) || !this.#native.cancel(number)) return false;
    this.#forget(number);
    return true;
  }

  want(): void {
    call(() => this.#native.want());
  }

  withdraw(): boolean {
    return this.#native.withdraw();
  }

  /** The open descriptors, for sending them along. */
  fds(): number[] {
    return this.#native.fds();
  }

  /** Messages that have not left yet. */
  get unsent(): number {
    return this.#waiting.size;
  }

  /** Resolves when nothing waits to be sent. */
  drained(): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    ports.delete(this.#native.id);
    collected.unregister(this);
    this.#native.close();
    this.#abandon();
  }

  /** @internal */
  left(number: number, really = true): void {
    const then = this.#waiting.get(number);
    if (!then) return;
    this.#forget(number);
    then(really);
  }

  /** @internal */
  ended(): void {
    this.#abandon();
    this.handlers.closed();
  }

  #forget(number: number): void {
    this.#waiting.delete(number);
    release(this);
    if (this.#waiting.size === 0) for (const resolve of this.#drained.splice(0)) resolve();
  }

  #abandon(): void {
    for (const number of [...this.#waiting.keys()]) this.left(number, false);
  }
}

/** Resolves when everything that this thread has sent has left. */
export async function flushed(): Promise<void> {
  const unsent = [...ports.values()].map((port) => port.deref()).filter((port) => port && port.unsent > 0);
  await Promise.all(unsent.map((port) => port!.drained()));
}
