// biome-ignore lint/suspicious/noTsIgnore: where the package is installed there is no error to expect
/** @ts-ignore: an optional peer. Where it is not installed all of these are `any`, and `ArrowTable` is what stands below. */
import type * as arrow from "apache-arrow";
import type { DType } from "../../dtype/dtype.ts";
import type { DTypeLike, FieldLike, FieldList } from "../../dtype/element.ts";
import type { NameOptions } from "../../memory/names.ts";
import type { ArrayLayout } from "../columns.ts";

/** The column of an array that is not of records. */
export const VALUE = "value";

/** The key of a schema's metadata under which `toArrow` leaves the dtype, for `fromArrow`. */
export const DTYPE_KEY = "sharray.dtype";

/** Options of `toArrow`. */
export interface ToArrowOptions<Name extends string = string> {
  /** The fields that become columns, in this order. Default: all. */
  fields?: readonly Name[];
  /**
   * The program's own apache-arrow, of `import * as arrow from "apache-arrow"`: for several versions of it, for bundles, and for Node
   * before 20.19 and 22.12. Default: the one that is installed beside sharray.
   */
  arrow?: object;
}

/** What an Arrow table is where the package apache-arrow, whose `Table` it is, is not installed. */
export interface ArrowTableLike {
  readonly numRows: number;
  readonly numCols: number;
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  readonly batches: readonly object[];
}

/** What `fromArrow` takes: a `Table`, a `RecordBatch` or a `Vector` of any copy of apache-arrow, or the bytes of Arrow's IPC. */
export type ArrowSource =
  | { readonly schema: { readonly fields: readonly { readonly name: string }[] } }
  | { readonly type: object; readonly data: readonly object[] }
  | Uint8Array;

/** Options of `SharedArray.fromArrow`. */
export interface FromArrowOptions<D extends DTypeLike> extends NameOptions {
  /**
   * Fields take the columns of their names, others are left out; numbers are converted where every one fits, times where they are whole.
   * Default: of the columns, as `fromArrow` says.
   */
  dtype?: D | DType<D>;
  /** "columns" keeps each column together, as Arrow does. Default: "columns", of a vector "rows". */
  layout?: ArrayLayout;
  /**
   * What stands for null, by the name of the column, in records by its path: `{ pos: -1, "in.a": 0 }`. Default: NaN for floats, NaT
   * for times; without one a null in other columns is BAD_VALUE.
   */
  fill?: Readonly<Record<string, unknown>>;
}

/** Within tuples: of a type that could not be found the compiler makes `any` without a look at the condition. */
type IsAny<T> = [0] extends [1 & T] ? true : false;

/** The table that `toArrow` makes of an array of that dtype: apache-arrow's `Table`, with its columns' types. */
export type ArrowTable<D = DTypeLike> =
  IsAny<arrow.DataType> extends true
    ? ArrowTableLike
    : DTypeLike extends D
      ? arrow.Table
      : arrow.Table<ArrowColumns<D>>;

/** The columns of that table: a record's fields, or one named "value". */
export type ArrowColumns<D> =
  D extends DType<infer L>
    ? ArrowColumns<L>
    : D extends FieldList
      ? string extends D[number][0]
        ? Record<string, arrow.DataType>
        : { [F in D[number] as F[0] extends "" ? never : F[0]]: ColumnType<F> }
      : string extends D
        ? Record<string, arrow.DataType>
        : { [VALUE]: ArrowTypeOf<D> };

type ColumnType<F extends FieldLike> = F extends readonly [string, infer T, unknown]
  ? arrow.FixedSizeList<ArrowTypeOf<T>>
  : ArrowTypeOf<F[1]>;

/** The Arrow type of a dtype. */
export type ArrowTypeOf<D> =
  D extends DType<infer L>
    ? ArrowTypeOf<L>
    : D extends string
      ? string extends D
        ? arrow.DataType
        : ScalarType<D extends `${"<" | ">" | "=" | "|"}${infer Rest}` ? Rest : D>
      : D extends FieldList
        ? arrow.Struct<ArrowColumns<D>>
        : arrow.DataType;

interface Numbers {
  "?": arrow.Bool;
  b1: arrow.Bool;
  i1: arrow.Int8;
  i2: arrow.Int16;
  i4: arrow.Int32;
  i8: arrow.Int64;
  u1: arrow.Uint8;
  u2: arrow.Uint16;
  u4: arrow.Uint32;
  u8: arrow.Uint64;
  f2: arrow.Float16;
  f4: arrow.Float32;
  f8: arrow.Float64;
  c8: arrow.Struct<{ re: arrow.Float32; im: arrow.Float32 }>;
  c16: arrow.Struct<{ re: arrow.Float64; im: arrow.Float64 }>;
}

type ScalarType<S extends string> = S extends keyof Numbers
  ? Numbers[S]
  : S extends `${"S" | "U"}${string}`
    ? arrow.Utf8
    : S extends `V${string}`
      ? arrow.FixedSizeBinary
      : S extends `M8[${string}s]`
        ? arrow.Timestamp
        : S extends "M8[D]"
          ? arrow.DateDay
          : S extends `m8${string}`
            ? arrow.Duration
            : arrow.DataType;
