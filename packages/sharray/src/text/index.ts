// Node opens all modules of one level of imports at once, and a process may have only 64 descriptors: what is needed by all stands on
// higher levels here than what needs it.
import "../dtype/dtype.ts";
import "../memory/block.ts";

export type { Converter, LoadtxtOptions, LoadtxtProgress } from "./options.ts";
export type { RejectsOption } from "./rejects.ts";
export * from "./saving.ts";
export type { TextSource } from "./source.ts";
export type { TableOptions } from "./table.ts";
