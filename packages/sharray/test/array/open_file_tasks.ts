// Tasks on arrays of mapped files. Workers import this module.
import { SharedArray, type SharrayError, task } from "sharray";

const url = import.meta.url;

/** What a process sees of an array that was sent to it, and what comes of a store. */
export const look = task(url, "look", (a: SharedArray<"<f8">) => {
  let stored = "stored";
  try {
    a.set([0, 0], 100);
  } catch (error) {
    stored = (error as SharrayError).code;
  }
  return { readonly: a.readonly, last: a.get(-1, -1), stored, first: a.get(0, 0) };
});

/** Gives it back. */
export const back = task(url, "back", (a: SharedArray<"<f8">) => a);

/** Opens a file in this process, and returns the array. */
export const opened = task(url, "opened", (path: string, mode: "r" | "r+" | "c") =>
  SharedArray.open<"<f8">(path, { mode }),
);
