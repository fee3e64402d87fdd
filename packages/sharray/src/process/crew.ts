import { SharrayError } from "../errors.ts";
import { type Ending, workerDied } from "./child.ts";
import type { Letter } from "./codec.ts";
import { hold, release } from "./keepalive.ts";
import { type Job, Member, type MemberHandlers } from "./member.ts";
import { after } from "./options.ts";
import { returnedBy, type TaskReference } from "./task.ts";
import { Kind } from "./wire.ts";

/** Workers that die one after another before they can take a task: the third ends the pool. */
const STARTS = 3;

/** Milliseconds that a process gets to end by itself. */
const GRACE = 1000;

/** How many tasks a worker has at once, by what they take: short ones so many that it never waits for the next. */
function depth(pace: number): number {
  return pace < 0.5 ? 32 : pace < 2 ? 4 : 1;
}

export interface CrewOptions {
  readonly size: number;
  readonly timeout: number | undefined;
  readonly maxtasksperchild: number | undefined;
  /** The workers' environment variables; this process's when not given. */
  readonly env: NodeJS.ProcessEnv | undefined;
  readonly initializer: { reference: TaskReference; args: readonly unknown[] } | undefined;
}

/** The processes of a pool, and the calls that wait for them, in order. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #members = new Set<Member>();
  readonly #handlers: MemberHandlers = {
    ready: (member) => this.#arrived(member),
    answered: (member, job, letter) => this.#answered(member, job, letter),
    ended: (member, ending) => this.#lost(member, ending),
  };
  #queue: Job[] = [];
  #head = 0;
  #failedStarts = 0;
  #closed = false;
  /** Why everything was ended; calls that were not answered get it when the last process is gone. */
  #doom: SharrayError | null = null;
  readonly #doomed: Job[] = [];
  readonly #gone: (() => void)[] = [];

  constructor(options: CrewOptions) {
    this.#options = options;
    try {
      for (let i = 0; i < options.size; i++) this.#hire();
    } catch (error) {
      this.end(new SharrayError("POOL_CLOSED", "the pool could not be started", {}, { cause: error }));
      throw error;
    }
  }

  get pids(): number[] {
    return [...this.#members].map((member) => member.child.pid).filter((pid) => pid !== null);
  }

  /** Why no task is taken any more, or null. */
  get doom(): SharrayError | null {
    return this.#doom;
  }

  get closed(): boolean {
    return this.#closed;
  }

  submit(job: Job): void {
    hold(job);
    this.#queue.push(job);
    this.#dispatch();
  }

  /** No more calls will come: processes end when those that wait are answered. */
  close(): void {
    this.#closed = true;
    this.#dispatch();
  }

  /** Ends all processes now. */
  end(error: SharrayError): void {
    if (this.#doom) return;
    this.#doom = error;
    this.#closed = true;
    this.#doomed.push(...this.#queue.slice(this.#head));
    this.#queue = [];
    this.#head = 0;
    for (const member of this.#members) {
      // One that has nothing to do ends by itself, with its exit handlers, once the connection is closed.
      if (member.load > 0 || member.state !== "working") member.child.kill("SIGTERM");
      const { begun, untouched } = member.clear();
      this.#doomed.push(...begun, ...untouched);
      clearTimeout(member.timer);
      member.state = "leaving";
      member.child.disconnect();
    }
    const stubborn = setTimeout(() => {
      for (const member of this.#members) member.child.kill("SIGKILL");
    }, GRACE);
    void this.gone().then(() => clearTimeout(stubborn));
    this.#settleIfGone();
  }

  /** Resolves when there is no process any more. */
  async gone(): Promise<void> {
    if (this.#members.size === 0) return;
    hold(this);
    await new Promise<void>((resolve) => this.#gone.push(resolve));
    release(this);
  }

  #hire(): void {
    this.#members.add(new Member(this.#handlers, this.#options.env));
  }

  #dispatch(): void {
    for (const member of this.#members) {
      if (member.state !== "working") continue;
      // In turn, so that a few tasks are spread over all.
      while (member.load < this.#room(member)) {
        const job = this.#next() ?? (member.load === 0 ? this.#relieve() : null);
        if (!job) break;
        this.#give(member, job);
      }
      if (this.#closed && member.load === 0) this.#retire(member);
    }
  }

  /** How many jobs a worker may have: more than one only while each of the others has one too. */
  #room(member: Member): number {
    const waiting = this.#queue.length - this.#head;
    const { maxtasksperchild } = this.#options;
    const left = maxtasksperchild === undefined ? depth(member.pace) : maxtasksperchild - member.served;
    return Math.min(left, depth(member.pace), 1 + Math.floor(waiting / this.#options.size));
  }

  #next(): Job | null {
    while (this.#head < this.#queue.length) {
      const job = this.#queue[this.#head++]!;
      if (this.#head > 1024 || this.#head === this.#queue.length) {
        this.#queue = this.#queue.slice(this.#head);
        this.#head = 0;
      }
      if (!job.dropped) return job;
      release(job);
    }
    return null;
  }

  /** A job that waits behind another one: whoever is idle does it instead. */
  #relieve(): Job | null {
    let busiest: Member | null = null;
    for (const member of this.#members) if (member.load > 1 && member.load > (busiest?.load ?? 0)) busiest = member;
    return busiest?.takeBack() ?? null;
  }

  #give(member: Member, job: Job): void {
    try {
      member.give(job);
    } catch (error) {
      this.#settle(job, () => job.reject(error));
      return;
    }
    if (member.load === 1) this.#watch(member);
  }

  /** Counts the time of the worker's present task. */
  #watch(member: Member): void {
    const { timeout } = this.#options;
    if (timeout === undefined) return;
    clearTimeout(member.timer);
    if (member.load > 0) member.timer = after(timeout, () => this.#overran(member, timeout));
  }

  #arrived(member: Member): void {
    if (member.state !== "starting") return;
    const { initializer } = this.#options;
    if (!initializer) this.#started(member);
    else {
      try {
        member.initialize(initializer.reference, initializer.args);
      } catch (error) {
        this.end(this.#unusable(member, error));
      }
    }
  }

  #started(member: Member): void {
    this.#failedStarts = 0;
    member.state = "working";
    this.#dispatch();
  }

  #unusable(member: Member, cause: unknown): SharrayError {
    const { name } = this.#options.initializer!.reference;
    const message = `the pool cannot work: its initializer ${name} failed: ${cause instanceof Error ? cause.message : String(cause)}`;
    return new SharrayError("WORKER_DIED", message, { task: name, pid: member.child.pid }, { cause });
  }

  #answered(member: Member, job: Job | null, letter: Letter): void {
    if (!job) {
      if (letter.kind === Kind.threw) this.end(this.#unusable(member, letter.value()));
      else {
        letter.discard();
        this.#started(member);
      }
      return;
    }
    this.#watch(member);
    // The next task first: the worker is to wait as little as possible.
    if (member.state === "working" && member.served === this.#options.maxtasksperchild) this.#retire(member);
    this.#dispatch();
    if (job.dropped) {
      letter.discard();
      release(job);
      return;
    }
    try {
      const value = letter.value(letter.kind === Kind.returned ? returnedBy(job.reference) : null);
      job.received = letter.blocks;
      this.#settle(job, () => (letter.kind === Kind.returned ? job.resolve(value) : job.reject(value)));
    } catch (error) {
      this.#settle(job, () => job.reject(error));
    }
  }

  #settle(job: Job, how: () => void): void {
    release(job);
    how();
  }

  /** Lets a worker end by itself, and takes another one where tasks may come. */
  #retire(member: Member): void {
    member.state = "leaving";
    member.child.send({ kind: Kind.end, id: 0 }, null, "");
    if (!this.#closed || this.#head < this.#queue.length) this.#hire();
  }

  #overran(member: Member, timeout: number): void {
    member.state = "leaving";
    const { pid } = member.child;
    const { begun, untouched } = member.clear();
    member.child.kill("SIGKILL");
    this.#putBack(untouched);
    for (const job of begun) {
      const { name } = job.reference;
      const message = `the task ${name} ran longer than the pool's timeout of ${timeout} ms; its process ${pid} was ended`;
      this.#settle(job, () => job.reject(new SharrayError("TASK_TIMEOUT", message, { task: name, timeout, pid })));
    }
  }

  #putBack(jobs: Job[]): void {
    this.#queue = [...jobs, ...this.#queue.slice(this.#head)];
    this.#head = 0;
  }

  #lost(member: Member, ending: Ending): void {
    const { pid } = member.child;
    const { begun, untouched } = member.clear();
    member.release();
    this.#members.delete(member);
    if (!this.#doom) {
      if (member.state === "starting" && ++this.#failedStarts >= STARTS) this.end(workerDied(pid, ending, null));
      else {
        this.#putBack(untouched);
        this.#replace();
        this.#dispatch();
      }
    }
    for (const job of begun) this.#settle(job, () => job.reject(workerDied(pid, ending, job.reference.name)));
    this.#settleIfGone();
  }

  #replace(): void {
    const wanted = this.#closed ? this.#queue.length - this.#head : this.#options.size;
    const present = [...this.#members].filter((other) => other.state !== "leaving").length;
    if (present >= Math.min(wanted, this.#options.size)) return;
    try {
      this.#hire();
    } catch (error) {
      if (error instanceof SharrayError) this.end(error);
      else throw error;
    }
  }

  #settleIfGone(): void {
    if (this.#members.size > 0) return;
    for (const job of this.#doomed.splice(0)) this.#settle(job, () => job.reject(this.#doom));
    for (const resolve of this.#gone.splice(0)) resolve();
  }
}
