import type { NativeBlock } from "./memory.ts";
import type { NativeSpool } from "./spool.ts";

/** How far a load has come. */
export interface LoadProgress {
  bytes: number;
  rows: number;
}

/** A range that was taken back from a dead worker, and where it lies. */
export interface ReopenedRange {
  range: number;
  /** How many workers have died with it so far. */
  deaths: number;
  file: string;
  start: number;
  end: number;
}

/** A planned load with its control block and its destinations. */
export interface NativeLoad {
  /**
   * Takes ranges on so many threads until none is left; then null, or the failure of the lowest range as JSON. At once where all of it
   * takes less time than a promise.
   */
  run(owner: number, threads: number): string | null | Promise<string | null>;
  /** The same for the ranges of streams, which `run` leaves out; all of them are taken by this process. */
  unpack(owner: number, threads: number): string | null | Promise<string | null>;
  abort(): void;
  /** Gives up blocks and descriptors; work under way keeps its own. */
  close(): void;
  progress(from: number, to: number): LoadProgress;
  /** When all ranges before `end` are done (true), or the load failed or was aborted (false). */
  done(end: number): Promise<boolean>;
  /** Gives the memory of a table back, also while workers hold its block. */
  free(table: number): Promise<void>;
  rows(table: number): number;
  fileRows(file: number): number;
  reopen(owner: number): ReopenedRange | null;
  /** Bytes of text that a file held, once all is done; of a stream those that were read. */
  textBytes(file: number): number;
  /** Whether a file is left out, because it cannot be read to its end. */
  leftOut(file: number): boolean;
  /** What was told beside rows, as JSON; asked for once. */
  notes(): string | Promise<string>;
}

/** A load whose inputs were opened and cut into ranges. */
export interface NativePlan {
  /** What its tables and its files are, as JSON. */
  told(): string;
  /** All of it as JSON, for other processes. */
  job(): string;
}

declare const readSpec: unique symbol;

/** How tables are read, ready for use. */
export interface NativeSpec {
  readonly [readSpec]: true;
}

/** A small file that was loaded in one call. */
export interface SmallLoad {
  /** Cut to its rows; their heading is still to be written. */
  block: NativeBlock;
  /** Where the first row lies in it. */
  heading: number;
  rows: number;
  columns: number;
  /** What was told beside rows, as JSON; left out: nothing. */
  notes?: string;
}

/** The rows of one planned input, in order, as texts. */
export interface NativeTextRows {
  /** The next rows, so many at most, as JSON: `[[line, [field, ...]], ...]`; none at the end. */
  read(most: number): Promise<string>;
  /** Gives up its descriptor and its memory. */
  close(): void;
}

/** What crates/node/src/load.rs, plan.rs, small.rs and texts.rs export. */
export interface LoadAddon {
  /**
   * Takes `{ spec, inputs, workers, rangeBytes }` as JSON; `spools`: inputs that come but once. `here`: at once, on this thread, as they
   * are small.
   */
  planLoad(request: string, spools: NativeSpool[], here: boolean): NativePlan | Promise<NativePlan>;
  /** Takes a specification as JSON. */
  NativeSpec: new (
    spec: string,
  ) => NativeSpec;
  /**
   * Loads a regular file of plain text that is short enough for one range; null for any other one. `headings`: bytes before the first row,
   * by how many digits the number of columns has; one figure where it does not matter.
   */
  loadSmall(spec: NativeSpec, path: string, headings: readonly number[]): SmallLoad | null;
  /** How many threads can run at once: affinity and the control group's quota counted in. */
  grantedThreads(): number;
  loadControlSize(ranges: number): number;
  NativeTextRows: new (job: string, spools: NativeSpool[]) => NativeTextRows;
  /** A text as the item of a column (as JSON). */
  parseField(column: string, text: string): Uint8Array;
  NativeLoad: {
    /** A load that several processes work on. */
    new (
      job: string,
      control: NativeBlock,
      fresh: boolean,
      blocks: NativeBlock[],
      places: number[],
      offsets: number[],
      windows: number[],
      output: [path: string, label: string] | null,
      notes: NativeBlock,
      spools: NativeSpool[],
    ): NativeLoad;
    /** One for threads of this process. Its one table goes to a block, from byte `offset` on; null: rows are only looked at. */
    own(plan: NativePlan, block: NativeBlock | null, offset: number, spools: NativeSpool[]): NativeLoad;
  };
}
