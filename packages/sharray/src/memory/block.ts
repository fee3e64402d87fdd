import { constants } from "node:buffer";
import { closeSync } from "node:fs";
import { SharrayError } from "../errors.ts";
import { addon } from "../native/addon.ts";
import { call, callAsync } from "../native/call.ts";
import type { NativeBlock } from "../native/memory.ts";
import { complainOfArena } from "./arena.ts";
import { byteCount, checkOptions, flag } from "./arguments.ts";
import { type Attachment, settled } from "./attachments.ts";
import { type BlockHandle, checkHandle } from "./handle.ts";
import { checkMode, checkName, checkNaming, type NameOptions } from "./names.ts";

export type { BlockHandle } from "./handle.ts";

complainOfArena();

/** A buffer alone keeps its block: whoever forgets the array but holds its data must not lose the memory. */
const owners = new WeakMap<ArrayBufferLike, { block: Block; offset: number }>();

/** The block that a buffer is a window of, and where in it the window begins; undefined for any other buffer. */
export function blockOfBuffer(buffer: ArrayBufferLike): { block: Block; offset: number } | undefined {
  return owners.get(buffer);
}

/**
 * One attachment of this thread to one block of shared memory.
 *
 * A block that is forgotten without `close()` is released by the garbage collector, once the Block and all buffers handed
 * out from it are unreachable.
 */
export class Block {
  /** What other native functions take. It outlives `close()`, but then answers CLOSED. */
  readonly native: NativeBlock;
  readonly readonly: boolean;
  /** Set while the program, not sharray itself, is to close it. */
  attachment: Attachment | null = null;
  #size: number;
  #closed = false;
  #name: string | null = null;
  #copyOnWrite = false;
  /** Buffers handed out, by place; made with the first. Weak: a window that nobody uses any more goes by itself. */
  #windows: Map<string, WeakRef<ArrayBuffer>> | null = null;
  #pruneAt = 64;

  private constructor(native: NativeBlock, size: number, readonly: boolean) {
    this.native = native;
    this.#size = size;
    this.readonly = readonly;
  }

  /**
   * A new block of `size` zero bytes. With `reserve` (the default) all its pages are taken at once, after every limit was
   * asked; without, none are: such a block may be far larger than memory, is filled by native writes, and then `cut`.
   *
   * With a `name` it is a named block, always reserved; the name appears when everything else is done.
   *
   * @throws NO_SPACE, TOO_MANY_FILES, BAD_ARGUMENT; FILE_EXISTS when a block of that name is in use, or persists
   */
  static create(size: number, options: NameOptions & { reserve?: boolean } = {}): Block {
    checkOptions(options, ["reserve", "name", "persist", "mode"], "Block.create");
    const reserve = flag(options.reserve, "reserve", true);
    const naming = checkNaming(options);
    byteCount(size, "size");
    if (naming === null) {
      return new Block(
        call(() => addon.NativeBlock.create(size, reserve)),
        size,
        false,
      );
    }
    if (!reserve) {
      throw new SharrayError("BAD_ARGUMENT", "reserve: a named block is always reserved", { argument: "reserve" });
    }
    const block = Block.createUnlinked(size, { mode: naming.mode });
    return block.#linked(naming.name, naming.persist);
  }

  /** `create` with its reservation made off the event loop, on a thread of its own. */
  static async createAsync(size: number, options: NameOptions = {}): Promise<Block> {
    checkOptions(options, ["name", "persist", "mode"], "Block.createAsync");
    const naming = checkNaming(options);
    byteCount(size, "size");
    const block = new Block(await callAsync(() => addon.createBlock(size, naming?.mode)), size, false);
    return naming === null ? block : block.#linked(naming.name, naming.persist);
  }

  /**
   * A block that is to get a name, and has none until `link()`: the time to fill it. Nobody sees it before, and when its maker
   * dies it is gone.
   *
   * @throws NO_SPACE, TOO_MANY_FILES, BAD_ARGUMENT
   */
  static createUnlinked(size: number, options: { mode?: number } = {}): Block {
    checkOptions(options, ["mode"], "Block.createUnlinked");
    const mode = checkMode(options.mode);
    byteCount(size, "size");
    return new Block(
      call(() => addon.NativeBlock.createUnlinked(size, mode)),
      size,
      false,
    );
  }

  /**
   * Attaches to a named block: to `sharray.<name>`, else to `sharray-keep.<name>`, else to another program's of exactly that name.
   *
   * @throws NOT_FOUND, PERMISSION_DENIED, TOO_MANY_FILES, BAD_ARGUMENT
   */
  static attachName(name: string, options: { readonly?: boolean } = {}): Block {
    checkOptions(options, ["readonly"], "attach");
    const readonly = flag(options.readonly, "readonly", false);
    checkName(name);
    const native = call(() => addon.NativeBlock.attachName(name, readonly));
    const block = new Block(native, native.size, readonly);
    block.#name = native.name ?? null;
    return block;
  }

