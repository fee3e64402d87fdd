import { SharrayError } from "../errors.ts";

/** Items of a map, from anything that can be iterated over, also asynchronously and without end. */
export type Many<T> = Iterable<T> | AsyncIterable<T>;

/** One call under way. */
export interface Call<T> {
  readonly promise: Promise<T>;
  /** Nobody waits for it any more, nor takes what it returned: shared memory in that is closed. */
  drop(): void;
}

interface Source<T> {
  next(): IteratorResult<T> | Promise<IteratorResult<T>>;
  return?(): unknown;
}

function iterate<T>(items: Many<T>, method: string): Source<T> {
  const source = items as { [Symbol.asyncIterator]?: () => Source<T>; [Symbol.iterator]?: () => Source<T> } | null;
  const begin = source?.[Symbol.asyncIterator] ?? source?.[Symbol.iterator];
  if (typeof begin === "function") return begin.call(source);
  throw new SharrayError("BAD_ARGUMENT", `Pool.${method}: the items must be iterable, not ${typeof items}`, {});
}

/** How a map calls its task, and how far it may run ahead of its results. */
export interface Plan<T, R> {
  readonly items: Many<T>;
  readonly call: (item: T) => Call<R>;
  readonly window: number;
  readonly method: string;
}

/** Takes items and begins their calls, never more than `window` ahead of what has been freed. */
class Feed<T, R> {
  done = false;
  failure: { error: unknown } | null = null;
  readonly calls = new Set<Call<R>>();
  readonly #source: Source<T>;
  readonly #plan: Plan<T, R>;
  readonly #begun: (call: Call<R>) => void;
  #outstanding = 0;
  #pumping = false;
  #stopped = false;
  #wake: () => void = () => {};

  constructor(plan: Plan<T, R>, begun: (call: Call<R>) => void) {
    this.#plan = plan;
    this.#begun = begun;
    this.#source = iterate(plan.items, plan.method);
  }

  start(): void {
    void this.#pump();
  }

  /** A result was taken: there is room for one more call. */
  free(call: Call<R>): void {
    this.calls.delete(call);
    this.#outstanding -= 1;
    void this.#pump();
  }

  wake(): void {
    this.#wake();
  }

  /** Resolves at the next `wake`. */
  change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  fail(error: unknown): void {
    this.failure ??= { error };
    this.wake();
  }

  /** Leaves out what is not begun. What the source throws while it is left concerns nobody. */
  stop(): void {
    this.#stopped = true;
    for (const call of this.calls) call.drop();
    if (this.done) return;
    this.done = true;
    void (async () => this.#source.return?.())().catch(() => {});
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (!this.done && this.#outstanding < this.#plan.window) {
        let step = this.#source.next();
        if ("then" in step) step = await step;
        if (this.#stopped) break;
        if (step.done) {
          this.done = true;
          break;
        }
        this.#outstanding += 1;
        const call = this.#plan.call(step.value);
        call.promise.catch(() => {}); // it is reported where the result is taken, which may be later
        this.calls.add(call);
        this.#begun(call);
      }
    } catch (error) {
      this.done = true;
      this.fail(error);
    }
    this.#pumping = false;
    this.wake();
  }
}

/** All results in order; rejects at the first failure. */
export async function collect<T, R>(plan: Plan<T, R>): Promise<R[]> {
  const results: R[] = [];
  const answered: Call<R>[] = [];
  let index = 0;
  const feed: Feed<T, R> = new Feed<T, R>(plan, (call) => {
    const at = index++;
    call.promise.then(
      (value) => {
        results[at] = value;
        answered.push(call);
        feed.free(call);
      },
      (error) => feed.fail(error),
    );
  });
  feed.start();
  while (!feed.failure && !(feed.done && feed.calls.size === 0)) await feed.change();
  if (!feed.failure) return results;
  feed.stop();
  for (const call of answered) call.drop();
  throw feed.failure.error;
}

/** Results in the order of the items. */
export async function* inOrder<T, R>(plan: Plan<T, R>): AsyncGenerator<R, void, undefined> {
  const ahead: Call<R>[] = [];
  const feed: Feed<T, R> = new Feed<T, R>(plan, (call) => {
    ahead.push(call);
    feed.wake();
  });
  feed.start();
  try {
    while (true) {
      const first = ahead.shift();
      if (first) {
        const value = await first.promise;
        feed.free(first);
        yield value;
      } else if (feed.failure) throw feed.failure.error;
      else if (feed.done) return;
      else await feed.change();
    }
  } finally {
    feed.stop();
  }
}

/** Results as they come. */
export async function* unordered<T, R>(plan: Plan<T, R>): AsyncGenerator<R, void, undefined> {
  const ready: Call<R>[] = [];
  const feed: Feed<T, R> = new Feed<T, R>(plan, (call) => {
    const settled = (): void => {
      ready.push(call);
      feed.wake();
    };
    call.promise.then(settled, settled);
  });
  feed.start();
  try {
    while (true) {
      const first = ready.shift();
      if (first) {
        const value = await first.promise;
        feed.free(first);
        yield value;
      } else if (feed.failure) throw feed.failure.error;
      else if (feed.done && feed.calls.size === 0) return;
      else await feed.change();
    }
  } finally {
    feed.stop();
  }
}
