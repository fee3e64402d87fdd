import { AsyncLocalStorage } from "node:async_hooks";
import { SharrayError } from "../errors.ts";
import { lockName } from "../memory/names.ts";

/** How one of many starters comes to an array of a name. */
export interface Start<A> {
  readonly name: string;
  readonly mode: number | undefined;
  /** The array that has the name; null when none has. */
  readonly look: () => A | null;
  /** A new one that has no name yet. */
  readonly make: () => A;
  /** Gives it the values, and may take its time. */
  readonly fill: (array: A) => unknown;
  /** Gives it the name, in one step; throws FILE_EXISTS. */
  readonly link: (array: A) => void;
  readonly close: (array: A) => void;
}

/** Names that are being filled by whoever runs now: a fill that asked for its own name would wait for itself. */
const filling = new AsyncLocalStorage<readonly string[]>();

/**
 * Gives the array of a name; the first of many starters makes and fills it, the others wait for it. The lock among them is the
 * kernel's: a starter that dies while it fills lets the next one in, and what it had filled goes with it.
 */
export async function openOrCreate<A>(start: Start<A>): Promise<A> {
  const { name, mode, look } = start;
  const inside = filling.getStore() ?? [];
  if (inside.includes(name)) {
    throw new SharrayError(
      "BAD_ARGUMENT",
      `openOrCreate: the fill of ${JSON.stringify(name)} asks for ${JSON.stringify(name)} itself, and would wait for ever`,
      { name },
    );
  }
  const there = look();
  if (there !== null) return there;
  const lock = await lockName(name, mode === undefined ? {} : { mode });
  try {
    // The one before may have made it.
    return look() ?? (await filling.run([...inside, name], () => made(start)));
  } finally {
    lock.release();
  }
}

async function made<A>({ make, fill, link, close, look }: Start<A>): Promise<A> {
  const array = make();
  let filled = false;
  try {
    await fill(array);
    filled = true;
    link(array);
    return array;
  } catch (error) {
    close(array);
    // Somebody gave the name away without waiting for a turn.
    const other = filled && error instanceof SharrayError && error.code === "FILE_EXISTS" ? look() : null;
    if (other !== null) return other;
    throw error;
  }
}
