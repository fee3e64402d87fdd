export { loadtxt } from "../text/loadtxt.ts";
export type { LoadtxtOptions, LoadtxtProgress } from "../text/options.ts";
export * from "./process.ts";
