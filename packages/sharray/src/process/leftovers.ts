import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bytes of shared memory that finished tasks may have left attached before they are looked for at once. */
const HEAVY = 64 * 2 ** 20;

/** Milliseconds without a task that used shared memory, after which what the last ones left is looked for. */
const REST = 100;

let weight = 0;
let timer: NodeJS.Timeout | undefined;
let collect: (() => void) | undefined;

function look(): void {
  weight = 0;
  if (!collect) {
    // The flag only names the function in contexts made while it is set; this program's own globals stay as they are.
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
    setFlagsFromString("--no-expose-gc");
  }
  collect();
}

/**
 * A task has taken or returned shared memory of so many bytes. What its code still refers to stays attached; what it does not
 * is given back soon, although a worker at rest allocates nothing that would make the garbage collector run.
 */
export function leave(bytes: number): void {
  weight += bytes;
  if (weight >= HEAVY) {
    look();
    return;
  }
  if (timer) timer.refresh();
  else timer = setTimeout(() => weight > 0 && look(), REST);
}
