import type { InspectOptionsStylized } from "node:util";
import type { FieldLike, FieldList } from "./element.ts";

/** A record that fits is printed on one line. */
const LINE = 80;
const MOST_FIELDS = 60;
const LONGEST_FIELD = 200;

function spellPart(part: FieldLike[number] | undefined): string {
  if (!Array.isArray(part)) return JSON.stringify(part);
  const sizes = part.every((size) => typeof size === "number");
  return sizes ? `[${part.join(", ")}]` : spellList(part as FieldList);
}

function spellField(field: FieldLike): string {
  const text = `[${field.map(spellPart).join(", ")}]`;
  return text.length > LONGEST_FIELD ? `${text.slice(0, LONGEST_FIELD)}...` : text;
}

function fieldTexts(list: FieldList): string[] {
  const texts = list.slice(0, MOST_FIELDS).map(spellField);
  return list.length > MOST_FIELDS ? [...texts, `... ${list.length - MOST_FIELDS} more`] : texts;
}

function spellList(list: FieldList): string {
  return `[${fieldTexts(list).join(", ")}]`;
}

/** How a dtype looks in `console.log`: its `descr`, a long one with each field on a line of its own. */
export function print(descr: string | FieldList, depth: number, options: Partial<InspectOptionsStylized>): string {
  if (depth < 0) return options.stylize?.("[DType]", "special") ?? "[DType]";
  if (typeof descr === "string") return `dtype(${JSON.stringify(descr)})`;
  const line = `dtype(${spellList(descr)})`;
  if (line.length <= LINE || options.breakLength === Infinity) return line;
  return `dtype([\n  ${fieldTexts(descr).join(",\n  ")},\n])`;
}
