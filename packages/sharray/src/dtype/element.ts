import type { DType } from "./dtype.ts";

/** One field: its name, its dtype, and the shape of a sub-array where it is one. `["", "|V4"]` is a gap of four bytes. */
export type FieldLike =
  | readonly [name: string, dtype: DTypeLike]
  | readonly [name: string, dtype: DTypeLike, shape: number | readonly number[]];

/** The fields of a record in the order of memory, as NumPy's `dtype.descr` lists them. */
export type FieldList = readonly FieldLike[];

/** NumPy's description of a dtype: `"<f8"`, `"S10"`, or a list of fields. */
export type DTypeLike = string | FieldList;

/** A complex number. */
export interface Complex {
  re: number;
  im: number;
}

/** What an element can be when its dtype is not known to the compiler. */
export type Element = number | bigint | boolean | string | Complex | Uint8Array | ElementRecord | Element[];

/** A record whose dtype is not known to the compiler. */
export interface ElementRecord {
  [name: string]: Element;
}

/** An array of arrays, as deep as the data has dimensions. */
export type Nested<T> = T | Nested<T>[];

/** What can be written where an element is expected and the dtype is not known to the compiler. */
export type Value =
  | number
  | bigint
  | boolean
  | string
  | Complex
  | ArrayBufferView
  | { readonly [name: string]: Value }
  | readonly Value[];

interface Fixed {
  "?": boolean;
  b1: boolean;
  i1: number;
  i2: number;
  i4: number;
  i8: bigint;
  u1: number;
  u2: number;
  u4: number;
  u8: bigint;
  f2: number;
  f4: number;
  f8: number;
  c8: Complex;
  c16: Complex;
}

type WithoutOrder<S extends string> = S extends `${"<" | ">" | "=" | "|"}${infer Rest}` ? Rest : S;

type Scalar<S extends string> = S extends keyof Fixed
  ? Fixed[S]
  : S extends `${"S" | "U"}${string}`
    ? string
    : S extends `V${string}`
      ? Uint8Array
      : S extends `${"M" | "m"}8${string}`
        ? bigint
        : never;

type ListOf<T, Shape> = Shape extends readonly []
  ? T
  : Shape extends readonly [number, ...infer Rest]
    ? ListOf<T, Rest>[]
    : Shape extends number
      ? T[]
      : Nested<T>[];

type Member<F extends FieldLike> = F extends readonly [string, infer T, infer Shape]
  ? ListOf<ElementOf<T>, Shape>
  : ElementOf<F[1]>;

/**
 * The type of one element of a dtype in TypeScript: `ElementOf<"<f4">` is `number`, and a field list declared `as const` gives
 * `{ chr: string; pos: number; ... }`. i8, u8, M8, m8: bigint; b1: boolean; S, U: string; c8, c16: `{ re, im }`; V: Uint8Array.
 */
export type ElementOf<D> = [DTypeLike] extends [D] ? Element : Known<D>;

type Known<D> =
  D extends DType<infer L>
    ? ElementOf<L>
    : D extends string
      ? string extends D
        ? Element
        : Scalar<WithoutOrder<D>>
      : D extends FieldList
        ? string extends D[number][0]
          ? ElementRecord
          : { -readonly [F in D[number] as F[0] extends "" ? never : F[0]]: Member<F> }
        : never;

/** The names of a record's fields; `never` for other dtypes. */
export type FieldName<D> =
  D extends DType<infer L>
    ? FieldName<L>
    : D extends FieldList
      ? Exclude<D[number][0], "">
      : D extends string
        ? string extends D
          ? string
          : never
        : never;

/** The dtype of the field with that name. */
export type FieldType<D, Name> =
  D extends DType<infer L>
    ? FieldType<L, Name>
    : D extends FieldList
      ? string extends D[number][0]
        ? DTypeLike
        : Extract<D[number], readonly [Name, ...unknown[]]>[1]
      : DTypeLike;

/** The record dtype of only those fields, in an order that the compiler does not follow. */
export type FieldsOf<D, Name extends string> =
  D extends DType<infer L>
    ? FieldsOf<L, Name>
    : D extends FieldList
      ? string extends D[number][0]
        ? DTypeLike
        : readonly Extract<D[number], readonly [Name, ...unknown[]]>[]
      : DTypeLike;

type Widened<T> = [T] extends [bigint]
  ? bigint | number
  : [T] extends [boolean]
    ? boolean | 0 | 1
    : [T] extends [number | string]
      ? T
      : [T] extends [Complex]
        ? Readonly<Complex> | number
        : [T] extends [Uint8Array]
          ? ArrayBufferView
          : T extends readonly (infer Item)[]
            ? readonly Widened<Item>[] | ArrayBufferView
            : { readonly [Name in keyof T]: Widened<T[Name]> };

/** What can be written as one element of a dtype: its `ElementOf`, a safe integer for a bigint, 0 and 1 for a boolean. */
export type ValueOf<D> = DTypeLike extends D ? Value : string extends D ? Value : Widened<ElementOf<D>>;

interface Arrays {
  "?": Uint8Array;
  b1: Uint8Array;
  i1: Int8Array;
  i2: Int16Array;
  i4: Int32Array;
  i8: BigInt64Array;
  u1: Uint8Array;
  u2: Uint16Array;
  u4: Uint32Array;
  u8: BigUint64Array;
  f4: Float32Array;
  f8: Float64Array;
}

/** The typed arrays that can lie over native numbers. */
export type TypedArray = Arrays[keyof Arrays];

/** The typed array that lies over contiguous elements of a dtype; `never` where there is none. */
export type DataOf<D> =
  D extends DType<infer L>
    ? DataOf<L>
    : D extends string
      ? string extends D
        ? TypedArray
        : WithoutOrder<D> extends keyof Arrays
          ? D extends `>${string}`
            ? D extends ">i1" | ">u1" | ">b1" | ">?"
              ? Arrays[WithoutOrder<D>]
              : never
            : Arrays[WithoutOrder<D>]
          : WithoutOrder<D> extends `${"M" | "m"}8${string}`
            ? BigInt64Array
            : never
      : [FieldList] extends [D]
        ? TypedArray
        : never;

/** The dtype of a typed array. */
export type DTypeOfData<T> = T extends Int8Array
  ? "|i1"
  : T extends Uint8Array | Uint8ClampedArray
    ? "|u1"
    : T extends Int16Array
      ? "<i2"
      : T extends Uint16Array
        ? "<u2"
        : T extends Int32Array
          ? "<i4"
          : T extends Uint32Array
            ? "<u4"
            : T extends Float32Array
              ? "<f4"
              : T extends Float64Array
                ? "<f8"
                : T extends BigInt64Array
                  ? "<i8"
                  : T extends BigUint64Array
                    ? "<u8"
                    : never;
