import { SharedArray, task } from "sharray";

/** The same records in the opposite order, in an array of the same layout. */
export const columnsOf = task(import.meta.url, "columnsOf", (given: SharedArray) => {
  const { shape, dtype, layout } = given;
  const made = SharedArray.create({ shape, dtype, layout });
  made.assign(given.slice([null, null, -1]));
  return made;
});
