import { packedStrides } from "../array/geometry.ts";
import { leftOutOf, setLeftOut, type Truncated } from "../array/left_out.ts";
import { arrayOn, SharedArray } from "../array/shared.ts";
import type { DType } from "../dtype/dtype.ts";
import type { Block } from "../memory/block.ts";
import type { Place } from "../memory/places.ts";
import { call } from "../native/call.ts";
import { headingOf } from "./heading.ts";
import { type LoadNotes, lostIn } from "./notes.ts";
import type { Checked } from "./options.ts";
import { writeRejects } from "./rejects.ts";
import { fullShape, squeezed } from "./shape.ts";
import type { Spec } from "./table.ts";

/** A block with the rows of a table, cut to them. */
export interface Filled {
  /** The input, for messages. */
  label: string;
  block: Block;
  /** Room before the first row. */
  heading: number;
  rows: number;
  columns: number;
  notes: LoadNotes;
}

/** What `loadtxt` is to make of it. */
export interface Wanted {
  dtype: DType;
  spec: Spec;
  checked: Checked;
  /** Where the program called. */
  place: Place;
}

/**
 * The array, or the arrays, that `loadtxt` gives. The block belongs to it, and is closed where it fails. `convert` stores what functions of the
 * caller's make of texts, and tells which of them were cut.
 */
export async function complete(
  filled: Filled,
  wanted: Wanted,
  convert: (() => Promise<readonly Truncated[]>) | null,
): Promise<unknown> {
  const { label, block, rows, notes } = filled;
  const { spec, checked } = wanted;
  try {
    const full = fullShape(spec, rows, spec.usecols?.length ?? filled.columns);
    const array = arrayOf(filled, wanted, full);
    const lost = lostIn(notes, convert === null ? [] : await convert());
    setLeftOut(array, lost);
    if (checked.rejects?.to) await writeRejects(checked.rejects.to, lost.rejects);
    if (checked.name !== null) array.publish(checked.name);
    // As NumPy warns: before axes are swapped.
    if (squeezed(full, checked.ndmin)[0] === 0) warnEmpty(label);
    return checked.unpack && spec.record ? fieldsOf(array) : array;
  } catch (error) {
    block.close();
    throw error;
  }
}

/** Writes the heading of the rows, and makes the array on them. */
function arrayOf({ block, heading }: Filled, { dtype, checked, place }: Wanted, full: readonly number[]): SharedArray {
  const shape = squeezed(full, checked.ndmin);
  call(() => block.native.write(headingOf(dtype, shape, heading), 0));
  const strides = packedStrides(shape, dtype.itemsize);
  if (checked.unpack && dtype.fields === null) {
    shape.reverse();
    strides.reverse();
  }
  return arrayOn(block, { offset: heading, shape, strides, dtype }, place);
}

/** Each field as an array of its own, all of them over the same memory; each tells what the table has lost. */
function fieldsOf(array: SharedArray): SharedArray[] {
  const arrays: SharedArray[] = [];
  try {
    for (const name of array.dtype.names!) {
      const view = array.field(name as never) as unknown as { handle(): ReturnType<SharedArray["handle"]> };
      const own = SharedArray.attach(view.handle()) as SharedArray;
      arrays.push(own);
      setLeftOut(own, leftOutOf(array));
    }
  } catch (error) {
    for (const each of arrays) each.close();
    throw error;
  }
  array.close();
  return arrays;
}

function warnEmpty(label: string): void {
  process.emitWarning(`loadtxt: ${label} holds no rows`, { type: "SharrayWarning", code: "TEXT_EMPTY" });
}
