import type { Block } from "../memory/block.ts";

const SLOTS = 1024;
const OFFERED = 0;
const BEGUN = 1;
const WITHDRAWN = 2;

/**
 * A word for each task on its way to a worker, in memory that both share: the worker begins a task by claiming it, the
 * pool takes it back by claiming it first. So a task that had not begun when its worker died runs elsewhere, and one that had
 * never runs twice.
 */
export class Claims {
  static readonly BYTES: number = SLOTS * Int32Array.BYTES_PER_ELEMENT;
  /** Tasks that may be on their way to one worker. */
  static readonly MOST: number = SLOTS;
  readonly #block: Block;
  readonly #words: Int32Array;

  constructor(block: Block) {
    this.#block = block;
    const { buffer, byteOffset } = block.window(0, Claims.BYTES);
    this.#words = new Int32Array(buffer, byteOffset, SLOTS);
  }

  offer(id: number): void {
    Atomics.store(this.#words, id % SLOTS, OFFERED);
  }

  /** Worker: false when the task was taken back. */
  begin(id: number): boolean {
    return Atomics.compareExchange(this.#words, id % SLOTS, OFFERED, BEGUN) === OFFERED;
  }

  /** Pool: false when the task has begun. */
  withdraw(id: number): boolean {
    return Atomics.compareExchange(this.#words, id % SLOTS, OFFERED, WITHDRAWN) === OFFERED;
  }

  close(): void {
    this.#block.close();
  }
}
