import fc from "fast-check";
import { type DTypeLike, dtypeOf, NDArray, SharrayError } from "sharray";
import { dtypes } from "../dtype/arbitrary.ts";

/** A source of random choices that a number starts: the same number, the same choices. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer of `low` to `high`. */
  int(low: number, high: number): number {
    // Marsaglia's xorshift, 32 bits.
    let x = this.#state || 0x9e3779b9;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return low + (this.#state % (high - low + 1));
  }

  chance(oneIn: number): boolean {
    return this.int(1, oneIn) === 1;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(0, list.length - 1)]!;
  }

  shuffled<T>(list: readonly T[]): T[] {
    const rest = [...list];
    return list.map(() => rest.splice(this.int(0, rest.length - 1), 1)[0]!);
  }
}

export type Step =
  | { op: "slice"; args: ([number | null, number | null, number | null] | null)[] }
  | { op: "transpose" | "reshape" | "at"; args: number[] }
  | { op: "field"; args: [string] };

/** An array over bytes: strides of any kind, so long as every element lies inside. */
export interface Base {
  dtype: DTypeLike;
  shape: number[];
  strides: number[];
  offset: number;
  /** All bytes, in hexadecimal. */
  bytes: string;
}

/** Random arrays: half of them in C order, half with strides that are negative, zero, overlapping or odd. */
export function bases(count: number, seed: number): Base[] {
  const dice = new Dice(seed);
  return fc.sample(dtypes({ least: 1 }), { numRuns: count, seed }).map((dtype) => {
    const { itemsize } = dtypeOf(dtype);
    const shape = Array.from({ length: dice.int(0, 4) }, () => dice.int(dice.chance(8) ? 0 : 1, 4));
    const strides: number[] = [];
    let step = itemsize;
    for (const n of [...shape].reverse()) {
      strides.unshift(step);
      step *= Math.max(1, n);
    }
    if (dice.chance(2)) for (const axis of strides.keys()) strides[axis] = dice.int(-2 * itemsize, 3 * itemsize);
    const reach = shape.map((n, axis) => Math.max(0, n - 1) * strides[axis]!);
    const low = reach.reduce((sum, r) => sum + Math.min(0, r), 0);
    const high = reach.reduce((sum, r) => sum + Math.max(0, r), 0);
    const offset = dice.int(0, 5) - low;
    const length = offset + high + itemsize + dice.int(0, 3);
    const bytes = Buffer.from(Array.from({ length }, () => dice.int(0, 255))).toString("hex");
    return { dtype, shape, strides, offset, bytes };
  });
}

export function arrayOf({ dtype, shape, strides, offset, bytes }: Base): NDArray {
  return new NDArray(shape, dtype, Buffer.from(bytes, "hex"), { offset, strides });
}

function bound(dice: Dice, n: number): number | null {
  return dice.chance(4) ? null : dice.chance(12) ? dice.pick([-(2 ** 40), 2 ** 40]) : dice.int(-n - 2, n + 2);
}

function slices(dice: Dice, shape: readonly number[]): Step {
  const args = shape
    .slice(0, dice.int(0, shape.length))
    .map((n): [number | null, number | null, number | null] | null => {
      if (dice.chance(4)) return null;
      const step = dice.chance(3) ? null : dice.chance(20) ? 2 ** 9 : dice.pick([1, 2, 3, -1, -2, -3]);
      return [bound(dice, n), bound(dice, n), step];
    });
  if (dice.chance(30)) args.push(null);
  return { op: "slice", args };
}

/** A shape of as many elements, mostly. */
function reshaped(dice: Dice, size: number): number[] {
  const shape: number[] = [];
  let rest = dice.chance(10) ? size + 1 : size;
  for (const n of [2, 3, 2, 4, 3, 5]) {
    if (rest > 1 && rest % n === 0 && dice.chance(2)) {
      shape.push(n);
      rest /= n;
    }
    if (dice.chance(5)) shape.push(1);
  }
  shape.push(rest);
  const order = dice.shuffled(shape);
  if (dice.chance(3)) order[dice.int(0, order.length - 1)] = -1;
  if (dice.chance(30)) order.push(-1);
  return order;
}

/** A step that makes sense for most arrays of that shape, and now and then one that does not. */
export function step(dice: Dice, array: NDArray): Step {
  const { shape, ndim, dtype } = array;
  const fields = dtype.names ?? [];
  const op = dice.pick(["slice", "slice", "slice", "transpose", "reshape", "reshape", "at", "field", "field"]);
  if (op === "field" && fields.length > 0) return { op, args: [dice.chance(30) ? "none of them" : dice.pick(fields)] };
  if (op === "transpose") {
    if (dice.chance(3)) return { op, args: [] };
    const args = dice.shuffled(shape.map((_, axis) => axis)).map((axis) => (dice.chance(3) ? axis - ndim : axis));
    if (dice.chance(20)) args.push(dice.int(-ndim, ndim));
    return { op, args };
  }
  if (op === "reshape") return { op, args: dice.chance(15) ? [...shape] : reshaped(dice, array.size) };
  if (op === "at" && ndim > 0) {
    return {
      op,
      args: shape.slice(0, dice.int(1, ndim)).map((n) => dice.int(-n, dice.chance(30) ? n : Math.max(0, n - 1))),
    };
  }
  return slices(dice, shape);
}

export function follow(array: NDArray, { op, args }: Step): NDArray {
  if (op === "slice") return array.slice(...args);
  if (op === "transpose") return array.transpose(...args);
  if (op === "at") return array.at(...args);
  return op === "field" ? array.field(args[0]) : array.reshape(args);
}

/** The code with which a step is refused, or the view that it gives. */
export function attempt(array: NDArray, one: Step): NDArray | string {
  try {
    return follow(array, one);
  } catch (error) {
    if (error instanceof SharrayError) return error.code;
    throw error;
  }
}

/** The bytes of an array's elements in C order, without what lies between the fields of records. */
export function raw(array: NDArray): string {
  const { names } = array.dtype;
  if (names === null) return Buffer.from(array.copy().bytes).toString("hex");
  return names.map((name) => raw(array.field(name))).join("");
}
