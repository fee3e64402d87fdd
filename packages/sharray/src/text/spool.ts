import { addon } from "../native/addon.ts";
import { call, callAsync } from "../native/call.ts";
import type { NativeSpool } from "../native/spool.ts";
import type { Pump } from "./feed.ts";

/** Bytes are handed on in pieces of so many: the copy of one is no pause of the event loop, which has a turn behind each. */
const PIECE = 1 << 20;

/** How an input that comes but once is read. */
export interface SpoolOptions {
  /** Names it in messages. */
  label: string;
  /** Whether it is read more than once, beside the planning of loads: then what came is kept, as it came. */
  keep: boolean;
  signal: AbortSignal | null;
}

/** An input that comes but once, which whoever reads it takes as it comes. It ends with `close`. */
export class Spool {
  readonly native: NativeSpool;
  readonly #signal: AbortSignal | null;
  readonly #abort = (): void => this.#stop(new Error("aborted"));
  #pump: Pump | null = null;
  #failure: Error | null = null;
  /** Bytes that were pushed since the event loop has had a turn. */
  #pushed = 0;

  private constructor(native: NativeSpool, signal: AbortSignal | null) {
    this.native = native;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#abort, { once: true });
    if (signal?.aborted) this.#abort();
  }

  /** A pipe or a device. @throws {SharrayError} FILE_NOT_FOUND, PERMISSION_DENIED, TOO_MANY_FILES, NOT_SUPPORTED, IO_ERROR */
  static ofPath(path: string, { label, keep, signal }: SpoolOptions): Spool {
    return new Spool(
      call(() => addon.NativeSpool.ofPath(path, label, keep)),
      signal,
    );
  }

  /** What is left to be read from standard input. @throws {SharrayError} TOO_MANY_FILES, IO_ERROR */
  static ofStdin({ label, keep, signal }: SpoolOptions): Spool {
    return new Spool(
      call(() => addon.NativeSpool.ofStdin(label, keep)),
      signal,
    );
  }

  /** What `fill` pushes, beside whoever reads it. `pump`: where it takes it from, if that can be ended. */
  static filled(options: SpoolOptions, pump: Pump | null, fill: (spool: Spool) => Promise<void>): Spool {
    const spool = new Spool(new addon.NativeSpool(options.label, options.keep), options.signal);
    spool.#pump = pump;
    if (options.signal?.aborted) spool.#abort();
    fill(spool).then(
      () => spool.native.end(null, null),
      (error: Error & { code?: unknown }) => {
        spool.#failure = error;
        spool.native.end(String(error.code), error.message);
      },
    );
    return spool;
  }

  /** Takes some more bytes. Whoever waits for it before the next ones keeps no more than these waiting. */
  async push(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; from += PIECE) {
      const piece = bytes.subarray(from, from + PIECE);
      // Native code takes no memory that other threads can change.
      const own = piece.buffer instanceof ArrayBuffer ? piece : new Uint8Array(piece);
      call(() => this.native.push(own));
      await this.#room(piece.length);
    }
  }

  /** Takes some more characters; they are no halves of pairs. */
  async pushCharacters(text: string): Promise<void> {
    call(() => this.native.pushCharacters(text));
    await this.#room(text.length);
  }

  /** Takes some more lines: their bytes behind one another, and where each of them ends. */
  async pushLines(bytes: Uint8Array, ends: Uint32Array, kind: LineKind): Promise<void> {
    call(() => this.native.pushLines(bytes, ends, kind.utf8, kind.encoding, kind.quoted));
    await this.#room(bytes.length);
  }

  /** What failed where somebody came to the end of what was pushed, by the error that native code made of it. */
  thrown(error: unknown): unknown {
    const mine = this.#failure !== null && error instanceof Error && error.message === this.#failure.message;
    return mine ? this.#failure : error;
  }

  /** Gives it up; what it is filled from is ended, because of an error where there was one. */
  close(error: Error | null): void {
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#stop(error);
    this.native.close();
  }

  #stop(error: Error | null): void {
    this.#pump?.stop(error);
    this.native.abort();
  }

  async #room(pushed: number): Promise<void> {
    const room = call(() => this.native.room());
    this.#pushed += pushed;
    if (room) await callAsync(() => room);
    else if (this.#pushed < PIECE) return;
    else await new Promise(setImmediate);
    this.#pushed = 0;
  }
}

/** What the lines of a list are: characters, or bytes of an encoding; `quoted`: they end softly. */
export interface LineKind {
  utf8: boolean;
  encoding: string;
  quoted: boolean;
}
