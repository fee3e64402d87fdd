export { loadtxt } from "../text/loadtxt.ts";
export type { LoadtxtOptions, LoadtxtProgress } from "../text/options.ts";
export { savetxt } from "../text/savetxt.ts";
export type { SavetxtOptions } from "../text/savetxt_options.ts";
export * from "./process.ts";
