// Ends processes that could not be started for want of descriptors; prints how often that signalled this one, and what became of the pools.
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readdirSync } from "node:fs";
import { Pool, SharrayError } from "sharray";
import * as tasks from "../tasks.ts";

const ROOM = 16;
let signals = 0;
process.on("SIGTERM", () => {
  signals += 1;
});
{
  await using pool = new Pool(1);
  await pool.apply(tasks.double, 1); // whatever is opened once is open
}
const open = readdirSync("/proc/self/fd").length;
execFileSync("prlimit", [`--nofile=${open + ROOM}`, "--pid", String(process.pid)]);
const taken: number[] = [];
const outcomes = new Set<string>();
for (let free = 0; free <= ROOM; free++) {
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch {
    for (let i = 0; i < free; i++) closeSync(taken.pop()!);
  }
  try {
    const pool = new Pool(4);
    const call = pool.apply(tasks.double, 1);
    pool.terminate();
    outcomes.add(await call.then(String, (error: SharrayError) => error.code));
    await pool[Symbol.asyncDispose]();
  } catch (error) {
    outcomes.add(error instanceof SharrayError ? error.code : String(error));
  }
  await new Promise((resolve) => setImmediate(resolve));
}
console.log(signals, [...outcomes].sort().join(" "));
process.exit();
