import { SharrayError } from "../../errors.ts";
import { text } from "../spell.ts";
import { arrowLibrary } from "./library.ts";
import { DTYPE_KEY, VALUE } from "./types.ts";

// What `fromArrow` reads of Arrow's objects, told by their properties: tables of any copy and version of the library do.

/** Arrow's types by their numbers, `DataType.typeId`. */
export const TYPE = {
  Null: 1,
  Int: 2,
  Float: 3,
  Binary: 4,
  Utf8: 5,
  Bool: 6,
  Date: 8,
  Time: 9,
  Timestamp: 10,
  Struct: 13,
  FixedSizeBinary: 15,
  FixedSizeList: 16,
  Duration: 18,
  LargeBinary: 19,
  LargeUtf8: 20,
  BinaryView: 23,
  Utf8View: 24,
  Dictionary: -1,
} as const;

/** A type: what is there depends on its number. */
export interface Type {
  readonly typeId: number;
  readonly children?: readonly { readonly name: string; readonly type: Type }[] | null;
  readonly bitWidth?: number;
  readonly isSigned?: boolean;
  readonly precision?: number;
  readonly unit?: number;
  readonly byteWidth?: number;
  readonly listSize?: number;
  readonly dictionary?: Type;
}

/** A run of a column's values, Arrow's `Data`. `values` begin with the first; bits begin `offset` bits into theirs. */
export interface Chunk {
  readonly type: Type;
  readonly length: number;
  readonly offset: number;
  readonly nullCount: number;
  readonly nullBitmap?: Uint8Array | null;
  readonly values?: ArrayBufferView | null;
  readonly valueOffsets?: Int32Array | BigInt64Array | null;
  readonly variadicBuffers?: readonly Uint8Array[];
  readonly children: readonly Chunk[];
  readonly dictionary?: { readonly data: readonly Chunk[] } | null;
  slice(offset: number, length: number): Chunk;
}

/** A column: its name, its type, and its values in runs. */
export interface Column {
  readonly name: string;
  readonly type: Type;
  readonly chunks: readonly Chunk[];
}

/** A table, or a vector, which is a column without a table. */
export interface Source {
  readonly columns: readonly Column[];
  readonly rows: number;
  /** Whether it is to be an array of the bare values. */
  readonly bare: boolean;
  /** What `toArrow` left in the metadata; null where there is nothing. */
  readonly descr: unknown;
}

interface TableLike {
  readonly schema: {
    readonly fields: readonly { name: string; type: Type }[];
    readonly metadata?: Map<string, string>;
  };
  readonly batches?: readonly { readonly data: Chunk }[];
  readonly data?: Chunk;
}

/** What a program gave to `fromArrow`. Throws BAD_ARGUMENT for what is neither table, batch, vector nor IPC. */
export function sourceOf(given: unknown): Source {
  if (given instanceof Uint8Array) return sourceOf(tableOfIPC(given));
  const table = given as Partial<TableLike> | null | undefined;
  if (Array.isArray(table?.schema?.fields)) {
    const batches = Array.isArray(table.batches) ? table.batches : [table as { data: Chunk }];
    if (batches.every((batch) => Array.isArray(batch?.data?.children))) return ofTable(table as TableLike, batches);
  }
  const vector = given as { type?: Type; data?: Chunk[] } | null | undefined;
  if (typeof vector?.type?.typeId === "number" && Array.isArray(vector.data)) {
    const column = { name: VALUE, type: vector.type, chunks: vector.data };
    return { columns: [column], rows: rowsOf(vector.data), bare: true, descr: null };
  }
  throw new SharrayError(
    "BAD_ARGUMENT",
    `fromArrow: ${text(given)} is no Arrow table; give a Table, a RecordBatch or a Vector of apache-arrow, or the bytes of Arrow's IPC.`,
    { argument: "table" },
  );
}

function ofTable({ schema }: TableLike, batches: readonly { readonly data: Chunk }[]): Source {
  const columns = schema.fields.map(({ name, type }, i) => ({
    name,
    type,
    chunks: batches.map((batch) => batch.data.children[i]!),
  }));
  const descr = describedIn(schema.metadata?.get(DTYPE_KEY));
  const bare = typeof descr === "string" && columns.length === 1 && columns[0]!.name === VALUE;
  return { columns, rows: rowsOf(batches.map(({ data }) => data)), bare, descr };
}

function rowsOf(chunks: readonly Chunk[]): number {
  return chunks.reduce((rows, chunk) => rows + chunk.length, 0);
}

/** A note that is not ours, or that somebody changed, is no note. */
function describedIn(note: string | undefined): unknown {
  try {
    return note === undefined ? null : JSON.parse(note);
  } catch {
    return null;
  }
}

function tableOfIPC(bytes: Uint8Array): unknown {
  const { tableFromIPC } = arrowLibrary();
  try {
    return tableFromIPC(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SharrayError("BAD_ARGUMENT", `fromArrow: the bytes are not Arrow's IPC: ${reason}`, {}, { cause });
  }
}

/** Which values of a chunk are null, one byte each; `above` are those that are null because what they lie in is. */
export function nullsOf(chunk: Chunk, above: Uint8Array | null): Uint8Array | null {
  const { length, offset, nullBitmap, type } = chunk;
  if (type.typeId === TYPE.Null) return new Uint8Array(length).fill(1);
  if (!nullBitmap || nullBitmap.length === 0 || chunk.nullCount === 0) return above;
  const nulls = above === null ? new Uint8Array(length) : above.slice();
  for (let i = 0; i < length; i++) {
    const place = offset + i;
    if ((nullBitmap[place >> 3]! & (1 << (place & 7))) === 0) nulls[i] = 1;
  }
  return nulls;
}
