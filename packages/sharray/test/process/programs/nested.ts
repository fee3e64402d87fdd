// A task that uses a pool of its own.
import { main, Pool, task } from "sharray";

export const square = task(import.meta.url, "square", (x: number) => x * x);
export const sumOfSquares = task(import.meta.url, "sumOfSquares", async (items: number[]) => {
  await using pool = new Pool(1);
  return (await pool.map(square, items)).reduce((a, b) => a + b, 0);
});

main(import.meta, async () => {
  await using pool = new Pool(1);
  console.log(await pool.apply(sumOfSquares, [1, 2, 3]));
});
