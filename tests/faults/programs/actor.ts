// A process that does with sharray what it is told: each line of standard input is an order, each line of standard output
// the answer to one, or news of an order under way. It ends with its input.
import { createInterface } from "node:readline";
import { begin, end } from "./mark.ts";
import { type Order, orders } from "./orders.ts";

interface Line {
  id: number;
  order: string;
  args: Order;
  /** Whether the call is done between two marks, for whoever watches the system calls. */
  marked: boolean;
}

function answer(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function obey({ id, order, args, marked }: Line): Promise<void> {
  try {
    const act = orders[order];
    if (act === undefined) throw new Error(`no such order: ${order}`);
    if (marked) begin();
    let value: unknown;
    try {
      value = act(args, (news) => answer({ id, news }));
      // A call that is synchronous is watched as such: what the event loop does is not part of it.
      if (value instanceof Promise) value = await value;
    } finally {
      if (marked) end();
    }
    answer({ id, value: value ?? null });
  } catch (error) {
    const { code, message, details } = error as Error & { code?: string; details?: unknown };
    answer({ id, error: { code: code ?? null, message, details: details ?? null } });
  }
}

createInterface({ input: process.stdin })
  .on("line", (line) => void obey(JSON.parse(line) as Line))
  .on("close", () => process.exit(0));
answer({ id: 0, value: process.pid });
