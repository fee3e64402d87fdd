import { Block } from "../memory/block.ts";
import { memoryOn } from "../memory/shared_memory.ts";
import { Child, type Ending } from "./child.ts";
import { Claims } from "./claims.ts";
import type { Letter } from "./codec.ts";
import { type TaskReference, written } from "./task.ts";
import { Kind } from "./wire.ts";

/** One call of a task, waiting or running. */
export interface Job {
  readonly reference: TaskReference;
  readonly args: unknown[];
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Nobody waits for it any more: it is not begun, and what it returns is dropped. */
  dropped?: boolean;
  /** The memory in what it returned. */
  received?: readonly Block[];
}

export interface MemberHandlers {
  ready(member: Member): void;
  /** `job` is null for the initializer. */
  answered(member: Member, job: Job | null, letter: Letter): void;
  ended(member: Member, ending: Ending): void;
}

/** The number of the initializer's call; jobs are counted from 1. */
const INITIALIZER = 0;

/** One process of a pool, and the jobs it has: the first of them runs, the others are there so that it need not wait. */
export class Member {
  readonly child: Child;
  /** starting: no task yet; working: has tasks or may get some; leaving: gets no more. */
  state: "starting" | "working" | "leaving" = "starting";
  timer: NodeJS.Timeout | undefined;
  /** Jobs given to it so far that it answered. */
  served = 0;
  /** Milliseconds that its tasks took lately. */
  pace: number = Number.POSITIVE_INFINITY;
  readonly #jobs = new Map<number, Job>();
  readonly #claims: Claims;
  #next = 1;
  #began = 0;

  constructor(handlers: MemberHandlers, env: NodeJS.ProcessEnv | undefined) {
    const block = Block.create(Claims.BYTES);
    this.#claims = new Claims(block);
    try {
      const letter = (arrived: Letter): void => this.#receive(arrived, handlers);
      this.child = new Child({ letter, ended: (ending) => handlers.ended(this, ending) }, env);
    } catch (error) {
      block.close();
      throw error;
    }
    this.child.send({ kind: Kind.claims, id: 0 }, memoryOn(block), "");
  }

  /** Jobs that it has not answered. */
  get load(): number {
    return this.#jobs.size;
  }

  /** The job that it is at, or comes to next. */
  get current(): Job | undefined {
    return this.#jobs.values().next().value;
  }

  initialize(reference: TaskReference, args: readonly unknown[]): void {
    this.child.send({ kind: Kind.run, id: INITIALIZER, note: written(reference) }, args, "initargs");
  }

  /** @throws {SharrayError} what encoding the arguments throws; then it does not have the job */
  give(job: Job): void {
    const id = this.#next;
    this.#claims.offer(id);
    this.child.send({ kind: Kind.run, id, note: written(job.reference) }, job.args, "args");
    this.#next += 1;
    if (this.#jobs.size === 0) this.#began = performance.now();
    this.#jobs.set(id, job);
  }

  /** Takes back the job given last, unless it has begun. */
  takeBack(): Job | null {
    const last = [...this.#jobs.keys()].at(-1);
    if (last === undefined || !this.#claims.withdraw(last)) return null;
    const job = this.#jobs.get(last)!;
    this.#jobs.delete(last);
    return job;
  }

  /** Gives up all jobs: those that it had begun, and those that it had not. */
  clear(): { begun: Job[]; untouched: Job[] } {
    const begun: Job[] = [];
    const untouched: Job[] = [];
    for (const [id, job] of this.#jobs) (this.#claims.withdraw(id) ? untouched : begun).push(job);
    this.#jobs.clear();
    return { begun, untouched };
  }

  /** Frees what was shared with the process, which is gone. */
  release(): void {
    clearTimeout(this.timer);
    this.#claims.close();
  }

  #receive(letter: Letter, handlers: MemberHandlers): void {
    if (letter.kind === Kind.ready) {
      handlers.ready(this);
      return;
    }
    const job = this.#jobs.get(letter.id) ?? null;
    if (job) {
      this.#jobs.delete(letter.id);
      this.served += 1;
      const now = performance.now();
      const took = now - this.#began;
      this.#began = now;
      this.pace = this.pace === Number.POSITIVE_INFINITY ? took : 0.75 * this.pace + 0.25 * took;
    } else if (letter.id !== INITIALIZER) {
      letter.discard();
      return;
    }
    handlers.answered(this, job, letter);
    if (letter.carries) this.child.send({ kind: Kind.confirmed, id: letter.id }, null, "");
  }
}
