// Tasks and program in one file.
import { main, Pool, SharrayError, task } from "sharray";

export const square = task(import.meta.url, "square", (x: number) => x * x);

main(import.meta, async () => {
  await using pool = new Pool(2);
  console.log(JSON.stringify(await pool.map(square, [1, 2, 3])));
  if (process.argv[2] === "fail") throw new SharrayError("SOME_CODE", "it failed", {});
});
