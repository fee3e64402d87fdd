export type { AttributeInput, Attributes, AttributeValue } from "./attributes.ts";
export { Dataset, type WriteOptions } from "./dataset.ts";
export { File, type FileMode } from "./file.ts";
export { Group } from "./group.ts";
export type { CreateDatasetOptions } from "./options.ts";
export type { ReadOptions } from "./selection.ts";
export type { Writable } from "./source.ts";
