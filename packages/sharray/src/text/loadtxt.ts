import type { Truncated } from "../array/left_out.ts";
import type { SharedArray } from "../array/shared.ts";
import { type DType, dtypeOf } from "../dtype/dtype.ts";
import type { DTypeLike, FieldList, FieldType } from "../dtype/element.ts";
import { SharrayError } from "../errors.ts";
import { Block } from "../memory/block.ts";
import { type Place, placeAbove } from "../memory/places.ts";
import { complete, type Filled, type Wanted } from "./complete.ts";
import { collect, convertBefore, convertRows, given } from "./convert_rows.ts";
import { checkKeys, converting } from "./converters.ts";
import { aborted } from "./failure.ts";
import { headingLength } from "./heading.ts";
import { closeInputs, openInput, toldOf } from "./inputs.ts";
import { runLoad, type Watching } from "./load.ts";
import { type Checked, checkLoadtxt, type LoadtxtOptions } from "./options.ts";
import { hasStreams, type Input, mostBytes, planLoad } from "./plan.ts";
import { closed, isOpen, lengthened, wholeTable } from "./profile.ts";
import { roomyBlock } from "./room.ts";
import { smallLoad } from "./small.ts";
import type { TextSource } from "./source.ts";
import { namesColumns, type Spec, specOf } from "./table.ts";
import { turn } from "./turn.ts";

/**
 * Reads a text table into a shared array, as NumPy's loadtxt (2.4) does, bit for bit, with all processors.
 *
 *     const t = await loadtxt("data1.txt", { dtype: [["chr", "S10"], ["pos", "<i4"], ["pct", "<f4"]] });
 *
 * `source` is a path, a file: URL, bytes, a stream, or an iterable of lines; gzip, bzip2, xz and zstd are known by their content. The
 * array is the caller's to close. An input without rows gives an array without rows, and a warning (code TEXT_EMPTY). Lines that `skiprows`
 * passes over, and what follows the last row that `maxRows` wants, are not looked at. `rejects` and `truncated` of the array say what
 * was left out or cut.
 *
 * @throws {SharrayError} TEXT_BAD_VALUE, TEXT_BAD_COLUMNS, TEXT_BAD_ENCODING, TEXT_TRUNCATED (with `strict`): the first bad row, by file, line
 * and column, from 1; TEXT_TOO_MANY_REJECTS; TEXT_BAD_ARCHIVE; FILE_NOT_FOUND, IS_DIRECTORY, PERMISSION_DENIED, IO_ERROR;
 * INPUT_CHANGED: the file was written to meanwhile; NO_SPACE, TOO_MANY_FILES; FILE_EXISTS: the `name` is taken; ABORTED; BAD_ARGUMENT,
 * BAD_DTYPE
 */
export function loadtxt<const D extends FieldList>(
  source: TextSource,
  options: LoadtxtOptions<D> & { unpack: true; dtype: D | DType<D> },
): Promise<SharedArray<FieldType<D, string>>[]>;
export function loadtxt<const D extends DTypeLike = "<f8">(
  source: TextSource,
  options?: LoadtxtOptions<D>,
): Promise<SharedArray<D>>;
export async function loadtxt(source: TextSource, options: LoadtxtOptions = {}): Promise<unknown> {
  const place = placeAbove(loadtxt);
  const checked = checkLoadtxt(options);
  const start = checked.onProgress === null ? 0 : performance.now();
  const dtype = dtypeIn(options.dtype);
  const rejects = checked.rejects?.max ?? null;
  // Before the source is opened: wrong options cost nobody a stream. Names of columns are checked when they are known.
  const named = namesColumns(options.usecols);
  const early = specOf("loadtxt", dtype, named ? { ...options, usecols: null } : options, { rejects });
  const { signal, threads, onProgress } = checked;
  if (signal?.aborted) throw aborted("loadtxt", signal);
  const { encoding, converters } = checked;
  const once = converters === null && !isOpen(dtype);
  if (once && !named && onProgress === null) {
    const small = smallLoad(source, early, { dtype, encoding, ndmin: checked.ndmin });
    if (small !== null) {
      const array = await complete(small, { dtype, spec: early, checked, place }, null);
      await turn();
      return array;
    }
  }
  const quoted = early.quote !== null;
  const { input, soft } = await openInput("loadtxt", source, { encoding, quoted, once, signal });
  let failure: Error | null = null;
  try {
    const watching: Watching = { threads, onProgress, signal, start };
    const names = named || needsNames(checked) ? await headerOf({ ...early, items: soft }, input) : null;
    const told = named ? specOf("loadtxt", dtype, options, { rejects, names }) : early;
    const spec = { ...told, items: soft };
    return await load({ input, dtype, spec, checked, watching, names, place });
  } catch (error) {
    failure = toldOf("loadtxt", error, [input], signal);
    throw failure;
  } finally {
    closeInputs([input], failure);
  }
}

/** NumPy's "S" and "U" without a length are as long as the data need. */
function dtypeIn(dtype: LoadtxtOptions["dtype"]): DType {
  const open = typeof dtype === "string" && /^[|<>=]?[SU]$/.test(dtype);
  return dtypeOf((open ? `${dtype}0` : (dtype ?? "<f8")) as DTypeLike) as DType;
}

