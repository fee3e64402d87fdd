import type { DType } from "../dtype/dtype.ts";
import { Block } from "../memory/block.ts";
import { addon } from "../native/addon.ts";
import { call } from "../native/call.ts";
import type { Filled } from "./complete.ts";
import { headingLengths } from "./heading.ts";
import { NOTHING, parseNotes } from "./notes.ts";
import { rangeBytes } from "./plan.ts";
import { pathOfUtf8 } from "./source.ts";
import { type Spec, spelledSpec } from "./table.ts";

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
): (Filled & { label: string }) | null {
  const label = pathOfUtf8("loadtxt", source, encoding);
  if (label === null || rangeBytes() !== null) return null;
  const headings = headingLengths(dtype, spec.record && ndmin < 2);
  const made = call(() => addon.loadSmall(spelledSpec(spec), label, headings));
  if (made === null) return null;
  const { heading, rows, columns } = made;
  const notes = made.notes === undefined ? NOTHING : parseNotes(made.notes, [{ label }]);
  return { label, block: Block.over(made.block, made.block.size, false), heading, rows, columns, notes };
}
