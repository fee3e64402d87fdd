// Below `index.ts`: Node opens all modules of one level of imports at once, and a process may have only 64 descriptors.
export { savetxt } from "./savetxt.ts";
export type { SavetxtOptions } from "./savetxt_options.ts";
