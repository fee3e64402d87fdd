import { SharrayError } from "../errors.ts";
import { checkOptions } from "../memory/arguments.ts";
import { addon } from "../native/addon.ts";
import { call, errorOf } from "../native/call.ts";
import { brief, unfold } from "./brief.ts";
import { type Carrier, register } from "./carrier.ts";
import { encode, Letter, noRoom } from "./codec.ts";
import { hold, release } from "./keepalive.ts";
import { after, checkCount, checkSignal, checkTimeout } from "./options.ts";
import { type Arrival, type BriefArrival, Port, type PortHandlers } from "./port.ts";

interface Getter<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** What makes a queue's attachment in another process. */
interface PackedQueue {
  id: string;
  maxsize: number;
  places: number[];
}

/** What is said of arrays that came out of a queue. */
const ORIGIN = "taken from a Queue";

const NO_OPTIONS = Object.freeze({});
const RESOLVED = Promise.resolve();

// A queue that arrives again is the same object, as long as it is open here and not forgotten.
const known = new Map<string, WeakRef<Queue<unknown>>>();
const forgotten = new FinalizationRegistry<string>((id) => {
  if (!known.get(id)?.deref()) known.delete(id);
});

let fdsOf: (queue: Queue<unknown>) => number[];
let pack: Carrier<Queue<unknown>>["pack"];
let unpack: Carrier<Queue<unknown>>["unpack"];

/**
 * A queue between any number of processes, as multiprocessing's: each item is received once, by one of those that wait. It is
 * an argument of tasks, or part of an item of another queue. Arrays in items are attached by the receiver; until then the
 * item itself keeps their memory, whatever becomes of the sender.
 *
 *     const q = new Queue<SharedArray>();
 *     new Process(load, "data1.txt", q).start();
 *     const array = await q.get();
 *
 * A process takes an item only while a `get` of it waits, so that killing a process that waits in `get` or `put` loses
 * nothing. Items of one sender arrive in order.
 */
export class Queue<T> {
  readonly #id: string;
  readonly #maxsize: number;
  readonly #port: Port;
  readonly #getters: Getter<T>[] = [];
  readonly #letGo = (): void => release(this);
  #closed = false;

  static {
    fdsOf = (queue) => queue.#port.fds();
    pack = (queue, out): PackedQueue => {
      queue.#check("send");
      return { id: queue.#id, maxsize: queue.#maxsize, places: fdsOf(queue).map((fd) => out.attach(fd)) };
    };
    unpack = (packed, incoming) => {
      const { id, maxsize, places } = packed as PackedQueue;
      const here = known.get(id)?.deref();
      if (here && !here.#closed) return here;
      const queue = new Queue<unknown>({ maxsize }, { id, fds: places.map((place) => incoming.take(place)) });
      incoming.onFailure(() => queue.close());
      return queue;
    };
  }

  /**
   * @param options `maxsize`: how many items may wait; without it, or with 0, any number
   * @throws {SharrayError} BAD_ARGUMENT, TOO_MANY_FILES
   */
  constructor(options?: { maxsize?: number });
  /** @internal */
  constructor(options: { maxsize?: number }, attach: { id: string; fds: number[] });
  constructor(options: { maxsize?: number } = {}, attach?: { id: string; fds: number[] }) {
    checkOptions(options, ["maxsize"], "new Queue");
    checkCount(options.maxsize, 0, 2 ** 32 - 1, "new Queue: maxsize");
    this.#maxsize = options.maxsize ?? 0;
    this.#id = attach?.id ?? process.getBuiltinModule("node:crypto").randomUUID(); // slow to load
    const fds = attach?.fds ?? Port.pair();
    if (!attach && this.#maxsize > 0) fds.push(call(() => addon.portCredits(this.#maxsize)));
    const handlers: PortHandlers = {
      message: (arrival) => this.#receive(letterIn, arrival),
      brief: (arrival) => this.#receive(valueIn, arrival),
      closed: () => {},
    };
    this.#port = new Port(fds, handlers, { demand: 0 });
    known.set(this.#id, new WeakRef(this as Queue<unknown>));
    forgotten.register(this, this.#id);
  }

  /**
   * Adds an item. Without `maxsize` it resolves at once; what the system has no room for waits in this process, which does
   * not end by itself before. With `maxsize` it waits for a place, `timeout` milliseconds at most.
   *
   * @throws {SharrayError} TIMEOUT; BAD_ARGUMENT something in the item cannot travel; CLOSED; TOO_MANY_FILES
   */
  put(item: T, options: { timeout?: number } = NO_OPTIONS): Promise<void> {
    try {
      if (options !== NO_OPTIONS) {
        checkOptions(options, ["timeout"], "put");
        checkTimeout(options.timeout, "put: timeout");
      }
      this.#check("put");
      const number = this.#send(item);
      return number <= 0 || this.#maxsize === 0 ? Promise.resolve() : this.#left(number, options.timeout);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Resolves when the message that waits under this number has left. */
  #left(number: number, timeout: number | undefined): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const timer =
        timeout === undefined
          ? undefined
          : after(timeout, () => {
              // Otherwise it has just left.
              if (this.#port.cancel(number)) reject(timedOut("put: no place became free", timeout));
            });
      this.#port.whenSent(number, (left) => {
        clearTimeout(timer);
        if (left) resolve();
        else reject(closedError("put"));
      });
    });
  }

  /**
   * Takes the next item; waits for one, `timeout` milliseconds at most. A `get` that gives up takes no item with it.
   *
   * @throws {SharrayError} TIMEOUT; ABORTED by `signal`; CLOSED; what attaching to the item's arrays throws
   */
  get(options: { timeout?: number; signal?: AbortSignal } = NO_OPTIONS): Promise<T> {
    if (options !== NO_OPTIONS) return this.#getWithin(options);
    // One promise, and no more, between the arrival of an item and who waits for it.
    return new Promise<T>((resolve, reject) => this.#wait({ resolve, reject }));
  }

  #wait(getter: Getter<T>): void {
    this.#check("get");
    this.#port.want();
    this.#getters.push(getter);
    hold(this);
  }

  async #getWithin(options: { timeout?: number; signal?: AbortSignal }): Promise<T> {
    checkOptions(options, ["timeout", "signal"], "get");
    const { timeout, signal } = options;
    checkTimeout(timeout, "get: timeout");
    checkSignal(signal, "get: signal");
    this.#check("get");
    if (signal?.aborted) throw abortedError(signal);
    let timer: NodeJS.Timeout | undefined;
    let abort: (() => void) | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        const getter: Getter<T> = { resolve, reject };
        const giveUp = (error: () => SharrayError): void => {
          // When it cannot be withdrawn an item is on its way, and comes to this getter or one before it.
          if (!this.#port.withdraw()) return;
          this.#getters.splice(this.#getters.indexOf(getter), 1);
          release(this);
          reject(error());
        };
        if (timeout !== undefined) timer = after(timeout, () => giveUp(() => timedOut("get: no item came", timeout)));
        abort = () => giveUp(() => abortedError(signal!));
        signal?.addEventListener("abort", abort, { once: true });
        this.#wait(getter);
      });
    } finally {
      clearTimeout(timer);
      if (abort) signal?.removeEventListener("abort", abort);
    }
  }

