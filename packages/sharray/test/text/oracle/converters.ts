// The converters of generated calls, as this side calls them; loadtxt.py has the same for NumPy.
import type { Json } from "./case.ts";

const CONVERTERS: Record<string, (text: string) => string | number> = {
  upper: (text) => text.toUpperCase(),
  doubled: (text) => text + text,
  length: (text) => [...text].length,
};

const named = (name: Json): unknown => CONVERTERS[String(name)] ?? 0;

/** The option `converters`: one function for all columns, or one for each number. */
export function convertersArgument(value: Json): unknown {
  if (typeof value !== "object" || value === null) return named(value);
  return Object.fromEntries(Object.entries(value).map(([column, name]) => [column, named(name)]));
}
