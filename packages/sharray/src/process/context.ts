import { AsyncLocalStorage } from "node:async_hooks";
import { SharrayError } from "../errors.ts";

interface Context {
  worker: boolean;
  /** Set while a task runs, and in whatever it started. */
  task: AsyncLocalStorage<true>;
}

// On globalThis, because a program may have loaded this module twice (once as ESM, once through a CommonJS loader).
const KEY = Symbol.for("sharray.process.context");
const shared = globalThis as unknown as { [KEY]?: Context };
shared[KEY] ??= { worker: false, task: new AsyncLocalStorage() };
const context: Context = shared[KEY];

export function enterWorker(): void {
  context.worker = true;
}

/** Whether this process was started by a Pool or a Process. */
export function inWorker(): boolean {
  return context.worker;
}

/** Runs a task's function: only inside it may a worker start processes of its own. */
export function asTask<T>(run: () => T): T {
  return context.task.run(true, run);
}

/**
 * A worker imports the module of its task. Had that module started processes while it is imported (or later, from
 * what it began then), each of them would import it again, and so on without end.
 */
export function refuseInImport(what: string): void {
  if (!context.worker || context.task.getStore()) return;
  throw new SharrayError(
    "NOT_MAIN",
    `${what} in a worker process, outside of any task: the module that holds the task does so when it is imported. ` +
      "Wrap the program in main(import.meta, async () => { ... }), which workers leave out, or move the tasks to a module of their own.",
    { pid: process.pid },
  );
}
