import { packedStrides } from "../array/geometry.ts";
import { arrayOn, type SharedArray } from "../array/shared.ts";
import { type DType, dtypeOf } from "../dtype/dtype.ts";
import type { DTypeLike } from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
import { Block } from "../memory/block.ts";
import { type Place, placeAbove } from "../memory/places.ts";
import { addon } from "../native/addon.ts";
import { call, callAsync } from "../native/call.ts";
import type { NativeLoad } from "../native/load.ts";
import { aborted, errorOf, parseFailure } from "./failure.ts";
import { headingLength, headingOf } from "./heading.ts";
import { type Checked, checkLoadtxt, type LoadtxtOptions } from "./options.ts";
import { mostBytes, type Plan, planLoad } from "./plan.ts";
import { fullShape, squeezed } from "./shape.ts";
import { pathOf } from "./source.ts";
import { type Spec, specOf } from "./table.ts";
import { watched } from "./watch.ts";

/**
 * Reads a text table into a shared array, as NumPy's loadtxt (2.4) does, bit for bit, with all processors.
 *
 *     const t = await loadtxt("data1.txt", { dtype: [["chr", "S10"], ["pos", "<i4"], ["pct", "<f4"]] });
 *
 * `source` is a path or a file: URL of a regular file, UTF-8. The array is the caller's to close. An input without rows gives an array
 * without rows, and a warning (code TEXT_EMPTY). Lines that `skiprows` passes over, and what follows the last row that
 * `maxRows` wants, are not looked at.
 *
 * @throws {SharrayError} TEXT_BAD_VALUE, TEXT_BAD_COLUMNS, TEXT_BAD_ENCODING: the first bad row, by file, line and column, from 1;
 * FILE_NOT_FOUND, IS_DIRECTORY, PERMISSION_DENIED, IO_ERROR; INPUT_CHANGED: the file was written to meanwhile; NO_SPACE,
 * TOO_MANY_FILES; ABORTED; BAD_ARGUMENT, BAD_DTYPE; NOT_SUPPORTED: options, dtypes, encodings, sources and compressed files that this
 * version does not read yet
 */
export async function loadtxt<const D extends DTypeLike = "<f8">(
  source: string | URL,
  options: LoadtxtOptions<D> = {},
): Promise<SharedArray<D>> {
  const place = placeAbove(loadtxt);
  const checked = checkLoadtxt(options as LoadtxtOptions);
  const dtype = dtypeOf((options.dtype ?? "<f8") as DTypeLike) as DType;
  const path = pathOf(source);
  const spec = specOf("loadtxt", dtype, options, false);
  if (checked.unpack && spec.record) {
    throw new SharrayError(
      "NOT_SUPPORTED",
      'loadtxt: unpack: one array for each field of a record is not made yet; take views with field("name").',
      { option: "unpack" },
    );
  }
  if (checked.signal?.aborted) throw aborted("loadtxt", checked.signal);
  const start = performance.now();
  const threads = checked.threads ?? addon.grantedThreads();
  const plan = await planLoad(spec, [path], threads);
  if (checked.signal?.aborted) throw aborted("loadtxt", checked.signal);
  const table = plan.tables[0]!;
  const heading = headingLength(dtype, spec.record ? null : Math.max(1, table.columns));
  const block = Block.create(heading + mostBytes(table), { reserve: false });
  try {
    const load = call(() => new addon.NativeLoad(plan.job, null, true, [block.native], [0], [heading]));
    const rows = await parse(load, plan, threads, checked, start).finally(() => load.close());
    if (rows === 0) warnEmpty(path);
    return finish<D>(block, dtype, spec, checked, { heading, rows, columns: table.columns, place });
  } catch (error) {
    block.close();
    throw error;
  }
}

async function parse(load: NativeLoad, plan: Plan, threads: number, checked: Checked, start: number): Promise<number> {
  const { onProgress, signal } = checked;
  const tell = (): void => {
    const { bytes, rows } = load.progress(0, plan.ranges);
    const seconds = (performance.now() - start) / 1000;
    onProgress?.({ bytes, totalBytes: plan.totalBytes, rows, seconds });
  };
  const run = (): Promise<string | null> => callAsync(() => load.run(0, Math.max(1, Math.min(threads, plan.ranges))));
  const failure = await watched(run, { tick: onProgress && tell, stop: () => load.abort(), signal });
  if (signal?.aborted) throw aborted("loadtxt", signal);
  if (failure !== null) throw errorOf(parseFailure(failure));
  if (onProgress !== null) tell();
  return load.rows(0);
}

/** Cuts the block to its rows, writes their heading, and makes the array on it. */
function finish<D extends DTypeLike>(
  block: Block,
  dtype: DType,
  spec: Spec,
  { ndmin, unpack }: Checked,
  { heading, rows, columns, place }: { heading: number; rows: number; columns: number; place: Place },
): SharedArray<D> {
  const full = fullShape(spec, rows, spec.usecols?.length ?? columns);
  const shape = squeezed(full, ndmin);
  block.cut(heading + full.reduce((product, length) => product * length, dtype.itemsize));
  call(() => block.native.write(headingOf(dtype, shape, heading), 0));
  const strides = packedStrides(shape, dtype.itemsize);
  if (unpack) {
    shape.reverse();
    strides.reverse();
  }
  return arrayOn<D>(block, { offset: heading, shape, strides, dtype }, place);
}

function warnEmpty(path: string): void {
  process.emitWarning(`loadtxt: ${path} holds no rows`, { type: "SharrayWarning", code: "TEXT_EMPTY" });
}
