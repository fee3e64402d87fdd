import type { Block } from "../memory/block.ts";
import { addon } from "../native/addon.ts";
import { callAsync } from "../native/call.ts";
import type { NativeSpool } from "../native/spool.ts";
import { roomyBlock } from "./room.ts";

/** Bytes are handed on in pieces of so many: the copy of one is no pause of the event loop. */
const PIECE = 1 << 20;

/** UTF-8 text of an input that is no plain file, in memory of its own. */
export interface Spooled {
  readonly block: Block;
  /** Bytes of text, from the block's first on. */
  readonly size: number;
}

/** An input on its way into a block, as UTF-8. It ends with `finish` or `discard`. */
export class Spool {
  readonly #block: Block;
  readonly #native: NativeSpool;

  private constructor(block: Block, native: NativeSpool) {
    this.#block = block;
    this.#native = native;
  }

  /** @param encoding - the input's, null for UTF-8. @param label - names it in messages. @throws NO_SPACE, TOO_MANY_FILES */
  static async begin(encoding: string | null, label: string): Promise<Spool> {
    const block = roomyBlock();
    try {
      return new Spool(block, await callAsync(() => addon.createSpool(block.native, encoding, label)));
    } catch (error) {
      block.close();
      throw error;
    }
  }

  /** Takes a file from byte `from` on, or a whole pipe or device. Nothing may be pushed before. */
  file(path: string, from: number): Promise<number> {
    return callAsync(() => this.#native.file(path, from));
  }

  /** Takes what is left to be read from standard input. */
  stdin(): Promise<number> {
    return callAsync(() => this.#native.stdin());
  }

  /** Takes some more bytes. Whoever waits for it before the next ones keeps no more than these waiting. */
  async push(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; from += PIECE) {
      const piece = bytes.subarray(from, from + PIECE);
      // Native code takes no memory that other threads can change.
      const own = piece.buffer instanceof ArrayBuffer ? piece : new Uint8Array(piece);
      await callAsync(() => this.#native.push(own));
    }
  }

  /** Takes some more characters; they are no halves of pairs. */
  pushCharacters(text: string): Promise<void> {
    return callAsync(() => this.#native.pushCharacters(text));
  }

  /** Takes some more lines: their bytes behind one another, and where each of them ends. */
  pushLines(bytes: Uint8Array, ends: Uint32Array, kind: { utf8: boolean; quoted: boolean }): Promise<void> {
    return callAsync(() => this.#native.pushLines(bytes, ends, kind.utf8, kind.quoted));
  }

  /** Ends what was pushed. */
  end(): Promise<number> {
    return callAsync(() => this.#native.end());
  }

  /** Ends the work under way with ABORTED. */
  abort(): void {
    this.#native.abort();
  }

  /** Bytes of input that were taken, compressed ones as they are. */
  get read(): number {
    return this.#native.progress();
  }

  /** The text, once all of it has come; the block is the caller's. */
  async finish(size: number): Promise<Spooled> {
    await this.#native.close();
    try {
      this.#block.cut(size);
    } catch (error) {
      this.#block.close();
      throw error;
    }
    return { block: this.#block, size };
  }

  /** Gives all of it up. */
  async discard(): Promise<void> {
    await this.#native.close();
    this.#block.close();
  }
}
