// What the fuzzers of TypeScript code share: rounds until the time is over, each from a seed of its own that is printed when
// something is found, so that `--seed` repeats it.
import { parseArgs } from "node:util";

/** A generator of numbers from a seed: the same seed, the same round. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `below` - 1. */
  roll(below: number): number {
    // mulberry32
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.roll(list.length)]!;
  }
}

/** Runs rounds for `--seconds`, or the one of `--seed`; ends the process with 1 at the first that throws. */
export function rounds(round: (dice: Dice, count: (what: string) => void) => void): void {
  const { values } = parseArgs({ options: { seconds: { type: "string", default: "60" }, seed: { type: "string" } } });
  const counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const until = performance.now() + Number(values.seconds) * 1000;
  let seed = values.seed === undefined ? Date.now() >>> 0 : Number(values.seed);
  const first = seed;
  let done = 0;
  do {
    try {
      round(new Dice(seed), count);
    } catch (error) {
      console.error(error);
      console.error(`found with --seed ${seed}`);
      process.exit(1);
    }
    done += 1;
    seed = (seed + 1) >>> 0;
  } while (values.seed === undefined && performance.now() < until);
  const found = [...counts].map(([what, n]) => `${what} ${n}`).join(", ");
  console.log(JSON.stringify({ rounds: done, first, outcomes: found }));
}
