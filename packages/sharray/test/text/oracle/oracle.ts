// The comparison with np.loadtxt: calls go to all sides, the outcomes are compared and counted, differences are made small.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Case, encoded, linesOf } from "./case.ts";
import { type Verdict, verdictOf } from "./compare.ts";
import { makeCase } from "./generate.ts";
import { shrink } from "./shrink.ts";
import { Sides } from "./sides.ts";
import { spell } from "./spell.ts";

/** The largest share of calls that loadtxt may refuse as not supported: converters for dates without a unit. */
export const MOST_UNSUPPORTED = 0.003;

/** Calls that are under way at once: enough that no side waits for another. */
const BATCH = 200;
/** Differences after which a run ends: kinds that are shown, and calls that are made small for it. */
const ENOUGH = { kinds: 6, calls: 24 };

/** What a run of calls came to. */
export interface Tally {
  calls: number;
  /** Those of which NumPy makes an array. */
  readable: number;
  arrays: number;
  refusals: number;
  unsupported: number;
  /** Differences that are meant, by their reason. */
  meant: Map<string, number>;
  /** Calls that show a difference. */
  differing: number;
  /** One difference of each kind, as programs to run, with both outcomes. */
  differences: string[];
}

const emptyTally = (): Tally => ({
  calls: 0,
  readable: 0,
  arrays: 0,
  refusals: 0,
  unsupported: 0,
  meant: new Map(),
  differing: 0,
  differences: [],
});

/** The tally in words. */
export function summary(tally: Tally): string {
  const meant = [...tally.meant.values()].reduce((sum, n) => sum + n, 0);
  return (
    `same array ${tally.arrays}, both refuse ${tally.refusals}, not supported yet ${tally.unsupported}, ` +
    `differ as meant ${meant}, differ ${tally.differing}`
  );
}

/** Calls that share the processes of the sides, and a folder for the texts. */
export class Oracle implements AsyncDisposable {
  readonly #sides = new Sides();
  readonly #folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "sharray-oracle-"));
  tally: Tally = emptyTally();
  #files = 0;

  async #ask(call: Case): Promise<{ verdict: Verdict; answers: Awaited<ReturnType<Sides["ask"]>> }> {
    const path = join(this.#folder, `${this.#files++ % (2 * BATCH)}.txt`);
    writeFileSync(path, encoded(call));
    const lines = call.source === "lines" ? linesOf(call.text) : undefined;
    const answers = await this.#sides.ask(call, path, lines).catch((error: unknown) => {
      throw new Error(`a process of the comparison ended at, or shortly before:\n${spell(call)}`, { cause: error });
    });
    return { verdict: verdictOf(call, answers), answers };
  }

  /** The difference that a call shows, as programs to run with both outcomes. */
  async #shown(call: Case): Promise<{ kind: string; text: string }> {
    const { verdict, answers } = await this.#ask(call);
    const what = verdict.kind === "different" ? verdict.what : "nothing, this time";
    const outcomes = {
      numpy: answers.theirs,
      ours: answers.outcome,
      ...(answers.others[0] && { other: answers.others[0] }),
    };
    const shown = Object.entries(outcomes).map(([who, outcome]) => `${who}: ${JSON.stringify(outcome).slice(0, 600)}`);
    return {
      kind: [what, Object.keys(call.options).sort(), JSON.stringify(call.dtype)].join(" ").replace(/\d+/g, ""),
      text: [`They differ in ${what}:`, spell(call), ...shown].join("\n"),
    };
  }

  async #count(call: Case): Promise<void> {
    const { tally } = this;
    const { verdict, answers } = await this.#ask(call);
    tally.calls += 1;
    if ("arrays" in answers.theirs) tally.readable += 1;
    if (verdict.kind === "array") tally.arrays += 1;
    else if (verdict.kind === "refusal") tally.refusals += 1;
    else if (verdict.kind === "unsupported") tally.unsupported += 1;
    else if (verdict.kind === "meant") tally.meant.set(verdict.reason, (tally.meant.get(verdict.reason) ?? 0) + 1);
    else this.#found.push(call);
  }

  readonly #found: Case[] = [];
  readonly #kinds = new Set<string>();

  /** Compares calls, and makes small those that show a difference. Says whether to go on. */
  async compare(calls: readonly Case[]): Promise<boolean> {
    const { tally } = this;
    for (let at = 0; at < calls.length; at += BATCH) {
      await Promise.all(calls.slice(at, at + BATCH).map((call) => this.#count(call)));
      for (const call of this.#found.splice(0)) {
        if (tally.differences.length >= ENOUGH.kinds || tally.differing >= ENOUGH.calls) return false;
        tally.differing += 1;
        const small = await shrink(call, async (smaller) => (await this.#ask(smaller)).verdict.kind === "different");
        const { kind, text } = await this.#shown(small);
        if (!this.#kinds.has(kind)) tally.differences.push(text);
        this.#kinds.add(kind);
      }
    }
    return true;
  }

  /** Begins to count anew. */
  restart(): void {
    this.tally = emptyTally();
    this.#kinds.clear();
  }

  /** Compares the calls of so many seeds, from the first on. */
  async run(seed: number, count: number): Promise<boolean> {
    return this.compare(Array.from({ length: count }, (_, index) => makeCase((seed + index) >>> 0)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sides.close();
    rmSync(this.#folder, { recursive: true });
  }
}
