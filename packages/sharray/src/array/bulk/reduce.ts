import type { Complex, DTypeLike, ElementOf } from "../../dtype/element.ts";
import { SharrayError } from "../../errors.ts";
import { checkOptions } from "../../memory/arguments.ts";
import { fromHalf, toHalf } from "../element/float16.ts";
import { sizeOf } from "../geometry.ts";
import { text } from "../spell.ts";
import type { View } from "../view.ts";
import { countBetween, extremes, type Numbers, total } from "./bulk.ts";
import { numberCode, partCode, timeCode } from "./numbers.ts";

/** The type of an array's least element: a number; a bigint for i8, u8, M8 and m8; a boolean for b1. */
export type ExtremeOf<D extends DTypeLike> = Extract<ElementOf<D>, number | bigint | boolean>;

type Sum<T> = T extends bigint ? bigint : T extends number | boolean ? number : T extends Complex ? Complex : never;
type Mean<T> = T extends number | bigint | boolean ? number : T extends Complex ? Complex : never;

/** The type of an array's sum: a bigint for i8, u8 and m8, `{ re, im }` for complex numbers, else a number. */
export type SumOf<D extends DTypeLike> = Sum<ElementOf<D>>;

/** The type of an array's mean: `{ re, im }` for complex numbers, else a number. */
export type MeanOf<D extends DTypeLike> = Mean<ElementOf<D>>;

/** Options of `histogram`. */
export interface HistogramOptions {
  /** How many bins of equal width. Default: 10. */
  bins?: number;
  /** The lowest and the highest edge; what lies outside is not counted. Default: the least and the greatest element. */
  range?: readonly [number, number];
}

/** What `histogram` gives. */
export interface Histogram {
  /** Elements in each bin. */
  counts: number[];
  /** The edges of the bins, one more than there are bins. */
  edges: number[];
}

/** "Not a time": the least integer of 64 bits. */
const NAT = -(2n ** 63n);

function refuse(what: string, { dtype }: View): SharrayError {
  const names = dtype.names;
  const advice =
    names === null
      ? `the elements are ${dtype}, which have none`
      : `the elements are records; take one field: field(${text(names[0] ?? "name")}).${what}()`;
  return new SharrayError("BAD_DTYPE", `${what}: ${advice}.`, { dtype: dtype.descr, fields: names });
}

/** The numbers of a view, under a code that native code knows; `kinds` are NumPy's characters of what is taken. */
function numbersOf(view: View, what: string, kinds: string): Numbers {
  const { storage, dtype, offset, shape, strides } = view;
  storage.check();
  if (dtype.fields !== null || !kinds.includes(dtype.kind)) throw refuse(what, view);
  const code = dtype.kind === "M" || dtype.kind === "m" ? timeCode(dtype) : numberCode(dtype)!;
  return { storage, shape, offset, strides, code };
}

/** The least and the greatest element, as numbers. Throws BAD_SHAPE for an empty array. */
function ends(view: View, what: string): (number | bigint)[] {
  const numbers = numbersOf(view, what, "biufMm");
  if (sizeOf(view.shape) === 0) {
    throw new SharrayError("BAD_SHAPE", `${what}: an array of shape ${text(view.shape)} has no elements.`, {
      shape: view.shape,
    });
  }
  return extremes(numbers);
}

function isTime({ dtype }: View): boolean {
  return dtype.kind === "M" || dtype.kind === "m";
}

/** A result as an element of the dtype. */
function asElement({ dtype }: View, value: number | bigint): number | bigint | boolean {
  if (dtype.kind === "b") return value !== 0n;
  return typeof value === "bigint" && dtype.itemsize < 8 ? Number(value) : value;
}

/** The least element: NaN, and NaT, where there is one, as NumPy's `min`. */
export function min(view: View): number | bigint | boolean {
  return asElement(view, ends(view, "min")[0]!);
}

/** The greatest element: NaN, and NaT, where there is one, as NumPy's `max`. */
export function max(view: View): number | bigint | boolean {
  const [least, greatest] = ends(view, "max");
  return asElement(view, isTime(view) && least === NAT ? NAT : greatest!);
}

/** One of the two parts of complex numbers. */
function partOf(view: View, shift: number): Numbers {
  const { storage, dtype, offset, shape, strides } = view;
  storage.check();
  return { storage, shape, offset: offset + shift, strides, code: partCode(dtype) };
}

function complexTotal(view: View): Complex {
  const half = view.dtype.itemsize / 2;
  return { re: total(partOf(view, 0)) as number, im: total(partOf(view, half)) as number };
}

