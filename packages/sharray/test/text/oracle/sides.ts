// The processes that read a text in the comparison: Python with NumPy, and Node with each engine of ours.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { interpreter } from "../../../../../tests/oracle.ts";
import { type Case, jsonLine, numpyOptions } from "./case.ts";
import type { OurAnswer, Theirs, Way } from "./outcome.ts";

/** A call and where its text lies. */
export interface Question {
  call: Omit<Case, "text">;
  path: string;
  /** The text as lines, when these are the source. */
  lines?: string[];
  /** The first is the one that is compared with NumPy. */
  ways: [Way, ...Way[]];
}

interface Waiting<T> {
  resolve(answer: T): void;
  reject(error: Error): void;
}

/** A child process that answers questions in order, one line each. */
class Side<T> {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting: Waiting<T>[] = [];

  constructor(command: string, args: string[], env: Record<string, string>) {
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...env } });
    createInterface({ input: this.#child.stdout }).on("line", (line) =>
      this.#waiting.shift()?.resolve(JSON.parse(line) as T),
    );
    const ended = (how: string): void => {
      // Only the first is what it died of; the others had not begun.
      for (const { reject } of this.#waiting.splice(0))
        reject(new Error(`${command} ended while it read this: ${how}`));
    };
    this.#child.on("error", (error) => ended(error.message));
    this.#child.on("exit", (code, signal) => ended(`status ${code}, signal ${signal}`));
    this.#child.stdin.on("error", () => {}); // told by its end
  }

  ask(question: unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(jsonLine(question));
    });
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.stdin.end();
    await exit;
  }
}

const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Ranges that a text is cut into at most: ones of some bytes of 700 KB would take most of the time of all texts together. */
const MOST_RANGES = 400;

/** The ways in which each engine reads a call: each thread and range size with one of them at least. */
function waysOf(call: Case): Record<string, Question["ways"]> {
  const { length } = call.text;
  const least = Math.ceil(length / MOST_RANGES);
  const [small, larger] = [Math.max(1 + (length % 13), least), Math.max(20 + (length % 47), least)];
  return {
    fastest: [
      { engine: "fastest", threads: 1 },
      { engine: "fastest", threads: 2 },
      { engine: "fastest", threads: 2, range: small },
      { engine: "fastest", threads: 3, range: larger },
    ],
    reference: [
      { engine: "reference", threads: 1 },
      { engine: "reference", threads: 2, range: small },
    ],
  };
}

/** All sides of the comparison. */
export class Sides {
  readonly #numpy = new Side<Theirs>(interpreter, [program("loadtxt.py")], { PYTHONUTF8: "1" });
  readonly #ours = ["fastest", "reference"].map((engine) => {
    const env: Record<string, string> = engine === "fastest" ? {} : { SHARRAY_SIMD: engine };
    return { engine, side: new Side<OurAnswer>(process.execPath, ["--import", "tsx", program("ours.ts")], env) };
  });

  /** What NumPy makes of it, what we do, and what comes out otherwise with another engine, more threads or other ranges. */
  async ask(call: Case, path: string, lines?: string[]): Promise<{ theirs: Theirs } & OurAnswer> {
    const { text: _, ...rest } = call;
    const { dtype, align } = call;
    const ways = waysOf(call);
    const theirs = this.#numpy.ask({ dtype, align, options: numpyOptions(call), path, ...(lines && { lines }) });
    const questions = this.#ours.map(({ engine, side }) => {
      const question: Question = { call: rest, path, ways: ways[engine]!, ...(lines && { lines }) };
      return side.ask(question);
    });
    const [numpy, first, reference] = (await Promise.all([theirs, ...questions])) as [Theirs, OurAnswer, OurAnswer];
    const others = [...first.others, ...reference.others];
    if (JSON.stringify(reference.outcome) !== JSON.stringify(first.outcome))
      others.push({ way: ways.reference![0], outcome: reference.outcome });
    return { theirs: numpy, outcome: first.outcome, others };
  }

  async close(): Promise<void> {
    await Promise.all([this.#numpy.close(), ...this.#ours.map(({ side }) => side.close())]);
  }
}
