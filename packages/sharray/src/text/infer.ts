import { type DType, dtypeOf } from "../dtype/dtype.ts";
import type { DTypeLike } from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
import { runLoad, type Watching } from "./load.ts";
import type { RangeProfile, Seen } from "./notes.ts";
import { type Input, type Plan, planLoad } from "./plan.ts";
import { merged } from "./profile.ts";
import { specOf, type TableOptions } from "./table.ts";

/** The dtype of tables, found by a look at all their rows. */
export interface Inferred {
  /** One for all tables: a record with a field for each column. */
  dtype: DType;
  /** For each table, whether its first line names the columns. */
  headers: boolean[];
}

/** What says that the columns of all inputs are to be found out. */
export interface InferOptions extends Omit<TableOptions, "fill"> {
  fill?: unknown;
}

/** The narrowest type that takes all texts of a column: i4, i8, f8, bool, else S<longest>, or U<longest> beyond latin1. */
function typeOf(seen: Seen, filled: boolean): string {
  const { values, missing, characters } = seen;
  if (values === 0) return "<f8";
  const whole = missing === 0 || filled;
  if (seen.int4 && whole) return "<i4";
  if (seen.int8 && whole) return "<i8";
  if (seen.float) return "<f8";
  if (seen.truth && missing === 0) return "|b1";
  return `${seen.latin1 ? "|S" : "<U"}${Math.max(1, characters)}`;
}

/** Whether a text that is alone in its column is of a type. */
function fits(text: Seen, type: string): boolean {
  if (text.values === 0) return true;
  switch (type[1]) {
    case "i":
    case "f":
      // A number names no column.
      return text.float;
    case "b":
      return text.truth;
    default:
      return true;
  }
}

/** Names of fields: those of a header, made different where they are alike or empty, else f0, f1, ... */
function fieldNames(header: readonly string[] | null, columns: number): string[] {
  const taken = new Set<string>();
  return Array.from({ length: columns }, (_, i) => {
    const given = header?.[i]?.trim() ?? "";
    const base = given === "" ? `f${i}` : given;
    let name = base;
    for (let n = 1; taken.has(name); n++) name = `${base}_${n}`;
    taken.add(name);
    return name;
  });
}

interface Parts {
  first: Seen[] | null;
  texts: string[] | null;
  rest: Seen[];
}

/** For each file, what its first row and what the rows behind it are. */
function partsOf(profiles: readonly RangeProfile[], files: number): Parts[] {
  return Array.from({ length: files }, (_, file) => {
    const mine = profiles.filter((profile) => profile.file === file);
    const head = mine.find(({ first }) => first !== null);
    return {
      first: head?.first?.columns ?? null,
      texts: head?.texts ?? null,
      rest: merged(mine.map(({ rest }) => rest.columns)),
    };
  });
}

function checkWidths(plan: Plan): number {
  const widths = plan.tables.map(({ columns }) => columns);
  const known = widths.find((columns) => columns > 0) ?? 0;
  const other = widths.findIndex((columns) => columns > 0 && columns !== known);
  if (other === -1) return known;
  const first = widths.indexOf(known);
  throw new SharrayError(
    "TEXT_BAD_COLUMNS",
    `${plan.files[other]!.label} has ${widths[other]} columns and ${plan.files[first]!.label} ${known}; tables of one dtype have as many: convert ` +
      "them one by one, or select columns with usecols.",
    { file: plan.files[other]!.label, found: widths[other], expected: known },
  );
}

interface Around {
  names: readonly string[] | null;
  rejects: number | null;
  skipFiles: boolean;
}

/** A look at all rows. */
async function look(
  of: string,
  inputs: readonly Input[],
  { fill: _, ...table }: InferOptions,
  around: Around,
  watching: Watching,
): Promise<{ plan: Plan; parts: Parts[]; usecols: number[] | null }> {
  const spec = { ...specOf(of, dtypeOf("V1") as DType, table, around), profile: true };
  const columns = spec.columns.map((column) => ({ ...column, kind: "skip" as const }));
  const plan = await planLoad({ ...spec, columns }, inputs, watching.threads);
  const { notes } = await runLoad(plan, null, { ...watching, onProgress: null });
  return { plan, parts: partsOf(notes.profiles, inputs.length), usecols: spec.usecols };
}

function restOf(parts: readonly Parts[]): Seen[] {
  return merged(parts.map((part) => part.rest).filter((seen) => seen.length > 0));
}

/** For each table whether its first row names the columns. */
function named(parts: readonly Parts[], filled: boolean): boolean[] {
  const rest = restOf(parts);
  const types = rest.map((seen) => typeOf(seen, filled));
  const is = ({ first }: Parts): boolean =>
    first !== null && types.some((type, i) => rest[i]!.values > 0 && !fits(first[i]!, type));
  return parts.map(is);
}

/** Whether one look at all rows is enough: only then it is certain which of them are wanted. */
export function looksOnce({ header, maxRows = null }: Pick<TableOptions, "header" | "maxRows">): boolean {
  return header !== undefined || maxRows === null;
}

/**
 * Finds the columns of tables: their types over all rows of all inputs (i4, else i8, f8, bool, S<longest>), and their names in a first
 * line that does not parse where the rest of a column does (`header` decides it where it is given). Missing values (`na`) make integers
 * f8 unless there is a `fill`.
 *
 * @throws {SharrayError} what `loadtxt` throws for rows of other lengths, encodings and files; TEXT_BAD_COLUMNS for inputs of different
 * numbers of columns
 */
export async function infer(
  of: string,
  inputs: readonly Input[],
  options: InferOptions,
  around: Around,
  watching: Watching,
): Promise<Inferred> {
  const filled = options.fill !== undefined && options.fill !== null;
  const { header, maxRows } = options;
  // A line of names does not count for maxRows: whether there is one is found out with a row more, which need not be good.
  const first = !looksOnce(options)
    ? { options: { ...options, maxRows: maxRows! + 1 }, around: { ...around, rejects: Number.MAX_SAFE_INTEGER } }
    : { options, around };
  const looked = await look(of, inputs, first.options, first.around, watching);
  const headers = header === undefined ? named(looked.parts, filled) : inputs.map(() => header);
  if (looksOnce(options)) return found(looked, headers, header === true, filled);
  const decided = inputs.map((input, i) => ({ ...input, header: headers[i]! }));
  return found(await look(of, decided, options, around, watching), headers, true, filled);
}

/** `taken`: the lines of names are not among the rows that were looked at. */
function found(
  { plan, parts, usecols }: { plan: Plan; parts: Parts[]; usecols: number[] | null },
  headers: boolean[],
  taken: boolean,
  filled: boolean,
): Inferred {
  const width = checkWidths(plan);
  const firsts = parts.flatMap(({ first }, i) => (first === null || (headers[i] && !taken) ? [] : [first]));
  const all = merged([restOf(parts), ...firsts]);
  const where = headers.indexOf(true);
  const header = where === -1 ? null : taken ? plan.files[where]!.header : parts[where]!.texts;
  const picked = header === null ? null : (usecols?.map((column) => header.at(column) ?? "") ?? header);
  const names = fieldNames(picked, width);
  const fields = names.map((name, i) => [name, i in all ? typeOf(all[i]!, filled) : "<f8"] as const);
  if (fields.length === 0) fields.push(["f0", "<f8"]);
  return { dtype: dtypeOf(fields as unknown as DTypeLike) as DType, headers };
}
