// What programs import. Node opens all modules of one level of imports at once, so the layers stand one below the other here: a process
// that may have 64 descriptors can load them.
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
export * from "./surface/shared.ts";
