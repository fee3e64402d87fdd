import type { DTypeLike, TypedArray, ValueOf } from "../../dtype/element.ts";
import type { NDArray } from "../ndarray.ts";
import type { View } from "../view.ts";
import { assignAsync, fillAsync } from "./offloop.ts";
import {
  type ExtremeOf,
  type Histogram,
  type HistogramOptions,
  histogram,
  type MeanOf,
  max,
  mean,
  min,
  type SumOf,
  sum,
} from "./reduce.ts";

/** Values in lists as deep as there are axes; where they are fewer they are broadcast. */
export type Lists<T> = T | readonly Lists<T>[];

/** What `assign` takes: an array, nested lists, a typed array, or one element. */
export type Assignable<D> = NDArray<DTypeLike> | Lists<ValueOf<D>> | TypedArray;

let viewOf: (array: object) => View;

/** Tells how the view under an array is found, as long as its memory is there. */
export function reach(find: (array: object) => View): void {
  viewOf = find;
}

/**
 * What arrays do in bulk: the part of `NDArray` that looks at all numbers, or stores all elements off the event loop.
 *
 * (To the compiler: as for `NDArray`.)
 * @ts-expect-error TS2636 */
export abstract class Operations<out D extends DTypeLike> {
  /**
   * `assign` off the event loop; an array in shared memory may be closed meanwhile. All values are checked before the first is stored.
   * Neither the array nor the values should be changed until it is done. In ordinary memory the work takes turns with the event loop.
   * Throws what `assign` throws, and CLOSED when ordinary memory is transferred away meanwhile.
   */
  async assignAsync(values: Assignable<D>): Promise<this> {
    await assignAsync(viewOf(this), values, values instanceof Operations ? viewOf(values) : null);
    return this;
  }

  /** `fill` off the event loop, as `assignAsync`. Throws BAD_VALUE, READ_ONLY, CLOSED. */
  async fillAsync(value: ValueOf<D>): Promise<this> {
    await fillAsync(viewOf(this), value);
    return this;
  }

  /**
   * The least element, as NumPy's `min`: NaN, or NaT, where there is one. A bigint for i8, u8, M8 and m8, a boolean for b1.
   * Throws BAD_SHAPE for an array without elements, BAD_DTYPE for records (take a field), texts, bytes and complex numbers.
   */
  min(): ExtremeOf<D> {
    return min(viewOf(this)) as ExtremeOf<D>;
  }

  /** The greatest element, as NumPy's `max`; else as `min`. */
  max(): ExtremeOf<D> {
    return max(viewOf(this)) as ExtremeOf<D>;
  }

  /**
   * The sum of all elements; 0 of none. Of i8, u8 and m8 a bigint modulo 2^64, as NumPy's; of m8 with NaT that. Of smaller integers
   * and booleans a number, which is exact up to 2^53 and the nearest one beyond. Of floats the nearest double to the true sum, or its
   * neighbour: f2 and f4 are not rounded to their own precision, as with NumPy's `sum(dtype="f8")`. Of complex numbers `{ re, im }`.
   * Throws BAD_DTYPE for records (take a field), texts, bytes and dates.
   */
  sum(): SumOf<D> {
    return sum(viewOf(this)) as SumOf<D>;
  }

  /**
   * The mean of all elements in doubles: their exact sum, not cut to 64 bits, by their number, as NumPy's `mean(dtype="f8")`; NaN of
   * none. Of m8 in its units, NaN with NaT. Throws BAD_DTYPE as `sum`.
   */
  mean(): MeanOf<D> {
    return mean(viewOf(this)) as MeanOf<D>;
  }

  /**
   * How many elements lie in each of `bins` bins of equal width, and the edges of these, as `np.histogram`:
   * `edges[i] <= x < edges[i + 1]`, and the last bin has its upper edge too. With a `range`, NaN and what lies outside is in none.
   *
   * ```ts
   * const { counts, edges } = array.field("pct").histogram({ bins: 20, range: [0, 100] });
   * ```
   *
   * @throws BAD_DTYPE for what is no real number; BAD_VALUE for NaN or an infinite element without `range`; BAD_ARGUMENT
   */
  histogram(options: HistogramOptions = {}): Histogram {
    return histogram(viewOf(this), options);
  }
}
