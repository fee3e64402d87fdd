// A level of its own, so that what arrays are made of is open before what reads tables.
export * from "./text.ts";
