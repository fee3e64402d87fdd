// The level below `index.ts`.
import "../array/shared.ts";

export * from "./loading.ts";
export { savetxt } from "./savetxt.ts";
export type { SavetxtOptions } from "./savetxt_options.ts";
