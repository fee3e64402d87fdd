import { type DTypeLike, dtypeOf, type SharedArray } from "sharray";
import { planColumns } from "../../dist/array/npy/columns.js";
import { arrayOn } from "../../dist/array/shared.js";
import { Block } from "../../dist/memory/block.js";

/** An array in columns far larger than its pages: only what is touched takes memory. */
export function sparseColumns<const D extends DTypeLike>(rows: number, dtype: D): SharedArray<D> {
  const type = dtypeOf(dtype);
  const { header, columns, size } = planColumns(type, [rows]);
  const block = Block.create(2 * size, { reserve: false });
  block.cut(size);
  block.native.write(header, 0);
  return arrayOn(block, { offset: 0, shape: [rows], columns, dtype: type });
}
