import assert from "node:assert/strict";
import { SharrayError } from "sharray";
import { type NpyHeader, parseNpyHeader } from "../../dist/array/npy/read.js";
import { DELIBERATE, type NumpyReads, TAKEN } from "./damaged_headers.ts";

/**
 * Compares what we read of a damaged header with what NumPy reads: the same; refused by both; refused here for a reason that is
 * known (`deliberate`); or taken here although Python is stricter about blanks behind the dict.
 */
export function compare(bytes: Buffer, theirs: NumpyReads): "same" | "refused" | "deliberate" | "taken" {
  const where = JSON.stringify(bytes.toString("latin1"));
  let ours: NpyHeader;
  try {
    ours = parseNpyHeader(bytes);
  } catch (error) {
    assert.ok(
      error instanceof SharrayError && ["NPY_BAD_HEADER", "BAD_DTYPE"].includes(error.code),
      `${error} ${where}`,
    );
    if (typeof theirs === "string") return "refused";
    assert.ok(
      error.code === "BAD_DTYPE" || DELIBERATE.some((reason) => reason.test(error.message)),
      `NumPy reads ${JSON.stringify(theirs)} of ${where}: ${error.message}`,
    );
    return "deliberate";
  }
  assert.ok(ours.length <= bytes.length, where);
  if (typeof theirs === "string") {
    assert.match(bytes.toString("latin1"), TAKEN, `NumPy does not read ${where}: ${theirs}`);
    return "taken";
  }
  const { dtype, shape, fortranOrder, length } = ours;
  assert.deepEqual(
    { shape, fortran: fortranOrder, itemsize: dtype.itemsize, length, names: dtype.names ?? [] },
    {
      shape: theirs.shape,
      fortran: theirs.fortran,
      itemsize: theirs.itemsize,
      length: theirs.length,
      names: theirs.names,
    },
    where,
  );
  if (dtype.fields === null) assert.equal(dtype.descr, theirs.dtype, where);
  return "same";
}
