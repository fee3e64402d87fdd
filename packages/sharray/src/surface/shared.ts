export type { ArrayHandle } from "../array/handle.ts";
export type { OpenOptions } from "../array/npy/open_file.ts";
export type { PublishOptions } from "../array/publish.ts";
export { type FromOptions, type LoadOptions, SharedArray, type SharedArrayOptions } from "../array/shared.ts";
export type { OpenOrCreateSpec } from "../array/wanted.ts";
export * from "./arrays.ts";
