/** What crates/node/src/memory.rs exports. */
export interface NativeHandle {
  version: number;
  pid: number;
  fd: number;
  dev: number;
  ino: number;
  name?: string;
  nonce: string;
  size: number;
}

/** One attachment to one block. Other native functions take it to reach the memory. */
export interface NativeBlock {
  readonly fd: number;
  readonly size: number;
  /** The full name; null (or undefined) without one. */
  readonly name: string | null | undefined;
  /** Whether it is there to be read only. */
  readonly readonly: boolean;
  /** Whether it is a file that was opened by its path. */
  readonly isFile: boolean;
  handle(): NativeHandle;
  /** A fresh external ArrayBuffer; `length` above 0. */
  window(offset: number, length: number): ArrayBuffer;
  /** Takes a buffer that `window` made away from whoever has it: its length is 0 then. */
  detach(buffer: ArrayBuffer): void;
  write(bytes: Uint8Array, offset: number): void;
  /** The same attachment once more: it ends when both are closed. */
  share(): NativeBlock;
  cut(size: number): void;
  /** Says how many bytes of an opened file are the block, and maps them. */
  narrow(size: number): void;
  /** Throws NO_SPACE when changing this part of a copy-on-write mapping would take more memory than there is. */
  checkChange(offset: number, length: number): void;
  /** Gives a block of `createUnlinked` its name (none: a fresh one), in one step; the full name. */
  link(name: string | undefined, persist: boolean): string;
  /** Whether windows can be used further; when not, they must be detached, and `succeed` called. */
  publish(name: string, replace: boolean, mode: number | undefined): boolean;
  succeed(): void;
  unlink(): void;
  close(): void;
}

export interface MemoryAddon {
  NativeBlock: {
    create(size: number, reserve: boolean): NativeBlock;
    createUnlinked(size: number, mode: number): NativeBlock;
    attachName(name: string, readonly: boolean): NativeBlock;
    /** Nothing is mapped before `narrow`. */
    openFile(path: string, mode: "r" | "r+" | "c"): NativeBlock;
    attach(handle: NativeHandle, readonly: boolean): NativeBlock;
    attachFd(fd: number, handle: NativeHandle, readonly: boolean): NativeBlock;
  };
  /** With `mode`: one that will get a name by `link`. */
  createBlock(size: number, mode?: number): Promise<NativeBlock>;
  checkSpace(bytes: number, what: string): void;
  /** How many mappings of blocks this process has. */
  mappedBlocks(): number;
  /** Bytes that this process keeps of closed blocks, for its next ones. */
  keptBytes(): number;
  /** What is wrong with SHARRAY_ARENA; null when nothing is. */
  arenaComplaint(): string | null;
  /** True once in the life of this process, for whichever thread asks first. */
  firstToForget(): boolean;
}

/** What crates/node/src/names.rs exports. */
export interface NamesAddon {
  listNames(): NamedBlock[];
  findName(name: string): NamedBlock | null;
  sweepNames(): string[];
  unlinkName(name: string): string;
  lockName(name: string, mode: number): Promise<{ release(): void }>;
}

/** A named block, as `SharedMemory.list()` tells of it. */
export interface NamedBlock {
  /** The full name: the file in /dev/shm. */
  name: string;
  /** Bytes of the file. */
  size: number;
  /** Whether it stays when nobody holds it. */
  persist: boolean;
  /** Permission bits. */
  mode: number;
  /** The user who owns it. */
  uid: number;
  /** When it was made: milliseconds since 1970. */
  created: number;
  /** Whether somebody holds it, as far as this process can see (not into other PID namespaces). */
  held: boolean;
  /** The processes that have it open, as far as this user may see. */
  holders: { pid: number; command: string }[];
}
