import { type DType, dtypeOf } from "../../dtype/dtype.ts";
import type { DTypeLike, FieldLike } from "../../dtype/element.ts";
import { SharrayError } from "../../errors.ts";
import { type Chunk, nullsOf, type Source, TYPE, type Type } from "./source.ts";
import { isBinary, isVariable, type Measure, measure, spansOf } from "./spans.ts";
import { carrierOf, TIME_UNITS } from "./times.ts";

/** The dtype of a column, with the shape of its sub-arrays. */
export interface ColumnType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** The refusal of a column whose values no dtype holds. */
export function unsupported(path: string, type: Type, hint: string): SharrayError {
  return new SharrayError(
    "NOT_SUPPORTED",
    `fromArrow: column ${JSON.stringify(path)} is ${type}, which no dtype holds: ${hint}, or leave it out by table.select([...]).`,
    { field: path, type: String(type) },
  );
}

const HINTS: Record<number, string> = {
  1: "nulls alone have no type; give dtype and fill",
  7: "cast it to floats",
  11: "cast it to durations",
  12: "lists may differ in length; cast it to lists of one size",
  14: "cast it to one type",
  17: "take its keys and values as columns",
  21: "lists may differ in length; cast it to lists of one size",
};

/** The unit of a column of times in NumPy's words, and how many bytes a value has; null for other types. */
export function timeOf({ typeId, unit, bitWidth }: Type): { kind: "M" | "m"; unit: string; size: 4 | 8 } | null {
  if (typeId === TYPE.Date) return unit === 0 ? { kind: "M", unit: "D", size: 4 } : { kind: "M", unit: "ms", size: 8 };
  const word = TIME_UNITS[unit ?? -1];
  if (word === undefined) return null;
  if (typeId === TYPE.Timestamp) return { kind: "M", unit: word, size: 8 };
  if (typeId === TYPE.Duration) return { kind: "m", unit: word, size: 8 };
  return typeId === TYPE.Time ? { kind: "m", unit: word, size: bitWidth === 32 ? 4 : 8 } : null;
}

/** NumPy's spelling of a type whose values all have one size; null for others. */
export function fixedOf(type: Type): string | null {
  const time = timeOf(type);
  if (time !== null) return `<${time.kind}8[${time.unit}]`;
  switch (type.typeId) {
    case TYPE.Int:
      return `<${type.isSigned ? "i" : "u"}${type.bitWidth! / 8}`;
    case TYPE.Float:
      return `<f${2 ** (type.precision! + 1)}`;
    case TYPE.Bool:
      return "?";
    case TYPE.FixedSizeBinary:
      return `V${type.byteWidth}`;
    default:
      return null;
  }
}

/** The dtype for the values of a column: of texts S<longest> where all characters are below U+0100, else U<longest>. */
export function inferred(type: Type, chunks: readonly Chunk[], path: string): ColumnType {
  const fixed = fixedOf(type);
  if (fixed !== null) return { dtype: dtypeOf(fixed) as DType, shape: [] };
  if (isVariable(type.typeId)) return { dtype: textType(type, chunks), shape: [] };
  if (type.typeId === TYPE.Dictionary) {
    const entries = new Set(chunks.flatMap((chunk) => chunk.dictionary?.data ?? []));
    return inferred(type.dictionary!, [...entries], path);
  }
  if (type.typeId === TYPE.FixedSizeList) {
    const item = inferred(
      type.children![0]!.type,
      chunks.map((chunk) => chunk.children[0]!),
      path,
    );
    return { dtype: item.dtype, shape: [type.listSize!, ...item.shape] };
  }
  if (type.typeId === TYPE.Struct) {
    const fields = type.children!.map(({ name, type: inner }, i): FieldLike => {
      const inside = `${path}.${name}`;
      return spelt(
        name,
        inferred(
          inner,
          chunks.map((chunk) => chunk.children[i]!),
          inside,
        ),
        inside,
      );
    });
    return { dtype: dtypeOf(fields) as DType, shape: [] };
  }
  throw unsupported(path, type, HINTS[type.typeId] ?? "cast it");
}

