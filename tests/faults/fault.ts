// One fault: a test that makes it happen, and a row of the table that tells what came of it and what was left.
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { clean, type Left, settled } from "./left.ts";
import { Stage } from "./stage.ts";

/** A row of bench/results/faults.md. */
export interface Row {
  fault: string;
  /** What was done. */
  done: string;
  runs: number;
  outcome: string;
  left: Left | null;
}

export interface FaultOptions {
  /** What is done, for the table. */
  done: string;
  /** How often: in `npm test`, and in `npm run faults`. */
  rounds: readonly [number, number];
  /** Bytes of the private /dev/shm. */
  size?: number;
  /** Why it cannot be done here, or null. */
  unable?: () => string | null;
}

/** Whether this is the run with all counts in full. */
export const full: boolean = process.env.SHARRAY_FAULTS === "full";

function record(row: Row): void {
  const file = process.env.SHARRAY_FAULTS_RECORD;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`);
}

/**
 * A test that makes a fault happen. `body` tells in a few words what came of it. Afterwards nothing may be left: no name, no
 * shared memory, no process, no descriptor of this process's.
 */
export function fault(
  name: string,
  options: FaultOptions,
  body: (stage: Stage, t: TestContext) => Promise<string>,
): void {
  test(name, async (t) => {
    const runs = options.rounds[full ? 1 : 0];
    const reason = options.unable?.() ?? null;
    if (reason !== null) {
      record({ fault: name, done: options.done, runs: 0, outcome: `not done here: ${reason}`, left: null });
      return t.skip(reason);
    }
    const stage = await Stage.open(runs, (line) => t.diagnostic(line), options.size);
    let outcome: string;
    try {
      outcome = await body(stage, t);
      await stage.endActors();
    } catch (error) {
      record({ fault: name, done: options.done, runs, outcome: `FAILED: ${(error as Error).message}`, left: null });
      await stage.killActors();
      await stage.close();
      throw error;
    }
    const left = await settled(() => stage.left());
    await stage.close();
    record({ fault: name, done: options.done, runs: stage.runs || runs, outcome, left });
    assert.ok(clean(left), `left: ${JSON.stringify(left)}`);
  });
}

/** A stage for a test that is no row of the table. Its processes are ended, or killed when the test fails. */
export async function onStage(t: TestContext, body: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await Stage.open(1, (line) => t.diagnostic(line));
  try {
    await body(stage);
    await stage.endActors();
  } catch (error) {
    await stage.killActors();
    throw error;
  } finally {
    await settled(() => stage.left());
    await stage.close();
  }
}
