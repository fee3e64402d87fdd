// Tasks for the tests. Workers import this module.
import { once } from "node:events";
import { assertNoLeaks, type Queue, SharedMemory, SharrayError, task } from "sharray";

const url = import.meta.url;

export const double = task(url, "double", (x: number) => x * 2);
export const add = task(url, "add", async (a: number, b: number) => a + b);
export const echo = task(url, "echo", (x: unknown) => x);
export const pid = task(url, "pid", (_item?: unknown) => process.pid);

/** Never ends by itself, and says through the queue that it has begun. */
export const wait = task(url, "wait", async (begun: Queue<number>) => {
  await begun.put(process.pid);
  await new Promise(() => {});
});

/** A loop that never gives JavaScript back. */
export const spin = task(url, "spin", async (begun: Queue<number>) => {
  await begun.put(process.pid);
  for (;;);
});

export const killSelf = task(url, "killSelf", (when: boolean | number, signal: NodeJS.Signals = "SIGKILL") => {
  if (when) process.kill(process.pid, signal);
  return when ? once(process, "never") : "alive";
});

export const exitWith = task(url, "exitWith", (status: number) => process.exit(status));

export const throwShared = task(url, "throwShared", () => {
  const cause = new TypeError("the cause");
  throw new SharrayError("SOME_CODE", "it failed", { line: 3, where: ["a", "b"] }, { cause });
});

export const throwValue = task(url, "throwValue", (kind: string) => {
  if (kind === "string") throw "a string";
  if (kind === "system") throw Object.assign(new Error("no"), { code: "ENOENT", errno: -2, path: "/x" });
  if (kind === "function") throw Object.assign(new RangeError("odd"), { fn: () => 1 });
  throw new AggregateError([new RangeError("one"), new SharrayError("TWO", "two")], "both");
});

export const returnFunction = task(url, "returnFunction", () => ({ x: [1, () => 2] }));

export const wrongName = task(url, "anotherName", () => 1);
export const notATask = (): number => 1;
const hidden = task(url, "hidden", () => 1);
export const references = { hidden, wrongName };

export const fillMemory = task(url, "fillMemory", (byte: number, size?: number) => {
  const memory = SharedMemory.create(size ?? 10);
  memory.buf.fill(byte);
  return memory;
});

export const sumMemory = task(url, "sumMemory", (memory: SharedMemory) => memory.buf.reduce((a, b) => a + b, 0));

export const manyMemories = task(url, "manyMemories", (count: number) =>
  Array.from({ length: count }, () => SharedMemory.create(16)),
);

let kept: SharedMemory | undefined;
/** Returns memory that this process goes on using. */
export const keepMemory = task(url, "keepMemory", () => {
  kept = SharedMemory.create(100);
  return kept;
});
export const keptByte = task(url, "keptByte", () => kept!.buf[0]);

export const putAll = task(url, "putAll", async (queue: Queue<unknown>, items: unknown[]) => {
  for (const item of items) await queue.put(item);
});

/** Takes `count` items and puts each, with this process's number, into the other queue. */
export const relay = task(url, "relay", async (from: Queue<number>, to: Queue<[number, number]>, count: number) => {
  for (let i = 0; i < count; i++) await to.put([process.pid, await from.get()]);
});

/** Waits in `get` for ever. */
export const getForEver = task(url, "getForEver", async (queue: Queue<unknown>, begun: Queue<number>) => {
  const item = queue.get();
  await begun.put(process.pid);
  await item;
});

/** Waits in `put` for ever. */
export const putForEver = task(url, "putForEver", async (queue: Queue<unknown>, begun: Queue<number>) => {
  const done = queue.put("from the one that is killed");
  await begun.put(process.pid);
  await done;
});

let state = 0;
export const setState = task(url, "setState", (value: number) => {
  state = value;
});
export const getState = task(url, "getState", () => state);

let first = true;
/** The first call of each process fails. */
export const failOnStart = task(url, "failOnStart", () => {
  if (first) process.exit(7);
  first = false;
});

export const throwOnStart = task(url, "throwOnStart", () => {
  throw new Error("no model");
});

export const environment = task(url, "environment", () =>
  Object.keys(process.env).filter((name) => name.startsWith("SHARRAY_")),
);

/** What the worker counts as open, beside what it was given. */
export const openHere = task(url, "openHere", (_memory?: SharedMemory) => {
  try {
    assertNoLeaks();
    return "";
  } catch (error) {
    return (error as Error).message;
  }
});

/** Memory that the task made, and neither returns nor closes. */
export const forgetMemory = task(url, "forgetMemory", (size: number) => SharedMemory.create(size).size);

/** What the worker says of forgotten memory, until it says it of memory that is forgotten now. Needs --expose-gc. */
export const hearForgotten = task(url, "hearForgotten", async () => {
  const heard: string[] = [];
  const last = new Promise<void>((resolve) => {
    process.on("warning", ({ message }) => {
      heard.push(message);
      if (message.includes(" of 54321 bytes")) resolve();
    });
  });
  // What was forgotten before is collected before: of one collection no order is promised.
  for (let i = 0; i < 20; i++) {
    globalThis.gc!();
    await new Promise(setImmediate);
  }
  (() => SharedMemory.create(54321).size)();
  const alive = setInterval(() => globalThis.gc!(), 10);
  await last;
  clearInterval(alive);
  return heard;
});

const given: SharedMemory[] = [];

/** Goes on using what it was given. */
export const holdMemory = task(url, "holdMemory", (memory: SharedMemory) => given.push(memory));
