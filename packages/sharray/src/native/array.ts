import type { NativeBlock } from "./memory.ts";

/** Results of a reduction: floats as they are, integers in decimal. */
export interface NativeNumbers {
  floats?: number[];
  integers?: string[];
}

/**
 * What crates/node/src/array.rs, array_reduce.rs and array_text.rs export. Memory is a block or a DataView; the descriptions are written by
 * src/array/bulk/bulk.ts, those of texts by src/array/bulk/texts.ts.
 */
export interface ArrayAddon {
  /** Moves elements while the caller waits. */
  bulkTransfer(
    toBlock: NativeBlock | null,
    toBuffer: DataView | null,
    fromBlock: NativeBlock | null,
    fromBuffer: DataView | null,
    spec: Float64Array,
  ): void;
  /** Moves elements to a block, on threads of sharray's own. Blocks stay attached until it is done; bytes are copied at once. */
  bulkTransferAsync(
    to: NativeBlock,
    from: NativeBlock | null,
    fromBytes: Uint8Array | null,
    spec: Float64Array,
  ): Promise<void>;
  /** Moves elements from a block to a new buffer of `length` > 0 bytes. */
  bulkGatherAsync(length: number, from: NativeBlock, spec: Float64Array): Promise<ArrayBuffer>;
  /** The number of the first element, in C order, whose value does not fit; -1 when all do. */
  bulkMisfit(block: NativeBlock | null, buffer: DataView | null, spec: Float64Array): number;
  bulkMisfitAsync(block: NativeBlock, spec: Float64Array): Promise<number>;
  /** The least and the greatest number; nothing when there is none. */
  bulkExtremes(block: NativeBlock | null, buffer: DataView | null, spec: Float64Array): NativeNumbers;
  bulkSum(block: NativeBlock | null, buffer: DataView | null, spec: Float64Array): NativeNumbers;
  bulkHistogram(
    block: NativeBlock | null,
    buffer: DataView | null,
    spec: Float64Array,
    edges: Float64Array,
  ): Float64Array;
  bulkEqual(
    leftBlock: NativeBlock | null,
    leftBuffer: DataView | null,
    rightBlock: NativeBlock | null,
    rightBuffer: DataView | null,
    spec: Float64Array,
  ): boolean;
  /** The texts of an array in UTF-8; `data` is missing where they have no bytes. */
  bulkTextsToUtf8(
    block: NativeBlock | null,
    buffer: DataView | null,
    spec: Float64Array,
  ): { offsets: ArrayBuffer; data?: ArrayBuffer };
  /** The lengths of the longest and of the shortest text, and 1 where all characters fit one byte. */
  bulkMeasureTexts(buffers: DataView[], nulls: DataView | null, spec: Float64Array): number[];
  /** Writes texts into an array. Gives nothing, or which does not fit, and its character above U+00FF (-1: it is too long). */
  bulkUtf8ToTexts(
    block: NativeBlock | null,
    buffer: DataView | null,
    buffers: DataView[],
    nulls: DataView | null,
    spec: Float64Array,
  ): number[];
}
