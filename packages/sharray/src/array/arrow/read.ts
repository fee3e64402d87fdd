import { type DType, dtypeOf } from "../../dtype/dtype.ts";
import type { DTypeLike } from "../../dtype/element.ts";
import { SharrayError } from "../../errors.ts";
import { fieldsOf } from "../columns.ts";
import { text } from "../spell.ts";
import type { View } from "../view.ts";
import { dtypeOfSource } from "./dtype.ts";
import { type Column, type Source, sourceOf } from "./source.ts";
import { type Writing, writeChunk } from "./write.ts";

/** What a table becomes: an array of so many elements of a dtype, and what writes them. */
export interface Reading {
  readonly dtype: DType;
  readonly rows: number;
  /** Writes all elements into a new array, which is zeros. */
  write(array: View): void;
}

/** Columns are written in pieces of about this many bytes: what is between (booleans, values beside nulls) takes that much. */
const PIECE = 2 ** 25;

/**
 * Looks at an Arrow table. Throws BAD_ARGUMENT, NOT_SUPPORTED for a column that no dtype holds, NOT_FOUND for a field of `dtype` that
 * is no column; `write` throws BAD_VALUE for a value, or a null, that does not fit.
 */
export function readingOf(table: unknown, options: { dtype?: unknown; fill?: unknown }): Reading {
  const source = sourceOf(table);
  checkNames(source);
  const fill = fillOf(options.fill, source);
  const dtype = options.dtype === undefined ? dtypeOfSource(source) : (dtypeOf(options.dtype as DTypeLike) as DType);
  const columns = columnsFor(source, dtype);
  const write = (array: View): void => {
    const views = dtype.fields === null ? [array] : fieldsOf(array);
    const dictionaries = new Map<object, View>();
    for (const [i, column] of columns.entries()) {
      writeColumn(column, views[i]!, { path: column.name, row: 0, rows: 0, fill, dictionaries });
    }
  };
  return { dtype, rows: source.rows, write };
}

function checkNames({ columns }: Source): void {
  const names = new Set<string>();
  for (const { name } of columns) {
    if (names.has(name)) {
      throw new SharrayError(
        "BAD_ARGUMENT",
        `fromArrow: two columns have the name ${JSON.stringify(name)}, and fields differ in theirs; rename one.`,
        { argument: "table", field: name },
      );
    }
    names.add(name);
  }
}

/** The columns that a dtype asks for, in its order. */
function columnsFor({ columns }: Source, dtype: DType): Column[] {
  if (dtype.names === null) {
    if (columns.length === 1) return [...columns];
    throw new SharrayError(
      "BAD_ARGUMENT",
      `fromArrow: a table of ${columns.length} columns does not make an array of ${dtype}; give one column, by table.getChild(name).`,
      { argument: "dtype", columns: columns.length },
    );
  }
  const byName = new Map(columns.map((column) => [column.name, column]));
  return dtype.names.map((name) => {
    const column = byName.get(name);
    if (column !== undefined) return column;
    throw new SharrayError(
      "NOT_FOUND",
      `fromArrow: there is no column ${JSON.stringify(name)}: the columns are ${[...byName.keys()].join(", ")}.`,
      { field: name, fields: [...byName.keys()] },
    );
  });
}

function fillOf(fill: unknown, { columns }: Source): Record<string, unknown> {
  if (fill === undefined) return {};
  if (typeof fill !== "object" || fill === null || Array.isArray(fill) || ArrayBuffer.isView(fill)) {
    const name = columns[0]?.name ?? "pos";
    throw new SharrayError(
      "BAD_ARGUMENT",
      `fromArrow: fill says by name what stands for null, such as { ${JSON.stringify(name)}: ... }; it is ${text(fill)}.`,
      { argument: "fill" },
    );
  }
  for (const path of Object.keys(fill)) {
    if (columns.some(({ name }) => path === name || path.startsWith(`${name}.`))) continue;
    throw new SharrayError("NOT_FOUND", `fromArrow: fill names ${JSON.stringify(path)}, which is no column.`, {
      field: path,
      fields: columns.map(({ name }) => name),
    });
  }
  return fill as Record<string, unknown>;
}

function writeColumn(column: Column, view: View, writing: Writing): void {
  const each = view.shape.slice(1).reduce((all, n) => all * n, view.dtype.itemsize);
  const most = Math.max(1, Math.floor(PIECE / Math.max(1, each)));
  let row = 0;
  for (const chunk of column.chunks) {
    for (let done = 0; done < chunk.length; done += most) {
      const rows = Math.min(most, chunk.length - done);
      const part = rows === chunk.length ? chunk : chunk.slice(done, rows);
      const target: View = {
        ...view,
        offset: view.offset + row * view.strides[0]!,
        shape: [rows, ...view.shape.slice(1)],
      };
      writeChunk({ ...writing, row, rows }, target, part);
      row += rows;
    }
  }
}
