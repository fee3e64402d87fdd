import { copyInto } from "../array/bulk/offloop.ts";
import { packedStrides, sizeOf } from "../array/geometry.ts";
import { BlockStorage } from "../array/storage.ts";
import type { View } from "../array/view.ts";
import { Block } from "../memory/block.ts";
import type { NativeFile, NativeMonitor } from "../native/hdf5.ts";
import type { DatasetEntry, DatasetInfo } from "./open_file.ts";

/** Bytes that are gathered at once, twice: the next ones while those before are written. One chunk may be more. */
export const piece: { bytes: number } = { bytes: 16 * 2 ** 20 };

/** A part of an array: where it begins on each axis, and how far it goes. */
export interface Box {
  readonly start: number[];
  readonly count: number[];
}

/** Boxes that follow each other. */
export interface Boxes extends Iterable<Box> {
  /** Elements of the largest. */
  readonly most: number;
}

/**
 * Cuts an array into boxes of whole chunks of the dataset, of at most `most` elements unless one chunk has more; without chunks into
 * runs of elements that follow each other in C order.
 *
 * @param shape of what is written
 * @param chunks of the dataset
 * @param first the dataset's row at which it begins
 */
export function boxesOf(
  shape: readonly number[],
  chunks: readonly number[] | null,
  first: number,
  most: number,
): Boxes {
  const whole = shape.map((n, axis) => Math.max(1, Math.min(chunks?.[axis] ?? 1, n)));
  const sides = [...whole];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const fits = Math.max(1, Math.floor(most / sizeOf(sides)));
    sides[axis] = Math.min(sides[axis]! * fits, shape[axis]!);
    if (sides[axis]! < shape[axis]!) break;
  }
  /** From `from` on along an axis, to the next border between chunks. */
  const reach = (axis: number, from: number): number => {
    const [side, left] = [sides[axis]!, shape[axis]! - from];
    const chunk = chunks?.[axis] ?? 1;
    const over = axis === 0 && side % chunk === 0 ? (first + from) % chunk : 0;
    return Math.min(side - over, left);
  };
  function* along(axis: number, start: number[], count: number[]): Generator<Box> {
    if (axis === shape.length) yield { start, count };
    for (let from = 0; from < (shape[axis] ?? 0); ) {
      const n = reach(axis, from);
      yield* along(axis + 1, [...start, from], [...count, n]);
      from += n;
    }
  }
  return { most: sizeOf(sides), [Symbol.iterator]: () => along(0, [], []) };
}

/** A part of an array over its first axes. */
function partOf(view: View, { start, count }: Box): View {
  const offset = start.reduce((at, i, axis) => at + i * view.strides[axis]!, view.offset);
  return { ...view, offset, shape: [...count, ...view.shape.slice(count.length)] };
}

/** What an array's elements go into: a dataset, of which `shape` and `chunks` are known. */
interface Target {
  readonly path: string;
  readonly info: Pick<DatasetInfo, "shape" | "chunks">;
  /** The row at which they begin. */
  readonly first: number;
}

/**
 * Writes elements that do not lie as native code takes them: gathered piece by piece off the event loop, each while the one before is
 * written. When it fails, pieces may have been written.
 *
 * @throws CLOSED, NO_SPACE, ABORTED, HDF5_ERROR, IO_ERROR
 */
export async function writePieces(
  native: NativeFile,
  { path, info, first }: Target,
  view: View,
  monitor: NativeMonitor,
): Promise<void> {
  const { dtype } = view;
  const rank = info.shape?.length ?? 0;
  const size = sizeOf(view.shape.slice(rank)) * dtype.itemsize;
  const boxes = boxesOf(view.shape.slice(0, rank), info.chunks, first, Math.max(1, Math.floor(piece.bytes / size)));
  const blocks: Block[] = [];
  let writing: Promise<void> = Promise.resolve();
  try {
    let turn = 0;
    for (const { start, count } of boxes) {
      // Two by turns: the one before the last has been written by now.
      const block = blocks[turn] ?? (await Block.createAsync(boxes.most * size));
      blocks[turn] = block;
      turn = 1 - turn;
      const part = partOf(view, { start, count });
      const strides = packedStrides(part.shape, dtype.itemsize);
      await copyInto({ ...part, storage: new BlockStorage(block), offset: 0, strides, columns: null }, part);
      await writing;
      const from = start.map((i, axis) => (axis === 0 ? first + i : i));
      writing = native.writeBox(path, from, count, block.native, 0, monitor);
      // Awaited in its turn; what gathering throws comes first.
      writing.catch(() => {});
    }
    await writing;
  } finally {
    await writing.catch(() => {});
    for (const block of blocks) block.close();
  }
}

/** Makes a dataset of such elements; one that did not get all of them is taken out again. Says what it is, as JSON. */
export async function createInPieces(
  native: NativeFile,
  path: string,
  spec: string,
  view: View,
  monitor: NativeMonitor,
): Promise<string> {
  const info: DatasetInfo = JSON.parse(await native.createDataset(path, spec, null, 0, monitor));
  try {
    await writePieces(native, { path, info, first: 0 }, view, monitor);
  } catch (error) {
    await native.takeOut(path);
    throw error;
  }
  return look(native, path);
}

/** Appends such elements. When that fails, the dataset's length is what it was. Says what it is, as JSON. */
export async function appendInPieces(
  native: NativeFile,
  path: string,
  view: View,
  monitor: NativeMonitor,
): Promise<string> {
  const rows = view.shape[0]!;
  const info: DatasetInfo = JSON.parse(await native.lengthen(path, rows));
  try {
    await writePieces(native, { path, info, first: info.shape![0]! - rows }, view, monitor);
  } catch (error) {
    await native.lengthen(path, -rows);
    throw error;
  }
  return look(native, path);
}

/** What the dataset is now that there is data in it. */
function look(native: NativeFile, path: string): string {
  return JSON.stringify((JSON.parse(native.look(path)) as DatasetEntry).info);
}
