import type { DType } from "../../dtype/dtype.ts";

/** A run of bytes in an element. */
export interface Run {
  readonly offset: number;
  readonly size: number;
}

const known = new WeakMap<DType, readonly Run[]>();

/**
 * The bytes of an element that belong to it, as few runs as possible: one, of all bytes, for everything but records with gaps.
 * What lies in the gaps of a record is left alone, as in NumPy, since another view may have its fields there.
 */
export function runsOf(dtype: DType): readonly Run[] {
  let runs = known.get(dtype);
  if (runs === undefined) {
    runs = join(parts(dtype));
    known.set(dtype, runs);
  }
  return runs;
}

/** Whether some bytes of an element belong to none of its fields. */
export function hasGaps(dtype: DType): boolean {
  if (dtype.fields === null) return false;
  const runs = runsOf(dtype);
  return dtype.itemsize > 0 && (runs.length !== 1 || runs[0]!.size !== dtype.itemsize);
}

function* parts(dtype: DType): Generator<Run> {
  if (dtype.fields === null) {
    yield { offset: 0, size: dtype.itemsize };
    return;
  }
  for (const field of dtype.fields.values()) {
    if (!hasGaps(field.dtype)) {
      yield field;
      continue;
    }
    for (let at = field.offset; at < field.offset + field.size; at += field.dtype.itemsize) {
      for (const { offset, size } of runsOf(field.dtype)) yield { offset: at + offset, size };
    }
  }
}

function join(pieces: Iterable<Run>): Run[] {
  const runs: { offset: number; size: number }[] = [];
  for (const { offset, size } of pieces) {
    const last = runs.at(-1);
    if (size === 0) continue;
    if (last !== undefined && last.offset + last.size === offset) last.size += size;
    else runs.push({ offset, size });
  }
  return runs;
}