  /**
   * A regular file of any file system, as bytes, for as many of them as `narrow` then says. It is neither locked nor read. `mode`:
   * "r", to be read; "r+", stores reach the file; "c", stores stay in this attachment.
   *
   * @throws FILE_NOT_FOUND, IS_DIRECTORY, PERMISSION_DENIED, NOT_SUPPORTED for what is no regular file, TOO_MANY_FILES, IO_ERROR
   */
  static openFile(path: string, mode: "r" | "r+" | "c"): Block {
    const native = call(() => addon.NativeBlock.openFile(path, mode));
    const block = new Block(native, native.size, native.readonly);
    block.#copyOnWrite = mode === "c";
    return block;
  }

  /**
   * Attaches to the block of a handle, every field of which is checked.
   *
   * @throws BLOCK_GONE, NOT_REACHABLE, HANDLE_MISMATCH, VERSION_MISMATCH, TOO_MANY_FILES, BAD_ARGUMENT
   */
  static attach(handle: BlockHandle, options: { readonly?: boolean } = {}): Block {
    checkOptions(options, ["readonly"], "attach");
    const readonly = flag(options.readonly, "readonly", false);
    const checked = checkHandle(handle);
    const native = call(() => addon.NativeBlock.attach(checked, readonly));
    // A file that was opened for reading is there for reading, whatever was asked for.
    const block = new Block(native, checked.size, native.readonly);
    block.#name = checked.name ?? null;
    return block;
  }

