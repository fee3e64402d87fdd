import type { DType } from "../dtype/dtype.ts";
import { SharrayError } from "../errors.ts";
import { addon } from "../native/addon.ts";
import { errorOf } from "../text/failure.ts";
import { infer } from "../text/infer.ts";
import { closeInputs, openInput, toldOf } from "../text/inputs.ts";
import type { Watching } from "../text/load.ts";
import { type Input, type Plan, planLoad } from "../text/plan.ts";
import { rejectsOf } from "../text/rejects.ts";
import { namesColumns, type Spec, specOf, type TableOptions } from "../text/table.ts";
import { type ConvertOptions, refuseUnstorable, type SkippedFile } from "./options.ts";

/** The inputs of a conversion, opened, and how they are read. */
export interface Prepared {
  /** Those that were not left out; spools among them are the caller's to close. */
  readonly inputs: readonly Input[];
  /** For each of them its number among the inputs that were given. */
  readonly numbers: readonly number[];
  readonly dtype: DType;
  readonly spec: Spec;
  readonly plan: Plan;
  readonly skipped: readonly SkippedFile[];
}

interface Opened {
  inputs: Input[];
  numbers: number[];
  skipped: SkippedFile[];
}

/** What says that a file cannot be read, and not that the command is wrong or the machine too small. */
function isOfFile(error: unknown): error is SharrayError {
  const others = new Set(["BAD_ARGUMENT", "NO_SPACE", "TOO_MANY_FILES", "ABORTED", "BAD_DTYPE", "NOT_SUPPORTED"]);
  return error instanceof SharrayError && !others.has(error.code);
}

async function openAll(options: ConvertOptions, quoted: boolean, signal: AbortSignal | null): Promise<Opened> {
  const { encoding = null, onError = "stop" } = options;
  const again = onError === "skip" && options.concat !== undefined && options.inputs.length > 1;
  const { dryRun: whole = false } = options;
  const once = options.dtype !== "auto" && !again && !whole;
  const opened: Opened = { inputs: [], numbers: [], skipped: [] };
  try {
    for (const [number, { path }] of options.inputs.entries()) {
      try {
        const { input } = await openInput("convert", path, { encoding, quoted, once, stdin: true, signal });
        opened.inputs.push({ ...input, whole });
        opened.numbers.push(number);
      } catch (error) {
        if (onError === "stop" || !isOfFile(error)) throw error;
        opened.skipped.push({ file: path, error });
      }
    }
    return opened;
  } catch (error) {
    closeInputs(opened.inputs, null);
    throw error;
  }
}

/** The options about the table alone. */
function tableOf(options: ConvertOptions): TableOptions {
  const { comments, delimiter, quotechar, skiprows, header, usecols, maxRows, na, fill, strict } = options;
  return { comments, delimiter, quotechar, skiprows, header, usecols, maxRows, na, fill, strict };
}

/**
 * Opens all inputs, finds their columns where the dtype is "auto", parses their first rows, and cuts them into ranges.
 *
 * @throws {SharrayError} what `loadtxt` throws
 */
export async function prepare(
  options: ConvertOptions,
  workers: number,
  { began, signal }: { began: number; signal: AbortSignal | null },
): Promise<Prepared> {
  const auto = options.dtype === "auto";
  const table = auto ? withUsualNa(tableOf(options)) : tableOf(options);
  if (namesColumns(table.usecols)) table.header ??= true;
  const skip = options.onError === "skip";
  const rejects = rejectsOf("convert", options.rejects)?.max ?? null;
  const concat = options.concat !== undefined;
  const opened = await openAll(options, (table.quotechar ?? null) !== null, signal);
  try {
    let { inputs } = opened;
    const watching: Watching = { threads: addon.grantedThreads(), onProgress: null, signal, start: began };
    const names = await namesOf(table, inputs);
    const around = { concat, names, rejects, skipFiles: skip && !concat, words: true };
    let dtype = options.dtype as DType;
    if (auto) {
      const found = await infer("convert", inputs, table, { names, rejects, skipFiles: skip }, watching);
      dtype = found.dtype;
      refuseUnstorable(dtype);
      inputs = inputs.map((input, i) => ({ ...input, header: found.headers[i]! }));
    }
    const spec = specOf("convert", dtype, table, around);
    return await planned({ ...opened, inputs }, dtype, spec, workers, skip);
  } catch (error) {
    closeInputs(opened.inputs, null);
    throw toldOf("convert", error, opened.inputs, signal);
  }
}

/** The rule for a table whose columns are to be found: an empty field between delimiters is a missing value. */
export function withUsualNa(table: TableOptions): TableOptions {
  return table.na === undefined && typeof table.delimiter === "string" ? { ...table, na: [""] } : table;
}

/** The names in the first line, where `usecols` needs them. */
export async function namesOf(table: TableOptions, inputs: readonly Input[]): Promise<string[] | null> {
  if (!namesColumns(table.usecols) || table.header === false || inputs.length === 0) return null;
  const { dtypeOf } = await import("../dtype/dtype.ts");
  const spec = specOf("convert", dtypeOf("V1") as DType, { ...table, usecols: null, fill: null });
  const { files } = await planLoad({ ...spec, profile: true, header: true }, [inputs[0]!], 1);
  return files[0]!.header;
}

/** The input that an error is about, by its number among those of a plan; -1: it is not about one. */
export function fileOf(error: unknown, { plan }: Prepared): number {
  return isOfFile(error) ? plan.files.findIndex(({ label }) => label === error.details.file) : -1;
}

/** The same without one input. */
export async function leaving(prepared: Prepared, bad: number, error: SharrayError): Promise<Prepared> {
  const inputs = prepared.inputs.filter((_, i) => i !== bad);
  const plan = await planLoad(prepared.spec, inputs, addon.grantedThreads());
  const numbers = prepared.numbers.filter((_, i) => i !== bad);
  const skipped = [...prepared.skipped, { file: prepared.plan.files[bad]!.label, error }];
  return { ...prepared, inputs, numbers, plan, skipped };
}

/** Plans the load; files that cannot be read are left out where that is wished. */
async function planned(opened: Opened, dtype: DType, spec: Spec, workers: number, skip: boolean): Promise<Prepared> {
  const { inputs, numbers, skipped } = opened;
  const plan = await planLoad({ ...spec, skipFiles: skip }, inputs, workers);
  const bad = plan.files.flatMap(({ failure, label }, i) => (failure === null ? [] : [{ failure, label, i }]));
  if (bad.length === 0)
    return { inputs, numbers, dtype, spec, plan: await exact(plan, spec, inputs, workers, skip), skipped };
  const out = new Set(bad.map(({ i }) => i));
  const kept = {
    inputs: inputs.filter((_, i) => !out.has(i)),
    numbers: numbers.filter((_, i) => !out.has(i)),
    skipped: [
      ...skipped,
      ...bad.map(({ failure, label }) => ({ file: label, error: errorOf({ range: 0, ...failure }) })),
    ],
  };
  closeInputs(
    inputs.filter((_, i) => out.has(i)),
    null,
  );
  return planned(kept, dtype, spec, workers, skip);
}

/** A plan that was made to tell of bad files, as it is run: with one table the files have to be whole. */
async function exact(plan: Plan, spec: Spec, inputs: readonly Input[], workers: number, skip: boolean): Promise<Plan> {
  return skip && spec.concat ? await planLoad(spec, inputs, workers) : plan;
}
