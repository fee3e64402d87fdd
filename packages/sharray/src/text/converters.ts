import type { Truncated } from "../array/left_out.ts";
import { NDArray } from "../array/ndarray.ts";
import { arrayOn } from "../array/shared.ts";
import { SharrayError } from "../errors.ts";
import type { Block } from "../memory/block.ts";
import { addon } from "../native/addon.ts";
import { call, callAsync } from "../native/call.ts";
import type { Column } from "./columns.ts";
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

/** What the functions make of all columns as texts, in the order of rows and columns, and how long the longest is. */
export interface Collected {
  texts: string[];
  longest: number;
}

/** Calls the functions for a dtype that is as long as the data need. @throws {SharrayError} TEXT_BAD_VALUE */
export async function collect(own: Converting, plan: Plan, signal: AbortSignal | null): Promise<Collected> {
  const all = own.functions.map((convert) => convert ?? ((text: string) => text));
  const collected: Collected = { texts: [], longest: 1 };
  await eachText({ ...own, functions: all }, plan, signal, (_at, _column, text, convert) => {
    const made = String(spelt(convert(text)));
    collected.texts.push(made);
    collected.longest = Math.max(collected.longest, [...made].length);
  });
  return collected;
}

/** The same table with what was collected instead of the functions. */
export function given(own: Converting, { texts }: Collected): Converting {
  let next = 0;
  const columns = own.spec.columns.map((column): Column => ({ ...column, kind: "skip" }));
  return { spec: { ...own.spec, columns }, functions: own.functions.map(() => () => texts[next++]) };
}

/**
 * Calls the functions, row by row in the order of the columns, and stores what they return. The texts among it that were cut.
 *
 * @throws {SharrayError} TEXT_BAD_VALUE with the function's error as cause, or where its value does not fit
 */
export async function convertRows(
  own: Converting,
  plan: Plan,
  target: { block: Block; offset: number; rows: number },
  signal: AbortSignal | null,
): Promise<Truncated[]> {
  const cuts = new Map<Column, { field: string | null; count: number; file: string; line: number }>();
  const place = (column: Column): NDArray =>
    arrayOn(target.block, {
      offset: target.offset + column.offset,
      shape: [target.rows],
      strides: [own.spec.itemsize],
      dtype: column.dtype,
    }) as unknown as NDArray;
  const places = new Map(own.spec.columns.map((column) => [column, place(column)]));
  await eachText(own, plan, signal, ({ row, line }, column, text, convert) => {
    if (!store(places.get(column)!, row, column, convert(text))) return;
    const cut = cuts.get(column) ?? { field: column.name, count: 0, file: plan.files[0]!.label, line };
    cuts.set(column, { ...cut, count: cut.count + 1 });
  });
  return [...cuts.values()];
}

/**
 * Calls the functions for the rows before one that cannot be read: one of them may be what is wrong first.
 *
 * @throws {SharrayError} TEXT_BAD_VALUE
 */
export async function convertBefore(
  own: Converting,
  plan: Plan,
  error: unknown,
  signal: AbortSignal | null,
): Promise<void> {
  const { line, column: wrong = 0 } = error instanceof SharrayError ? error.details : {};
  if (typeof line !== "number") return;
  const scratch = (column: Column): NDArray => new NDArray([1], column.dtype, new Uint8Array(column.dtype.itemsize));
  // In the line itself those of the columns before.
  const before = (column: Column): boolean =>
    own.spec.usecols === null && own.spec.columns.indexOf(column) + 1 < Number(wrong);
  const check: Take = (at, column, text, convert) => {
    if (at.line < line || before(column)) store(scratch(column), 0, column, convert(text));
  };
  await eachText(own, plan, signal, check, line);
}

type Take = (at: { row: number; line: number }, column: Column, text: string, convert: Converter) => void;

/** Calls `take` for each text of a column with a function, row by row in the order of the columns, up to a line. */
async function eachText(
  { spec, functions }: Converting,
  plan: Plan,
  signal: AbortSignal | null,
  take: Take,
  last = Number.POSITIVE_INFINITY,
): Promise<void> {
  const used = functions.flatMap((convert, i) => (convert === null ? [] : [{ convert, column: spec.columns[i]!, i }]));
  const reader = call(
    () =>
      new addon.NativeTextRows(
        plan.job,
        plan.spools.map((block) => block.native),
      ),
  );
  for (let row = 0; ; ) {
    if (signal?.aborted) throw aborted("loadtxt", signal);
    const batch = JSON.parse(await callAsync(() => reader.read(BATCH))) as [number, string[]][];
    if (batch.length === 0) return;
    for (const [line, fields] of batch) {
      if (line > last) return;
      for (const { convert, column, i } of used) {
        const source = spec.usecols === null ? i : spec.usecols[i]!;
        const text = fields.at(source);
        if (text === undefined) throw tooFew(plan, line, fields.length, source);
        try {
          take({ row, line }, column, text, convert);
        } catch (cause) {
          throw failed(plan, { line, column, source: source < 0 ? source + fields.length : source, text }, cause);
        }
      }
      row += 1;
    }
  }
}

function tooFew(plan: Plan, line: number, found: number, source: number): SharrayError {
  const file = plan.files[0]!.label;
  const expected = source < 0 ? -source : source + 1;
  return new SharrayError(
    "TEXT_BAD_COLUMNS",
    `${file}, line ${line}: ${found} columns found, at least ${expected} expected; correct the line or usecols.`,
    { file, line, found, expected },
  );
}

/**
 * A text is read as a field of the column would be, cut included, which is told; what is no text is spelt for a column of texts, and is
 * true or false for one of truth values, as NumPy does it all.
 */
function store(array: NDArray, row: number, column: Column, value: unknown): boolean {
  const { dtype, ...spelled } = column;
  const holdsTexts = dtype.kind === "S" || dtype.kind === "U";
  const text = holdsTexts ? spelt(value) : value;
  if (typeof text !== "string") {
    const number = typeof text === "number" || typeof text === "bigint";
    array.set([row], (dtype.kind === "b" && number ? Boolean(text) : text) as never);
    return false;
  }
  const item = call(() => addon.parseField(JSON.stringify({ ...spelled, kind: dtype.kind, fill: null }), text));
  if (dtype.itemsize > 0) array.slice([row, row + 1]).bytes.set(item);
  return holdsTexts && [...text].length > dtype.itemsize / (dtype.kind === "U" ? 4 : 1);
}

/** A value as Python's `str` spells it, where that is clear. */
function spelt(value: unknown): unknown {
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "bigint" || Number.isInteger(value) ? String(value) : value;
}

function failed(
  plan: Plan,
  at: { line: number; column: Column; source: number; text: string },
  cause: unknown,
): SharrayError {
  const { line, column, source, text } = at;
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
