export { savetxt } from "../text/savetxt.ts";
export type { SavetxtOptions } from "../text/savetxt_options.ts";
export * from "./process.ts";
