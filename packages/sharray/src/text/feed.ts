import type { Readable } from "node:stream";
import { SharrayError } from "../errors.ts";

/** Something that gives one value after the other, and can be ended while it is waited for. */
export interface Feed {
  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown>;
  /** Ends it, because of an error where there is one, for those that can tell it on. Never throws, and waits for nobody. */
  end(error: Error | null): void;
}

const ignore = (): void => {};

/** The chunks of a stream of Node's. @throws BAD_ARGUMENT when it was read, or destroyed, before */
export function readableFeed(of: string, stream: Readable): Feed {
  if (stream.destroyed || stream.readableEnded) {
    throw new SharrayError(
      "BAD_ARGUMENT",
      `${of}: the stream was read to its end, or destroyed, before; pass a new one.`,
    );
  }
  // It may fail before it is asked for its first chunk, which then tells of it: an error that nobody listens for ends the process.
  stream.on("error", ignore);
  const iterator = stream[Symbol.asyncIterator]();
  return { next: () => iterator.next(), end: (error) => void stream.destroy(error ?? undefined) };
}

/** The chunks of a stream of the web's. @throws BAD_ARGUMENT when somebody else reads it */
export function webFeed(of: string, stream: ReadableStream): Feed {
  if (stream.locked) {
    throw new SharrayError("BAD_ARGUMENT", `${of}: the stream is locked: somebody else reads it.`);
  }
  const reader = stream.getReader();
  return {
    next: async () => {
      const { done, value } = await reader.read();
      return done ? { done: true, value: undefined } : { done: false, value };
    },
    end: (error) => void reader.cancel(error ?? undefined).catch(ignore),
  };
}

/** The items of an iterable. */
export function iterableFeed(source: Iterable<unknown> | AsyncIterable<unknown>): Feed {
  const iterator =
    Symbol.asyncIterator in source
      ? (source as AsyncIterable<unknown>)[Symbol.asyncIterator]()
      : (source as Iterable<unknown>)[Symbol.iterator]();
  return {
    next: () => iterator.next(),
    end: () => {
      try {
        // It may be in the midst of an item that never comes: it is told, and not waited for.
        void Promise.resolve(iterator.return?.()).catch(ignore);
      } catch {
        // What it throws at its end is of no interest any more.
      }
    },
  };
}

/** Hands every value of a feed on, one after the other, until it ends, `stop` is called or something fails. */
export class Pump {
  readonly #of: string;
  readonly #feed: Feed;
  #wake: (() => void) | null = null;
  #stopped: { error: Error | null } | null = null;

  constructor(of: string, feed: Feed) {
    this.#of = of;
    this.#feed = feed;
  }

  /** @throws IO_ERROR with what the source threw as its cause; what `take` throws */
  async run(take: (value: unknown) => Promise<void> | undefined): Promise<void> {
    try {
      for (;;) {
        // What is there already is not waited for: a list has millions of lines.
        const next = this.#next();
        const { done, value } = next instanceof Promise ? await next : next;
        if (done) return;
        if (this.#stopped !== null) break;
        const taken = take(value);
        if (taken !== undefined) await taken;
      }
    } catch (error) {
      if (this.#stopped === null) {
        this.#feed.end(error as Error);
        throw error;
      }
    }
    this.#feed.end(this.#stopped!.error);
  }

  /** Ends it, also while the next value is waited for, because of an error where there is one. */
  stop(error: Error | null): void {
    this.#stopped ??= { error };
    this.#wake?.();
  }

  #next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown> {
    try {
      const next = this.#feed.next();
      return "then" in next ? this.#wait(next) : next;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** One promise for each value: a race with one that lasts would hold on to all of them. */
  #wait(next: Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> {
    return new Promise<IteratorResult<unknown>>((resolve, reject) => {
      this.#wake = () => reject(new Error("stopped"));
      next.then(resolve, (error) => reject(this.#failed(error)));
    }).finally(() => {
      this.#wake = null;
    });
  }

  #failed(cause: unknown): SharrayError {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new SharrayError("IO_ERROR", `${this.#of}: the source failed: ${why}`, {}, { cause });
  }
}
