// headers.ts --seconds N | --seed S: .npy headers that were damaged. A header is read, and then read again from what is written of
// it; or it is refused with one of the codes that the guide lists for it. Nothing else may come out.
import assert from "node:assert/strict";
import { npyHeader } from "../packages/sharray/src/array/npy/format.ts";
import { parseNpyHeader } from "../packages/sharray/src/array/npy/read.ts";
import { SharrayError } from "../packages/sharray/src/errors.ts";
import { damagedHeader } from "../packages/sharray/test/array/damaged_headers.ts";
import { rounds } from "./rounds.ts";

const REFUSALS = new Set(["NPY_BAD_HEADER", "BAD_DTYPE"]);

rounds((dice, count) => {
  const bytes = damagedHeader(dice);
  let header: ReturnType<typeof parseNpyHeader>;
  try {
    header = parseNpyHeader(bytes);
  } catch (error) {
    assert.ok(error instanceof SharrayError && REFUSALS.has(error.code), String(error));
    count(error.code);
    return;
  }
  assert.ok(header.length <= bytes.length);
  const again = parseNpyHeader(npyHeader(header.dtype, header.shape, header.fortranOrder));
  assert.deepEqual(again.dtype.descr, header.dtype.descr);
  assert.deepEqual([again.shape, again.fortranOrder], [header.shape, header.fortranOrder]);
  count("read");
});