/** What is to be done, with everything checked and open. */
interface Work {
  input: Input;
  dtype: DType;
  spec: Spec;
  checked: Checked;
  watching: Watching;
  names: string[] | null;
  place: Place;
}

function needsNames({ converters }: Checked): boolean {
  return converters !== null && typeof converters !== "function" && [...converters.keys()].some(isName);
}

function isName(key: string): boolean {
  return !/^-?\d+$/.test(key);
}

async function headerOf(spec: Spec, input: Input): Promise<string[] | null> {
  if (!spec.header) return null;
  const { files } = await planLoad({ ...spec, profile: true }, [input], 1);
  return files[0]!.header;
}

async function load(work: Work): Promise<unknown> {
  const { input, checked, watching } = work;
  const { signal, converters } = checked;
  let { dtype, spec } = work;
  if (isOpen(dtype) && converters === null) {
    dtype = await measured(dtype, spec, input, watching);
    spec = { ...spec, ...sized(spec, dtype) };
  }
  // With functions of the caller's the first row need not be of the dtype.
  let plan = await planLoad({ ...spec, profile: converters !== null }, [input], watching.threads);
  await turn();
  if (signal?.aborted) throw aborted("loadtxt", signal);
  const { columns } = plan.tables[0]!;
  // A table without rows calls nothing, and nobody knows its columns.
  const hasRows = plan.tables[0]!.ranges > 0;
  const called = hasRows && spec.usecols?.length !== 0 ? converters : null;
  if (converters !== null && hasRows && called === null) checkKeys(converters, work.names);
  let own = called === null ? null : converting(spec, called, columns, work.names);
  if (converters !== null && called === null && isOpen(dtype)) {
    dtype = closed(dtype, []);
    spec = { ...spec, ...sized(spec, dtype) };
  }
  if (own !== null && isOpen(dtype)) {
    if (dtype.kind === "M") throw refuseOpen(dtype);
    const collected = await collect(own, plan, signal);
    dtype = lengthened(dtype, collected.longest);
    spec = { ...spec, ...sized(spec, dtype) };
    own = given(converting(spec, called!, columns, work.names), collected);
  }
  // What the functions refuse comes before what is wrong behind it.
  const inOrder = async (error: unknown): Promise<never> => {
    if (own !== null) await convertBefore(own, plan, error, signal);
    throw error;
  };
  if (converters !== null) plan = await planLoad(own?.spec ?? spec, [input], watching.threads).catch(inOrder);
  const heading = headingLength(dtype, spec.record && checked.ndmin < 2 ? null : Math.max(1, columns));
  const most = heading + mostBytes(plan.tables[0]!);
  const block = hasStreams(plan.files) ? roomyBlock(most) : Block.create(most, { reserve: false });
  try {
    const target = { block, offset: heading };
    const { rows, notes } = await runLoad(plan, target, watching).catch(inOrder);
    block.cut(heading + rows * plan.tables[0]!.rowSize);
    const convert = async (): Promise<readonly Truncated[]> => {
      const rejected = new Set(notes.rejects.map(({ line }) => line));
      // Rows that were left out do not count for maxRows, which whoever reads them again cannot know.
      const all = rejected.size === 0 ? plan : await planLoad({ ...own!.spec, maxRows: null }, [input], 1);
      return convertRows(own!, all, { ...target, rows, rejected }, signal);
    };
    const wanted: Wanted = { dtype, spec, checked, place: work.place };
    const filled: Filled = { label: input.label, block, heading, rows, columns, notes };
    return await complete(filled, wanted, own !== null && rows > 0 ? convert : null);
  } catch (error) {
    block.close();
    throw error;
  }
}

function refuseOpen(dtype: DType): SharrayError {
  return new SharrayError(
    "NOT_SUPPORTED",
    `loadtxt: converters: with ${String(dtype.descr)}, which says no unit, they are not called; say it, as in "M8[D]".`,
    { option: "converters", dtype: dtype.descr },
  );
}

/**
 * The dtype with the length, or the unit, that all texts of the table need. Of texts bad rows are passed over: the load meets the
 * first of them, whatever is wrong with it. Of dates NumPy counts the columns of all rows before it reads the first.
 */
async function measured(dtype: DType, spec: Spec, input: Input, watching: Watching): Promise<DType> {
  if (spec.usecols?.length === 0) return closed(dtype, []);
  const looking = {
    ...spec,
    profile: true,
    rejects: dtype.kind === "M" ? spec.rejects : Number.MAX_SAFE_INTEGER,
    columns: spec.columns.map((column) => ({ ...column, kind: "skip" as const })),
  };
  const plan = await planLoad(looking, [input], watching.threads);
  const { notes } = await runLoad(plan, null, { ...watching, onProgress: null });
  return closed(dtype, wholeTable(notes.profiles));
}

function sized(spec: Spec, dtype: DType): Pick<Spec, "columns" | "itemsize"> {
  const fresh = specOf("loadtxt", dtype, {});
  const filled = spec.columns[0]!.fill !== null;
  const columns = fresh.columns.map((column) => ({
    ...column,
    fill: filled ? new Array<number>(dtype.itemsize).fill(0) : null,
  }));
  return { columns, itemsize: dtype.itemsize };
}
