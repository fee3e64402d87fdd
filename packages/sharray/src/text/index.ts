export { loadtxt } from "./loadtxt.ts";
export type { LoadtxtOptions, LoadtxtProgress } from "./options.ts";
export type { TableOptions } from "./table.ts";
