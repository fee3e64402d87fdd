// One process per table and two queues, as in the tutorial on sharing NumPy arrays (the original: python/tutorial_queues.py).
//
//   npx tsx examples/tutorial-queues.ts [TABLE...]
//
// A child loads its table into shared memory and sends a handle (where the memory is, shape, dtype) over the first queue.
// The parent attaches: both see the same bytes, nothing was copied. "done" over the second queue lets the child release its part.
import { basename } from "node:path";
import { type ArrayHandle, loadtxt, main, Process, Queue, SharedArray, task } from "sharray";
import { tables } from "./tables.ts";

const dtype = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["pct", "<f4"],
  ["c", "<i4"],
  ["t", "<i4"],
] as const;

export interface Message {
  path: string;
  table: ArrayHandle<typeof dtype>;
}

export const load = task(
  import.meta.url,
  "load",
  async (path: string, ready: Queue<Message>, done: Queue<"done">): Promise<void> => {
    using table = await loadtxt(path, { dtype });
    await ready.put({ path, table: table.handle() });
    // A handle that is carried by hand is good as long as its maker holds the array, so the child waits until the parent is through with it. Each
    // child has a `done` of its own: from one queue for all, this child could take the message that was meant for another, and
    // release its block before the parent has attached to it, while the other would wait for ever.
    await done.get();
  },
);

main(import.meta, async () => {
  using ready = new Queue<Message>();
  const children = tables(process.argv.slice(2)).map((path) => {
    const done = new Queue<"done">();
    const child = new Process(load, path, ready, done);
    child.start();
    return { path, child, done };
  });

  for (let received = 0; received < children.length; received++) {
    const message = await ready.get();
    using table = SharedArray.attach(message.table);
    console.log(
      `${basename(message.path)}: shape (${table.shape.join(", ")},), dtype ${JSON.stringify(table.dtype.descr)}`,
    );
    for (const record of table.slice([0, 3])) console.log(record);
    let sum = 0;
    for (const pct of table.field("pct")) sum += pct;
    console.log(`mean of pct: ${(sum / table.size).toFixed(4)}`);
    await children.find(({ path }) => path === message.path)!.done.put("done");
  }

  for (const { child, done } of children) {
    await child.join();
    done.close();
  }
});
