import type { DType } from "../dtype/dtype.ts";
import { defaultChunks } from "../hdf5/chunks.ts";
import type { CreateDatasetOptions } from "../hdf5/options.ts";
import { Block } from "../memory/block.ts";
import { hasStreams, mostBytes, type Plan, type Table } from "../text/plan.ts";
import { roomyBytes } from "../text/room.ts";
import type { ConvertOptions } from "./options.ts";

/** Bytes of rows that may wait to be written, and so many more for each worker. */
const WINDOW = 2 ** 23;
const WINDOW_EACH = 2 ** 22;
/** A worker writes no more than this at once. */
const LARGEST_BATCH = 2 ** 18;
/** Parts of a block begin at a page: no page is written for two tables, and each can be mapped by itself. */
const PAGE = 4096;
/** Tables share blocks until a block may hold this part of all rows: so thousands of small files need few descriptors. */
const BLOCKS = 64;

/** The memory of one or several tables. */
export interface TableBlock {
  readonly block: Block;
  /** First table in it, and the first behind it. */
  readonly from: number;
  readonly to: number;
}

/**
 * Where the rows of all tables of a load go: sparse blocks, of the largest size that can be. They keep that size to their end, for
 * a worker may still be on its way to them when the last row has been written; their pages are given back one table at a time.
 */
export interface Tables {
  readonly blocks: readonly TableBlock[];
  /** For each table, the index of its block and where its first row lies in it. */
  readonly places: readonly number[];
  readonly offsets: readonly number[];
  /** Rows of each table that lie there at a time; 0: all of them; OUTPUT: none, for they go straight to the file that is made. */
  readonly windows: readonly number[];
}

export const OUTPUT = -1;
/** Tables of so many ranges go there: the next one has to wait for its place until one of them is complete. */
const DIRECT = 8;

/** How the datasets of a job are stored. */
export function storageOf({ compression, shuffle }: ConvertOptions): CreateDatasetOptions {
  const gzip = compression ? { compression: compression.kind, level: compression.level } : {};
  return shuffle === undefined ? gzip : { ...gzip, shuffle };
}

/** Whether datasets of this storage lie in the file in one piece, as the rows do. */
export function isContiguous(storage: CreateDatasetOptions): boolean {
  return !storage.compression && storage.shuffle !== true;
}

/** How the tables of a job are made. */
export interface Making {
  dtype: DType;
  storage: CreateDatasetOptions;
  workers: number;
  /** Whether the workers can write to the file that is made. */
  reached: boolean;
}

/**
 * Rows of a table that lie in memory at a time. Chunks are written while rows come, and leave their places to others. Else all rows do, and
 * are written when all are there; of a large table none, where the workers reach the file.
 */
function windowOf({ rowSize, columns, ranges }: Table, { dtype, storage, workers, reached }: Making): number {
  if (rowSize === 0) return 0;
  if (isContiguous(storage)) return reached && ranges >= DIRECT ? OUTPUT : 0;
  const shape = rowSize === dtype.itemsize ? [0] : [0, columns];
  const most = shape.map((n, axis) => (axis === 0 ? null : n));
  const chunk = defaultChunks(shape, most, dtype.itemsize)[0]!;
  const least = 2 * chunk + Math.ceil((2 * LARGEST_BATCH) / rowSize);
  const rows = Math.max(least, Math.floor((WINDOW + workers * WINDOW_EACH) / rowSize));
  // Whole chunks, so that each lies in one piece.
  return Math.ceil(rows / chunk) * chunk;
}

function sizeOf(table: Table, most: number): number {
  return Math.ceil(Math.min(most, mostBytes(table)) / PAGE) * PAGE;
}

/** The same of a table with a window; one that needs no memory has a page, so that it has its place among the others. */
function sizeInBlock(table: Table, window: number): number {
  return window === OUTPUT ? PAGE : sizeOf(table, window * table.rowSize);
}

/** Makes the memory for the tables of a load. @throws {SharrayError} NO_SPACE, TOO_MANY_FILES */
export function createTables(plan: Plan, making: Making): Tables {
  const windows = plan.tables.map((table) => windowOf(table, making));
  // How many rows a stream has nobody knows: what there is room for, and more is an error.
  const most = hasStreams(plan.files) ? roomyBytes() : Number.POSITIVE_INFINITY;
  const sizes = plan.tables.map((table, i) =>
    windows[i] === 0 ? sizeOf(table, most) : sizeInBlock(table, windows[i]!),
  );
  const enough = Math.min(most, sizes.reduce((sum, size) => sum + size, 0) / BLOCKS);
  const blocks: TableBlock[] = [];
  const places: number[] = [];
  const offsets: number[] = [];
  try {
    for (let from = 0; from < plan.tables.length; ) {
      let size = 0;
      let to = from;
      do {
        places.push(blocks.length);
        offsets.push(size);
        size += sizes[to]!;
        to += 1;
      } while (size < enough && size + (sizes[to] ?? 0) <= most && to < plan.tables.length);
      blocks.push({ block: Block.create(size, { reserve: false }), from, to });
      from = to;
    }
  } catch (error) {
    for (const { block } of blocks) block.close();
    throw error;
  }
  return { blocks, places, offsets, windows };
}
