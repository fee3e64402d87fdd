// An ordinary day: everything that a program does with shared memory, each step with what came of it.
import { Pool, Process, Queue, SharedArray, SharedMemory } from "sharray";
import type { Act } from "./orders.ts";
import { filled, sendAndLive } from "./tasks.ts";

const SIZE = 1 << 20;

/** "fine", what the step found instead, or the code and message of what it threw. */
async function step(act: () => unknown): Promise<string> {
  try {
    return ((await act()) as string | undefined) ?? "fine";
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    return `${code ?? "no code"}: ${message}`;
  }
}

function anonymous(): string | undefined {
  using shm = SharedMemory.create(SIZE);
  shm.buf.fill(1);
  return shm.buf.every((byte) => byte === 1) ? undefined : "other bytes";
}

function byHandle(): string | undefined {
  using array = SharedArray.from([1, 2, 3]);
  using same = SharedArray.attach(array.handle());
  return String(same.toArray()) === "1,2,3" ? undefined : "other values";
}

async function pool(): Promise<string | undefined> {
  await using workers = new Pool(2);
  using shm = await workers.apply(filled, SIZE, 7);
  return shm.buf.every((byte) => byte === 7) ? undefined : "other bytes";
}

async function queue(): Promise<string | undefined> {
  using items = new Queue<SharedMemory>();
  const sender = new Process(sendAndLive, items, SIZE, 9);
  sender.start();
  using shm = await items.get();
  await sender.join();
  if (sender.exitcode !== 0) return `exit code ${sender.exitcode}`;
  return shm.buf.every((byte) => byte === 9) ? undefined : "other bytes";
}

function named(): string | undefined {
  using shm = SharedMemory.create(SIZE, { name: true });
  using same = SharedMemory.attach(shm.name!);
  shm.buf.fill(3);
  return same.buf.every((byte) => byte === 3) ? undefined : "other bytes";
}

export const day: Record<string, Act> = {
  day: async () => ({
    anonymous: await step(anonymous),
    byHandle: await step(byHandle),
    pool: await step(pool),
    queue: await step(queue),
    named: await step(named),
  }),
};
