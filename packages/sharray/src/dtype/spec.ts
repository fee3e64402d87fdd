import type { SharrayError } from "../errors.ts";
import { type DType, dtypeOf, readDType } from "./dtype.ts";
import type { DTypeLike } from "./element.ts";
import { badDType, Fault, refusing, spelt } from "./fault.ts";
import { readWritten, type Written } from "./written.ts";

const FORM = "Write fields as name:type, such as chr:S10,pos:i4,pct:f4.";

/** The fields of a spec, and where each type begins. */
interface Spec {
  readonly fields: [string, string][];
  readonly starts: number[];
}

function fieldsOf(text: string): Spec {
  const spec: Spec = { fields: [], starts: [] };
  const names = new Set<string>();
  let start = 0;
  for (const part of text.split(",")) {
    const index = spec.fields.length;
    const colon = part.indexOf(":");
    const name = part.slice(0, Math.max(colon, 0)).trim();
    const fail = (reason: string, field?: string): never => {
      throw new Fault(reason, { text, position: start, hint: FORM, ...(field === undefined ? {} : { field, index }) });
    };
    if (colon === -1) {
      fail(part.trim() === "" ? "a field is missing" : `the field ${spelt(part.trim())} has no type`);
    }
    if (name === "") fail("a field has no name");
    if (names.has(name)) fail("the name occurs twice", name);
    names.add(name);
    const type = part.slice(colon + 1);
    spec.starts.push(start + colon + 1 + type.length - type.trimStart().length);
    spec.fields.push([name, type.trim()]);
    start += part.length + 1;
  }
  return spec;
}

/** Reads a description, and finds the character of the whole text where a fault of it lies. */
function reading(text: string, description: unknown, place: (fault: Fault) => number): DType {
  return refusing(
    () => readDType(description, false),
    (fault) => badDType(fault, text, place(fault)),
  );
}

function parse(text: string): DType {
  const trimmed = text.trim();
  if (trimmed === "") throw new Fault("it is empty", { text, position: 0, hint: FORM });
  if (/^[["]/.test(trimmed)) {
    const written: Written = readWritten(text);
    return reading(text, written.value, ({ trail, position }) => written.at(trail, position ?? 0));
  }
  const first = text.indexOf(trimmed[0]!);
  if (!/[:,]/.test(trimmed)) return reading(text, trimmed, ({ position }) => first + (position ?? 0));
  const { fields, starts } = fieldsOf(text);
  return reading(text, fields, ({ trail: [index = 0], position }) => starts[index]! + (position ?? 0));
}

/**
 * Reads a dtype as the command line takes it: `chr:S10,pos:i4` (names hold anything but colons and commas; blanks around a
 * name or a type do not count), a single type such as `f8`, or NumPy's `descr` as JSON or as Python prints it.
 * Throws BAD_DTYPE with `position` (0-based) and, where it is known, `field`.
 */
export function parseSpec(text: string): DType {
  if (typeof text !== "string") return dtypeOf(text as DTypeLike) as DType;
  const refuse = (fault: Fault): SharrayError => badDType(fault, text, fault.position ?? 0);
  return refusing(() => parse(text), refuse);
}
