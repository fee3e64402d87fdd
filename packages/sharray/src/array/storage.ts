import { SharrayError } from "../errors.ts";
import { type Block, blockOfBuffer } from "../memory/block.ts";

/** A DataView that covers what was asked for; `start` is its place in the storage. */
export interface Window {
  readonly view: DataView;
  readonly start: number;
}

/** Whether a window covers a range of the storage. */
export function covers({ view, start }: Window, at: number, length: number): boolean {
  return at >= start && at + length <= start + view.byteLength;
}

/** A place in a block. */
export interface Place {
  readonly block: Block;
  readonly offset: number;
}

/** The bytes under an array: an ordinary buffer, or a block of shared memory of which only touched windows are wrapped. */
export interface Storage {
  /** Bytes that arrays may use. */
  readonly size: number;
  readonly closed: boolean;
  readonly readonly: boolean;
  /** The block of shared memory beneath, and where in it the storage begins; null for ordinary memory. */
  readonly place: Place | null;
  /** One array over exactly that range; TOO_LARGE where this Node cannot wrap so much at once. */
  bytes(offset: number, length: number): Uint8Array;
  /** A window that covers the range. */
  window(offset: number, length: number): Window;
  /** Throws CLOSED when the memory was given back. */
  check(): void;
}

function closed(what: string): SharrayError {
  return new SharrayError("CLOSED", `the array's memory is closed: ${what}. Use the array before close().`, {});
}

/** Storage over a buffer that JavaScript already has. */
export class BufferStorage implements Storage {
  readonly size: number;
  /** `shm.buf`, and what shared arrays hand out, lie in a block too. */
  readonly place: Place | null;
  readonly #buffer: ArrayBufferLike;
  readonly #start: number;
  readonly #window: Window;

  constructor(buffer: ArrayBufferLike, start: number, size: number) {
    this.#buffer = buffer;
    this.#start = start;
    this.size = size;
    const window = blockOfBuffer(buffer);
    this.place = window === undefined ? null : { block: window.block, offset: window.offset + start };
    // Of a buffer that was detached before nothing can be viewed, and nothing needs to be: it has no bytes.
    this.#window = {
      view: size === 0 ? new DataView(new ArrayBuffer(0)) : new DataView(buffer, start, size),
      start: 0,
    };
  }

  get readonly(): boolean {
    return this.place?.block.readonly ?? false;
  }

  get closed(): boolean {
    return this.size > 0 && this.#buffer.byteLength < this.#start + this.size;
  }

  check(): void {
    if (this.closed) throw closed("its buffer was detached, by close() or by a transfer");
  }

  bytes(offset: number, length: number): Uint8Array {
    this.check();
    if (length === 0) return new Uint8Array(0);
    return new Uint8Array(this.#buffer, this.#start + offset, length);
  }

  window(_offset: number, _length: number): Window {
    this.check();
    return this.#window;
  }
}

/** Wrapping a large mapping makes V8 collect garbage, so blocks are wrapped in pieces of this many bytes. */
const WINDOW = 2 ** 28;
/** A block up to this many bytes is wrapped whole, where more than a piece of it is wanted at once. */
const WHOLE = 2 ** 30;
/** Pieces overlap by this much, so that an element that crosses two of them lies whole in the first. */
const OVERLAP = 2 ** 16;

const NONE: Window = { view: new DataView(new ArrayBuffer(0)), start: -1 };

/** Storage over a block of shared memory. */
export class BlockStorage implements Storage {
  readonly size: number;
  readonly place: Place;
  /** Made with the second window: most arrays have one. */
  #windows: Map<number, Window> | null = null;
  #last: Window = NONE;

  constructor(block: Block) {
    this.place = { block, offset: 0 };
    this.size = block.size;
  }

  get closed(): boolean {
    return this.place.block.closed;
  }

  get readonly(): boolean {
    return this.place.block.readonly;
  }

  check(): void {
    if (this.place.block.closed) throw closed("close() was called on the shared array");
  }

  bytes(offset: number, length: number): Uint8Array {
    this.check();
    if (length === 0) return new Uint8Array(0);
    const end = offset + length;
    const start = offset - (offset % WINDOW);
    if (end > start + WINDOW + OVERLAP) {
      if (this.size > WHOLE) return this.place.block.window(offset, length);
      // One buffer for all that is asked of such a block, as V8 collects garbage for each.
      const { buffer, byteOffset } = this.place.block.window(0, this.size);
      return new Uint8Array(buffer, byteOffset + offset, length);
    }
    const { view } = this.window(offset, length);
    return new Uint8Array(view.buffer, view.byteOffset + offset - start, length);
  }

  window(offset: number, length: number): Window {
    this.check();
    const start = offset - (offset % WINDOW);
    const end = Math.min(this.size, start + WINDOW + OVERLAP);
    if (offset + length > end) return { view: viewOf(this.place.block.window(offset, length)), start: offset };
    let window = this.#last.start === start ? this.#last : this.#windows?.get(start);
    // A buffer that somebody transferred away has length 0; its place is wrapped again.
    if (window === undefined || window.view.buffer.byteLength === 0) {
      window = { view: viewOf(this.place.block.window(start, end - start)), start };
      if (this.#last !== NONE) {
        this.#windows ??= new Map([[this.#last.start, this.#last]]);
        this.#windows.set(start, window);
      }
    }
    this.#last = window;
    return window;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
