import { inspect } from "node:util";
import { SharrayError } from "../errors.ts";
import type { NativeHandle } from "../native/memory.ts";

/**
 * What another process needs to attach to a block: plain JSON. It leads through `/proc/<pid>/fd/<fd>`, and is good while
 * the process that made it holds the block open; that of a named block leads by its name first, and is good while anybody holds it.
 * `size` is in bytes of data.
 */
export interface BlockHandle {
  version: number;
  pid: number;
  fd: number;
  dev: number;
  ino: number;
  nonce: string;
  /** The full name of a named block. */
  name?: string;
  size: number;
}

const integers = {
  version: [0, 2 ** 32 - 1],
  pid: [1, 2 ** 31 - 1],
  fd: [0, 2 ** 31 - 1],
  dev: [0, Number.MAX_SAFE_INTEGER],
  ino: [0, Number.MAX_SAFE_INTEGER],
  size: [0, Number.MAX_SAFE_INTEGER],
} as const;

function refuse(field: string, expected: string, value: unknown): never {
  throw new SharrayError(
    "BAD_ARGUMENT",
    `handle.${field}: expected ${expected}, found ${inspect(value)}. A handle is what handle() returned, unchanged`,
    { field, expected },
  );
}

/** Checks that a value has a handle's form; whether it leads anywhere is the attach's business. */
export function checkHandle(handle: unknown): NativeHandle {
  if (typeof handle !== "object" || handle === null || Array.isArray(handle)) {
    throw new SharrayError(
      "BAD_ARGUMENT",
      `handle: expected the object that handle() returned, found ${inspect(handle, { depth: 0 })}`,
      { field: null, expected: "an object" },
    );
  }
  const fields = handle as Record<string, unknown>;
  for (const [field, [least, most]] of Object.entries(integers)) {
    const value = fields[field];
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
      refuse(field, `an integer from ${least} to ${most}`, value);
    }
  }
  const nonce = fields.nonce;
  if (typeof nonce !== "string" || !/^[0-9a-f]{32}$/.test(nonce)) {
    refuse("nonce", "a string of 32 hexadecimal digits", nonce);
  }
  const name = fields.name;
  if (name !== undefined && (typeof name !== "string" || name === "" || name.includes("/"))) {
    refuse("name", "the name of a file in /dev/shm", name);
  }
  const { version, pid, fd, dev, ino, size } = fields as unknown as BlockHandle;
  return { version, pid, fd, dev, ino, nonce, ...(name === undefined ? {} : { name }), size };
}
