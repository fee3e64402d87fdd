import type { NativeLoad } from "./load.ts";
import type { NativeBlock } from "./memory.ts";

/** How far a long operation has come, and the way to end it. */
export interface NativeMonitor {
  /** Bytes of data done so far. */
  readonly bytes: number;
  abort(): void;
}

/** An attribute: what it is as JSON (`AttributeValue` of src/hdf5/attributes.ts), and its bytes unless it is text. */
export interface NativeAttribute {
  value: string;
  bytes?: Uint8Array;
}

/** An open file. Operations are done one after another, in the order of the calls, on a thread of the file's own. */
export interface NativeFile {
  close(): Promise<void>;
  discard(): Promise<void>;
  flush(): Promise<void>;
  /** The objects of the file as JSON, at most so many. */
  tree(most: number): Promise<string>;
  /** Whether the file appears under its name only when it is closed. */
  readonly isNew: boolean;
  /** A path by which other processes of the same user can open the file; null: there is none. */
  readonly reach: string | null;
  /** One object as JSON, at once; "null" when there is none. */
  look(path: string): string;
  createGroup(path: string): Promise<void>;
  createDataset(
    path: string,
    spec: string,
    block: NativeBlock | null,
    offset: number,
    monitor: NativeMonitor,
  ): Promise<string>;
  /**
   * Makes a dataset of the rows of a load's table, which go to it as they come, by a window of memory or straight to their place. What it
   * is, as JSON; null: the load has ended before the table, or has left it out.
   */
  fill(path: string, spec: string, load: NativeLoad, table: number, monitor: NativeMonitor): Promise<string | null>;
  writeRows(
    path: string,
    first: number,
    rows: number,
    block: NativeBlock,
    offset: number,
    monitor: NativeMonitor,
  ): Promise<void>;
  /** Writes a box, from memory in C order: where it begins on each axis, and how far it goes. Of a contiguous dataset it is one run of bytes. */
  writeBox(
    path: string,
    start: number[],
    count: number[],
    block: NativeBlock,
    offset: number,
    monitor: NativeMonitor,
  ): Promise<void>;
  /** Takes a dataset out again whose data did not get in. */
  takeOut(path: string): Promise<void>;
  /** Makes the first axis longer by so many rows, which are written later; shorter by a negative number. What the dataset is then, as JSON. */
  lengthen(path: string, rows: number): Promise<string>;
  append(path: string, rows: number, block: NativeBlock, offset: number, monitor: NativeMonitor): Promise<string>;
  element(path: string, fields: string[] | null): Promise<string>;
  read(
    path: string,
    axes: string,
    fields: string[] | null,
    block: NativeBlock,
    offset: number,
    monitor: NativeMonitor,
  ): Promise<void>;
  setTexts(path: string, name: string, shape: number[], texts: string[]): Promise<void>;
  setBytes(path: string, name: string, shape: number[], element: string, bytes: Uint8Array): Promise<void>;
  attribute(path: string, name: string): Promise<NativeAttribute | null>;
  deleteAttribute(path: string, name: string): Promise<boolean>;
  attributes(path: string): Promise<string[]>;
}

/** What crates/node/src/hdf5.rs exports. */
export interface Hdf5Addon {
  /** The version of libhdf5 that is linked in: "1.14.6". */
  hdf5Version(): string;
  /** For the end of the process: files changed in place can be read, hidden names are gone. */
  hdf5Exit(): void;
  NativeMonitor: new () => NativeMonitor;
  /**
   * `mode`: r, r+, w, x, a. `named`: a hidden name for a new file even where it could go without. `placed`: its large contiguous data can be
   * filled before the datasets are made.
   */
  openHdf5(path: string, mode: string, sync: boolean, named: boolean, placed: boolean): Promise<NativeFile>;
}
