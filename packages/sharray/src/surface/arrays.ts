export type {
  ArrowSource,
  ArrowTable,
  ArrowTableLike,
  FromArrowOptions,
  ToArrowOptions,
} from "../array/arrow/types.ts";
export type { ExtremeOf, Histogram, HistogramOptions, MeanOf, SumOf } from "../array/bulk/reduce.ts";
export type { Slice } from "../array/geometry.ts";
export type { WithNumbers } from "../array/lists.ts";
export { type Assignable, type BufferLike, type Lists, NDArray, type NDArrayOptions } from "../array/ndarray.ts";
export { type LoadedArrays, loadz, type SavezOptions, savez } from "../array/npy/npz.ts";
export * from "./tables.ts";
