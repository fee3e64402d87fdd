// The harness's end of a conversation with `programs/actor.ts`.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

export interface Refusal {
  code: string | null;
  message: string;
  details: Record<string, unknown> | null;
}

/** What an order came to: a value, or the error that it threw. */
export type Outcome = { value: unknown; error?: undefined } | { value?: undefined; error: Refusal };

interface Line {
  id: number;
  value?: unknown;
  error?: Refusal;
  news?: unknown;
}

interface Waiting {
  settle(outcome: Outcome): void;
  fail(error: Error): void;
  news: ((news: unknown) => void) | undefined;
}

/** How a process ended. */
export interface End {
  status: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
}

export interface Order {
  [argument: string]: unknown;
  /** Done between two marks, for `at_call`. */
  marked?: boolean;
  /** Hears of news while the order is under way. */
  news?: (news: unknown) => void;
}

/** A process that does what it is told. */
export class Actor {
  /** The process's own number, once `ready`. */
  pid = 0;
  readonly ready: Promise<void>;
  readonly ended: Promise<End>;
  readonly child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #input: Writable;
  #next = 1;

  constructor(command: string[], env: NodeJS.ProcessEnv, watched = false, detached = false) {
    this.child = spawn(command[0]!, command.slice(1), {
      env,
      detached,
      stdio: watched ? ["pipe", "pipe", "pipe", "pipe"] : ["pipe", "pipe", "pipe"],
    });
    this.#input = this.child.stdin!;
    this.#input.on("error", () => {}); // what a process that died did not read
    let stderr = "";
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    this.ready = new Promise((resolve, fail) => {
      const settle = (outcome: Outcome): void => {
        this.pid = Number(outcome.value);
        resolve();
      };
      this.#waiting.set(0, { settle, fail, news: undefined });
    });
    this.ready.catch(() => {});
    createInterface({ input: this.child.stdout as Readable }).on("line", (line) => this.#hear(line));
    this.ended = once(this.child, "close").then(([status, signal]) => {
      const end: End = { status, signal, stderr };
      for (const { fail } of this.#waiting.values()) {
        fail(new Error(`the process ended (${status ?? signal}) before it answered: ${stderr}`));
      }
      this.#waiting.clear();
      return end;
    });
  }

  #hear(text: string): void {
    let line: Line;
    try {
      line = JSON.parse(text) as Line;
    } catch {
      return; // killed in the middle of an answer
    }
    const waiting = this.#waiting.get(line.id);
    if (waiting === undefined) return;
    if ("news" in line) {
      waiting.news?.(line.news);
      return;
    }
    this.#waiting.delete(line.id);
    waiting.settle(line.error === undefined ? { value: line.value } : { error: line.error });
  }

  /** Gives an order. What the call threw is an outcome, too; rejects when the process dies under it. */
  async try(order: string, args: Order = {}): Promise<Outcome> {
    await this.ready;
    const { marked = false, news, ...rest } = args;
    const id = this.#next++;
    return new Promise((settle, fail) => {
      this.#waiting.set(id, { settle, fail, news });
      this.#input.write(`${JSON.stringify({ id, order, args: rest, marked })}\n`);
    });
  }

  /** Gives an order that succeeds. */
  async do<T = unknown>(order: string, args: Order = {}): Promise<T> {
    const outcome = await this.try(order, args);
    if (outcome.error) throw new Error(`${order}: ${outcome.error.code}: ${outcome.error.message}`);
    return outcome.value as T;
  }

  /** Gives an order that is refused; the code. */
  async refused(order: string, args: Order = {}): Promise<Refusal> {
    const { error, value } = await this.try(order, args);
    if (error === undefined) throw new Error(`${order}: expected an error, found ${JSON.stringify(value)}`);
    return error;
  }

  /** Kills the process itself (also where another program runs it), and waits until it is gone. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<End> {
    await this.ready;
    // In a PID namespace of its own its number is another process's here.
    if (this.pid <= 1) throw new Error(`not a process of this namespace: ${this.pid}`);
    try {
      process.kill(this.pid, signal);
    } catch {
      // It was gone already.
    }
    return this.ended;
  }

  /** Ends it as a program ends. */
  async end(): Promise<End> {
    this.#input.end();
    return this.ended;
  }
}
