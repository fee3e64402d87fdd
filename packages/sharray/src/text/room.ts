import { totalmem } from "node:os";
import { SharrayError } from "../errors.ts";
import { Block } from "../memory/block.ts";

/** Room for whatever memory holds: pages are taken as it comes, but letting go of a larger file can take long, whatever it holds. */
const ROOM = totalmem();
/** What a limit on file sizes leaves is cut by so much, for the block's own pages. */
const OWN_PAGES = 2 ** 18;

/**
 * A sparse block for nobody knows how many bytes, `most` at most.
 *
 * @throws {SharrayError} NO_SPACE, TOO_MANY_FILES
 */
export function roomyBlock(most: number = ROOM): Block {
  const wanted = Math.min(most, ROOM);
  try {
    return Block.create(wanted, { reserve: false });
  } catch (error) {
    // A limit on file sizes (ulimit -f) is one on blocks too: what it leaves may do.
    const free = error instanceof SharrayError && error.code === "NO_SPACE" ? error.details.free : undefined;
    if (typeof free !== "number" || free <= OWN_PAGES || free >= wanted) throw error;
    return Block.create(free - OWN_PAGES, { reserve: false });
  }
}

/** Bytes that such a block can have here. */
export function roomyBytes(): number {
  const block = roomyBlock();
  const { size } = block;
  block.close();
  return size;
}