  /**
   * Attaches through a descriptor that another process sent. The descriptor belongs to the block from here on, and is
   * closed when it is refused. Every field of the handle is checked, but for the place (`pid`, `fd`).
   */
  static attachFd(fd: number, handle: BlockHandle, options: { readonly?: boolean } = {}): Block {
    let readonly: boolean;
    let checked: BlockHandle;
    try {
      checkOptions(options, ["readonly"], "attachFd");
      readonly = flag(options.readonly, "readonly", false);
      checked = checkHandle(handle);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    const native = call(() => addon.NativeBlock.attachFd(fd, checked, readonly));
    const block = new Block(native, checked.size, native.readonly);
    block.#name = checked.name ?? null;
    return block;
  }

  /**
   * The same attachment under another Block, without a descriptor of its own: for work that is to go on when the program closes this
   * one. It ends when both are closed.
   */
  share(): Block {
    const block = new Block(
      call(() => this.native.share()),
      this.#size,
      this.readonly,
    );
    block.#name = this.#name;
    block.#copyOnWrite = this.#copyOnWrite;
    return block;
  }

  /** Over an attachment that native code made, which belongs to the block from here on. */
  static over(native: NativeBlock, size: number, readonly: boolean): Block {
    return new Block(native, size, readonly);
  }

  /** Bytes of data; still known after `close()`. */
  get size(): number {
    return this.#size;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether what is stored stays in this attachment: then neither a handle nor the descriptor leads to it. */
  get copyOnWrite(): boolean {
    return this.#copyOnWrite;
  }

  /**
   * Asks for the memory that changing this part takes, where stores stay in this attachment: the kernel asks nobody later.
   *
   * @throws NO_SPACE, CLOSED, OUT_OF_BOUNDS, INPUT_CHANGED
   */
  checkChange(offset: number, length: number): void {
    if (this.#copyOnWrite) call(() => this.native.checkChange(offset, length));
  }

  /** Whether both are attachments to one block. */
  isOf(other: Block): boolean {
    if (this === other) return true;
    const [one, two] = [call(() => this.native.handle()), call(() => other.native.handle())];
    return one.ino === two.ino && one.dev === two.dev;
  }

  /** The full name, such as `sharray.x`: the file in /dev/shm; null without one. Still known after `close()` and `unlink()`. */
  get name(): string | null {
    return this.#name;
  }

  /**
   * Makes a block of `createUnlinked` appear under a name, in one step, complete as it is; without one, under a fresh one.
   *
   * @throws FILE_EXISTS when a block of that name is in use, or persists; BAD_ARGUMENT; NOT_SUPPORTED for other blocks
   */
  link(name?: string, options: { persist?: boolean } = {}): void {
    checkOptions(options, ["persist"], "link");
    const persist = flag(options.persist, "persist", false);
    if (name !== undefined) checkName(name);
    this.#name = call(() => this.native.link(name, persist));
    if (this.attachment !== null) this.attachment.name = this.#name;
  }

  #linked(name: string | undefined, persist: boolean): Block {
    try {
      this.link(name, { persist });
    } catch (error) {
      this.close();
      throw error;
    }
    return this;
  }

  /**
   * Makes the block appear under a name, in one step, complete as it is. A named block is renamed. One without a name is copied into
   * a named one, over which this Block goes on. Its windows stay valid, unless others in this process use the old block too:
   * then they are detached.
   *
   * With `replace`, a block that has the name loses it: its holders keep it. `mode`: permission bits; by default what it has, or 0o600.
   *
   * @throws FILE_EXISTS without `replace`, when a block of that name is in use, or persists; NO_SPACE; PERMISSION_DENIED when the other
   * block is another user's; READ_ONLY; NOT_SUPPORTED; BAD_ARGUMENT; CLOSED
   */
  publish(name: string, options: { replace?: boolean; mode?: number } = {}): void {
    checkOptions(options, ["replace", "mode"], "publish");
    const replace = flag(options.replace, "replace", false);
    const mode = options.mode === undefined ? undefined : checkMode(options.mode);
    checkName(name);
    if (!call(() => this.native.publish(name, replace, mode))) {
      this.#detach();
      this.native.succeed();
    }
    this.#name = this.native.name ?? null;
    this.#copyOnWrite = false;
    if (this.attachment !== null) this.attachment.name = this.#name;
  }

  /**
   * Removes the name for everybody; who holds the block keeps it. Nothing happens without a name, and when the name leads to
   * another block by now. Works after `close()` too.
   *
   * @throws PERMISSION_DENIED; NOT_SUPPORTED for another program's
   */
  unlink(): void {
    if (this.#name === null) return;
    call(() => this.native.unlink());
  }

  /** The block's descriptor: valid while the block is open, and the block's own (whoever sends it sends a duplicate). */
  get fd(): number {
    return call(() => this.native.fd);
  }

  /** The handle by which other processes and threads attach. Throws CLOSED; NOT_SUPPORTED where stores stay in this attachment. */
  handle(): BlockHandle {
    if (this.#copyOnWrite && !this.#closed) {
      throw new SharrayError(
        "NOT_SUPPORTED",
        'handle: changes to a file that was opened with mode "c" are this attachment\'s own, and others would not find them. Send a ' +
          'copy() of the array, or open the file with mode "r" or "r+"',
      );
    }
    return call(() => this.native.handle());
  }

  /**
   * Says how many bytes of an opened file are the block, and maps them.
   *
   * @throws NO_SPACE when an address space or a limit of the process does not hold them, or when the disk has no room for the holes of a
   * file that is opened for writing; INPUT_CHANGED when the file is shorter by now; NOT_SUPPORTED where its file system maps no files
   */
  narrow(size: number): void {
    byteCount(size, "size");
    call(() => this.native.narrow(size));
    this.#size = size;
  }

  /** Cuts a sparse block to its final size and seals it. Windows handed out before are detached. */
  cut(size: number): void {
    byteCount(size, "size");
    call(() => this.native.cut(size));
    this.#detach();
    this.#size = size;
  }

  /**
   * The bytes `offset` to `offset + length`, over an ArrayBuffer of just that window. The same place gives the same buffer
   * for as long as somebody holds it.
   *
   * @throws CLOSED, OUT_OF_BOUNDS, TOO_LARGE (Node 20: above 4 GiB), UNSUPPORTED_PLATFORM
   */
  window(offset: number, length: number): Uint8Array<ArrayBuffer> {
    byteCount(offset, "offset");
    byteCount(length, "length");
    if (this.#closed) call(() => this.native.fd);
    if (offset + length > this.#size) {
      throw new SharrayError(
        "OUT_OF_BOUNDS",
        `${length} bytes from offset ${offset} on are not inside this memory of ${this.#size} bytes`,
        { offset, length, size: this.#size },
      );
    }
    if (length > constants.MAX_LENGTH) {
      throw new SharrayError(
        "TOO_LARGE",
        `${length} bytes do not fit into one typed array of Node ${process.version} (at most ${constants.MAX_LENGTH}). ` +
          "Take windows: bytes(offset, length), or slice(...).data of an array; Node 22 has no such limit",
        { length, max: constants.MAX_LENGTH },
      );
    }
    if (length === 0) return new Uint8Array(0);
    const place = `${offset}+${length}`;
    this.#windows ??= new Map();
    let buffer = this.#windows.get(place)?.deref();
    // A buffer that somebody transferred away has length 0.
    if (buffer === undefined || buffer.byteLength === 0) {
      buffer = call(() => this.native.window(offset, length));
      owners.set(buffer, { block: this, offset });
      this.#windows.set(place, new WeakRef(buffer));
      if (this.#windows.size >= this.#pruneAt) this.#prune(this.#windows);
    }
    return new Uint8Array(buffer);
  }

  /**
   * Ends this attachment: buffers that it handed out have length 0 from here on, native work under way ends with the data
   * that was there. Closing twice is no error.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    settled(this);
    this.#detach();
    this.native.close();
  }

  #detach(): void {
    if (this.#windows === null) return;
    for (const window of this.#windows.values()) {
      const buffer = window.deref();
      if (buffer !== undefined && buffer.byteLength > 0) call(() => this.native.detach(buffer));
    }
    this.#windows.clear();
  }

  #prune(windows: Map<string, WeakRef<ArrayBuffer>>): void {
    for (const [place, window] of windows) {
      if (window.deref() === undefined) windows.delete(place);
    }
    this.#pruneAt = Math.max(64, 2 * windows.size);
  }
}
