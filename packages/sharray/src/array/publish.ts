import { SharrayError } from "../errors.ts";
import { checkOptions } from "../memory/arguments.ts";
import type { Block } from "../memory/block.ts";
import { checkName } from "../memory/names.ts";
import { sizeOf } from "./geometry.ts";
import { headedArray } from "./npy/header.ts";
import type { View } from "./view.ts";

/** Options of `publish`. */
export interface PublishOptions {
  /** Whether another array may lose the name to this one; whoever has attached to it keeps it. Default: false. */
  replace?: boolean;
  /** Permission bits of the file; `0o660` lets the processes of a group in. Default: those it has, or 0o600. */
  mode?: number;
}

/** Gives a whole array's block a name. Attachers by name find what the block's header tells of, so that must be this array. */
export function publish(block: Block, view: View, name: string, options: PublishOptions): void {
  checkOptions(options, ["replace", "mode"], "publish");
  checkName(name);
  view.storage.check();
  if (!isWhole(block, view)) {
    throw new SharrayError(
      "NOT_CONTIGUOUS",
      `publish: the array is part of another one, or lies in another order than its memory says. Publish a copy: copy().publish(${JSON.stringify(name)})`,
      { name },
    );
  }
  block.publish(name, options);
}

function isWhole(block: Block, view: View): boolean {
  let headed: ReturnType<typeof headedArray>;
  try {
    headed = headedArray(block);
  } catch (error) {
    if (error instanceof SharrayError && error.code === "NPY_BAD_HEADER") return false;
    throw error;
  }
  const { offset, shape, strides, columns } = headed.geometry;
  const same = (a: readonly number[], b: readonly number[]): boolean =>
    a.length === b.length && a.every((n, axis) => n === b[axis]);
  return (
    headed.dtype.equals(view.dtype) &&
    (columns === null) === (view.columns === null) &&
    same(shape, view.shape) &&
    (sizeOf(shape) === 0 || (offset === view.offset && same(strides, view.strides)))
  );
}
