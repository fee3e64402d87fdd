// handoff.mjs WAY BYTES COUNT: a child hands one array to its parent, again and again; microseconds from just before the send
// to the array attached at the receiver. WAY: queue (the array is the item), handle (the item is its handle, attached by
// hand), name (the item is the name of a named array). The array is made and filled before; nothing is wrapped in between.
import { setTimeout as sleep } from "node:timers/promises";
import { main, Process, Queue, SharedArray, task } from "sharray";

const now = () => Number(process.hrtime.bigint()) / 1e3; // CLOCK_MONOTONIC: one clock for all processes

export const send = task(import.meta.url, "send", async (way, bytes, items, turns) => {
  const options = way === "name" ? { name: `bench-handoff-${process.pid}` } : {};
  const array = SharedArray.create({ shape: [bytes / 8], dtype: "<i8", ...options });
  const part = 8 << 20; // filled in windows: Node 20 has no typed array above 4 GiB
  for (let start = 0; start < array.size; start += part) array.slice([start, start + part]).data.fill(7n);
  await items.put("ready");
  while ((await turns.get()) === "go") {
    const item = way === "queue" ? array : way === "handle" ? array.handle() : options.name;
    await items.put({ sent: now(), item });
  }
  array.close();
});

main(import.meta, async () => {
  const [way, bytes, count] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
  const items = new Queue();
  const turns = new Queue();
  const child = new Process(send, way, bytes, items, turns);
  child.start();
  child.result.catch((error) => {
    console.error(error);
    process.exit(1);
  });
  await items.get();
  const took = [];
  for (let i = -5; i < count; i++) {
    await sleep(2); // both sides rest, as they do between the hand-overs of a real job
    await turns.put("go");
    const { sent, item } = await items.get();
    const array = way === "queue" ? item : SharedArray.attach(item);
    const got = now();
    if (i >= 0) took.push(got - sent);
    if (array.nbytes !== bytes) throw new Error("another array arrived");
    // Looked into before the first and after the last turn that count: wrapping hundreds of megabytes for JavaScript makes V8
    // collect garbage, which would fall into the next turn.
    const look = i < -1 || i === count - 1;
    if (look && (array.get(0) !== 7n || array.get(array.size - 1) !== 7n)) throw new Error("other bytes arrived");
    array.close();
  }
  await turns.put("end");
  await child.join();
  items.close();
  turns.close();
  console.log(JSON.stringify({ took }));
});