/** The sum of all elements; 0 of none. */
export function sum(view: View): number | bigint | Complex {
  const { kind, itemsize } = view.dtype;
  if (kind === "c") return complexTotal(view);
  const numbers = numbersOf(view, "sum", "biufm");
  if (kind === "m" && extremes(numbers)[0] === NAT) return NAT;
  const value = total(numbers);
  if (typeof value === "number") return value;
  if (itemsize < 8) return Number(value);
  return kind === "u" ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value);
}

/** The quotient of an integer and a count, as the nearest double or its neighbour. */
function quotient(value: bigint, count: number): number {
  const whole = value / BigInt(count);
  return Number(whole) + Number(value % BigInt(count)) / count;
}

/** The mean of all elements; NaN of none. */
export function mean(view: View): number | Complex {
  const count = sizeOf(view.shape);
  if (view.dtype.kind === "c") {
    const { re, im } = complexTotal(view);
    return { re: re / count, im: im / count };
  }
  const numbers = numbersOf(view, "mean", "biufm");
  if (count === 0) return Number.NaN;
  if (view.dtype.kind === "m" && extremes(numbers)[0] === NAT) return Number.NaN;
  const value = total(numbers);
  return typeof value === "number" ? value / count : quotient(value, count);
}

/** More bins than this are no picture of anything, and their lists would fill the memory. */
const MOST_BINS = 2 ** 24;

/** How a double is rounded to the floats of an item size. */
function rounding({ kind, itemsize }: View["dtype"]): (value: number) => number {
  if (kind !== "f" || itemsize === 8) return (value) => value;
  return itemsize === 4 ? Math.fround : (value) => fromHalf(toHalf(value));
}

/** The outermost edges, as NumPy has them. Throws BAD_ARGUMENT, BAD_VALUE. */
function outerEdges(view: View, range: unknown): [number, number] {
  if (range !== undefined) {
    const valid = Array.isArray(range) && range.length === 2 && range.every((edge) => Number.isFinite(edge));
    if (!valid || range[0] > range[1]) {
      throw new SharrayError(
        "BAD_ARGUMENT",
        `histogram: range ${text(range)} is not [low, high] with finite numbers.`,
        {
          argument: "range",
          range,
        },
      );
    }
    return range[0] === range[1] ? [range[0] - 0.5, range[1] + 0.5] : [range[0], range[1]];
  }
  if (sizeOf(view.shape) === 0) return [0, 1];
  const [low, high] = ends(view, "histogram").map(Number) as [number, number];
  if (!Number.isFinite(low) || !Number.isFinite(high)) {
    throw new SharrayError(
      "BAD_VALUE",
      `histogram: the elements reach from ${low} to ${high}, which no bins cover; give { range: [low, high] }.`,
      { low, high },
    );
  }
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

/** Edges of bins of equal width: `np.linspace`, in the precision in which NumPy computes it. */
function edgesBetween(first: number, last: number, bins: number, compute: (value: number) => number): number[] {
  const [low, high] = [compute(first), compute(last)];
  const delta = compute(high - low);
  const step = compute(delta / bins);
  const edges = Array.from({ length: bins + 1 }, (_, i) => {
    const place = compute(i);
    const along = step === 0 ? compute(compute(place / bins) * delta) : compute(place * step);
    return compute(along + low);
  });
  edges[bins] = high;
  return edges;
}

/** How often elements lie in each of some bins of equal width, as `np.histogram`: the last bin has its upper edge, too. */
export function histogram(view: View, options: HistogramOptions): Histogram {
  checkOptions(options, ["bins", "range"], "histogram");
  const { bins = 10, range } = options;
  if (!Number.isInteger(bins) || bins < 1 || bins > MOST_BINS) {
    throw new SharrayError("BAD_ARGUMENT", `histogram: bins ${text(bins)} is not an integer from 1 to ${MOST_BINS}.`, {
      argument: "bins",
      bins,
    });
  }
  const numbers = numbersOf(view, "histogram", "biuf");
  const [first, last] = outerEdges(view, range);
  const round = rounding(view.dtype);
  // Of elements NumPy takes the edges in their own precision; of a given range in that of doubles, rounded at the end.
  const own = range === undefined && sizeOf(view.shape) > 0;
  const edges = edgesBetween(first, last, bins, own ? round : (value) => value).map(round);
  if (edges.some((edge, i) => i > 0 && !(edges[i - 1]! < edge))) {
    throw new SharrayError(
      "BAD_ARGUMENT",
      `histogram: ${bins} bins between ${first} and ${last} are narrower than the numbers are apart; take fewer.`,
      { argument: "bins", bins },
    );
  }
  return { counts: [...countBetween(numbers, Float64Array.from(edges))], edges };
}
