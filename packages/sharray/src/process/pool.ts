import { SharrayError } from "../errors.ts";
import { checkOptions } from "../memory/arguments.ts";
import { refuseInImport } from "./context.ts";
import { Crew } from "./crew.ts";
import type { Job } from "./member.ts";
import { checkCount, checkSignal, checkTimeout } from "./options.ts";
import { availableParallelism } from "./parallelism.ts";
import { type Call, collect, inOrder, type Many, type Plan, unordered } from "./stream.ts";
import { type AnyTask, requireTask, type Task, type TaskReference } from "./task.ts";

export interface PoolOptions {
  /** Ends the pool: everything that waits rejects with ABORTED once all processes are gone. */
  signal?: AbortSignal;
  /** Milliseconds that one call of a task may take; past it the call rejects with TASK_TIMEOUT and its process is ended. */
  timeout?: number;
  /** Calls after which a worker is replaced by a fresh process; never when not given. */
  maxtasksperchild?: number;
  /** A task that each worker runs first; what it throws ends the pool. */
  initializer?: AnyTask;
  /** The initializer's arguments. */
  initargs?: readonly unknown[];
}

/** Items taken in advance for each worker: enough that none waits. */
const AHEAD = 16;

const OPTIONS = ["signal", "timeout", "maxtasksperchild", "initializer", "initargs"];

/** A task that can be called with one argument of its first parameter's type. */
type Unary<A extends unknown[], R> = Task<A, R> & ([A[0]] extends A ? unknown : never);

/**
 * Processes that run tasks, as multiprocessing's Pool.
 *
 *     await using pool = new Pool(2);
 *     const arrays = await pool.map(load, ["data1.txt", "data2.txt"]);
 *
 * Calls are begun in the order in which they were made. What a task throws arrives with its class, code, details, cause and the
 * worker's stack. A worker that dies rejects its call with WORKER_DIED (details: signal, exitcode, pid, task) and is
 * replaced; three that die before they take a task end the pool. A pool without work does not keep the program running; when
 * the program ends, however it ends, its workers end too.
 */
