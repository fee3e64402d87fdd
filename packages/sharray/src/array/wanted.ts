import { type DType, dtypeOf } from "../dtype/dtype.ts";
import type { DTypeLike } from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
import { checkOptions } from "../memory/arguments.ts";
import { Block } from "../memory/block.ts";
import { checkName, checkNaming, isOurs, type NameOptions, type Naming } from "../memory/names.ts";
import { type ArrayLayout, checkLayout } from "./columns.ts";
import { shapeOf } from "./geometry.ts";
import { text } from "./spell.ts";

/** What `SharedArray.openOrCreate` makes. */
export interface OpenOrCreateSpec<D extends DTypeLike> extends Omit<NameOptions, "name"> {
  /** Sizes of the axes; a number for one axis, `[]` for a single element. */
  shape: number | readonly number[];
  dtype: D | DType<D>;
  /** As for `SharedArray.create`. Default: "rows". */
  layout?: ArrayLayout;
}

/** The same, checked. */
export interface Wanted {
  readonly dtype: DType;
  readonly shape: number[];
  readonly layout: ArrayLayout;
  readonly naming: Naming;
}

/** Checks what `openOrCreate` was given. Throws BAD_ARGUMENT, BAD_DTYPE, BAD_SHAPE. */
export function checkSpec<D extends DTypeLike>(name: string, spec: OpenOrCreateSpec<D>, fill: unknown): Wanted {
  checkName(name);
  checkOptions(spec, ["shape", "dtype", "layout", "persist", "mode"], "SharedArray.openOrCreate");
  for (const key of ["shape", "dtype"] as const) {
    if (spec[key] !== undefined) continue;
    throw new SharrayError("BAD_ARGUMENT", `SharedArray.openOrCreate: ${key} is missing`, { argument: key });
  }
  if (typeof fill !== "function") {
    throw new SharrayError("BAD_ARGUMENT", "SharedArray.openOrCreate: fill is a function of the new array", {
      argument: "fill",
    });
  }
  const dtype = dtypeOf(spec.dtype) as DType;
  const { persist, mode } = spec;
  const naming = checkNaming({
    name,
    ...(persist === undefined ? {} : { persist }),
    ...(mode === undefined ? {} : { mode }),
  })!;
  const layout = checkLayout(spec.layout, dtype, "SharedArray.openOrCreate");
  return { dtype, shape: shapeOf(spec.shape, dtype.itemsize), layout, naming };
}

/** Throws HANDLE_MISMATCH, which names the field, when the array that has the name is not like the one that is wanted. */
export function checkAlike(
  name: string | null,
  found: { dtype: DType; shape: readonly number[]; layout: ArrayLayout },
  wanted: { dtype: DType; shape: readonly number[]; layout: ArrayLayout },
): void {
  if (!found.dtype.equals(wanted.dtype)) throw unlike(name, "dtype", String(found.dtype), String(wanted.dtype));
  const [there, here] = [text(found.shape), text(wanted.shape)];
  if (there !== here) throw unlike(name, "shape", there, here);
  if (found.layout !== wanted.layout) throw unlike(name, "layout", found.layout, wanted.layout);
}

function unlike(name: string | null, field: string, found: string, expected: string): SharrayError {
  return new SharrayError(
    "HANDLE_MISMATCH",
    `the array named ${JSON.stringify(name)} has ${field} ${found}, and ${expected} was asked for. Unlink it, or take another name`,
    { field, name, expected, found },
  );
}

/** The block of a name of sharray's; null when there is none. */
export function attachOurs(name: string): Block | null {
  let block: Block;
  try {
    block = Block.attachName(name);
  } catch (error) {
    if (error instanceof SharrayError && error.code === "NOT_FOUND") return null;
    throw error;
  }
  if (isOurs(block.name)) return block;
  block.close();
  return null;
}
