// What the generator makes, the two sides read, and the comparison looks at: one call of loadtxt.
import { type DType, type DTypeLike, dtypeOf } from "sharray";
import type { Dice } from "../../../../../fuzz/rounds.ts";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** How the text is given to loadtxt. NumPy gets a file for all but `lines`. */
export type Source = "path" | "bytes" | "stream" | "lines";

export interface Case {
  /** Characters U+DC80 to U+DCFF stand for one byte each, 0x80 to 0xFF, that is written as it is. */
  text: string;
  dtype: DTypeLike;
  /** Fields lie where C would put them. */
  align: boolean;
  source: Source;
  /** Options of loadtxt that are not the default; also such as must be refused. */
  options: { [option: string]: Json };
}

/** Whether it happens: so many times of a hundred. */
export function chance(dice: Dice, percent: number): boolean {
  return dice.roll(1000) < percent * 10;
}

/** One of several, each as often as its weight says. */
export function weighted<T>(dice: Dice, choices: readonly (readonly [number, T])[]): T {
  let left = dice.roll(choices.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, choice] of choices) {
    left -= weight;
    if (left < 0) return choice;
  }
  throw new RangeError("no choices");
}

/** The dtype as loadtxt takes it. */
export function dtypeArgument({ dtype, align }: Pick<Case, "dtype" | "align">): DTypeLike | DType {
  return align ? dtypeOf(dtype, { align }) : dtype;
}

/** The lines of a text as an iterable of lines has them: each with its line end. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

const BYTES = /[\udc80-\udcff]/;

/** The text as it lies in the file. */
export function encoded({ text, options }: Case): Uint8Array {
  const name = String(options.encoding ?? "utf-8").toLowerCase();
  const parts = text.split(/([\udc80-\udcff])/);
  return Buffer.concat(
    parts.map((part) => (BYTES.test(part) ? Buffer.of(part.charCodeAt(0) - 0xdc00) : encodedPart(part, name))),
  );
}

function encodedPart(text: string, name: string): Uint8Array {
  if (/latin|8859|ascii/.test(name)) return Buffer.from(text, "latin1");
  const wide = /^utf-?(16|32)(?:-?(le|be))?$/.exec(name);
  if (wide === null) return Buffer.from(text, "utf8");
  const units = wide[1] === "16" ? text.split("").map((c) => c.charCodeAt(0)) : [...text].map((c) => c.codePointAt(0)!);
  const size = wide[1] === "16" ? 2 : 4;
  const bytes = Buffer.alloc(units.length * size);
  for (const [index, unit] of units.entries()) {
    if (wide[2] === "be") bytes.writeUIntBE(unit, index * size, size);
    else bytes.writeUIntLE(unit, index * size, size);
  }
  return bytes;
}

/** JSON without any character that some reader takes for a line end. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value).replace(/[\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16)}`)}\n`;
}

/** The options as NumPy is given them: it leaves a byte order mark of UTF-8 in the first field unless it is told of it. */
export function numpyOptions({ text, options, source }: Case): Case["options"] {
  const { encoding = "utf-8" } = options;
  const marked = text.startsWith("\ufeff") && source !== "lines" && /^utf-?8$/i.test(String(encoding ?? "utf-8"));
  return { ...options, encoding: marked ? "utf-8-sig" : encoding };
}