export class Pool {
  readonly #crew: Crew;
  readonly #size: number;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = (): void => {
    const message = "the pool was ended by its AbortSignal";
    this.#crew.end(new SharrayError("ABORTED", message, {}, { cause: this.#signal?.reason }));
  };

  /**
   * @param processes number of workers; what the machine or its container grants when not given
   * @throws {SharrayError} BAD_ARGUMENT; NOT_MAIN in a module that a worker imports; ABORTED; TOO_MANY_FILES
   */
  constructor(processes?: number, options?: PoolOptions);
  /** @internal */
  constructor(processes: number, options: PoolOptions, env: NodeJS.ProcessEnv);
  constructor(processes?: number, options: PoolOptions = {}, env?: NodeJS.ProcessEnv) {
    checkCount(processes, 1, 4096, "new Pool: processes");
    checkOptions(options, OPTIONS, "new Pool");
    checkTimeout(options.timeout, "new Pool: timeout");
    checkCount(options.maxtasksperchild, 1, Number.MAX_SAFE_INTEGER, "new Pool: maxtasksperchild");
    checkSignal(options.signal, "new Pool: signal");
    const first = options.initializer && requireTask(options.initializer, "new Pool: initializer");
    refuseInImport("a Pool was made");
    if (options.signal?.aborted)
      throw new SharrayError(
        "ABORTED",
        "new Pool: its AbortSignal is aborted already",
        {},
        { cause: options.signal.reason },
      );
    this.#size = processes ?? availableParallelism();
    this.#signal = options.signal;
    this.#crew = new Crew({
      size: this.#size,
      timeout: options.timeout,
      maxtasksperchild: options.maxtasksperchild,
      env,
      initializer: first && { reference: first, args: [...(options.initargs ?? [])] },
    });
    this.#signal?.addEventListener("abort", this.#abort, { once: true });
  }

  /** The numbers of the worker processes that exist now. */
  get pids(): readonly number[] {
    return this.#crew.pids;
  }

  /** Calls the task once for each item. Rejects at the first call that fails; calls not begun then are left out. */
  map<A extends unknown[], R>(task: Unary<A, R>, items: Many<A[0]>): Promise<Awaited<R>[]> {
    return collect(this.#plan<A[0], R>(task, items, one, "map"));
  }

  /** As map, with the task's arguments in arrays: `starmap(f, [[1, 2], [3, 4]])`. */
  starmap<A extends unknown[], R>(task: Task<A, R>, items: Many<Readonly<A>>): Promise<Awaited<R>[]> {
    return collect(this.#plan<Readonly<A>, R>(task, items, spread, "starmap"));
  }

  /**
   * As map, one result after another in the order of the items, which may be endless: a few are taken in advance, no more.
   * Leaving the loop leaves out calls that are not begun.
   */
  imap<A extends unknown[], R>(task: Unary<A, R>, items: Many<A[0]>): AsyncGenerator<Awaited<R>, void, undefined> {
    return inOrder(this.#plan<A[0], R>(task, items, one, "imap"));
  }

  /** As imap, each result as soon as it is there. */
  imapUnordered<A extends unknown[], R>(
    task: Unary<A, R>,
    items: Many<A[0]>,
  ): AsyncGenerator<Awaited<R>, void, undefined> {
    return unordered(this.#plan<A[0], R>(task, items, one, "imapUnordered"));
  }

  /** Calls the task once. */
  apply<A extends unknown[], R>(task: Task<A, R>, ...args: A): Promise<Awaited<R>> {
    return this.#submit<Awaited<R>>(requireTask(task, "Pool.apply"), args, "apply").promise;
  }

  /** No more calls; workers end when those made are answered. */
  close(): void {
    this.#crew.close();
  }

  /** Ends all workers now; calls that are not answered reject with POOL_CLOSED. */
  terminate(): void {
    this.#crew.end(new SharrayError("POOL_CLOSED", "the pool was terminated before this call was answered", {}));
  }

  /** Resolves when every worker process is gone. @throws {SharrayError} BAD_ARGUMENT neither close() nor terminate() was called */
  async join(): Promise<void> {
    if (!this.#crew.closed)
      throw new SharrayError("BAD_ARGUMENT", "join: the pool still takes tasks: call close() or terminate() first", {});
    await this.#crew.gone();
    this.#signal?.removeEventListener("abort", this.#abort);
  }

  /** Ends what is not answered, and waits until every process is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.terminate();
    await this.join();
  }

  #plan<T, R>(task: AnyTask, items: Many<T>, args: (item: T) => unknown[], method: string): Plan<T, Awaited<R>> {
    const reference = requireTask(task, `Pool.${method}`);
    return {
      items,
      call: (item) => this.#submit(reference, args(item), method),
      window: this.#size * AHEAD,
      method,
    };
  }

  #submit<T>(reference: TaskReference, args: unknown[], method: string): Call<T> {
    let job!: Job;
    const promise = new Promise<T>((resolve, reject) => {
      if (this.#crew.doom?.code === "ABORTED" || this.#crew.doom?.code === "WORKER_DIED") throw this.#crew.doom;
      if (this.#crew.closed)
        throw new SharrayError("POOL_CLOSED", `Pool.${method}: the pool is closed and takes no more tasks`, {});
      job = { reference, args, resolve: resolve as (value: unknown) => void, reject };
      this.#crew.submit(job);
    });
    return {
      promise,
      drop: () => {
        if (!job) return;
        job.dropped = true;
        for (const block of job.received ?? []) block.close();
      },
    };
  }
}

function one(item: unknown): unknown[] {
  return [item];
}

function spread(item: unknown): unknown[] {
  if (Array.isArray(item)) return item;
  throw new SharrayError("BAD_ARGUMENT", "starmap: each item must be an array of the task's arguments", {});
}
