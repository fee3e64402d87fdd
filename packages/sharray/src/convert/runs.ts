import { SharrayError } from "../errors.ts";
import { callAsync } from "../native/call.ts";
import type { NativeLoad, ReopenedRange } from "../native/load.ts";
import type { Pool } from "../process/pool.ts";
import { errorOf, lowest } from "../text/failure.ts";
import { type Part, runRanges } from "./worker.ts";

/** A range that so many workers have died with ends the job. */
const DEATHS_OF_A_RANGE = 2;
/** The owners of ranges that this process takes are none of the workers'. */
const OURS = 2 ** 31;
/** So many workers that die without a range end the job: it is not the data that kills them. */
const DEATHS_WITHOUT = 3;

function isDeath(error: unknown): error is SharrayError {
  return error instanceof SharrayError && error.code === "WORKER_DIED";
}

/** The error of a range that kills its workers. */
function killedBy({ file, start, end, deaths }: ReopenedRange, cause: SharrayError): SharrayError {
  const { signal, exitcode, pid } = cause.details;
  const how = typeof signal === "string" ? `killed by ${signal}` : `with exit status ${String(exitcode)}`;
  return new SharrayError(
    "WORKER_DIED",
    `${file}, bytes ${start} to ${end}: ${deaths} worker processes have died with this range, the last one ${how}. ` +
      "If memory is short, free some or use fewer processes; otherwise look at these bytes of the file.",
    { signal, exitcode, pid, file, start, end, deaths },
    { cause },
  );
}

/**
 * Lets `count` workers of a pool take ranges until all are done; those of streams are taken by as many threads of this process, and so are
 * all without a pool. A range whose worker died is done again by the worker that replaces it.
 *
 * @throws {SharrayError} the failure of the lowest range; WORKER_DIED a second worker died with one range; what the pool throws
 */
export async function runAll(pool: Pool | null, load: NativeLoad, part: Part, count: number): Promise<void> {
  const failures: string[] = [];
  const fatal: unknown[] = [];
  let owners = 0;
  let without = 0;
  const end = (error: unknown): void => {
    fatal.push(error);
    load.abort();
  };
  const died = (error: SharrayError, owner: number): void => {
    const back = load.reopen(owner);
    if (back === null) {
      without += 1;
      if (without >= DEATHS_WITHOUT) end(error);
    } else if (back.deaths >= DEATHS_OF_A_RANGE) {
      end(killedBy(back, error));
    }
  };
  const worker = async (pool: Pool): Promise<void> => {
    for (;;) {
      const owner = ++owners;
      try {
        const failure = await pool.apply(runRanges, part, owner);
        if (failure !== null) failures.push(failure);
        return;
      } catch (error) {
        if (fatal.length > 0) return;
        if (isDeath(error)) died(error, owner);
        else end(error);
        if (fatal.length > 0) return;
      }
    }
  };
  const threads = Math.max(1, count);
  const ours = async (run: () => string | null | Promise<string | null>): Promise<void> => {
    const failure = await callAsync(run);
    if (failure !== null) failures.push(failure);
  };
  await Promise.all([
    ours(() => load.unpack(OURS, threads)),
    ...(pool === null
      ? [ours(() => load.run(OURS + threads, threads))]
      : Array.from({ length: count }, () => worker(pool))),
  ]);
  if (fatal.length > 0) throw fatal[0];
  const failure = lowest(failures);
  if (failure !== null) throw errorOf(failure);
}
