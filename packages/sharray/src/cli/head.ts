import type { NpyFile } from "../array/npy/file.ts";
import type { DType } from "../dtype/dtype.ts";
import { SharrayError } from "../errors.ts";
import { Dataset, File, type Group } from "../hdf5/index.ts";
import { elementText, isNumber, plain } from "./elements.ts";
import { printable, Table } from "./format.ts";
import { jsonText } from "./json.ts";
import { print } from "./streams.ts";
import { type Subject, subject } from "./subject.ts";
import { target } from "./target.ts";

/** The default of `-n`, as head(1) has it. */
const usual = 10;

/** Records that are read and printed at a time. */
const part = 10_000;

function* paths(group: File | Group, prefix: string): Generator<string> {
  for (const name of group.keys()) {
    const object = group.get(name);
    if (object instanceof Dataset) yield `${prefix}/${name}`;
    else yield* paths(object, `${prefix}/${name}`);
  }
}

function datasetOf(file: File, path: string, name: string | null): Dataset {
  const object = name === null || name === "" || name === "/" ? file : file.get(name);
  if (object instanceof Dataset) return object;
  const group = object === file ? "" : `/${name!.replace(/^\/|\/$/g, "")}`;
  const [first] = paths(object, group);
  throw new SharrayError(
    "USAGE",
    first === undefined
      ? `${path} holds no dataset${group && ` in ${group}`}`
      : `name a dataset of ${path}, as in ${path}:${first}; sharray info ${path} lists them`,
    { path },
  );
}

/** What has records: a dataset, a .npy file, the array in a named block. */
interface Records {
  readonly path: string;
  readonly shape: number[];
  readonly dtype: DType;
  /** So many records, or the one element of an array without axes. */
  records(from: number, to: number): Promise<unknown[]>;
}

function recordsOf(dataset: Dataset): Records {
  const { path, shape, dtype } = dataset;
  const records = async (from: number, to: number): Promise<unknown[]> => {
    using array = await dataset.read(shape.length === 0 ? {} : { rows: [from, to] });
    return shape.length === 0 ? [array.get()] : (array.toArray() as unknown[]);
  };
  return { path, shape, dtype: dtype as DType, records };
}

function recordsIn(file: NpyFile): Records {
  const { dtype, shape } = file.header;
  const records = async (from: number, to: number): Promise<unknown[]> => {
    const array = file.rows(from, to);
    return shape.length === 0 ? [array.get()] : (array.toArray() as unknown[]);
  };
  return { path: file.path, shape, dtype, records };
}

/** The first records, in parts that fit into memory however many are asked for. */
async function* parts(source: Records, wanted: number): AsyncGenerator<unknown[]> {
  const stop = source.shape.length === 0 ? 1 : Math.min(wanted, source.shape[0]!);
  for (let from = 0; from < stop; from += part) yield await source.records(from, Math.min(from + part, stop));
}

async function printJson(source: Records, wanted: number): Promise<void> {
  const { path, shape, dtype } = source;
  let text = `${jsonText({ path, shape, dtype: dtype.descr }).slice(0, -1)},"records":[`;
  let separator = "";
  for await (const records of parts(source, wanted)) {
    text += separator + records.map((record) => jsonText(plain(record, dtype))).join(",");
    separator = ",";
    if (!(await print(text))) return;
    text = "";
  }
  await print(`${text}]}\n`);
}

async function printTable(source: Records, wanted: number): Promise<void> {
  const { shape, dtype } = source;
  const columns = dtype.fields === null || shape.length > 1 ? null : [...dtype.fields];
  const numbers = columns?.flatMap(([, field], column) => (isNumber(field.dtype) ? [column] : [])) ?? [];
  const lines = new Table(new Set(numbers));
  let heads = columns === null ? [] : [columns.map(([field]) => printable(field))];
  for await (const records of parts(source, wanted)) {
    const rows = records.map((record) =>
      columns === null
        ? [elementText(record, dtype)]
        : columns.map(([field, { dtype }]) => elementText((record as Record<string, unknown>)[field], dtype)),
    );
    if (!(await print(lines.lines([...heads, ...rows])))) return;
    heads = [];
  }
  if (heads.length > 0) await print(lines.lines(heads));
}

/** `sharray head`. */
export async function headCommand(text: string, flags: { n?: number; json?: boolean }): Promise<void> {
  const show = flags.json ? printJson : printTable;
  const wanted = flags.n ?? usual;
  const { path, dataset: name } = target(text);
  const found: Subject = name === null ? await subject(path) : { kind: "hdf5" };
  if (found.kind !== "hdf5") {
    using file = found.file;
    if (file === null)
      throw new SharrayError("NOT_FOUND", `there is no array in ${path}: it holds raw bytes`, { path });
    await show(recordsIn(file), wanted);
    return;
  }
  await using file = await File.open(path, "r");
  await show(recordsOf(datasetOf(file, path, name)), wanted);
}
