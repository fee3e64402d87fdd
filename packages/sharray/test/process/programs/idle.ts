// Ends although its pool and its queue are open: they have nothing to do.
import { Pool, Queue } from "sharray";
import * as tasks from "../tasks.ts";

const pool = new Pool(2);
const queue = new Queue<number>();
await queue.put(await pool.apply(tasks.double, 4));
console.log(await queue.get(), JSON.stringify(pool.pids));
