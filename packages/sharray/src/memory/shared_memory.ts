import { type InspectOptions, inspect } from "node:util";
import { SharrayError } from "../errors.ts";
import { byteCount, checkOptions } from "./arguments.ts";
import { attached } from "./attachments.ts";
import { Block, type BlockHandle } from "./block.ts";
import { list, type NamedBlock, type NameOptions, sweep, unlink } from "./names.ts";
import { forbidCloning } from "./not_cloneable.ts";
import { type Place, placeAbove } from "./places.ts";

export type { NamedBlock, NameOptions } from "./names.ts";

/** Options of `SharedMemory.create`. */
export type CreateOptions = NameOptions;

/** Options of `SharedMemory.attach`. */
export interface AttachOptions {
  /** Stores through `buf` and `bytes` stay in this process, and never reach the memory. Default: false. */
  readonly?: boolean;
}

let onBlock: (block: Block) => SharedMemory;
let blockUnder: (shm: SharedMemory) => Block;

/**
 * A region of shared memory: raw bytes, as Python's `multiprocessing.shared_memory.SharedMemory`. Without a name (the default)
 * nothing can be left behind: the system frees it with the last process that holds it. With one it goes with its last holder
 * too, unless it was made with `persist`; what was killed before it could do so is removed by the next use of sharray.
 *
 * ```ts
 * using shm = SharedMemory.create(1 << 20);
 * shm.buf[0] = 1;
 * child.send(shm.handle());                       // there: SharedMemory.attach(handle)
 *
 * using named = SharedMemory.create(1 << 20, { name: "x" });   // anywhere: SharedMemory.attach("x")
 * ```
 */
export class SharedMemory {
  readonly #block: Block;
  #buf: Uint8Array<ArrayBuffer> | undefined;

  static {
    onBlock = (block) => new SharedMemory(block);
    blockUnder = (shm) => shm.#block;
    // Not a method with a computed name: isolated declarations cannot describe one.
    Object.defineProperty(SharedMemory.prototype, inspect.custom, { value: print });
  }

  private constructor(block: Block) {
    if (!(block instanceof Block)) {
      throw new SharrayError("BAD_ARGUMENT", "use SharedMemory.create(size) or SharedMemory.attach(handle), not `new`");
    }
    this.#block = block;
    forbidCloning(this, "SharedMemory");
  }

  /**
   * New memory of `size` bytes (1 or more), all zero. It is reserved: no later store can fail for lack of memory. That
   * takes up to a third of a second for each GiB; `createAsync` does it off the event loop.
   *
   * @throws NO_SPACE when the machine, a control group, a limit of this process, or, with a name, /dev/shm does not leave so much;
   * FILE_EXISTS when memory of that name is in use or persists; TOO_MANY_FILES; BAD_ARGUMENT; NOT_SUPPORTED where there is no /dev/shm
   */
  static create(size: number, options: CreateOptions = {}): SharedMemory {
    checkCreate(size, options);
    return owned(Block.create(size, options), placeAbove(SharedMemory.create));
  }

  /** As `create`, without holding up the event loop. */
  static async createAsync(size: number, options: CreateOptions = {}): Promise<SharedMemory> {
    checkCreate(size, options);
    const place = placeAbove(SharedMemory.createAsync);
    return owned(await Block.createAsync(size, options), place);
  }

  /**
   * Attaches to the memory of a handle, or of a name: `sharray.<name>`, else `sharray-keep.<name>`, else the file in /dev/shm that is
   * called just so, such as Python's own. Nothing is copied, and nothing is mapped before it is touched.
   *
   * @throws BLOCK_GONE when nobody holds it any more at the place that the handle tells; NOT_REACHABLE when the system
   * does not let this process look there; NOT_FOUND when there is no memory of that name; PERMISSION_DENIED when it belongs to
   * another user, whose `mode` does not let this one in; HANDLE_MISMATCH, VERSION_MISMATCH, TOO_MANY_FILES, BAD_ARGUMENT
   */
  static attach(from: BlockHandle | string, options: AttachOptions = {}): SharedMemory {
    const block = typeof from === "string" ? Block.attachName(from, options) : Block.attach(from, options);
    return owned(block, placeAbove(SharedMemory.attach));
  }

