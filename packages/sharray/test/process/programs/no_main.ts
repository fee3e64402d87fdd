// A program that forgot main(): each worker would run it again.
import { Pool, task } from "sharray";

export const square = task(import.meta.url, "square", (x: number) => x * x);

const pool = new Pool(1);
console.log(await pool.map(square, [1, 2, 3]));
