import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { SharrayError } from "../errors.ts";
import "./carriers.ts";
import { encode, type Head, Letter } from "./codec.ts";
import { closeAll, messagesOf, Port } from "./port.ts";
import { WORKER_VARIABLE } from "./wire.ts";

/** Milliseconds in which a process whose connection is closed must have ended. */
const GRACE = 2000;

/** How a process ended. */
export interface Ending {
  /** As Python's: the status, or the negative number of the signal. */
  readonly exitcode: number;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not even be started. */
  readonly cause?: Error;
}

export interface ChildHandlers {
  letter(letter: Letter): void;
  /** The process is gone, and everything it had sent has been handed over. */
  ended(ending: Ending): void;
}

const entry = fileURLToPath(new URL("./worker.js", import.meta.url));

// Options that concern this program's own start, not how modules are loaded; those with a value of their own word.
const OWN = /^--(test|inspect|watch|eval|print|check|interactive|input-type|experimental-default-type=|run|title=)/;
const OWN_SHORT = new Set(["-e", "-p", "-pe", "-c", "-i"]);
const WITH_VALUE = /^(-e|-p|-pe|--eval|--print|--input-type|--run|--test-[a-z-]+|--watch-path|--inspect-port)$/;

/** The options with which a worker's Node is started: this one's, so that loaders (tsx) and limits are the same. */
export function workerOptions(options: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < options.length; i++) {
    const option = options[i]!;
    if (!OWN.test(option) && !OWN_SHORT.has(option)) kept.push(option);
    else if (WITH_VALUE.test(option) && options[i + 1] !== undefined && !options[i + 1]!.startsWith("-")) i += 1;
  }
  return kept;
}

/** A process of ours, and the connection to it. */
export class Child {
  readonly #process: ChildProcess;
  readonly #port: Port;
  readonly #handlers: ChildHandlers;
  #open = true;
  #ending: Ending | null = null;
  #ended = false;

  constructor(handlers: ChildHandlers, env: NodeJS.ProcessEnv = process.env) {
    this.#handlers = handlers;
    const { spawn } = process.getBuiltinModule("node:child_process"); // slow to load
    const [ours, theirs] = Port.pair();
    try {
      this.#process = spawn(process.execPath, [...workerOptions(process.execArgv), entry], {
        stdio: ["ignore", "inherit", "inherit", theirs],
        env: { ...env, [WORKER_VARIABLE]: "1" },
      });
    } catch (error) {
      closeAll([ours, theirs]);
      throw error;
    }
    this.#process.unref(); // whoever waits for it keeps this program running
    closeAll([theirs]);
    this.#port = new Port([ours], {
      message: (arrival) => {
        for (const message of messagesOf(arrival)) handlers.letter(new Letter(message));
      },
      closed: () => this.#disconnected(),
    });
    this.#process.once("exit", (code, signal) => {
      this.#ending ??= { exitcode: signal ? -constants.signals[signal] : (code ?? 0), signal };
      this.#settle();
    });
    this.#process.once("error", (cause) => {
      if (this.#process.pid !== undefined) return;
      this.#ending ??= { exitcode: 1, signal: null, cause };
      this.#open = false;
      this.#settle();
    });
  }

  get pid(): number | null {
    return this.#process.pid ?? null;
  }

  /** Sends a message; what happens to one that nobody is there to read is known from the child's end. */
  send(head: Head, value: unknown, where: string): void {
    const { bytes, fds } = encode(head, value, where);
    this.#port.post(bytes, fds);
  }

  kill(signal: NodeJS.Signals): void {
    // One that could not be started has no number, and Node would signal the whole group of this process instead.
    if (!this.#ending && this.#process.pid !== undefined) this.#process.kill(signal);
  }

  /** Closes the connection: a child that hears of it ends. */
  disconnect(): void {
    this.#port.close();
    if (!this.#open) return;
    this.#open = false;
    this.#settle();
  }

  #disconnected(): void {
    this.#open = false;
    this.#port.close();
    // It is ending, and closes its files before its status is known. One that stays without a connection is of no use.
    if (!this.#ending) setTimeout(() => this.kill("SIGKILL"), GRACE).unref();
    this.#settle();
  }

  /** The end is known when the process is gone and its last message has been read. */
  #settle(): void {
    if (this.#ended || this.#open || !this.#ending) return;
    this.#ended = true;
    this.#port.close();
    this.#handlers.ended(this.#ending);
  }
}

/** The error of a task whose process is gone. */
export function workerDied(pid: number | null, ending: Ending, task: string | null): SharrayError {
  const doing = task === null ? "before it took a task" : `while it ran the task ${task}`;
  const how = ending.cause
    ? `could not be started: ${ending.cause.message}`
    : ending.signal
      ? `was ended by ${ending.signal} ${doing}`
      : `ended with status ${ending.exitcode} ${doing}`;
  return new SharrayError(
    "WORKER_DIED",
    `worker process ${pid ?? "(none)"} ${how}. ${advice(ending)}`,
    { signal: ending.signal, exitcode: ending.exitcode, pid, task },
    ending.cause ? { cause: ending.cause } : {},
  );
}

function advice(ending: Ending): string {
  if (ending.cause) return "The limits on processes and memory may have been reached (ulimit -u, free).";
  if (ending.signal === "SIGKILL") return "Somebody killed it, or the system was out of memory (see dmesg).";
  if (ending.signal) return "What it wrote to standard error may say more.";
  return "The task, or something that it started, ended the process; standard error may say more.";
}
