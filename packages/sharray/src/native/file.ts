import type { NativeBlock } from "./memory.ts";

/** A new file, written from its beginning to its end on a thread of its own; operations are done in the order of the calls. */
export interface NativeOutput {
  /** Appends bytes, which may change as soon as the call returns. */
  write(bytes: Uint8Array): Promise<void>;
  /** Appends a range of a block, which stays attached until it is written. */
  writeBlock(block: NativeBlock, offset: number, length: number): Promise<void>;
  /** Makes the file appear under its name, complete and on the disk. */
  publish(): Promise<void>;
  /** Gives the file up; nothing of it stays. */
  discard(): Promise<void>;
}

/** A file that is read. */
export interface NativeInput {
  /** Bytes that it had when it was opened. */
  size(): Promise<number>;
  /** Bytes from `offset` on: `length`, or as many as there are. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Copies a range of the file to a place of a block. */
  readBlock(offset: number, block: NativeBlock, to: number, length: number): Promise<void>;
  close(): void;
}

/** A new zip archive; what is written goes to the member that was begun last. */
export interface NativeArchiveOutput extends NativeOutput {
  member(name: string, compressed: boolean): Promise<void>;
}

/** A zip archive that is read. */
export interface NativeArchiveInput {
  /** The files in it as JSON: `[{ name, size }]`; they are read by their number in this list. */
  members(): Promise<string>;
  /** Bytes from the beginning of a member on: `length`, or as many as there are. */
  start(number: number, length: number): Promise<Uint8Array>;
  /** Copies a range of a member to a place of a block, and checks the sum of the whole member. */
  readBlock(number: number, offset: number, block: NativeBlock, to: number, length: number): Promise<void>;
  close(): void;
}

/** What crates/node/src/file.rs and archive.rs export. */
export interface FileAddon {
  /** `named`: a hidden name for the new file even where it could go without. */
  createOutput(path: string, named: boolean): Promise<NativeOutput>;
  openInput(path: string): Promise<NativeInput>;
  createArchive(path: string, named: boolean): Promise<NativeArchiveOutput>;
  openArchive(path: string): Promise<NativeArchiveInput>;
}
