// Four processes in a ring that pass each other blocks, and check every byte.
import { type BlockHandle, Process, Queue, SharedMemory, task } from "sharray";
import type { Act } from "./orders.ts";

/** How many blocks a process keeps open behind the one it sends: no other is further behind than the ring is long. */
const KEPT = 16;
const PROCESSES = 4;

interface Message {
  /** A block travels as itself, or as its handle. */
  block: SharedMemory | BlockHandle;
  seed: number;
  size: number;
}

const pattern = Buffer.from(Array.from({ length: 256 + 4096 }, (_, index) => index % 256));

/** What the bytes of a block are. */
function bytesOf(seed: number, size: number): Buffer {
  const start = seed % 256;
  return pattern.subarray(start, start + size);
}

function check({ block, seed, size }: Message): void {
  const shm = block instanceof SharedMemory ? block : SharedMemory.attach(block);
  if (!bytesOf(seed, size).equals(shm.buf)) throw new Error(`block ${seed} of ${size} bytes has other bytes`);
  shm.close();
}

/** One process of the ring: sends so many blocks, and checks as many. */
export const member = task(
  import.meta.url,
  "member",
  async (inbox: Queue<Message>, outbox: Queue<Message>, times: number, first: number) => {
    const kept: SharedMemory[] = [];
    for (let index = 0; index < times; index++) {
      const seed = first + index * 7;
      const size = 1 + ((seed * 31) % 4096);
      const shm = SharedMemory.create(size);
      shm.buf.set(bytesOf(seed, size));
      await outbox.put({ block: index % 2 === 0 ? shm : shm.handle(), seed, size });
      kept.push(shm);
      if (kept.length > KEPT) kept.shift()!.close();
      check(await inbox.get());
    }
    // Those behind may still be about to attach: they have when the ring has gone round once more.
    for (let round = 0; round < PROCESSES; round++) {
      const shm = SharedMemory.create(1);
      await outbox.put({ block: shm, seed: 0, size: 1 });
      shm.close();
      check(await inbox.get());
    }
    for (const shm of kept) shm.close();
    return times;
  },
);

export const exchange: Record<string, Act> = {
  /** How many blocks were exchanged and checked. */
  exchange: async ({ times = 4 }) => {
    const queues = Array.from({ length: PROCESSES }, () => new Queue<Message>());
    const ring = queues.map(
      (inbox, index) => new Process(member, inbox, queues[(index + 1) % PROCESSES]!, times / PROCESSES, index * 1000),
    );
    for (const process of ring) process.start();
    const counts = await Promise.all(ring.map((process) => process.result));
    await Promise.all(ring.map((process) => process.join()));
    for (const queue of queues) queue.close();
    return counts.reduce((sum, count) => sum + count, 0);
  },
};
