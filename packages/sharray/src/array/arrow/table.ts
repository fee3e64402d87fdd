import type * as arrow from "apache-arrow";
import type { DType, Field } from "../../dtype/dtype.ts";
import type { DTypeLike, FieldLike } from "../../dtype/element.ts";
import { SharrayError } from "../../errors.ts";
import { checkOptions } from "../../memory/arguments.ts";
import { fieldsOf } from "../columns.ts";
import { text } from "../spell.ts";
import type { View } from "../view.ts";
import { columnOf } from "./column.ts";
import { arrowLibrary } from "./library.ts";
import { fieldOf } from "./schema.ts";
import { DTYPE_KEY, type ToArrowOptions, VALUE } from "./types.ts";

/** No buffer of a batch is larger: offsets of texts have 32 bits, and Node 20 has no typed array of more than 4 GiB. */
const BATCH_BYTES = 2 ** 31 - 1;
/** Batches begin at multiples of this many rows, so that bitmaps and aligned runs go on aligned. */
const ROWS = 64;

interface Source {
  readonly name: string;
  readonly field: Field;
  readonly view: View;
}

/** The Arrow table of an array of one axis; `limit` is for the largest buffer of a batch. */
export function tableOf(view: View, options: ToArrowOptions = {}, limit: number = BATCH_BYTES): arrow.Table {
  checkOptions(options, ["fields", "arrow"], "toArrow");
  view.storage.check();
  const { shape } = view;
  if (shape.length !== 1) {
    throw new SharrayError(
      "BAD_SHAPE",
      `toArrow: a table has rows, and the array has shape ${text(shape)}; take a view of one axis, by reshape([-1]) or at(i).`,
      { shape },
    );
  }
  const sources = chosen(sourcesOf(view), options.fields);
  const library = arrowLibrary(options.arrow);
  const fields = sources.map(({ name, field }) => fieldOf(library, name, field, name));
  const descr = options.fields === undefined ? view.dtype.descr : descrOf(sources);
  const schema = new library.Schema(fields, new Map([[DTYPE_KEY, JSON.stringify(descr)]]));
  const type = new library.Struct(fields);
  const batches: arrow.RecordBatch[] = [];
  const most = rowsOf(sources, limit);
  for (let start = 0; start === 0 || start < shape[0]!; start += most) {
    const count = Math.min(most, shape[0]! - start);
    const children = sources.map(({ name, view: whole }, i) =>
      columnOf({ library, path: name, row: start }, fields[i]!.type, rowsIn(whole, start, count)),
    );
    batches.push(new library.RecordBatch(schema, new library.Data(type, 0, count, 0, undefined, children)));
  }
  return new library.Table(schema, batches);
}

function sourcesOf(view: View): Source[] {
  const { fields, itemsize } = view.dtype;
  if (fields === null) {
    return [{ name: VALUE, field: { dtype: view.dtype, offset: 0, shape: [], size: itemsize }, view }];
  }
  const views = fieldsOf(view);
  return [...fields].map(([name, field], i) => ({ name, field, view: views[i]! }));
}

function chosen(sources: Source[], names: readonly string[] | undefined): Source[] {
  if (names === undefined) return sources;
  if (!Array.isArray(names) || names.length === 0 || new Set(names).size < names.length) {
    throw new SharrayError(
      "BAD_ARGUMENT",
      `toArrow: fields is a list of different names of fields, not ${text(names)}.`,
      { argument: "fields" },
    );
  }
  return names.map((name) => {
    const source = sources.find((one) => one.name === name);
    if (source !== undefined) return source;
    const fields = sources.map((one) => one.name);
    throw new SharrayError(
      "NOT_FOUND",
      `toArrow: there is no field ${text(name)}: the fields are ${fields.join(", ")}.`,
      {
        field: name,
        fields,
      },
    );
  });
}

function descrOf(sources: readonly Source[]): FieldLike[] {
  return sources.map(({ name, field: { dtype, shape } }) =>
    shape.length === 0 ? [name, dtype.descr] : [name, dtype.descr, [...shape]],
  );
}

function rowsIn(view: View, start: number, count: number): View {
  return { ...view, offset: view.offset + start * view.strides[0]!, shape: [count, ...view.shape.slice(1)] };
}

/** How many rows the buffers of a batch have room for. */
function rowsOf(sources: readonly Source[], limit: number): number {
  let largest = 1;
  for (const { field } of sources) largest = Math.max(largest, hasLatin1(field.dtype) ? 2 * field.size : field.size);
  const rows = Math.floor(limit / largest);
  return rows < ROWS ? Math.max(1, rows) : rows - (rows % ROWS);
}

/** Whether there are texts in it whose characters take up to two bytes in UTF-8 where they take one here. */
function hasLatin1(dtype: DType<DTypeLike>): boolean {
  return dtype.kind === "S" || [...(dtype.fields?.values() ?? [])].some((field) => hasLatin1(field.dtype));
}
