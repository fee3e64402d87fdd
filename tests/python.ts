import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "./command.ts";
import { interpreter } from "./oracle.ts";

/** Where `import sharray` finds the module. */
export const modules: string = join(root, "python");

const prelude = `
import json, os, sys
import numpy as np
import sharray

def say(x):
    print(json.dumps(x), flush=True)

def hear():
    line = sys.stdin.readline()
    if not line:
        sys.exit("nobody speaks any more")
    return json.loads(line)

def fails(call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except sharray.SharrayError as error:
        return error.code
    return None
`;

/** A Python program that goes on, with which lines of JSON are exchanged: `say(x)` and `hear()` there. */
export class Python implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #closed: Promise<[number | null, NodeJS.Signals | null]>;
  #stderr = "";

  constructor(program: string) {
    this.child = spawn(interpreter, ["-W", "error", "-c", prelude + program], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, PYTHONPATH: modules },
    });
    this.#closed = once(this.child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
    this.#lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    // A program that ended does not listen: what it said before tells why.
    this.child.stdin!.on("error", () => {});
  }

  /** The next line of the program. */
  async hear<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) {
      await this.#closed;
      throw new Error(`the program ended without a line: ${this.#stderr}`);
    }
    return JSON.parse(value as string) as T;
  }

  say(message: unknown): void {
    this.child.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  /** Waits for the end; throws with its messages when it is not a good one, or when the program complained. */
  async end(): Promise<void> {
    this.child.stdin!.end();
    const [status, signal] = await this.#closed;
    if (status !== 0 || this.#stderr !== "") throw new Error(`${status ?? signal}: ${this.#stderr}`);
  }

  /** Kills the program, and waits until it is gone. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
