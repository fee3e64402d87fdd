// Orders of processes that race for one name.
import { lstatSync, writeFileSync } from "node:fs";
import { SharedArray, SharedMemory } from "sharray";
import type { Act } from "./orders.ts";

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
let racing = false;
let published: SharedArray | null = null;

/** The inode that a name leads to; null when there is none. */
function inode(name: string): number | null {
  return lstatSync(`/dev/shm/${name}`, { throwIfNoEntry: false })?.ino ?? null;
}

/** What a creator that was killed leaves: a file without a lease. */
function leave(name: string): void {
  try {
    writeFileSync(`/dev/shm/sharray.${name}`, "left", { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
  }
}

export const races: Record<string, Act> = {
  leave: ({ name }) => leave(name!),
  /**
   * Makes blocks of one name, every second time where a dead creator left one, and looks at each several times. `lost` counts
   * names that led elsewhere while their block was held; `refused` the creations that failed, by code.
   */
  createOften: async ({ name = "x", times = 1, size = 64 }) => {
    let lost = 0;
    const refused: Record<string, number> = {};
    for (let index = 0; index < times; index++) {
      if (index % 2 === 1) leave(name);
      try {
        using shm = SharedMemory.create(size, { name });
        const { ino } = shm.handle();
        for (let look = 0; look < 3; look++) {
          if (inode(shm.name!) !== ino) lost += 1;
          using same = SharedMemory.attach(name);
          if (same.handle().ino !== ino) lost += 1;
        }
        shm.buf.fill(index);
        if (!shm.buf.every((byte) => byte === index % 256)) lost += 1;
      } catch (error) {
        const code = (error as { code?: string }).code ?? String(error);
        refused[code] = (refused[code] ?? 0) + 1;
      }
      if (index % 50 === 0) await pause();
    }
    return { lost, refused };
  },
  /** Sweeps until it is told to stop; how often, and how many names it removed. */
  sweepOften: async (_order, tell) => {
    racing = true;
    let sweeps = 0;
    let removed = 0;
    for (tell("sweeping"); racing; sweeps++) {
      removed += SharedMemory.sweep().length;
      if (sweeps % 20 === 0) await pause();
    }
    return { sweeps, removed };
  },
  /** Publishes array after array under one name, each full of one byte. The last one stays open until `unpublish`. */
  publishOften: async ({ name = "x", times = 1, size = 64 }) => {
    for (let index = 0; index < times; index++) {
      const next = SharedArray.create({ shape: [size], dtype: "u1" });
      next.fill(index % 256);
      next.publish(name, { replace: true });
      published?.close();
      published = next;
      if (index % 50 === 0) await pause();
    }
  },
  unpublish: () => published?.close(),
  /** Attaches by name until it is told to stop; how often, and what else than one whole array it found. */
  attachOften: async ({ name = "x" }, tell) => {
    racing = true;
    let attached = 0;
    const odd: Record<string, number> = {};
    const note = (what: string): void => {
      odd[what] = (odd[what] ?? 0) + 1;
    };
    for (tell("attaching"); racing; attached++) {
      try {
        using array = SharedArray.attach(name);
        const { bytes } = array;
        if (!bytes.every((byte) => byte === bytes[0])) note("torn");
      } catch (error) {
        note((error as { code?: string }).code ?? String(error));
      }
      if (attached % 20 === 0) await pause();
    }
    return { attached, odd };
  },
  stop: () => {
    racing = false;
  },
};
