// What programs import.
export type {
  ArrowSource,
  ArrowTable,
  ArrowTableLike,
  FromArrowOptions,
  ToArrowOptions,
} from "./array/arrow/types.ts";
export type { ExtremeOf, Histogram, HistogramOptions, MeanOf, SumOf } from "./array/bulk/reduce.ts";
export type { Slice } from "./array/geometry.ts";
export type { ArrayHandle } from "./array/handle.ts";
export type { Reject, Truncated } from "./array/left_out.ts";
export type { WithNumbers } from "./array/lists.ts";
export { type Assignable, type BufferLike, type Lists, NDArray, type NDArrayOptions } from "./array/ndarray.ts";
export { type LoadedArrays, loadz, type SavezOptions, savez } from "./array/npy/npz.ts";
export type { OpenOptions } from "./array/npy/open_file.ts";
export type { PublishOptions } from "./array/publish.ts";
export { type FromOptions, type LoadOptions, SharedArray, type SharedArrayOptions } from "./array/shared.ts";
export type { OpenOrCreateSpec } from "./array/wanted.ts";
export { DType, type DTypeOptions, dtypeOf, type Field } from "./dtype/dtype.ts";
export type {
  Complex,
  DataOf,
  DTypeLike,
  DTypeOfData,
  Element,
  ElementOf,
  ElementRecord,
  FieldLike,
  FieldList,
  FieldName,
  FieldsOf,
  FieldType,
  Nested,
  TypedArray,
  Value,
  ValueOf,
} from "./dtype/element.ts";
export { SharrayError } from "./errors.ts";
export type { BlockHandle } from "./memory/handle.ts";
export { assertNoLeaks } from "./memory/leaks.ts";
export { type AttachOptions, type CreateOptions, type NamedBlock, SharedMemory } from "./memory/shared_memory.ts";
export { main } from "./process/main.ts";
export { Pool, type PoolOptions } from "./process/pool.ts";
export { Process } from "./process/process.ts";
export { Queue } from "./process/queue.ts";
export { type Task, task } from "./process/task.ts";
export { loadtxt } from "./text/loadtxt.ts";
export type { Converter, LoadtxtOptions, LoadtxtProgress } from "./text/options.ts";
export type { RejectsOption } from "./text/rejects.ts";
export { savetxt } from "./text/savetxt.ts";
export type { SavetxtOptions } from "./text/savetxt_options.ts";
export type { TextSource } from "./text/source.ts";
