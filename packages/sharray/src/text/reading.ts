// The level below `loading.ts`.
export { loadtxt } from "./loadtxt.ts";
