import { sizeOf } from "../geometry.ts";
import { readerIn, type View, walk } from "../view.ts";
import { alike } from "./bulk.ts";
import { isWorthACall } from "./copy.ts";
import { comparisons } from "./pairs.ts";
import { sameness } from "./same.ts";

/** Whether the elements of two arrays are equal, as NumPy's `array_equal`: NaN and NaT differ from themselves. */
export function equal(a: View, b: View): boolean {
  if (a.shape.length !== b.shape.length || !a.shape.every((n, axis) => n === b.shape[axis])) return false;
  const size = sizeOf(a.shape);
  if (size === 0) return true;
  const same = sameness(a.dtype, b.dtype);
  if (same === null) return false;
  const parts = isWorthACall(size, size * a.dtype.itemsize) ? comparisons(a, b) : null;
  if (parts !== null) return alike(a.storage, b.storage, a.shape, parts);
  const [readA, readB] = [readerIn(a), readerIn(b)];
  return walk(a.shape, a, b, (atA, atB) => same(readA(atA), readB(atB)));
}
