// Lowers this process's own limit on descriptors, and asks for more processes than it allows.
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { Pool, Queue, SharedArray, SharedMemory, SharrayError } from "sharray";
import * as tasks from "../tasks.ts";

const code = (error: unknown): string => (error instanceof SharrayError ? error.code : String(error));
const pool = new Pool(1);
await pool.apply(tasks.double, 1);
const queue = new Queue<SharedMemory>();
const array = SharedArray.from([1, 2, 3]);
const arrays = new Queue<SharedArray>();
const count = (): number => readdirSync("/proc/self/fd").length;
const open = count();
execFileSync("prlimit", [`--nofile=${open + 8}`, "--pid", String(process.pid)]);
const codes: string[] = [];
try {
  new Pool(64);
} catch (error) {
  codes.push(code(error));
}
while (count() > open) await new Promise((resolve) => setImmediate(resolve));
const kept: SharedMemory[] = [];
try {
  for (;;) kept.push(SharedMemory.create(16));
} catch (error) {
  codes.push(code(error));
}
await queue.put(kept[0]!);
codes.push(await queue.get().then(() => "taken", code));
kept.pop()!.close();
await queue.put(kept[0]!);
codes.push(await queue.get().then(() => "taken", code));
// An array, which travels in a form of its own: refused with no descriptor left, taken with one.
try {
  for (;;) kept.push(SharedMemory.create(16));
} catch (error) {
  codes.push(code(error));
}
await arrays.put(array);
codes.push(await arrays.get().then(() => "taken", code));
kept.pop()!.close();
await arrays.put(array);
codes.push(await arrays.get().then((taken) => String(taken.toArray()), code));
console.log(codes.join(" "), await pool.apply(tasks.double, 2));
process.exit();
