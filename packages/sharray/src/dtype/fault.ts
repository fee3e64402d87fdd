import { inspect } from "node:util";
import { SharrayError } from "../errors.ts";

/** What is wrong with a description of a dtype, and where: `dtypeOf` and `parseSpec` make a BAD_DTYPE of it. */
export class Fault extends Error {
  /** What to do instead. */
  readonly hint: string;
  /** The text in which something is wrong, and the character, from 0. */
  readonly text: string | undefined;
  readonly position: number | undefined;
  /** The field, with those around it: "in.a"; "" is the outermost list itself. */
  field: string | undefined;
  /** The number of the field in its list, from 0. */
  index: number | undefined;
  /** The way from the whole description to the faulty part: an index into each list on the way. */
  readonly trail: number[];

  constructor(
    reason: string,
    place: { text?: string; position?: number; field?: string; index?: number; trail?: number[]; hint?: string } = {},
  ) {
    super(reason);
    this.hint = place.hint ?? "";
    this.text = place.text;
    this.position = place.position;
    this.field = place.field;
    this.index = place.index;
    this.trail = place.trail ?? [];
  }
}

/** Characters of a text that a message shows. */
const SHOWN = 80;

/** In double quotes, or in single ones where it holds double ones itself. */
function quoted(text: string): string {
  const json = JSON.stringify(text);
  return text.includes('"') ? `'${json.slice(1, -1).replaceAll('\\"', '"')}'` : json;
}

/** A text as a message shows it: of a long one the part around a position. */
export function excerpt(text: string, position = 0): string {
  // A character may take six when it is escaped: of a text with many of them fewer are shown.
  for (let shown = SHOWN; ; shown >>= 1) {
    const start = Math.max(0, Math.min(position - (shown >> 1), text.length - shown));
    const part = quoted(text.slice(start, start + shown));
    if (part.length > 2 * SHOWN) continue;
    return `${start > 0 ? "..." : ""}${part}${start + shown < text.length ? "..." : ""}`;
  }
}

/** Any value as a message shows it, short, without running code that the value may hold. */
export function spelt(value: unknown): string {
  if (typeof value === "string") return excerpt(value);
  const options = { depth: 1, maxArrayLength: 4, maxStringLength: 40, customInspect: false, breakLength: Infinity };
  try {
    const text = inspect(value, options);
    return text.length <= 2 * SHOWN ? text : `${text.slice(0, 2 * SHOWN)}...`;
  } catch {
    return `a value of the type ${typeof value}`;
  }
}

/** The BAD_DTYPE of a fault; `whole` is the text that the description stood in, `at` the character of it. */
export function badDType(fault: Fault, whole?: string, at?: number): SharrayError {
  const { field, index, text } = fault;
  const position = at ?? fault.position;
  const where = [
    whole === undefined ? "dtype" : `dtype ${excerpt(whole, at)}, character ${at! + 1}`,
    field === undefined || (field === "" && index === undefined) ? "" : `field ${excerpt(field)}`,
    index === undefined ? "" : `number ${index + 1} of its list`,
  ];
  // The text of a whole list that was read from a text shows its parts already.
  if (whole === undefined && text !== undefined) {
    where.push(`${excerpt(text, fault.position)}, character ${fault.position! + 1}`);
  }
  const place = where
    .filter((part) => part !== "" && part !== `field ""`)
    .join(", ")
    .replace(/^dtype, (?=[".])/, "dtype ");
  const details: Record<string, unknown> = {};
  const dtype = whole ?? text;
  if (dtype !== undefined) details.dtype = dtype;
  if (position !== undefined) details.position = position;
  if (field !== undefined) details.field = field;
  if (index !== undefined) details.index = index;
  const hint = fault.hint === "" ? "" : ` ${fault.hint}`;
  return new SharrayError("BAD_DTYPE", `${place}: ${fault.message}.${hint}`, details, { cause: fault.cause });
}

/** Runs `read`; what goes wrong in it becomes a BAD_DTYPE, also what code within a hostile description throws. */
export function refusing<T>(read: () => T, become: (fault: Fault) => SharrayError): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SharrayError) throw error;
    if (error instanceof Fault) throw become(error);
    const fault = new Fault(`reading the description failed (${spelt((error as Error | null)?.message)})`);
    fault.cause = error;
    throw become(fault);
  }
}
