import type { DType } from "../dtype/dtype.ts";
import { layoutOf } from "../dtype/layout.ts";
import { SharrayError } from "../errors.ts";
import { checkOptions, flag } from "../memory/arguments.ts";
import type { AttributeInput } from "./attributes.ts";
import { defaultChunks } from "./chunks.ts";
import { shapeText } from "./source.ts";

/** Options of `createDataset`. */
export interface CreateDatasetOptions {
  /** The shape of a chunk; `true`: chunks of a shape that is chosen. Default: none, unless another option needs them. */
  chunks?: readonly number[] | boolean | null | undefined;
  /** Default: null, no compression. */
  compression?: "gzip" | "lzf" | null | undefined;
  /** gzip's level, 1 (fast) to 9 (small). Default: 4. */
  level?: number | undefined;
  /** Sorts the bytes of elements into planes before compression, which makes numbers smaller. Default: true when compressed. */
  shuffle?: boolean | undefined;
  /** Adds a checksum to each chunk. Default: false. */
  fletcher32?: boolean | undefined;
  /** How far each axis may grow; null: without limit. Default: not at all. */
  maxshape?: readonly (number | null)[] | null | undefined;
  /** The axes' names, as HDF5's dimension labels; null or "" for none. */
  dims?: readonly (string | null)[] | undefined;
  /** Attributes of the new dataset. */
  attrs?: Readonly<Record<string, AttributeInput>> | undefined;
}

const KNOWN = ["chunks", "compression", "level", "shuffle", "fletcher32", "maxshape", "dims", "attrs"];

function bad(message: string, details: Record<string, unknown>, code = "BAD_ARGUMENT"): SharrayError {
  return new SharrayError(code, `createDataset: ${message}`, details);
}

/** The new dataset as native code takes it, as JSON. Throws BAD_ARGUMENT, BAD_SHAPE, NOT_SUPPORTED. */
export function datasetSpec(shape: readonly number[], dtype: DType, options: CreateDatasetOptions): string {
  checkOptions(options, KNOWN, "createDataset");
  const gzip = compressionLevel(options);
  const shuffle = flag(options.shuffle, "shuffle", gzip !== null);
  const fletcher32 = flag(options.fletcher32, "fletcher32", false);
  const maxshape = checkMaxshape(options.maxshape, shape);
  checkDims(options.dims, shape);
  const growing = shape.map((_, axis) => maxshape !== null && maxshape[axis] !== shape[axis]);
  const given = Array.isArray(options.chunks) ? checkChunks(options.chunks, maxshape ?? shape) : null;
  if (
    given === null &&
    options.chunks !== undefined &&
    options.chunks !== null &&
    typeof options.chunks !== "boolean"
  ) {
    throw bad(`chunks: expected a shape such as [1000], true or null, found ${shapeText([options.chunks as never])}`, {
      argument: "chunks",
    });
  }
  const reason =
    gzip !== null
      ? "compression"
      : shuffle
        ? "shuffle"
        : fletcher32
          ? "fletcher32"
          : growing.includes(true)
            ? "maxshape"
            : null;
  if (options.chunks === false && reason !== null) {
    throw bad(`${reason} needs chunks, and chunks is false; leave chunks out`, { argument: "chunks" });
  }
  const element = layoutOf(dtype);
  if (given === null && reason === null && options.chunks !== true) return JSON.stringify({ element, shape, maxshape });
  if (shape.length === 0) {
    throw bad(`a single element has no axes, so no chunks and no ${reason ?? "chunks"}; give it the shape [1]`, {
      shape,
    });
  }
  // Nothing to cut and nothing to compress: HDF5 has no chunks for an axis of length 0 that may not grow.
  if (shape.some((n, axis) => n === 0 && !growing[axis])) return JSON.stringify({ element, shape, maxshape: null });
  const chunks = given ?? defaultChunks(shape, maxshape ?? shape, dtype.itemsize);
  return JSON.stringify({ element, shape, maxshape, chunks, gzip, shuffle, fletcher32 });
}

function compressionLevel({ compression = null, level }: CreateDatasetOptions): number | null {
  if (compression === "lzf") {
    throw bad(
      'compression "lzf" is not there in this version; use "gzip"',
      { argument: "compression" },
      "NOT_SUPPORTED",
    );
  }
  if (compression !== null && compression !== "gzip") {
    throw bad(`compression: expected "gzip" or null, found ${JSON.stringify(compression)}`, {
      argument: "compression",
    });
  }
  if (level !== undefined && (!Number.isInteger(level) || level < 1 || level > 9)) {
    throw bad(`level: expected an integer from 1 to 9, found ${String(level)}`, { argument: "level" });
  }
  if (compression === null) {
    if (level !== undefined) throw bad('level is given without compression: "gzip"', { argument: "level" });
    return null;
  }
  return level ?? 4;
}

function checkMaxshape(maxshape: CreateDatasetOptions["maxshape"], shape: readonly number[]): (number | null)[] | null {
  if (maxshape === undefined || maxshape === null) return null;
  const fits =
    Array.isArray(maxshape) &&
    maxshape.length === shape.length &&
    maxshape.every((most, axis) => most === null || (Number.isSafeInteger(most) && most >= shape[axis]!));
  if (!fits) {
    throw bad(
      `maxshape ${shapeText(maxshape)}: expected ${shape.length} numbers, each null or at least that of the shape ${shapeText(shape)}`,
      { argument: "maxshape", shape },
      "BAD_SHAPE",
    );
  }
  return [...maxshape];
}

function checkChunks(chunks: readonly number[], most: readonly (number | null)[]): number[] {
  const fits =
    chunks.length === most.length &&
    chunks.every((n, axis) => Number.isSafeInteger(n) && n >= 1 && n <= (most[axis] === 0 ? 1 : (most[axis] ?? n)));
  if (!fits) {
    throw bad(
      `chunks ${shapeText(chunks)}: expected ${most.length} numbers of at least 1, none above what the dataset can become, ` +
        `${shapeText(most)} (null: without limit)`,
      { argument: "chunks", most },
      "BAD_SHAPE",
    );
  }
  return [...chunks];
}

function checkDims(dims: CreateDatasetOptions["dims"], shape: readonly number[]): void {
  if (dims === undefined) return;
  const fits =
    Array.isArray(dims) && dims.length === shape.length && dims.every((dim) => dim === null || typeof dim === "string");
  if (!fits) {
    throw bad(`dims: expected a name (or null) for each of ${shape.length} axes`, { argument: "dims", shape });
  }
}
