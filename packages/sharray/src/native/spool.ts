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

/** An input that comes but once. */
export interface NativeSpool {
  /** Takes some more bytes, compressed or not, of which it makes a copy. */
  push(bytes: Uint8Array): void;
  /** Takes some more characters; they are no halves of pairs. */
  pushCharacters(text: string): void;
  /** Takes some more lines: their bytes behind one another, and where each of them ends. */
  pushLines(bytes: Uint8Array, ends: Uint32Array, utf8: boolean, encoding: string, quoted: boolean): void;
  /** Undefined where more may be pushed at once; else when that is so, or nothing more is wanted. */
  room(): Promise<void> | undefined;
  /** Ends what was pushed; with a code and a message because of a failure, which whoever has read all before it is told. */
  end(code: string | null, message: string | null): void;
  /** Ends all work with ABORTED, also where it waits. */
  abort(): void;
  /** Bytes that have come, compressed ones as they are. */
  come(): number;
  /** Ends all work, and gives up memory and descriptors. */
  close(): void;
}

/** What crates/node/src/spool.rs exports. */
export interface SpoolAddon {
  /** How messages call an encoding, by any name that Python has for it; null for one that is not read. */
  encodingName(name: string): string | null;
  /** At once, of a regular file of `small` bytes at most. */
  probeSource(path: string, label: string, small: number): SourceProbe | Promise<SourceProbe>;
  NativeSpool: {
    /** One into which something is pushed. `keep`: it is read more than once, beside the planning of loads. */
    new (label: string, keep: boolean): NativeSpool;
    /** One of a pipe or a device. */
    ofPath(path: string, label: string, keep: boolean): NativeSpool;
    /** One of what is left to be read from standard input. */
    ofStdin(label: string, keep: boolean): NativeSpool;
  };
}
