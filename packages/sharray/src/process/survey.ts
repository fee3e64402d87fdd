import { types } from "node:util";
import { serialize } from "node:v8";
import { SharrayError } from "../errors.ts";
import { carrierOf } from "./carrier.ts";

type Key = string | number;

function refuse(path: readonly Key[], what: string): never {
  const where = written(path);
  throw new SharrayError(
    "BAD_ARGUMENT",
    `${where} is ${what}, which cannot travel to another process. Send plain data, typed arrays, shared memory, shared arrays or queues; pass a function as a task.`,
    { path: where },
  );
}

function written(path: readonly Key[]): string {
  return path
    .map((key, i) => {
      if (typeof key === "number") return `[${key}]`;
      if (i === 0) return key;
      return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
    })
    .join("");
}

/** Whether structured cloning takes a value as one piece, without a look inside. */
export function isLeaf(value: object): boolean {
  return (
    ArrayBuffer.isView(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isDate(value) ||
    types.isRegExp(value) ||
    types.isBoxedPrimitive(value)
  );
}

export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Looks at everything a value holds. True when something in it has a carrier.
 *
 * @throws {SharrayError} BAD_ARGUMENT with the path of what cannot travel: "args[0].x is a function"
 */
export function survey(value: unknown, where: string): boolean {
  const seen = new Set<object>();
  const path: Key[] = [where];
  let special = false;

  const below = (key: Key, inner: unknown): void => {
    if (typeof inner === "number" || typeof inner === "string") return; // the common case, cheaply
    path.push(key);
    visit(inner);
    path.pop();
  };

  const visit = (item: unknown): void => {
    if (typeof item === "function") refuse(path, item.name ? `a function (${item.name})` : "a function");
    if (typeof item === "symbol") refuse(path, "a symbol");
    if (typeof item !== "object" || item === null || seen.has(item)) return;
    seen.add(item);
    if (Array.isArray(item)) {
      item.forEach((inner, i) => {
        below(i, inner);
      });
      return;
    }
    if (!isPlain(item)) {
      if (item instanceof SharedArrayBuffer) refuse(path, "a SharedArrayBuffer");
      if (isLeaf(item)) return;
      if (carrierOf(item)) {
        special = true;
        return;
      }
      let i = 0;
      if (item instanceof Map) {
        for (const [key, inner] of item) {
          below(`key ${i}`, key);
          below(typeof key === "string" ? key : i, inner);
          i += 1;
        }
        return;
      }
      if (item instanceof Set) {
        for (const inner of item) below(i++, inner);
        return;
      }
      if (types.isProxy(item) || types.isPromise(item) || types.isWeakMap(item) || types.isWeakSet(item))
        refuse(path, `a ${types.isProxy(item) ? "Proxy" : item.constructor.name}`);
    }
    for (const key of Object.keys(item)) below(key, (item as Record<string, unknown>)[key]);
  };

  visit(value);
  return special;
}

/** Names the part that made structured cloning fail, where one alone does. */
export function blame(value: unknown, where: string, cause: unknown): SharrayError {
  const seen = new Set<object>();
  const search = (item: unknown, path: Key[]): Key[] | null => {
    if (typeof item !== "object" || item === null || seen.has(item) || carrierOf(item)) return null;
    seen.add(item);
    const entries: [Key, unknown][] =
      item instanceof Map || item instanceof Set
        ? [...item.values()].map((v, i) => [i, v])
        : isLeaf(item)
          ? []
          : Object.entries(item);
    for (const [key, inner] of entries) {
      const found = search(inner, [...path, Array.isArray(item) ? Number(key) : key]);
      if (found) return found;
    }
    if (entries.length > 0) return null;
    try {
      serialize(item);
      return null;
    } catch {
      return path;
    }
  };
  let path: Key[] | null = null;
  try {
    path = search(value, [where]);
  } catch {
    // Nested too deeply to search: the cause says so.
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  const at = path ? written(path) : where;
  return new SharrayError("BAD_ARGUMENT", `${at} cannot travel to another process: ${reason}`, { path: at }, { cause });
}
