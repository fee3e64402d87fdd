// Tasks of processes that meet a fault.
import { type Queue, type SharedArray, SharedMemory, task } from "sharray";

const url = import.meta.url;

/** Puts a filled block, and is gone before anything else happens. */
export const sendAndDie = task(url, "sendAndDie", async (out: Queue<SharedMemory>, size: number, byte: number) => {
  const shm = SharedMemory.create(size);
  shm.buf.fill(byte);
  await out.put(shm);
  process.kill(process.pid, "SIGKILL");
});

/** Says that it is about to take a block, takes it, and returns what the first and the last byte are. */
export const take = task(url, "take", async (from: Queue<SharedMemory>, begun: Queue<number>) => {
  const item = from.get();
  await begun.put(process.pid);
  const shm = await item;
  const ends = [shm.buf[0], shm.buf[shm.size - 1]];
  shm.close();
  return ends;
});

/** Fills a block again and again, and says so once; it never ends by itself. */
export const fillForEver = task(url, "fillForEver", async (begun: Queue<number>, size: number) => {
  const shm = SharedMemory.create(size);
  shm.buf.fill(1);
  await begun.put(process.pid);
  for (let byte = 0; ; byte = (byte + 1) % 256) shm.buf.fill(byte);
});

/** The same with a block that is the caller's. */
export const fillGiven = task(url, "fillGiven", async (shm: SharedMemory, begun: Queue<number>) => {
  await begun.put(process.pid);
  for (let byte = 0; ; byte = (byte + 1) % 256) shm.buf.fill(byte);
});

export const pid = task(url, "pid", () => process.pid);

export const filled = task(url, "filled", (size: number, byte: number) => {
  const shm = SharedMemory.create(size);
  shm.buf.fill(byte);
  return shm;
});

export const sendAndLive = task(url, "sendAndLive", async (out: Queue<SharedMemory>, size: number, byte: number) => {
  using shm = filled(size, byte);
  await out.put(shm);
});

export const firstByte = task(url, "firstByte", async (from: Queue<SharedMemory | SharedArray>) => {
  using item = await from.get();
  return (item instanceof SharedMemory ? item.buf : item.bytes)[0];
});
