// Has workers that wait, loop and rest, and memory that they hold; says so, and stays.
import { Pool, Process, Queue, SharedMemory } from "sharray";
import * as tasks from "../tasks.ts";

const how = process.argv[2];
const begun = new Queue<number>();
const memory = SharedMemory.create(1 << 20);
const pool = new Pool(3);
await pool.apply(tasks.sumMemory, memory);
const kept = new Queue<SharedMemory>();
await kept.put(memory); // on its way when everything ends
pool.apply(tasks.wait, begun).catch(() => {});
pool.apply(tasks.spin, begun).catch(() => {});
const child = new Process(tasks.spin, begun);
child.start();
for (let i = 0; i < 3; i++) await begun.get();
const pids = [...pool.pids, child.pid];
process.stdout.write(`${JSON.stringify({ pids, inode: memory.handle().ino })}\n`, () => {
  if (how === "exit") process.exit(5);
  if (how === "throw") throw new Error("nobody catches this");
});
