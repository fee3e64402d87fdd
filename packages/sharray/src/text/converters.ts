import type { Truncated } from "../array/left_out.ts";
import type { NDArray } from "../array/ndarray.ts";
import { arrayOn } from "../array/shared.ts";
import { SharrayError } from "../errors.ts";
import type { Block } from "../memory/block.ts";
import { addon } from "../native/addon.ts";
import { call, callAsync } from "../native/call.ts";
import type { Column } from "./columns.ts";
import { type At, Cuts } from "./cuts.ts";
import { aborted } from "./failure.ts";
import type { Checked, Converter } from "./options.ts";
import type { Plan } from "./plan.ts";
import type { Spec } from "./table.ts";

/** Rows whose texts are fetched at once. */
const BATCH = 4096;

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

/** `columns`: how many a row of the table has, where they are all of one dtype. */
export function converting(
  spec: Spec,
  converters: NonNullable<Checked["converters"]>,
  columns: number,
  names: readonly string[] | null,
): Converting {
  const width = spec.itemsize;
  const each: Column[] = spec.record
    ? spec.columns
    : Array.from({ length: columns }, (_, i) => ({ ...spec.columns[0]!, offset: i * width }));
  const functions = functionsOf(converters, each.length, spec.usecols, names);
  const read = each.map((column, i): Column => (functions[i] === null ? column : { ...column, kind: "skip" }));
  return {
    spec: { ...spec, record: true, columns: read, itemsize: spec.record ? width : width * columns },
    functions,
  };
}

/** The rows that a load has stored. */
interface Stored {
  block: Block;
  offset: number;
  rows: number;
  /** Lines of rows that were left out: they are not among the stored ones. */
  rejected: ReadonlySet<number>;
}

/**
 * Calls the functions, row by row in the order of the columns, and stores what they return. Returns which texts were cut.
 *
 * @param plan - of the same input, without a limit on its rows where rows were left out: those count for it
 * @throws {SharrayError} TEXT_BAD_VALUE with the function's error as cause, or where its value does not fit; TEXT_TRUNCATED; ABORTED
 */
export async function convertRows(
  { spec, functions }: Converting,
  plan: Plan,
  target: Stored,
  signal: AbortSignal | null,
): Promise<Truncated[]> {
  const used = functions.flatMap((convert, i) => (convert === null ? [] : [{ convert, column: spec.columns[i]!, i }]));
  const places = used.map(({ column }) =>
    arrayOn(target.block, {
      offset: target.offset + column.offset,
      shape: [target.rows],
      strides: [spec.itemsize],
      dtype: column.dtype,
    }),
  );
  const reader = call(
    () =>
      new addon.NativeTextRows(
        plan.job,
        plan.spools.map((block) => block.native),
      ),
  );
  const cuts = new Cuts(plan.files[0]!.label, spec.strict);
  for (let row = 0; row < target.rows; ) {
    if (signal?.aborted) throw aborted("loadtxt", signal);
    const batch = JSON.parse(await callAsync(() => reader.read(BATCH))) as [number, string[]][];
    if (batch.length === 0) break;
    for (const [line, fields] of batch) {
      if (row === target.rows) break;
      if (target.rejected.has(line)) continue;
      for (const [k, { convert, column, i }] of used.entries()) {
        const source = spec.usecols === null ? i : spec.usecols[i]!;
        const text = fields.at(source)!;
        const at = { line, column, source: source < 0 ? source + fields.length : source, text };
        const made = cuts.cut(
          orFailed(plan, at, () => convert(text)),
          at,
        );
        orFailed(plan, at, () => store(places[k] as unknown as NDArray, row, column, made));
      }
      row += 1;
    }
  }
  return cuts.found;
}

/** A text is read as a field of the column would be, as NumPy does. */
function store(array: NDArray, row: number, column: Column, value: unknown): void {
  const { dtype, ...spelled } = column;
  const holdsTexts = dtype.kind === "S" || dtype.kind === "U";
  if (typeof value !== "string" || holdsTexts) {
    array.set([row], value as never);
    return;
  }
  const item = call(() => addon.parseField(JSON.stringify({ ...spelled, kind: dtype.kind, fill: null }), value));
  array.slice([row, row + 1]).bytes.set(item);
}

function orFailed<T>(plan: Plan, at: At, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw failed(plan, at, cause);
  }
}

function failed(plan: Plan, { line, column, source, text }: At, cause: unknown): SharrayError {
  const file = plan.files[0]!.label;
  const named = column.name === null ? "" : ` ("${column.name}")`;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SharrayError(
    "TEXT_BAD_VALUE",
    `${file}, line ${line}, column ${source + 1}${named}: the converter could not make a value of ${JSON.stringify(text)}: ${why}`,
    { file, line, column: source + 1, field: column.name, text, dtype: column.dtype.descr },
    { cause },
  );
}