  /** The named memory of sharray's that there is, by name. Nothing is removed by looking. */
  static list(): NamedBlock[] {
    return list();
  }

  /**
   * Removes named memory that nobody holds and that does not persist: what killed processes left. Returns the full names. It runs
   * by itself when a process first uses shared memory, and whenever named memory is made.
   */
  static sweep(): string[] {
    return sweep();
  }

  /**
   * Removes a name of sharray's, in short or in full form, whoever holds the memory: they keep it until they close it.
   *
   * @throws NOT_FOUND, PERMISSION_DENIED, BAD_ARGUMENT
   */
  static unlink(name: string): void {
    unlink(name);
  }

  /** The full name, which is the file's in /dev/shm, such as `sharray.x`; null without one. Still known after `close()`. */
  get name(): string | null {
    return this.#block.name;
  }

  /** Bytes; still known after `close()`. */
  get size(): number {
    return this.#block.size;
  }

  /** Whether this attachment is read-only. */
  get readonly(): boolean {
    return this.#block.readonly;
  }

  /** Whether `close()` was called. */
  get closed(): boolean {
    return this.#block.closed;
  }

  /**
   * All of it as one Uint8Array, the same one each time; its length is 0 after `close()`.
   *
   * @throws CLOSED; TOO_LARGE above 4 GiB on Node 20, where `bytes(offset, length)` reaches every part
   */
  get buf(): Uint8Array<ArrayBuffer> {
    // Length 0: closed (which throws), or somebody transferred it away.
    if (this.#buf === undefined || this.#buf.length === 0) this.#buf = this.#block.window(0, this.#block.size);
    return this.#buf;
  }

  /**
   * A window: `length` bytes (default: all that follow) from `offset` (default 0) on. Only the window is wrapped.
   *
   * @throws CLOSED, OUT_OF_BOUNDS, TOO_LARGE (more than 4 GiB on Node 20), BAD_ARGUMENT
   */
  bytes(offset = 0, length: number = Math.max(0, this.size - byteCount(offset, "offset"))): Uint8Array<ArrayBuffer> {
    return this.#block.window(offset, length);
  }

  /** What another process or thread attaches with: plain JSON, good while this attachment is open. */
  handle(): BlockHandle {
    return this.#block.handle();
  }

  /**
   * Ends this attachment; others keep theirs. `buf` and all windows have length 0 from here on. Closing twice is no error.
   */
  close(): void {
    this.#block.close();
  }

  /**
   * Removes the name for everybody; who holds the memory keeps it until he closes it. Works after `close()` too. Memory without a
   * name, or whose name leads to other memory by now, has nothing to remove: this does nothing.
   *
   * @throws PERMISSION_DENIED when another user made it; NOT_SUPPORTED when another program did
   */
  unlink(): void {
    this.#block.unlink();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * The SharedMemory over an open block, which it owns from here on. `origin` says where the program that is to close it got it; without
 * one, sharray itself sees to it.
 */
export function memoryOn(block: Block, origin: Place | string | null = null): SharedMemory {
  return origin === null ? onBlock(block) : owned(block, origin);
}

function owned(block: Block, origin: Place | string): SharedMemory {
  attached(block, { kind: "SharedMemory", bytes: block.size, name: block.name, origin });
  return onBlock(block);
}

/** The block under a SharedMemory, which still owns it. */
export const blockOfMemory: (shm: SharedMemory) => Block = (shm) => blockUnder(shm);

function print(this: SharedMemory, depth: number, options: InspectOptions): string {
  if (depth < 0) return "[SharedMemory]";
  const { name, size, readonly, closed } = this;
  return `SharedMemory ${inspect({ name, size, readonly, closed }, options)}`;
}

function checkCreate(size: number, options: CreateOptions): void {
  checkOptions(options, ["name", "persist", "mode"], "SharedMemory.create");
  byteCount(size, "size", 1);
}
