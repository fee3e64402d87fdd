import { SharrayError } from "../errors.ts";
import { rejectsOf } from "../text/rejects.ts";
import type { Prepared } from "./inputs.ts";
import type { Made } from "./job.ts";
import type { ConvertedDataset, ConvertOptions, SkippedFile } from "./options.ts";

/** @throws {SharrayError} BAD_ARGUMENT */
export function checkRejects(options: ConvertOptions): void {
  rejectsOf("convert", options.rejects);
}

/** A file of nothing is not made: it could replace one that holds something. @throws {SharrayError} what the first input was left out for */
export function checkSomeLeft({ inputs }: ConvertOptions, skipped: readonly SkippedFile[]): void {
  if (skipped.length < inputs.length) return;
  const { error } = skipped[0]!;
  if (inputs.length === 1) throw error;
  throw new SharrayError(
    error.code,
    `none of the ${inputs.length} inputs can be read; of the first: ${error.message}`,
    error.details,
    { cause: error },
  );
}

/** What a dry run tells: the datasets that would be made, with as many rows as they had if all were as long as the first. */
export function estimated(
  options: ConvertOptions,
  names: readonly string[],
  { plan, dtype, numbers, spec, skipped }: Prepared,
): Made {
  checkSomeLeft(options, skipped);
  const { inputs, concat } = options;
  const datasets = plan.tables.map((table, i): ConvertedDataset => {
    const files = plan.files.filter(({ dest }) => dest === i);
    const most = table.ranges === 0 ? 0 : table.bound;
    const rows = files.reduce((sum, { size, rowBytes, header }) => {
      const lines = rowBytes === 0 ? 0 : Math.max(1, Math.round(size / rowBytes));
      return sum + Math.max(Math.min(1, lines), lines - (header === null ? 0 : 1));
    }, 0);
    const sources = concat === undefined ? inputs[numbers[i]!]!.path : inputs.map(({ path }) => path);
    const guessed = Math.min(rows, most);
    const shape = spec.record || table.columns <= 1 ? [guessed] : [guessed, table.columns];
    const name = concat === undefined ? names[numbers[i]!]! : names[0]!;
    return { path: `/${name}`, shape, dtype: dtype.descr, rows: guessed, rejected: 0, source: sources };
  });
  const bytes = plan.files.reduce((sum, { size }) => sum + size, 0);
  return { datasets, bytes, rejects: [], truncated: [], skipped };
}
