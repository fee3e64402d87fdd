export { main } from "../process/main.ts";
export { Pool, type PoolOptions } from "../process/pool.ts";
export { Process } from "../process/process.ts";
export { Queue } from "../process/queue.ts";
export { type Task, task } from "../process/task.ts";
