import { SharrayError } from "../errors.ts";
import { checkOptions } from "../memory/arguments.ts";
import { Child, type Ending, workerDied } from "./child.ts";
import type { Letter } from "./codec.ts";
import { refuseInImport } from "./context.ts";
import { hold, release } from "./keepalive.ts";
import { after, checkTimeout } from "./options.ts";
import { requireTask, returnedBy, type Task, type TaskReference, written } from "./task.ts";
import { Kind } from "./wire.ts";

/**
 * A process of its own that runs one task and ends, as multiprocessing's Process.
 *
 *     const p = new Process(load, "data1.txt");
 *     p.start();
 *     const array = await p.result;
 *     await p.join();
 *
 * It ends with status 0, or 1 when the task threw. When this program ends, however it ends, so does the process.
 */
export class Process<A extends unknown[], R> {
  /** What the task returned; rejects with what it threw, or with WORKER_DIED (details: signal, exitcode, pid, task). */
  readonly result: Promise<Awaited<R>>;
  readonly #reference: TaskReference;
  readonly #args: A;
  readonly #ended: Promise<void>;
  #child: Child | null = null;
  #exitcode: number | null = null;
  #answered = false;
  #resolve!: (value: Awaited<R>) => void;
  #reject!: (error: unknown) => void;
  #end!: () => void;

  /** @throws {SharrayError} BAD_ARGUMENT not a task; NOT_MAIN in a module that a worker imports */
  constructor(task: Task<A, R>, ...args: A) {
    this.#reference = requireTask(task, "new Process");
    refuseInImport("a Process was made");
    this.#args = args;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.result.catch(() => {}); // whoever only joins is told by the exit code
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Starts it. @throws {SharrayError} BAD_ARGUMENT an argument cannot travel, or it was started before; TOO_MANY_FILES */
  start(): void {
    if (this.#child)
      throw new SharrayError("BAD_ARGUMENT", "a Process can be started once: make another one", { pid: this.pid });
    const child = new Child({ letter: (letter) => this.#receive(letter), ended: (ending) => this.#finish(ending) });
    try {
      child.send({ kind: Kind.runOnce, id: 1, note: written(this.#reference) }, this.#args, "args");
    } catch (error) {
      child.kill("SIGKILL");
      child.disconnect();
      throw error;
    }
    this.#child = child;
    hold(this); // a program that started a process waits for it, as Python's does
  }

  /** The process's number; null before it was started. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** null until it has ended; then its status, or the negative number of the signal that ended it (-9: SIGKILL). */
  get exitcode(): number | null {
    return this.#exitcode;
  }

  isAlive(): boolean {
    return this.#child !== null && this.#exitcode === null;
  }

  /**
   * Resolves when the process has ended, or, as Python's, when `timeout` milliseconds are over: `exitcode` tells which.
   *
   * @throws {SharrayError} BAD_ARGUMENT it was not started
   */
  async join(options: { timeout?: number } = {}): Promise<void> {
    checkOptions(options, ["timeout"], "join");
    checkTimeout(options.timeout, "join: timeout");
    if (!this.#child) throw new SharrayError("BAD_ARGUMENT", "join: the Process was not started: call start()", {});
    if (options.timeout === undefined) return this.#ended;
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      timer = after(options.timeout!, resolve);
    });
    await Promise.race([this.#ended, over]);
    clearTimeout(timer);
  }

  /** Sends SIGTERM. */
  terminate(): void {
    this.#child?.kill("SIGTERM");
  }

  /** Sends SIGKILL. */
  kill(): void {
    this.#child?.kill("SIGKILL");
  }

  #receive(letter: Letter): void {
    if (letter.kind !== Kind.returned && letter.kind !== Kind.threw) {
      letter.discard();
      return;
    }
    this.#answered = true;
    try {
      const value = letter.value(letter.kind === Kind.returned ? returnedBy(this.#reference) : null);
      if (letter.kind === Kind.returned) this.#resolve(value as Awaited<R>);
      else this.#reject(value);
    } catch (error) {
      this.#reject(error);
    }
    this.#child?.send({ kind: Kind.confirmed, id: letter.id }, null, "");
  }

  #finish(ending: Ending): void {
    this.#exitcode = ending.exitcode;
    if (!this.#answered) this.#reject(workerDied(this.pid, ending, this.#reference.name));
    this.#end();
    release(this);
  }
}
