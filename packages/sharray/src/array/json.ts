import { SharrayError } from "../errors.ts";
import { sizeOf } from "./geometry.ts";
import { toLists, withNumbers } from "./lists.ts";
import type { View } from "./view.ts";

/** Numbers, texts and so on that JSON text is made of without more ado; beyond it somebody meant something else. */
const MOST = 1_000_000;

/** Numbers in one element. */
function itemsOf(dtype: View["dtype"]): number {
  let items = 1;
  for (const field of dtype.fields?.values() ?? []) items += sizeOf(field.shape) * itemsOf(field.dtype);
  return items;
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return withNumbers(value);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

/** An array as JSON.stringify takes it: nested lists. Throws TOO_LARGE, BAD_VALUE. */
export function toJson(view: View): unknown {
  const size = sizeOf(view.shape) * itemsOf(view.dtype);
  if (size > MOST) {
    throw new SharrayError(
      "TOO_LARGE",
      `an array of ${sizeOf(view.shape)} elements is too large for JSON text, which has at most ${MOST} values of arrays here; take slice(...) of it, save(path), or handle() for another process.`,
      { size, most: MOST },
    );
  }
  return toLists(view, plain);
}
