/** What is shown of one axis: the first and the last elements, and "..." between them where some are left out. */
export interface Corner {
  readonly length: number;
  readonly head: number;
  readonly tail: number;
}

/** Elements at each end of an axis, as NumPy's edgeitems. */
const EDGE = 3;

/** Elements that are shown without leaving some out, as NumPy's threshold. */
const WHOLE = 1000;

/** Cells that corners may have: with many axes their number would grow without end. */
const MOST_CELLS = 400;

function product(corners: readonly Corner[]): number {
  return corners.reduce((cells, { head, tail }) => cells * (head + tail), 1);
}

/** What is shown of axes: all of them up to `whole` elements, each of which counts as `weight`, else three at each end. */
export function cornersOf(
  shape: readonly number[],
  weight: number,
  whole: number = WHOLE,
  most: number = MOST_CELLS,
): Corner[] {
  const all = shape.map((length) => ({ length, head: length, tail: 0 }));
  if (product(all) * weight <= whole) return all;
  let corners: Corner[] = all;
  for (let edge = EDGE; edge > 0; edge--) {
    corners = all.map((axis) => (axis.length > 2 * edge ? { ...axis, head: edge, tail: edge } : axis));
    if (product(corners) * weight <= most) return corners;
  }
  // Of the outer axes only the first element, until it is little enough.
  for (let axis = 0; axis < corners.length && product(corners) * weight > most; axis++) {
    corners[axis] = { length: shape[axis]!, head: Math.min(1, shape[axis]!), tail: 0 };
  }
  return corners;
}

/** The indices of an axis that are shown, in order. */
export function shownOf({ length, head, tail }: Corner): number[] {
  return Array.from({ length: head + tail }, (_, i) => (i < head ? i : length - tail + i - head));
}

/** Whether some elements of an axis are left out. */
export function isCut({ length, head, tail }: Corner): boolean {
  return head + tail < length;
}
