import { addon } from "../../native/addon.ts";
import { callAsync } from "../../native/call.ts";
import type { NativeOutput } from "../../native/file.ts";
import type { NativeBlock } from "../../native/memory.ts";
import { gatherAsync, hold } from "../bulk/bulk.ts";
import { pack, packing } from "../bulk/copy.ts";
import { isPacked, sizeOf } from "../geometry.ts";
import { BlockStorage } from "../storage.ts";
import type { View } from "../view.ts";
import { npyHeader } from "./format.ts";
import { parts } from "./parts.ts";

/** Where the bytes of a .npy go: a file of its own, or the member of an archive. */
export interface Sink {
  /** Appends bytes, which may change as soon as the call returns. */
  write(bytes: Uint8Array): Promise<void>;
  /** Appends a range of a block. */
  writeBlock(block: NativeBlock, offset: number, length: number): Promise<void>;
}

/** What goes through JavaScript's memory goes in pieces of this size: a millisecond of the event loop's. */
const PIECE = 2 ** 20;

/** Bytes that follow each other in memory, in the order in which a .npy has them. */
interface Run {
  readonly fortranOrder: boolean;
  readonly length: number;
}

/** How NumPy would write an array in one piece: in C order, else in Fortran order; null where neither is how it lies. */
function runOf(view: View): Run | null {
  const { itemsize } = view.dtype;
  if (view.columns !== null) return null;
  const length = sizeOf(view.shape) * itemsize;
  if (isPacked(view, itemsize)) return { fortranOrder: false, length };
  const reversed = { offset: view.offset, shape: [...view.shape].reverse(), strides: [...view.strides].reverse() };
  return isPacked(reversed, itemsize) ? { fortranOrder: true, length } : null;
}

/** The bytes of an array as a .npy file has them. */
export interface NpyContent {
  readonly header: Uint8Array;
  writeTo(sink: Sink): Promise<void>;
  /** Ends the attachment that keeps the data. */
  release(): void;
}

/** The array as it is kept until it is written, also when the program closes its own before. */
function keep(view: View): { view: View; native: NativeBlock | null; release: () => void } {
  const { place } = view.storage;
  if (place === null) return { view, native: null, release: () => {} };
  const block = place.block.share();
  return {
    view: {
      ...view,
      storage: new BlockStorage(block),
      offset: view.columns === null ? place.offset + view.offset : view.offset,
      columns: view.columns?.map((run) => place.offset + run) ?? null,
    },
    // The pages of a private mapping may have been changed for this process alone: they are read where it sees them.
    native: block.readonly || block.copyOnWrite ? null : block.native,
    release: () => block.close(),
  };
}

/** Bytes of their own, for native code that takes none from shared buffers. */
function ordinary(bytes: Uint8Array): Uint8Array {
  return bytes.buffer instanceof SharedArrayBuffer ? new Uint8Array(bytes) : bytes;
}

/** What `save` writes of an array; throws CLOSED, BAD_DTYPE for a dtype whose description is too long for a header. */
export function npyContent(array: View): NpyContent {
  array.storage.check();
  const run = runOf(array);
  const header = npyHeader(array.dtype, array.shape, run?.fortranOrder ?? false);
  const { view, native, release } = keep(array);
  const writeTo = async (sink: Sink): Promise<void> => {
    await sink.write(header);
    if (run === null) {
      await gather(view, sink);
    } else if (native !== null) {
      await sink.writeBlock(native, view.offset, run.length);
    } else {
      for (let done = 0; done < run.length; done += PIECE) {
        await sink.write(ordinary(view.storage.bytes(view.offset + done, Math.min(PIECE, run.length - done))));
      }
    }
  };
  return { header, writeTo, release };
}

/** Writes elements that do not lie in one piece: of a block off the event loop, other memory a little at a time. */
async function gather(view: View, sink: Sink): Promise<void> {
  const held = hold(view.storage);
  if (held === null) {
    for (const part of parts(view, PIECE)) await sink.write(bytesOf(pack(part)));
    return;
  }
  try {
    for (const part of parts(view, PIECE)) {
      const length = sizeOf(part.shape) * part.dtype.itemsize;
      await sink.write(new Uint8Array(await gatherAsync(length, held, packing(part))));
    }
  } finally {
    held.release();
  }
}

function bytesOf({ storage, offset }: View): Uint8Array {
  return storage.bytes(offset, storage.size - offset);
}

/** Runs `write` on a new file, which appears when all of it is there; whatever fails leaves what was there before. */
export async function writeFile<Output extends Pick<NativeOutput, "publish" | "discard">>(
  create: () => Promise<Output>,
  write: (output: Output) => Promise<void>,
): Promise<void> {
  const output = await callAsync(create);
  try {
    await callAsync(() => write(output));
  } catch (error) {
    await output.discard();
    throw error;
  }
  await callAsync(() => output.publish());
}

/** Writes an array as a .npy file. */
export async function saveNpy(view: View, path: string): Promise<void> {
  const content = npyContent(view);
  try {
    const create = (): Promise<NativeOutput> => addon.createOutput(path, false);
    await writeFile(create, (output) => content.writeTo(output));
  } finally {
    content.release();
  }
}
