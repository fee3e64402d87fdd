import { inspect } from "node:util";
import { SharrayError } from "../errors.ts";
import { type Column, itemOf, usualFill } from "./columns.ts";

function bad(of: string, option: string, expected: string, found: unknown): SharrayError {
  return new SharrayError("BAD_ARGUMENT", `${of}: ${option}: expected ${expected}, found ${inspect(found)}.`, {
    option,
    expected,
  });
}

const NONE: readonly string[] = [];

/** The texts that stand for a missing value. @throws {SharrayError} BAD_ARGUMENT */
export function naOf(of: string, value: unknown): readonly string[] {
  if (value === undefined || value === null) return NONE;
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.every((text) => typeof text === "string")) return [...new Set(list.map((text) => text.trim()))];
  throw bad(of, "na", "a text or a list of texts", value);
}

const NUMBERS = "iufc";

/** Whether one fill for the whole table is meant for a column: numbers go to numbers, texts to texts. */
function suits(column: Column, value: unknown): boolean {
  if (typeof value === "string") return column.kind === "S" || column.kind === "U";
  if (typeof value === "boolean") return column.kind === "b";
  if (typeof value === "number" && Number.isNaN(value)) return "fc".includes(column.kind);
  return NUMBERS.includes(column.kind);
}

/** The fill of each column: what was given for it or for all, else what is usual. */
function fillsOf(of: string, columns: readonly Column[], fill: unknown): (number[] | null)[] {
  const byField = typeof fill === "object" && fill !== null && !("re" in fill);
  if (!byField) {
    return columns.map((column) => {
      const given = fill !== undefined && fill !== null && suits(column, fill);
      return given ? stored(of, column, fill) : usualFill(column);
    });
  }
  const given = new Map(Object.entries(fill));
  for (const name of given.keys()) {
    if (columns.some((column) => column.name === name)) continue;
    const names = columns.map((column) => column.name).filter((known) => known !== null);
    throw bad(of, "fill", `names of fields (${names.join(", ")})`, name);
  }
  return columns.map((column) => {
    const value = column.name === null ? undefined : given.get(column.name);
    return value === undefined ? usualFill(column) : stored(of, column, value);
  });
}

function stored(of: string, column: Column, value: unknown): number[] {
  try {
    return itemOf(column.dtype, value);
  } catch (cause) {
    const where = column.name === null ? "" : ` of "${column.name}"`;
    throw new SharrayError(
      "BAD_ARGUMENT",
      `${of}: fill${where}: ${(cause as Error).message}`,
      { option: "fill", field: column.name },
      { cause },
    );
  }
}

/**
 * The columns with the items of their missing values. Integers and truth values have one only where it is given.
 *
 * @throws {SharrayError} BAD_ARGUMENT
 */
export function withFills(
  of: string,
  columns: readonly Column[],
  na: readonly string[],
  fill: unknown,
): readonly Column[] {
  if (na.length === 0) {
    if (fill === undefined || fill === null) return columns;
    throw new SharrayError("BAD_ARGUMENT", `${of}: fill: it stands for what na names, and na names nothing.`, {
      option: "fill",
    });
  }
  const fills = fillsOf(of, columns, fill);
  return columns.map((column, i) => ({ ...column, fill: fills[i]! }));
}
