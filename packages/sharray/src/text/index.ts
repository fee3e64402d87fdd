export { loadtxt } from "./loadtxt.ts";
export type { LoadtxtOptions, LoadtxtProgress } from "./options.ts";
export { savetxt } from "./savetxt.ts";
export type { SavetxtOptions } from "./savetxt_options.ts";
export type { TableOptions } from "./table.ts";
