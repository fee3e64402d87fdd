import { inspect } from "node:util";
import { SharrayError } from "../errors.ts";
import { addon } from "../native/addon.ts";
import { call, callAsync } from "../native/call.ts";
import type { NamedBlock } from "../native/memory.ts";
import { flag } from "./arguments.ts";

export type { NamedBlock } from "../native/memory.ts";

/** Options of what makes a named block. */
export interface NameOptions {
  /**
   * Its name: letters, digits, `_`, `.` and `-`, beginning with one of the first three. The file is `/dev/shm/sharray.<name>`. `true`
   * makes a fresh name. Default, and null: memory without a name, which its handle leads to.
   */
  name?: string | true | null;
  /** Whether it stays when nobody holds it any more, until it is unlinked: the file is `/dev/shm/sharray-keep.<name>`. Default: false. */
  persist?: boolean;
  /** Permission bits of the file; `0o660` lets the processes of a group in. Default: 0o600. */
  mode?: number;
}

const PRIVATE = 0o600;

/** Where a new block gets its name from; null: it has none. */
export interface Naming {
  /** undefined: a fresh one. */
  name: string | undefined;
  persist: boolean;
  mode: number;
}

/** The options about names, checked; whether the name itself is one is the native part's to say. */
export function checkNaming(options: NameOptions): Naming | null {
  const name = options.name ?? undefined;
  const persist = flag(options.persist, "persist", false);
  const mode = checkMode(options.mode);
  if (name !== undefined && name !== true && typeof name !== "string") {
    throw new SharrayError(
      "BAD_ARGUMENT",
      `name: expected a string, or true for a fresh name, found ${inspect(name)}`,
      {
        argument: "name",
      },
    );
  }
  if (name !== undefined) return { name: name === true ? undefined : name, persist, mode };
  for (const argument of ["persist", "mode"] as const) {
    if (options[argument] === undefined || options[argument] === false) continue;
    throw new SharrayError("BAD_ARGUMENT", `${argument}: only memory with a name has that; give a \`name\` too`, {
      argument,
    });
  }
  return null;
}

/** Permission bits; undefined: for this user only. */
export function checkMode(mode: unknown): number {
  if (mode === undefined) return PRIVATE;
  if (typeof mode === "number" && Number.isInteger(mode) && mode >= 0 && mode <= 0o777) return mode;
  throw new SharrayError("BAD_ARGUMENT", `mode: expected permission bits from 0 to 0o777, found ${inspect(mode)}`, {
    argument: "mode",
  });
}

export function list(): NamedBlock[] {
  return call(() => addon.listNames());
}

/** The block that a name means, in short or in full, or another program's of just that name; null when there is none. */
export function find(name: string): NamedBlock | null {
  checkName(name);
  return call(() => addon.findName(name)) ?? null;
}

export function sweep(): string[] {
  return call(() => addon.sweepNames());
}

/** Removes a name, in short or in full; the full name that it was. */
export function unlink(name: string): string {
  checkName(name);
  return call(() => addon.unlinkName(name));
}

/** Anything but a string is BAD_ARGUMENT. */
export function checkName(name: unknown): asserts name is string {
  if (typeof name === "string") return;
  throw new SharrayError("BAD_ARGUMENT", `name: expected a string, found ${inspect(name)}`, { argument: "name" });
}

/**
 * Waits until no other process holds the lock of a name, then holds it until `release()` or its death. It is what starters take
 * that make one block together; it does not keep anybody from using the name.
 *
 * @throws BAD_ARGUMENT, PERMISSION_DENIED, TOO_MANY_FILES
 */
export async function lockName(name: string, options: { mode?: number } = {}): Promise<{ release(): void }> {
  checkName(name);
  const mode = checkMode(options.mode);
  return await callAsync(() => addon.lockName(name, mode));
}

/** Whether a full name is one of sharray's blocks: any other file in /dev/shm is another program's. */
export function isOurs(name: string | null): boolean {
  return name !== null && /^sharray(-keep)?\./.test(name);
}