function textType({ typeId }: Type, chunks: readonly Chunk[]): DType {
  const binary = isBinary(typeId);
  const all: Measure = { longest: 0, shortest: Infinity, latin1: true };
  for (const chunk of chunks) measure(spansOf(chunk), chunk.length, nullsOf(chunk, null), binary, all);
  const length = Math.max(1, all.longest);
  // Bytes of one length are void, which keeps the NULs at their ends.
  if (binary && all.longest === all.shortest && all.longest > 0) return dtypeOf(`V${length}`) as DType;
  return dtypeOf(all.latin1 ? `S${length}` : `<U${length}`) as DType;
}

function spelt(name: string, { dtype, shape }: ColumnType, path: string): FieldLike {
  if (name === "") {
    throw new SharrayError("NOT_SUPPORTED", "fromArrow: a column has no name, and fields have one; rename it.", {
      field: path,
    });
  }
  return shape.length === 0 ? [name, dtype.descr] : [name, dtype.descr, shape];
}

/** The dtype of the array of a table without a `dtype` option. */
export function dtypeOfSource({ columns, bare, descr }: Source): DType {
  const note = noted(descr);
  if (bare) {
    const { dtype, shape } = inferred(columns[0]!.type, columns[0]!.chunks, columns[0]!.name);
    // An array of sub-arrays has one more axis instead; a vector of lists is a record of one field.
    if (shape.length > 0) return dtypeOf([spelt(columns[0]!.name, { dtype, shape }, "")]) as DType;
    return note !== null && suits(note, dtype) ? note : dtype;
  }
  if (columns.length === 0) {
    throw new SharrayError("BAD_ARGUMENT", "fromArrow: the table has no columns.", { argument: "table" });
  }
  const own = columns.map(({ type, chunks, name }) => inferred(type, chunks, name));
  const whole = dtypeOf(columns.map(({ name }, i) => spelt(name, own[i]!, name))) as DType;
  if (note !== null && suits(note, whole)) return note;
  const fields = columns.map(({ name }, i) => {
    const field = note?.fields?.get(name);
    return spelt(name, field !== undefined && alike(field, own[i]!) ? field : own[i]!, name);
  });
  return dtypeOf(fields) as DType;
}

function noted(descr: unknown): DType | null {
  try {
    return descr === null ? null : (dtypeOf(descr as DTypeLike) as DType);
  } catch {
    return null;
  }
}

function alike(note: ColumnType, own: ColumnType): boolean {
  return String(note.shape) === String(own.shape) && suits(note.dtype, own.dtype);
}

/** Whether a dtype, which `toArrow` noted, holds what a column of another, inferred one does: the way back gives the former. */
function suits(note: DType, own: DType): boolean {
  if (note.kind === "c")
    return own.names?.join() === "re,im" && [...own.fields!.values()].every((part) => part.size * 2 === note.itemsize);
  if (note.fields !== null || own.fields !== null) {
    const [mine, theirs] = [[...(note.fields ?? [])], [...(own.fields ?? [])]];
    return (
      note.fields !== null &&
      own.fields !== null &&
      mine.length === theirs.length &&
      mine.every(([name, field], i) => name === theirs[i]![0] && alike(field, theirs[i]![1]))
    );
  }
  // Texts that are all empty are S1 where they were S0 perhaps.
  const width = Math.max(1, note.kind === "U" ? note.itemsize / 4 : note.itemsize);
  if (own.kind === "S") return "SU".includes(note.kind) && width >= own.itemsize;
  if (own.kind === "U") return note.kind === "U" && note.itemsize >= own.itemsize;
  if (own.kind === "M" || own.kind === "m")
    return note.kind === own.kind && carrierOf(own.kind, note.unit) === own.unit;
  return note.kind === own.kind && note.itemsize === own.itemsize;
}
