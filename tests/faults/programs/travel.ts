// Orders in which blocks travel between an actor and processes of its own.
import { readdirSync, readFileSync } from "node:fs";
import { Pool, Process, Queue, type SharedArray, SharedMemory } from "sharray";
import { type Act, thing } from "./orders.ts";
import { fillForEver, fillGiven, firstByte, sendAndDie, take } from "./tasks.ts";

/** Whether every thread of a process stands still. */
function stopped(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1");
    return /^[Tt]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  });
}

async function stop(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  while (!stopped(pid)) await new Promise((resolve) => setImmediate(resolve));
}

/** The code of an error. */
function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? String(error);
}

export const travel: Record<string, Act> = {
  /** A process sends a block and dies; how many bytes of it are not what they were. */
  senderDies: async ({ size = 1, byte = 0 }) => {
    using queue = new Queue<SharedMemory>();
    const sender = new Process(sendAndDie, queue, size, byte);
    sender.start();
    await sender.join();
    using shm = await queue.get();
    return {
      exitcode: sender.exitcode,
      differing: shm.buf.reduce((count, found) => count + Number(found !== byte), 0),
    };
  },
  /** A process that waits for a block dies with the block before it; what the next one that waits gets. */
  receiverDies: async ({ size = 1, byte = 0 }) => {
    using queue = new Queue<SharedMemory>();
    using begun = new Queue<number>();
    const victim = new Process(take, queue, begun);
    victim.start();
    await stop(await begun.get());
    const shm = SharedMemory.create(size);
    shm.buf.fill(byte);
    await queue.put(shm);
    shm.close(); // only the message holds it now
    victim.kill();
    await victim.join();
    const heir = new Process(take, queue, begun);
    heir.start();
    const ends = await heir.result;
    await heir.join();
    return { exitcode: victim.exitcode, ends };
  },
  /** The receiver of a block dies, and nobody else takes it. */
  receiverDiesAlone: async ({ size = 1 }) => {
    using queue = new Queue<SharedMemory>();
    using begun = new Queue<number>();
    const victim = new Process(take, queue, begun);
    victim.start();
    await stop(await begun.get());
    const shm = SharedMemory.create(size);
    shm.buf.fill(1);
    await queue.put(shm);
    shm.close();
    victim.kill();
    await victim.join();
    return victim.exitcode;
  },
  /** A worker is killed while it fills a block of its own, then one while it fills the caller's. */
  fillerDies: async ({ size = 1 }) => {
    using begun = new Queue<number>();
    await using pool = new Pool(1);
    const own = pool.apply(fillForEver, begun, size).catch(codeOf);
    process.kill(await begun.get(), "SIGKILL");
    using shm = SharedMemory.create(size);
    const codes = [await own];
    const given = pool.apply(fillGiven, shm, begun).catch(codeOf);
    process.kill(await begun.get(), "SIGKILL");
    codes.push(await given);
    shm.buf.fill(9);
    return { codes, sum: shm.buf.reduce((sum, found) => sum + found, 0) };
  },
  /** Sends something that is open here to a process of its own; what its first byte is there. */
  handOver: async (order) => {
    using queue = new Queue<SharedMemory | SharedArray>();
    await queue.put(thing(order));
    const receiver = new Process(firstByte, queue);
    receiver.start();
    const byte = await receiver.result;
    await receiver.join();
    return byte;
  },
  /** Two workers fill blocks for ever, and a third block is this process's own. */
  crowd: async ({ size = 1 }) => {
    const begun = new Queue<number>();
    const pool = new Pool(2);
    const own = SharedMemory.create(size);
    own.buf.fill(1);
    void pool.apply(fillForEver, begun, size).catch(codeOf);
    void pool.apply(fillGiven, own, begun).catch(codeOf);
    return [await begun.get(), await begun.get()];
  },
};
