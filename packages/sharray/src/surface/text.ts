export type { Reject, Truncated } from "../array/left_out.ts";
export { loadtxt } from "../text/loadtxt.ts";
export type { Converter, LoadtxtOptions, LoadtxtProgress } from "../text/options.ts";
export type { RejectsOption } from "../text/rejects.ts";
export type { TextSource } from "../text/source.ts";
export * from "./savetxt.ts";
