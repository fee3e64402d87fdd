// The same, but what starts the pool is not waited for by the import. The task tells what became of it in the worker.
import { Pool, type SharrayError, task } from "sharray";

async function program(): Promise<string> {
  await new Promise((resolve) => setImmediate(resolve));
  await using pool = new Pool(1);
  console.log(await pool.apply(outcomeHere));
  return "it ran";
}

export const outcomeHere = task(import.meta.url, "outcomeHere", () => outcome);
const outcome: Promise<string> = program().catch((error: SharrayError) => error.code);
