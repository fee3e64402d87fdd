import type { DType } from "../../dtype/dtype.ts";
import { SharrayError } from "../../errors.ts";
import { Block } from "../../memory/block.ts";
import type { Naming } from "../../memory/names.ts";
import { addon } from "../../native/addon.ts";
import { call, callAsync } from "../../native/call.ts";
import { type ArrayLayout, checkLayout, layoutOfView } from "../columns.ts";
import { packedStrides, shapeOf, sizeOf } from "../geometry.ts";
import { planOf } from "../plan.ts";
import { BlockStorage } from "../storage.ts";
import { planColumns } from "./columns.ts";
import { npyHeader } from "./format.ts";
import { readRelaid } from "./layout.ts";
import { isNpy, type NpyHeader, npyHeaderLength, parseNpyHeader } from "./read.ts";

/** The bytes of a .npy: of a file, or of a member of an archive. */
export interface Source {
  /** What it is called in messages. */
  readonly shown: string;
  readonly size: number;
  /** Bytes from the beginning on: `length`, or as many as there are. */
  start(length: number): Promise<Uint8Array>;
  /** Copies the bytes from `offset` on to a place of a block. */
  fill(offset: number, block: Block, to: number, length: number): Promise<void>;
}

/** An array that was read, in a block of its own. */
export interface Loaded {
  readonly block: Block;
  readonly dtype: DType;
  readonly offset: number;
  readonly shape: number[];
  readonly strides: number[];
  readonly columns: readonly number[] | null;
}

/** More than most headers need, for one read. */
const FIRST = 4096;

/** A header of this length describes no array but a damaged file. */
const LONGEST = 64 * 2 ** 20;

function damaged(shown: string, reason: string, details: Record<string, unknown> = {}): SharrayError {
  return new SharrayError("NPY_BAD_HEADER", `${shown}: ${reason}`, { path: shown, ...details });
}

/** The header, and the check that all that it tells of is there. */
async function headerOf(source: Source): Promise<NpyHeader> {
  const { shown, size } = source;
  const start = await source.start(Math.min(FIRST, size));
  try {
    if (!isNpy(start)) throw damaged(shown, "it does not begin as a .npy file does");
    const length = npyHeaderLength(start);
    if (length > LONGEST) throw damaged(shown, `the .npy header would have ${length} bytes`, { length });
    if (length > size)
      throw damaged(shown, `the .npy header should have ${length} bytes, ${size} are there`, { length });
    const header = parseNpyHeader(length <= start.length ? start : await source.start(length));
    shapeOf(header.shape, header.dtype.itemsize);
    const { end } = header;
    if (end > size) {
      throw damaged(
        shown,
        `by its header it has ${end} bytes or more, but there are ${size}: it was cut off, or is not written to its end yet`,
        { expected: end, size },
      );
    }
    return header;
  } catch (error) {
    if (!(error instanceof SharrayError) || error.details.path === shown) throw error;
    throw new SharrayError(
      error.code,
      `${shown}: ${error.message}`,
      { ...error.details, path: shown },
      { cause: error },
    );
  }
}

/**
 * Reads an array into a new block, which has no name yet. Without a `layout` it lies as in the file. Throws BAD_ARGUMENT for columns of
 * what has no fields.
 */
export async function readNpy(source: Source, naming: Naming | null, layout?: ArrayLayout): Promise<Loaded> {
  const found = await headerOf(source);
  const { dtype, shape } = found;
  if (layout !== undefined && layout !== layoutOfView(found)) {
    return await readOtherwise(source, naming, found, checkLayout(layout, dtype, source.shown));
  }
  if (found.columns !== null) return await readInColumns(source, naming, found, found.columns);
  const fortranOrder = found.fortranOrder && shape.filter((n) => n !== 1).length > 1 && !shape.includes(0);
  const header = npyHeader(dtype, shape, fortranOrder);
  const length = sizeOf(shape) * dtype.itemsize;
  const size = header.length + length;
  const block = await filled({ header, size }, naming, async (block) => {
    if (length > 0) await source.fill(found.length, block, header.length, length);
  });
  const strides = packedStrides(fortranOrder ? [...shape].reverse() : shape, dtype.itemsize);
  if (fortranOrder) strides.reverse();
  return { block, dtype, offset: header.length, shape, strides, columns: null };
}

/** A new block with a header, and what `fill` puts behind it. */
async function filled(
  { header, size }: { readonly header: Uint8Array; readonly size: number },
  naming: Naming | null,
  fill: (block: Block) => Promise<void>,
): Promise<Block> {
  const block = Block.over(await callAsync(() => addon.createBlock(size, naming?.mode)), size, false);
  try {
    call(() => block.native.write(header, 0));
    await fill(block);
    return block;
  } catch (error) {
    block.close();
    throw error;
  }
}

/** The same of an array in columns, whose runs may lie in the file as another program put them. */
async function readInColumns(
  source: Source,
  naming: Naming | null,
  { dtype, shape }: NpyHeader,
  runs: readonly number[],
): Promise<Loaded> {
  const plan = planColumns(dtype, shape);
  const sizes = Array.from(dtype.fields!.values(), ({ size }) => size * sizeOf(shape));
  const block = await filled(plan, naming, async (block) => {
    for (const [index, size] of sizes.entries()) {
      if (size > 0) await source.fill(runs[index]!, block, plan.columns[index]!, size);
    }
  });
  return { block, dtype, offset: 0, shape, strides: packedStrides(shape, 1), columns: plan.columns };
}

/** The same into a block of the other layout, in C order. */
async function readOtherwise(
  source: Source,
  naming: Naming | null,
  found: NpyHeader,
  layout: ArrayLayout,
): Promise<Loaded> {
  const { dtype, shape } = found;
  const { header, size, at } = planOf(dtype, shape, layout);
  const block = await filled({ header, size }, naming, async (block) => {
    await readRelaid(source, found, { storage: new BlockStorage(block), dtype, ...at });
  });
  return { block, dtype, ...at };
}

/** Reads a .npy file into a new block. */
export async function loadNpy(path: string, naming: Naming | null, layout?: ArrayLayout): Promise<Loaded> {
  const input = await callAsync(() => addon.openInput(path));
  try {
    const source: Source = {
      shown: path,
      size: await callAsync(() => input.size()),
      start: (length) => callAsync(() => input.read(0, length)),
      fill: (offset, block, to, length) => callAsync(() => input.readBlock(offset, block.native, to, length)),
    };
    return await readNpy(source, naming, layout);
  } finally {
    input.close();
  }
}
