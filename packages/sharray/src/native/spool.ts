import type { NativeBlock } from "./memory.ts";

/** What a path leads to. */
export interface SourceProbe {
  /** Whether it is a regular file; else it is a pipe or a device, of which nothing was read. */
  regular: boolean;
  /** "plain", "gzip", "bzip2", "xz" or "zstd", by the first bytes. */
  format: string;
  /** Whether it is compressed in blocks that can be read by themselves, as far as its first bytes tell. */
  blocks: boolean;
  /** Whether it begins with UTF-8's byte order mark. */
  mark: boolean;
  /** Bytes; 0 for what is no regular file. */
  size: number;
}

/** One input on its way into a block, as UTF-8; its work is done on a thread of its own, in the order of the calls. */
export interface NativeSpool {
  /** Takes a file from a place of it on, or a whole pipe or device; gives the size of its text. */
  file(path: string, from: number): Promise<number>;
  /** Takes what is left to be read from standard input; gives the size of its text. */
  stdin(): Promise<number>;
  /** Takes some more bytes, compressed or not, of which it makes a copy. */
  push(bytes: Uint8Array): Promise<void>;
  /** Takes some more characters; they are no halves of pairs. */
  pushCharacters(text: string): Promise<void>;
  /** Takes some more lines: their bytes behind one another, and where each of them ends. */
  pushLines(bytes: Uint8Array, ends: Uint32Array, utf8: boolean, quoted: boolean): Promise<void>;
  /** Ends what was pushed; gives the size of its text. */
  end(): Promise<number>;
  /** Ends all work with ABORTED, within 256 KiB of input. */
  abort(): void;
  /** Bytes of input that were taken, compressed ones as they are. */
  progress(): number;
  /** Ends all work, and waits until its descriptors are given up. */
  close(): Promise<void>;
}

/** What crates/node/src/spool.rs exports. */
export interface SpoolAddon {
  /** How messages call an encoding, by any name that Python has for it; null for one that is not read. */
  encodingName(name: string): string | null;
  /** At once, of a regular file of `small` bytes at most. */
  probeSource(path: string, label: string, small: number): SourceProbe | Promise<SourceProbe>;
  /** Begins a spool that writes from the block's first byte on. `encoding`: null for UTF-8. */
  createSpool(block: NativeBlock, encoding: string | null, label: string): Promise<NativeSpool>;
}
