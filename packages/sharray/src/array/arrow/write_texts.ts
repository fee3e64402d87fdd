import type { SharrayError } from "../../errors.ts";
import { type Spans, storeTexts } from "../bulk/texts.ts";
import type { View } from "../view.ts";

/**
 * Writes texts into elements that are zeros: S takes characters below U+0100, one byte each, U all; bytes go into S and V as they
 * are. `fault` makes the error for the element that does not fit.
 */
export function writeSpans(
  target: View,
  spans: Spans,
  nulls: Uint8Array | null,
  binary: boolean,
  fault: (index: number, reason: string) => SharrayError,
): void {
  const { dtype } = target;
  const misfit = storeTexts(target, spans, nulls, binary || dtype.kind === "V");
  if (misfit === null) return;
  const { index, code } = misfit;
  if (code === null) {
    const most = dtype.kind === "U" ? dtype.itemsize / 4 : dtype.itemsize;
    throw fault(index, `its text is longer than the ${most} of ${dtype}.`);
  }
  const character = JSON.stringify(String.fromCodePoint(code));
  throw fault(index, `${character} is above U+00FF and does not fit ${dtype}; take U<n>.`);
}
