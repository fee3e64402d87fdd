import type { Truncated } from "../array/left_out.ts";
import { NDArray } from "../array/ndarray.ts";
import { arrayOn } from "../array/shared.ts";
import { SharrayError } from "../errors.ts";
import type { Block } from "../memory/block.ts";
import { addon } from "../native/addon.ts";
import { call, callAsync } from "../native/call.ts";
import type { Column } from "./columns.ts";
import type { Converting } from "./converters.ts";
import { type At, Cuts, spelt } from "./cuts.ts";
import { aborted } from "./failure.ts";
import type { Converter } from "./options.ts";
import type { Plan } from "./plan.ts";

/** Rows whose texts are fetched at once. */
const BATCH = 4096;

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
  own: Converting,
  plan: Plan,
  target: Stored,
  signal: AbortSignal | null,
): Promise<Truncated[]> {
  const { spec } = own;
  const place = ({ offset, dtype }: Column): NDArray =>
    arrayOn(target.block, {
      offset: target.offset + offset,
      shape: [target.rows],
      strides: [spec.itemsize],
      dtype,
    }) as unknown as NDArray;
  const places = new Map(spec.columns.map((column) => [column, place(column)]));
  const cuts = new Cuts(plan.files[0]!.label, spec.strict);
  await eachText(own, plan, { signal, rejected: target.rejected, rows: target.rows }, (row, at, convert) => {
    const made = cuts.cut(
      orFailed(plan, at, () => convert(at.text)),
      at,
    );
    orFailed(plan, at, () => store(places.get(at.column)!, row, at.column, made));
  });
  return cuts.found;
}

/** What an input can end with that is of no line: whoever reads the rows before it comes to it, too. */
const ENDS = new Set(["TEXT_BAD_ARCHIVE", "IO_ERROR", "BAD_ARGUMENT"]);

/**
 * Calls the functions for what comes before a row that cannot be read: one of them may be what is wrong first.
 *
 * @throws {SharrayError} TEXT_BAD_VALUE, TEXT_TRUNCATED
 */
export async function convertBefore(
  own: Converting,
  plan: Plan,
  error: unknown,
  signal: AbortSignal | null,
): Promise<void> {
  if (!(error instanceof SharrayError)) return;
  const { column: wrong = 0 } = error.details;
  const line = ENDS.has(error.code) ? Number.POSITIVE_INFINITY : error.details.line;
  if (typeof line !== "number") return;
  const { spec } = own;
  const cuts = new Cuts(plan.files[0]!.label, spec.strict);
  const scratch = ({ dtype }: Column): NDArray => new NDArray([1], dtype, new Uint8Array(dtype.itemsize));
  // In the line itself those of the columns before.
  const isBefore = ({ line: own, column }: At): boolean =>
    own < line || (spec.usecols === null && spec.columns.indexOf(column) + 1 < Number(wrong));
  await eachText(own, plan, { signal, last: line }, (_row, at, convert) => {
    if (!isBefore(at)) return;
    const made = cuts.cut(
      orFailed(plan, at, () => convert(at.text)),
      at,
    );
    orFailed(plan, at, () => store(scratch(at.column), 0, at.column, made));
  });
}

/** What the functions make of all columns as texts, in the order of rows and columns, and how long the longest is. */
export interface Collected {
  texts: string[];
  longest: number;
}

/** Calls the functions for a dtype that is as long as the data need. @throws {SharrayError} TEXT_BAD_VALUE; ABORTED */
export async function collect(own: Converting, plan: Plan, signal: AbortSignal | null): Promise<Collected> {
  const all = own.functions.map((convert) => convert ?? ((text: string) => text));
  const collected: Collected = { texts: [], longest: 1 };
  await eachText({ ...own, functions: all }, plan, { signal }, (_row, at, convert) => {
    const made = String(spelt(orFailed(plan, at, () => convert(at.text))));
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

/** Which rows functions are called for. */
interface Called {
  signal: AbortSignal | null;
  /** No line behind it. */
  last?: number;
  /** Lines of rows that were left out. */
  rejected?: ReadonlySet<number>;
  /** So many of those that were not. */
  rows?: number;
}

/** Calls `take` for each text of a column with a function, row by row in the order of the columns. */
async function eachText(
  { spec, functions }: Converting,
  plan: Plan,
  { signal, last = Number.POSITIVE_INFINITY, rejected, rows = Number.POSITIVE_INFINITY }: Called,
  take: (row: number, at: At, convert: Converter) => void,
): Promise<void> {
  const used = functions.flatMap((convert, i) => (convert === null ? [] : [{ convert, column: spec.columns[i]!, i }]));
  const spools = plan.spools.map((spool) => spool.native);
  const reader = call(() => new addon.NativeTextRows(plan.native.job(), spools));
  try {
    for (let row = 0; row < rows; ) {
      if (signal?.aborted) throw aborted("loadtxt", signal);
      const batch = JSON.parse(await callAsync(() => reader.read(BATCH))) as [number, string[]][];
      if (batch.length === 0) return;
      for (const [line, fields] of batch) {
        if (line > last || row === rows) return;
        if (rejected?.has(line)) continue;
        for (const { convert, column, i } of used) {
          const source = spec.usecols === null ? i : spec.usecols[i]!;
          const text = fields.at(source);
          if (text === undefined) throw tooFew(plan, line, fields.length, source);
          take(row, { line, column, source: source < 0 ? source + fields.length : source, text }, convert);
        }
        row += 1;
      }
    }
  } finally {
    reader.close();
  }
}

/** A text is read as a field of the column would be, and a number is a truth value, as NumPy has it; all else is stored as it is. */
function store(array: NDArray, row: number, column: Column, value: unknown): void {
  const { dtype, ...spelled } = column;
  const number = typeof value === "number" || typeof value === "bigint";
  if (typeof value !== "string" || dtype.kind === "S" || dtype.kind === "U") {
    array.set([row], (dtype.kind === "b" && number ? Boolean(value) : value) as never);
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

function tooFew(plan: Plan, line: number, found: number, source: number): SharrayError {
  const file = plan.files[0]!.label;
  const expected = source < 0 ? -source : source + 1;
  return new SharrayError(
    "TEXT_BAD_COLUMNS",
    `${file}, line ${line}: ${found} columns found, at least ${expected} expected; correct the line or usecols.`,
    { file, line, found, expected },
  );
}
