import { readFile } from "node:fs/promises";
import {
  type ConvertedDataset,
  type ConvertOptions,
  type ConvertOutcome,
  type ConvertResult,
  convert,
  type Progress,
} from "../convert/convert.ts";
import { expandInputs } from "../convert/glob.ts";
import { type DType, dtypeOf } from "../dtype/dtype.ts";
import type { DTypeLike } from "../dtype/element.ts";
import { parseSpec } from "../dtype/spec.ts";
import { SharrayError } from "../errors.ts";
import type { RejectsOption } from "../text/rejects.ts";
import { count, dtypeText, duration, printable, rate, shapeText, table } from "./format.ts";
import { input } from "./inputs.ts";
import type { ConvertFlags } from "./program.ts";
import { progressFor } from "./progress.ts";
import { CommandLineError } from "./report.ts";
import { abortedBySignals } from "./signals.ts";
import { print } from "./streams.ts";
import { tableFrom } from "./tables.ts";

/** The exit status of a job that is done, with something left out. */
const LEFT_OUT = 3;

async function dtypeFromFile(path: string): Promise<DType> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new SharrayError(
      "FILE_NOT_FOUND",
      `cannot read the dtype from ${path}: ${(cause as Error).message}`,
      { path },
      { cause },
    );
  }
  let description: unknown;
  try {
    description = JSON.parse(text);
  } catch (cause) {
    throw new SharrayError(
      "BAD_DTYPE",
      `${path} is not JSON (${(cause as Error).message}); it should hold a NumPy dtype, as in [["pos", "<i4"], ["pct", "<f4"]]`,
      { path },
      { cause },
    );
  }
  try {
    return dtypeOf(description as DTypeLike);
  } catch (cause) {
    if (!(cause instanceof SharrayError)) throw cause;
    throw new SharrayError(cause.code, `${path}: ${cause.message}`, { ...cause.details, path }, { cause });
  }
}

async function dtypeFrom(spec: string | undefined): Promise<DType | "auto"> {
  if (spec === undefined || spec === "auto") return "auto";
  return spec.endsWith(".json") ? dtypeFromFile(spec) : parseSpec(spec);
}

function rejectsFrom({ rejects, maxRejects }: ConvertFlags): RejectsOption {
  if (rejects !== undefined) return maxRejects === undefined ? { to: rejects } : { to: rejects, max: maxRejects };
  if (maxRejects === undefined) return "throw";
  throw new SharrayError("USAGE", "--max-rejects says how many rows --rejects FILE may take; give both", {
    option: "--max-rejects",
  });
}

async function plan(files: string[], flags: ConvertFlags): Promise<ConvertOptions> {
  const compression = flags.compression === undefined || flags.compression === "none" ? null : flags.compression;
  return {
    inputs: files.map((file) => input(file)),
    output: flags.output,
    dtype: await dtypeFrom(flags.dtype),
    compression,
    shuffle: flags.shuffle ?? compression !== null,
    overwrite: flags.overwrite ?? false,
    sync: flags.sync,
    ...tableFrom(flags),
    encoding: flags.encoding ?? null,
    rejects: rejectsFrom(flags),
    ...(flags.fill !== undefined && { fill: flags.fill }),
    ...(flags.strict !== undefined && { strict: flags.strict }),
    ...(flags.onError !== undefined && { onError: flags.onError }),
    ...(flags.attr !== undefined && { attrs: flags.attr }),
    ...(flags.dryRun !== undefined && { dryRun: flags.dryRun }),
    ...(flags.concat !== undefined && { concat: flags.concat }),
    ...(flags.processes !== undefined && { processes: flags.processes }),
  };
}

/** What `convert` prints: one line about the whole, then one for each dataset. */
export function resultText(result: ConvertResult): string {
  const rows = result.datasets.reduce((sum, dataset) => sum + dataset.rows, 0);
  const { length } = result.datasets;
  const head = `${printable(result.output)}: ${length} dataset${length === 1 ? "" : "s"}, ${count(rows)} row${rows === 1 ? "" : "s"} in ${duration(result.seconds)} (${rate(result.bytes, result.seconds)})\n`;
  const lines = result.datasets.map((dataset) => [
    printable(dataset.path),
    count(dataset.rows),
    shapeText(dataset.shape),
    printable(dtypeText(dataset.dtype)),
  ]);
  return head + table(["dataset", "rows", "shape", "dtype"], lines, new Set([1]));
}

/** What a dry run prints: the datasets that would be made. */
export function planText(result: ConvertResult): string {
  const lines = result.datasets.map((dataset) => [
    printable(dataset.path),
    `about ${count(dataset.rows)}`,
    printable(dtypeText(dataset.dtype)),
  ]);
  return table(["dataset", "rows", "dtype"], lines, new Set([1]));
}

/** The state that a bar stays at: all rows of all datasets are written. */
function finalProgress({ datasets, seconds }: ConvertResult): Progress {
  const size = ({ shape, dtype }: ConvertedDataset): number =>
    shape.reduce((product, n) => product * n, dtypeOf(dtype as DTypeLike).itemsize);
  const bytes = datasets.reduce((sum, dataset) => sum + size(dataset), 0);
  const rows = datasets.reduce((sum, dataset) => sum + dataset.rows, 0);
  return { phase: "write", bytes, totalBytes: bytes, rows, seconds };
}

/** What was left out or cut, a line each. */
function losses({ rejects, truncated, skipped }: ConvertOutcome, to: string | undefined): string[] {
  const lines = skipped.map(({ file, error }) => `${file} is left out: ${error.code}: ${error.message}`);
  if (rejects.length > 0) {
    const first = rejects[0]!;
    const rows = `${count(rejects.length)} row${rejects.length === 1 ? "" : "s"}`;
    lines.push(
      `${rows} left out, the first at ${first.file}, line ${first.line} (${first.reason}); all of them are in ${to}`,
    );
  }
  for (const { field, count: cut, file, line } of truncated) {
    const what = field === null ? "" : ` of ${field}`;
    lines.push(`${count(cut)} text${cut === 1 ? "" : "s"}${what} cut to fit, the first at ${file}, line ${line}`);
  }
  return lines;
}

/** `sharray convert`. */
export async function convertCommand(files: string[], flags: ConvertFlags): Promise<void> {
  const given = await plan(files, flags).catch((error) => {
    throw new CommandLineError(error);
  });
  const options = { ...given, inputs: await expandInputs(given.inputs) };
  const quiet = flags.quiet ?? false;
  const progress = await progressFor(process.stderr, quiet);
  const warn = (message: string): void => progress.note(`sharray: warning: ${printable(message)}\n`);
  const outcome = await abortedBySignals(async (signal) => {
    try {
      const done = await convert(options, {
        onProgress: (state) => progress.update(state),
        onWarning: warn,
        signal,
      });
      if (!options.dryRun) progress.finish(finalProgress(done.result));
      for (const line of losses(done, flags.rejects)) warn(line);
      return done;
    } finally {
      progress.stop();
    }
  });
  const { result, rejects, skipped } = outcome;
  if (rejects.length > 0 || skipped.length > 0) process.exitCode = LEFT_OUT;
  if (flags.json) await print(`${JSON.stringify(result)}\n`);
  else if (!quiet) await print(options.dryRun ? planText(result) : resultText(result));
}
