export { loadtxt } from "./loadtxt.ts";
export type { Converter, LoadtxtOptions, LoadtxtProgress } from "./options.ts";
export type { RejectsOption } from "./rejects.ts";
export { savetxt } from "./savetxt.ts";
export type { SavetxtOptions } from "./savetxt_options.ts";
export type { TextSource } from "./source.ts";
export type { TableOptions } from "./table.ts";