  /**
   * Ends the use of the queue by this process; others go on. Items that were put leave first; calls of `get` that wait
   * reject with CLOSED. Closing twice is no error.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    known.delete(this.#id);
    while (this.#getters.length > 0 && this.#port.withdraw()) {
      release(this);
      this.#getters.pop()!.reject(closedError("get"));
    }
    void this.#leave();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Closes the descriptors once nothing is on its way any more. */
  async #leave(): Promise<void> {
    if (this.#maxsize === 0) await this.#port.drained();
    if (this.#getters.length === 0) this.#port.close();
  }

  #send(item: T): number {
    const short = brief(item);
    if (short) return this.#port.sendBrief(short);
    const { bytes, fds } = encode({ kind: 0, id: 0 }, item, "item");
    return this.#port.send(bytes, fds);
  }

  #receive<A>(read: (arrival: A) => unknown, arrival: A): void {
    const getter = this.#getters.shift()!;
    try {
      getter.resolve(read(arrival) as T);
    } catch (error) {
      getter.reject(error);
    }
    // Behind the one who waited, who may wait again at once: it spares the loop's timer being let go and held again.
    void RESOLVED.then(this.#letGo);
    if (this.#closed) void this.#leave();
  }

  #check(what: string): void {
    if (this.#closed) throw closedError(what);
  }
}

function letterIn(arrival: Arrival): unknown {
  return new Letter(arrival).value(ORIGIN);
}

function valueIn({ text, blocks }: BriefArrival): unknown {
  if (blocks === false) throw noRoom();
  if (typeof blocks === "string") throw errorOf(blocks);
  return unfold(text, blocks, ORIGIN);
}

function closedError(what: string): SharrayError {
  return new SharrayError("CLOSED", `${what}: the queue was closed in this process`, {});
}

function timedOut(what: string, timeout: number): SharrayError {
  return new SharrayError("TIMEOUT", `${what} within ${timeout} ms`, { timeout });
}

function abortedError(signal: AbortSignal): SharrayError {
  return new SharrayError("ABORTED", "get: its AbortSignal was aborted", {}, { cause: signal.reason });
}

register<Queue<unknown>>({
  tag: "queue",
  is: (value): value is Queue<unknown> => value instanceof Queue,
  pack,
  unpack,
});
