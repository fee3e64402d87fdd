import { SharrayError } from "../errors.ts";
import type { Column } from "./columns.ts";
import type { Checked, Converter } from "./options.ts";
import type { Spec } from "./table.ts";

/** A table in which functions of the caller's make the values of some columns. */
export interface Converting {
  /** The table as the addon reads it: without those columns. */
  spec: Spec;
  /** The function of each column of the result, null where there is none. */
  functions: (Converter | null)[];
}

function refuse(message: string, details: Record<string, unknown>): SharrayError {
  return new SharrayError("BAD_ARGUMENT", `loadtxt: converters: ${message}`, { option: "converters", ...details });
}

/** The column of the result that a key of `converters` means; null where `usecols` leaves it out. */
function columnOf(
  key: string,
  columns: number,
  usecols: readonly number[] | null,
  names: readonly string[] | null,
): number | null {
  let column = Number(key);
  if (!/^-?\d+$/.test(key)) {
    column = names?.indexOf(key) ?? -1;
    if (column === -1) {
      const known =
        names === null ? "there is no header that names columns (header: true)" : `the header has ${names.join(", ")}`;
      throw refuse(`"${key}" names no column; ${known}.`, { column: key });
    }
  }
  // Of a table without rows nobody knows how many columns it has.
  if (columns === 0) return null;
  if (usecols !== null) {
    const found = usecols.indexOf(column);
    return found === -1 ? null : found;
  }
  if (column < -columns || column >= columns) {
    throw refuse(`there is no column ${column}; the table has ${columns}.`, { column, columns });
  }
  return column < 0 ? column + columns : column;
}

/** The functions by column of the result, as NumPy assigns them. @throws {SharrayError} BAD_ARGUMENT */
function functionsOf(
  converters: NonNullable<Checked["converters"]>,
  columns: number,
  usecols: readonly number[] | null,
  names: readonly string[] | null,
): (Converter | null)[] {
  const functions = new Array<Converter | null>(columns).fill(null);
  if (typeof converters === "function") return functions.fill(converters);
  for (const [key, converter] of converters) {
    const column = columnOf(key, columns, usecols, names);
    if (column !== null) functions[column] = converter;
  }
  return functions;
}

/** Looks at the keys where no column is wanted, and none is called. @throws {SharrayError} BAD_ARGUMENT for a name of no column */
export function checkKeys(converters: NonNullable<Checked["converters"]>, names: readonly string[] | null): void {
  functionsOf(converters, 0, null, names);
}

/** `columns`: how many a row of the table has, where they are all of one dtype. */
export function converting(
  spec: Spec,
  converters: NonNullable<Checked["converters"]>,
  columns: number,
  names: readonly string[] | null,
): Converting {
  const width = spec.itemsize;
  const each: readonly Column[] = spec.record
    ? spec.columns
    : Array.from({ length: columns }, (_, i) => ({ ...spec.columns[0]!, offset: i * width }));
  const functions = functionsOf(converters, each.length, spec.usecols, names);
  const read = each.map((column, i): Column => (functions[i] === null ? column : { ...column, kind: "skip" }));
  return {
    spec: { ...spec, record: true, columns: read, itemsize: spec.record ? width : width * columns },
    functions,
  };
}
