// Small programs in processes of their own. They are plain JavaScript, find `sharray` as any program does, and talk by
// messages or by what they print.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

export interface Ended {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Surroundings {
  /** Shell commands that run before Node, such as `ulimit -n 64`; their status is not looked at. */
  before?: string;
  /** A command that runs Node, such as `unshare --pid`. */
  through?: string[];
  /** Options of Node. */
  node?: string[];
  uid?: number;
  /** What the program finds in `process.env.INPUT`. */
  input?: string;
}

/** Runs a program to its end. */
export async function run(program: string, around: Surroundings = {}): Promise<Ended> {
  const args = [process.execPath, ...(around.node ?? []), "--input-type=module", "-e", program];
  const command = ["sh", "-c", `${around.before ?? ":"}; exec "$@"`, "sh", ...(around.through ?? []), ...args];
  const child = spawn(command[0]!, command.slice(1), {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, INPUT: around.input ?? "" },
    ...(around.uid === undefined ? {} : { uid: around.uid, gid: around.uid }),
  });
  const ended: Ended = { status: null, signal: null, stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    ended.stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    ended.stderr += chunk;
  });
  [ended.status, ended.signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return ended;
}

const running = new Set<ChildProcess>();
// Programs that a failed test left behind would keep its process, and what the test had to say, waiting.
after(() => {
  for (const child of running) child.kill("SIGKILL");
});

/** A program that goes on, with which messages are exchanged. */
export class Talk implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly #messages: unknown[] = [];
  readonly #ended: Promise<unknown>;

  constructor(program: string) {
    this.child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#ended = once(this.child, "exit");
    this.child.on("message", (message) => this.#messages.push(message));
    running.add(this.child);
    this.child.on("exit", () => running.delete(this.child));
  }

  /** The next message of the program. */
  async hear<T>(): Promise<T> {
    while (this.#messages.length === 0) {
      await Promise.race([
        once(this.child, "message"),
        this.#ended.then(() => {
          if (this.#messages.length === 0) throw new Error("the program ended without a message");
        }),
      ]);
    }
    return this.#messages.shift() as T;
  }

  say(message: object): void {
    this.child.send(message);
  }

  /** Kills the program, and waits until it is gone. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
