/** A new text file, printed and written on a thread of its own; operations are done in the order of the calls. */
export interface NativeTextOutput {
  /** Appends a text. Gives null, or as JSON why not. */
  write(text: string): Promise<string | null>;
  /** Prints so many records, whose bytes may change as soon as the call returns. Gives null, or as JSON why one is not printed. */
  print(bytes: Uint8Array, count: number): Promise<string | null>;
  /** Makes the file appear under its name, complete and on the disk. */
  publish(): Promise<void>;
  /** Gives the file up; nothing of it stays. */
  discard(): Promise<void>;
}

/** How records become lines. */
export interface PrintSpec {
  /** The format of a record, and what stands between those of one row. */
  format: string;
  delimiter: string;
  newline: string;
  /** Whether each value is a complex number, which gives the format its two parts. */
  complex: boolean;
  /** Letter, bytes, offset, whether it is big-endian, and unit of the values in a record; so many times, so many bytes apart. */
  fields: [kind: string, size: number, offset: number, swapped: boolean, unit: string][];
  repeat: number;
  step: number;
  /** Records of a row. */
  across: number;
  threads: number;
}

/** What crates/node/src/savetxt.rs exports. */
export interface SavetxtAddon {
  /** `spec`: JSON of `{ encoding, gzip, rows: PrintSpec | null }`. */
  createTextOutput(path: string, spec: string): Promise<NativeTextOutput>;
}
