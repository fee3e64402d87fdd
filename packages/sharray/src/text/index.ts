export { loadtxt } from "./loadtxt.ts";
export type { Converter, LoadtxtOptions, LoadtxtProgress } from "./options.ts";
export type { RejectsOption } from "./rejects.ts";
export * from "./saving.ts";
export type { TextSource } from "./source.ts";
export type { TableOptions } from "./table.ts";
