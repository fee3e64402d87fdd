// Where a fault happens: a /dev/shm and a control group of its own where they can be had, and the processes in them.
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Duplex } from "node:stream";
import { Actor, type Order } from "./actor.ts";
import { atCall, program } from "./built.ts";
import { type ControlGroup, controlGroup } from "./control_group.ts";
import { descriptors, type Left, marked, systemShmem, TOLERANCE } from "./left.ts";
import { commonMount, type Mount, privateMount } from "./mount.ts";

export interface Surroundings {
  /** Which program of the folder `programs`; it must be an actor. */
  program?: string;
  /** Shell commands before it, such as `ulimit -n 64`. */
  before?: string;
  /** A command that runs it, such as `unshare -pf`. */
  through?: string[];
  /** Options of Node. */
  node?: string[];
  env?: Record<string, string>;
  /** In a process group of its own. */
  detached?: boolean;
}

/** A process under `at_call`: where it was killed or stopped. */
export interface Watched {
  actor: Actor;
  /** The name of the system call before which it was killed or stopped; null when there were fewer. */
  point: Promise<string | null>;
  /** Lets a stopped process go on. */
  go(): void;
}

/** Why no process can be stopped at its system calls here (some containers forbid ptrace), or null. */
export function unwatchable(): string | null {
  const { status, stderr } = spawnSync(atCall(), ["kill", "1", "true"], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    encoding: "utf8",
  });
  return status === 0 ? null : `processes cannot be watched here: ${stderr.trim()}`;
}

/** Bytes of the private /dev/shm unless a fault wants another size. */
const ROOM = 2 ** 30;

export class Stage {
  readonly mount: Mount;
  readonly group: ControlGroup | null;
  /** How often the fault is to happen. */
  readonly rounds: number;
  /** How often it did happen, where only the fault itself knows. */
  runs = 0;
  readonly #mark = `SHARRAY_FAULTS_RUN=${randomUUID()}`;
  readonly #actors: Actor[] = [];
  readonly #before: { names: string[]; shmem: number; descriptors: number };

  private constructor(mount: Mount, group: ControlGroup | null, rounds: number) {
    this.mount = mount;
    this.group = group;
    this.rounds = rounds;
    this.#before = { names: mount.names(), shmem: systemShmem(), descriptors: descriptors() };
  }

  /** A stage for a fault that is to happen `rounds` times. `say` hears what could not be had. */
  static async open(rounds: number, say: (line: string) => void, size: number = ROOM): Promise<Stage> {
    program("actor"); // compiled before anything is measured
    const group = controlGroup();
    if (typeof group === "string") say(group);
    const mount = await privateMount(size);
    if (typeof mount === "string") say(mount);
    return new Stage(
      typeof mount === "string" ? commonMount() : mount,
      typeof group === "string" ? null : group,
      rounds,
    );
  }

  /** The words and the environment that run a program here. */
  command(words: string[], around: Surroundings = {}): { command: string[]; env: NodeJS.ProcessEnv } {
    const enter = this.group ? `echo $$ > ${this.group.procs}; ` : "";
    const inside = ["sh", "-c", `${around.before ?? ":"}; exec "$@"`, "sh", ...(around.through ?? []), ...words];
    const [key, value] = this.#mark.split("=") as [string, string];
    return {
      command: ["sh", "-c", `${enter}exec "$@"`, "sh", ...this.mount.through, ...inside],
      env: { ...process.env, SHARRAY_ARENA: "0", ...around.env, [key]: value },
    };
  }

  #node(around: Surroundings): string[] {
    return [process.execPath, ...(around.node ?? []), program(around.program ?? "actor")];
  }

  /** Starts an actor. */
  start(around: Surroundings = {}): Actor {
    const { command, env } = this.command(this.#node(around), around);
    const actor = new Actor(command, env, false, around.detached);
    this.#actors.push(actor);
    return actor;
  }

  /** Starts an actor that is killed or stopped before the n-th system call of what is `marked`. */
  watch(what: "kill" | "stop", call: number, around: Surroundings = {}): Watched {
    const { command, env } = this.command([atCall(), what, String(call), ...this.#node(around)], around);
    const actor = new Actor(command, env, true);
    this.#actors.push(actor);
    const watcher = actor.child.stdio[3] as Duplex;
    watcher.on("error", () => {});
    const lines = createInterface({ input: watcher });
    const point = Promise.race([
      once(lines, "line").then(([line]) => /^(?:killed|stopped) (\S+)$/.exec(String(line))?.[1] ?? null),
      actor.ended.then(({ stderr }) => Promise.reject(new Error(`at_call told nothing: ${stderr}`))),
    ]);
    point.catch(() => {});
    return { actor, point, go: () => void watcher.write("g") };
  }

  /** The system calls of one order, by name, done to their end. */
  async calls(order: string, args: Order, prepare: (actor: Actor) => Promise<unknown>): Promise<string[]> {
    const { command, env } = this.command([atCall(), "list", "0", ...this.#node({})]);
    const actor = new Actor(command, env, true);
    this.#actors.push(actor);
    const names: string[] = [];
    const ended = new Promise<void>((resolve) => {
      createInterface({ input: actor.child.stdio[3] as Duplex }).on("line", (line) => {
        const [what, name] = line.split(" ");
        if (what === "at") names.push(name!);
        else resolve();
      });
    });
    await prepare(actor);
    await actor.do(order, { ...args, marked: true });
    await ended;
    await actor.end();
    return names;
  }

  /** Ends the processes that still run, as programs end. */
  async endActors(): Promise<void> {
    await Promise.all(this.#actors.map((actor) => actor.end()));
    this.#actors.length = 0;
  }

  /** Kills the processes that still run: a test has failed. */
  async killActors(): Promise<void> {
    // A process of another user or namespace may not show its mark: the end of its input ends it, too.
    for (const actor of this.#actors) actor.child.stdin?.end();
    for (const pid of marked(this.#mark)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
    await Promise.all(this.#actors.map((actor) => actor.ended));
  }

  /** What is left of everything that ran here. */
  left(): Left {
    const before = this.#before;
    const moved = systemShmem() - before.shmem;
    return {
      names: this.mount.names().filter((name) => !before.names.includes(name)),
      // The group's own figure is exact and blind to what others do; else the machine's, with its tolerance.
      shmem: this.group ? this.group.shmem() : moved > TOLERANCE ? moved : 0,
      processes: marked(this.#mark),
      descriptors: descriptors() - before.descriptors,
    };
  }

  async close(): Promise<void> {
    await this.mount.close();
    this.group?.remove();
  }
}
