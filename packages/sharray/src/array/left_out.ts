import type { NDArray } from "./ndarray.ts";

/** A row of a text table that could not be read and was left out. */
export interface Reject {
  /** The file, as the caller named it. */
  readonly file: string;
  /** Its line, from 1. */
  readonly line: number;
  /** The byte of the text at which the row begins, from 0. */
  readonly byte: number;
  /** The column that is wrong, from 1; null where the row as a whole is. */
  readonly column: number | null;
  /** A code, and what is wrong: `TEXT_BAD_VALUE: "x" is not a number (float32)`. */
  readonly reason: string;
  /** The row as it stands, without its line end. */
  readonly text: string;
}

/** Texts of one field that were cut to its S<n> or U<n>. */
export interface Truncated {
  /** The field; null in a plain dtype. */
  readonly field: string | null;
  /** How many texts. */
  readonly count: number;
  /** Where the first of them is; lines count from 1. */
  readonly file: string;
  readonly line: number;
}

/** What was not taken over into an array as it stood. */
export interface LeftOut {
  readonly rejects: readonly Reject[];
  readonly truncated: readonly Truncated[];
}

const NOTHING: LeftOut = Object.freeze({ rejects: Object.freeze([]), truncated: Object.freeze([]) });
const known = new WeakMap<object, LeftOut>();

/** Says what was left out when an array was loaded. */
export function setLeftOut(array: NDArray, leftOut: LeftOut): void {
  if (leftOut.rejects.length > 0 || leftOut.truncated.length > 0) known.set(array, leftOut);
}

/** What was left out when the array was loaded from text, in this process. */
export function leftOutOf(array: NDArray): LeftOut {
  return known.get(array) ?? NOTHING;
}
