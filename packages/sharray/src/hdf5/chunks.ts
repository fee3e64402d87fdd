/** A chunk of rows has between half of this many bytes and this many. */
const CHUNK_BYTES = 512 * 1024;

/**
 * The shape of the chunks where the caller names none: as many whole rows, a power of two, as fit into 512 KiB; where one row
 * is more than that, the row is halved along its longest axes.
 *
 * @param shape the dataset's shape
 * @param most how far each axis may grow (its length where it may not), null without limit
 * @param itemsize bytes of one element
 */
export function defaultChunks(shape: readonly number[], most: readonly (number | null)[], itemsize: number): number[] {
  // An axis that has no length yet counts as long.
  const chunks = shape.map((n, axis) => (n === 0 ? Math.min(1024, most[axis] ?? 1024) : n));
  const bytes = (): number => chunks.reduce((product, n) => product * n, Math.max(1, itemsize));
  const row = bytes() / chunks[0]!;
  const rows = row > CHUNK_BYTES ? 1 : 2 ** Math.floor(Math.log2(CHUNK_BYTES / row));
  // What may grow gets full chunks from the start; nothing gets one that is larger than it can become.
  chunks[0] = Math.min(rows, most[0] ?? rows);
  while (bytes() > CHUNK_BYTES && chunks.some((n) => n > 1)) {
    const longest = chunks.indexOf(Math.max(...chunks));
    chunks[longest] = Math.ceil(chunks[longest]! / 2);
  }
  return chunks;
}
