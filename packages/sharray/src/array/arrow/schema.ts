import type * as arrow from "apache-arrow";
import type { DType, Field } from "../../dtype/dtype.ts";
import { SharrayError } from "../../errors.ts";
import type { ArrowLibrary } from "./library.ts";
import { carrierOf, TIME_UNITS } from "./times.ts";

function unsupported(column: string, dtype: DType, reason: string): SharrayError {
  return new SharrayError(
    "NOT_SUPPORTED",
    `toArrow: column ${JSON.stringify(column)} is ${dtype}: ${reason}; name the other fields in { fields: [...] } to leave it out.`,
    { field: column, dtype: dtype.descr },
  );
}

/** Only dates and durations have an element, NaT, that Arrow has no value for. */
function hasNulls({ dtype, shape }: Pick<Field, "dtype" | "shape">): boolean {
  return shape.length === 0 && (dtype.kind === "M" || dtype.kind === "m");
}

/** The Arrow field for a field of a dtype; `path` is its name with those of the records that it lies in. */
export function fieldOf(library: ArrowLibrary, name: string, field: Field, path: string): arrow.Field {
  return new library.Field(name, typeOf(library, field, path), hasNulls(field));
}

function typeOf(library: ArrowLibrary, { dtype, shape }: Field, path: string): arrow.DataType {
  if (shape.length > 0) {
    const [size, ...rest] = shape as [number, ...number[]];
    const inner: Field = { dtype, shape: rest, offset: 0, size: rest.reduce((n, m) => n * m, dtype.itemsize) };
    return new library.FixedSizeList(size, fieldOf(library, "item", inner, path));
  }
  if (dtype.fields !== null) {
    const members = [...dtype.fields].map(([name, field]) => fieldOf(library, name, field, `${path}.${name}`));
    return new library.Struct(members);
  }
  return scalarType(library, dtype, path);
}

function scalarType(library: ArrowLibrary, dtype: DType, path: string): arrow.DataType {
  const { kind, itemsize } = dtype;
  const bits = 8 * itemsize;
  switch (kind) {
    case "b":
      return new library.Bool();
    case "i":
      return new library[`Int${bits}` as "Int8"]();
    case "u":
      return new library[`Uint${bits}` as "Uint8"]();
    case "f":
      return new library[`Float${bits}` as "Float32"]();
    case "c": {
      const part = library[`Float${bits / 2}` as "Float32"];
      return new library.Struct(["re", "im"].map((name) => new library.Field(name, new part(), false)));
    }
    case "S":
    case "U":
      return new library.Utf8();
    case "V":
      return new library.FixedSizeBinary(itemsize);
    case "M":
    case "m":
      return timeType(library, dtype, path);
  }
}

function timeType(library: ArrowLibrary, dtype: DType, path: string): arrow.DataType {
  const carrier = carrierOf(dtype.kind as "M" | "m", dtype.unit);
  if (carrier === null) {
    const reason =
      dtype.unit === "" ? "a time without a unit" : "Arrow has no times of that unit, only of s, ms, us and ns";
    throw unsupported(path, dtype, reason);
  }
  if (carrier === "D") return new library.DateDay();
  const unit = TIME_UNITS.indexOf(carrier) as 0 | 1 | 2 | 3;
  return dtype.kind === "M" ? new library.Timestamp(unit) : new library.Duration(unit);
}
