import { type InspectOptionsStylized, inspect } from "node:util";
import { type DType, dtypeOf } from "../../dtype/dtype.ts";
import type { Complex } from "../../dtype/element.ts";
import { readAt, type View } from "../view.ts";
import { fromHalf, toHalf } from "./float16.ts";
import { isNaT, spellDate } from "./moment.ts";

/** A printed element: without the marks of colour it is `width` characters long. */
export interface Cell {
  readonly text: string;
  readonly width: number;
  /** Where blanks go when cells are as wide as each other: numbers stand at the right. */
  readonly side: "left" | "right";
}

/** How Node colours a text of a kind, or leaves it. */
export type Style = InspectOptionsStylized["stylize"];

/** Characters of a text, and bytes of raw data, that are shown. */
const LONGEST_TEXT = 60;
const MOST_BYTES = 16;
/** Digits after the point, as in NumPy's arrays. */
const PRECISION = 8;

/** The number with the fewest digits that is still the same when it is rounded to the width of the element. */
function shortest(value: number, itemsize: number): number {
  if (itemsize === 8 || value === 0 || !Number.isFinite(value)) return value;
  const round = itemsize === 4 ? Math.fround : (x: number) => fromHalf(toHalf(x));
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (round(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** A float as short as it can be read back, but with 8 digits after the point at most, as NumPy prints arrays. */
export function spellFloat(value: number, itemsize: number): string {
  const short = shortest(value, itemsize);
  const size = Math.abs(short);
  if (size === 0 || !Number.isFinite(size)) return Object.is(short, -0) ? "-0" : String(short);
  if (size >= 1e16 || size < 1e-4) {
    const exact = short.toExponential();
    const [mantissa, exponent] = exact.split("e") as [string, string];
    if (mantissa.replace("-", "").length <= PRECISION + 2) return exact;
    return `${short
      .toExponential(PRECISION)
      .split("e")[0]!
      .replace(/\.?0+$/, "")}e${exponent}`;
  }
  const exact = String(short);
  const decimals = exact.length - 1 - exact.indexOf(".");
  return exact.includes(".") && decimals > PRECISION ? value.toFixed(PRECISION).replace(/\.?0+$/, "") : exact;
}

function spellComplex({ re, im }: Complex, itemsize: number): string {
  const imaginary = spellFloat(im, itemsize / 2);
  return `${spellFloat(re, itemsize / 2)}${imaginary.startsWith("-") ? "" : "+"}${imaginary}j`;
}

function spellBytes(bytes: Uint8Array, size: number): string {
  const shown = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return size > bytes.length ? `<${shown} ... ${size - bytes.length} more>` : `<${shown}>`;
}

/** The view of only as much of each element as is shown: a text or raw bytes may be gigabytes long. */
function begun(view: View): View {
  const { kind, itemsize, byteOrder } = view.dtype;
  const order = byteOrder === ">" ? ">" : "";
  if (kind === "U" && itemsize > 4 * (LONGEST_TEXT + 1))
    return { ...view, dtype: dtypeOf(`${order}U${LONGEST_TEXT + 1}`) };
  if (kind === "S" && itemsize > LONGEST_TEXT + 1) return { ...view, dtype: dtypeOf(`S${LONGEST_TEXT + 1}`) };
  return kind === "V" && itemsize > MOST_BYTES ? { ...view, dtype: dtypeOf(`V${MOST_BYTES}`) } : view;
}

/** One element's worth of the shown thousand; a long text counts as several. */
export function weightOf({ kind, itemsize }: DType): number {
  const shown = kind === "S" || kind === "V" ? itemsize : kind === "U" ? itemsize / 4 : 0;
  return Math.max(1, Math.ceil(Math.min(shown, LONGEST_TEXT) / 12));
}

/** Prints the elements of a scalar dtype that lie at some bytes of a view. */
export function cellsOf(view: View, places: readonly number[], style: Style): Cell[] {
  const short = begun(view);
  const { kind, itemsize, unit } = view.dtype;
  const cell = (text: string, as: Parameters<Style>[1], side: Cell["side"] = "right"): Cell => ({
    text: style(text, as),
    width: text.length,
    side,
  });
  return places.map((at) => {
    const value = readAt(short, at);
    switch (kind) {
      case "b":
        return cell(String(value), "boolean");
      case "f":
        return cell(spellFloat(value as number, itemsize), "number");
      case "c":
        return cell(spellComplex(value as Complex, itemsize), "number");
      case "M":
        return cell(spellDate(value as bigint, unit), "date");
      case "m":
        return isNaT(value as bigint) ? cell("NaT", "date") : cell(`${value}n`, "bigint");
      case "V":
        return cell(spellBytes(value as Uint8Array, itemsize), "special", "left");
      case "S":
      case "U": {
        const text = value as string;
        const cut = text.length > LONGEST_TEXT;
        return cell(inspect(cut ? text.slice(0, LONGEST_TEXT) : text) + (cut ? "..." : ""), "string", "left");
      }
      default:
        return typeof value === "bigint" ? cell(`${value}n`, "bigint") : cell(String(value), "number");
    }
  });
}
