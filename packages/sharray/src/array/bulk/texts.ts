import type { DType } from "../../dtype/dtype.ts";
import { addon } from "../../native/addon.ts";
import { call } from "../../native/call.ts";
import type { View } from "../view.ts";
import { memoryOf } from "./bulk.ts";

/** Texts as Arrow's Utf8 keeps them: text i is the bytes from offset i to offset i + 1. */
export interface Utf8 {
  readonly offsets: Int32Array;
  readonly data: Uint8Array;
}

/**
 * Texts or bytes of any length. With offsets of 4 or 8 bytes each, `buffers` are all bytes and these offsets; with 0 they are Arrow's
 * views, of 16 bytes each, and the buffers that these name.
 */
export interface Spans {
  readonly width: 0 | 4 | 8;
  readonly buffers: readonly DataView[];
}

/** Lengths in characters, of bytes without an encoding in bytes, and whether all characters are below U+0100. */
export interface Lengths {
  readonly longest: number;
  readonly shortest: number;
  readonly latin1: boolean;
}

/** A text that does not fit: it has a character above U+00FF where characters have one byte, or is too long (null). */
export interface TextMisfit {
  readonly index: number;
  readonly code: number | null;
}

/** A DataView over the bytes of an array, as native code takes memory of JavaScript's own. */
export function dataViewOf({ buffer, byteOffset, byteLength }: ArrayBufferView): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** How crates/node/src/array_text.rs reads an array of texts; `kind` may be that of bytes too. */
function specOf({ shape, strides, offset }: View, { kind, itemsize, byteOrder }: DType, start: number): number[] {
  const wide = kind === "U";
  const swapped = wide && byteOrder === ">";
  return [0, itemsize, Number(wide), Number(swapped), shape.length, ...shape, start + offset, ...strides];
}

/**
 * The texts of a view of S<n> or U<n> in UTF-8, in C order, without the NULs at their ends; what is no character is U+FFFD. Their bytes
 * must not pass 2 GiB. Throws NO_SPACE.
 */
export function utf8Of(view: View): Utf8 {
  const { block, buffer, offset } = memoryOf(view.storage);
  const spec = Float64Array.from(specOf(view, view.dtype, offset));
  const { offsets, data } = call(() => addon.bulkTextsToUtf8(block, buffer, spec));
  return { offsets: new Int32Array(offsets), data: data === undefined ? new Uint8Array(0) : new Uint8Array(data) };
}

/** Measures the first `count` texts, but those whose byte of `nulls` is 1; of none, below 0 and beyond every length. */
export function lengthsOf(
  { width, buffers }: Spans,
  count: number,
  nulls: Uint8Array | null,
  binary: boolean,
): Lengths {
  const without = nulls === null ? null : dataViewOf(nulls);
  const spec = Float64Array.of(0, width, count, Number(binary));
  const [longest, shortest, latin1] = call(() => addon.bulkMeasureTexts([...buffers], without, spec));
  return { longest: longest!, shortest: shortest!, latin1: latin1 === 1 };
}

/**
 * Writes texts into the elements of a view, in C order, zeros behind them and where `nulls` is 1. `plain` bytes are characters as they
 * are. Gives the first text that does not fit; what is behind it then is not told.
 */
export function storeTexts(target: View, spans: Spans, nulls: Uint8Array | null, plain: boolean): TextMisfit | null {
  const { block, buffer, offset } = memoryOf(target.storage);
  const without = nulls === null ? null : dataViewOf(nulls);
  const spec = Float64Array.of(spans.width, Number(plain), ...specOf(target, target.dtype, offset));
  const [index, code] = call(() => addon.bulkUtf8ToTexts(block, buffer, [...spans.buffers], without, spec));
  return index === undefined ? null : { index, code: code === -1 ? null : code! };
}
