import { readSync } from "node:fs";
import { inspect } from "node:util";
import type { DType } from "../../dtype/dtype.ts";
import { SharrayError } from "../../errors.ts";
import { checkOptions } from "../../memory/arguments.ts";
import { Block } from "../../memory/block.ts";
import type { Placement } from "../columns.ts";
import { shapeOf } from "../geometry.ts";
import { filePath } from "./file_path.ts";
import { headedArray } from "./header.ts";
import { isNpy, npyHeaderLength } from "./read.ts";

/** Options of `SharedArray.open`. */
export interface OpenOptions {
  /** "r": to be read; "r+": stores reach the file; "c": stores stay in this array. Default: "r". */
  mode?: "r" | "r+" | "c";
}

/** The array of a .npy file that was opened by its path. */
interface Opened {
  readonly block: Block;
  readonly dtype: DType;
  readonly geometry: Placement;
}

/** A header of this length describes no array but a damaged file. */
const LONGEST = 64 * 2 ** 20;

const modes: readonly unknown[] = ["r", "r+", "c"];

/** Maps the array of a .npy file. Errors are those of `SharedArray.open`. */
export function openFile(path: string | URL, options: OpenOptions): Opened {
  checkOptions(options, ["mode"], "SharedArray.open");
  const mode = options.mode ?? "r";
  if (!modes.includes(mode)) {
    throw new SharrayError("BAD_ARGUMENT", `mode: expected "r", "r+" or "c", found ${inspect(mode)}`, {
      argument: "mode",
    });
  }
  const name = filePath(path, "SharedArray.open");
  const block = Block.openFile(name, mode);
  try {
    checkStart(block, name);
    const { dtype, geometry, end } = headedArray(block, name);
    shapeOf(geometry.shape, dtype.itemsize);
    block.narrow(end);
    return { block, dtype, geometry };
  } catch (error) {
    block.close();
    throw ofFile(error, name);
  }
}

/** Whether a block that a handle led to, of a file, is still the array that its header tells of: no more, and no less. Throws HANDLE_MISMATCH. */
export function matchFile(block: Block): void {
  let cause: unknown;
  let end: number | null = null;
  try {
    ({ end } = headedArray(block, "the file of the handle"));
    if (end === block.size) return;
  } catch (error) {
    if (!(error instanceof SharrayError) || error.code !== "NPY_BAD_HEADER") throw error;
    cause = error;
  }
  const found = end === null ? "no array of that size" : `an array that ends at byte ${end}`;
  throw new SharrayError(
    "HANDLE_MISMATCH",
    `handle.size: the handle tells of an array that ends at byte ${block.size} of a file, and the file holds ${found}. It was written ` +
      "anew, or the handle changed on its way",
    { field: "size", expected: block.size, found: end },
    { cause },
  );
}

/** Files that cannot be an array, told by their first bytes. */
function checkStart(block: Block, path: string): void {
  const start = Buffer.alloc(Math.min(12, block.size));
  readSync(block.fd, start, 0, start.length, 0);
  const refuse = (reason: string, details: Record<string, unknown> = {}): never => {
    throw new SharrayError("NPY_BAD_HEADER", `${path}: ${reason}`, { path, ...details });
  };
  if (start.length === 0) refuse("the file is empty");
  const kind = start.toString("latin1", 0, 4);
  if (kind === "PK\x03\x04" || kind === "PK\x05\x06") {
    refuse("this is a .npz file, which holds several arrays: loadz(path) reads them. Only a .npy file can be mapped");
  }
  if (!isNpy(start)) refuse("this is no .npy file: it does not begin with the mark of one");
  if (start.length < 12) refuse(`the .npy header is cut off: the file has ${start.length} bytes`);
  const length = npyHeaderLength(start);
  if (length > LONGEST) refuse(`the .npy header would have ${length} bytes`, { length });
  if (length > block.size) {
    refuse(`the .npy header should have ${length} bytes, and the file has ${block.size}`, {
      expected: length,
      found: block.size,
    });
  }
}

/** What a header's reader says, with the file that it speaks of. */
function ofFile(error: unknown, path: string): unknown {
  if (!(error instanceof SharrayError) || error.details.path !== undefined) return error;
  // A shape that no array has is the header's fault here, not the caller's.
  const code = error.code === "BAD_SHAPE" ? "NPY_BAD_HEADER" : error.code;
  const message = error.message.startsWith(path) ? error.message : `${path}: ${error.message}`;
  return new SharrayError(code, message, { ...error.details, path }, { cause: error });
}
