import type { DType } from "../dtype/dtype.ts";
import { Block } from "../memory/block.ts";
import { addon } from "../native/addon.ts";
import { call } from "../native/call.ts";
import type { NativeSpec } from "../native/load.ts";
import type { Filled } from "./complete.ts";
import { headingLengths } from "./heading.ts";
import { NOTHING, parseNotes } from "./notes.ts";
import { rangeBytes } from "./plan.ts";
import { pathOfUtf8 } from "./source.ts";
import { type Spec, spelledSpec } from "./table.ts";

/** The specification that was read last of each table's columns: mostly the next one says the same. */
const read = new WeakMap<Spec["columns"], { spec: Spec; native: NativeSpec }>();

function nativeSpec(spec: Spec): NativeSpec {
  const last = read.get(spec.columns);
  if (last !== undefined && isSame(last.spec, spec)) return last.native;
  const native = call(() => new addon.NativeSpec(spelledSpec(spec)));
  read.set(spec.columns, { spec, native });
  return native;
}

/** Whether both say the same, as far as that shows without a look into lists, none of which changes. */
function isSame(one: Spec, other: Spec): boolean {
  for (const key in one) {
    if (one[key as keyof Spec] !== other[key as keyof Spec]) return false;
  }
  return true;
}

/**
 * A small file that is read as it stands, loaded in one native call, as promises would take most of the time. The steps are those of
 * other loads; null: it is no such file, or its loading is wanted in ranges.
 *
 * @throws {SharrayError} as the steps do
 */
export function smallLoad(
  source: unknown,
  spec: Spec,
  { dtype, encoding, ndmin }: { dtype: DType; encoding: string | null; ndmin: number },
): Filled | null {
  const label = pathOfUtf8("loadtxt", source, encoding);
  if (label === null || rangeBytes() !== null) return null;
  const headings = headingLengths(dtype, spec.record && ndmin < 2);
  const made = call(() => addon.loadSmall(nativeSpec(spec), label, headings));
  if (made === null) return null;
  const { heading, rows, columns } = made;
  const notes = made.notes === undefined ? NOTHING : parseNotes(made.notes, [{ label }]);
  const size = heading + rows * spec.itemsize * (spec.record ? 1 : columns);
  return { label, block: Block.over(made.block, size, false), heading, rows, columns, notes };
}
