/** Records with a text, a sub-array and a record inside. */
export const methylation = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["xy", "<f4", [2]],
  ["in", [["a", ">i2"]]],
] as const;
