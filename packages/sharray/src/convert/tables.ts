import { Block } from "../memory/block.ts";
import { hasStreams, mostBytes, type Plan, type Table } from "../text/plan.ts";
import { roomyBytes } from "../text/room.ts";

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
}

function sizeOf(table: Table, most: number): number {
  return Math.ceil(Math.min(most, mostBytes(table)) / PAGE) * PAGE;
}

/** Makes the memory for the tables of a load. @throws {SharrayError} NO_SPACE, TOO_MANY_FILES */
export function createTables(plan: Plan): Tables {
  // How many rows a stream has nobody knows: what there is room for, and more is an error.
  const most = hasStreams(plan.files) ? roomyBytes() : Number.POSITIVE_INFINITY;
  const sizes = plan.tables.map((table) => sizeOf(table, most));
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
  return { blocks, places, offsets };
}
