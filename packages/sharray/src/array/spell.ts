import { types } from "node:util";

/** Longer values are cut in messages. */
const LONGEST = 80;
const DEEPEST = 4;

/**
 * How a value appears in a message: as JSON where JSON has words for it, on one line of at most 80 characters. Runs none of the
 * value's own code (getters, proxies, toJSON), and looks at no more of a large value than it shows.
 */
export function text(value: unknown): string {
  const spelt = spell(value, LONGEST, DEEPEST);
  return spelt.length > LONGEST ? `${clip(spelt, LONGEST - 3)}...` : spelt;
}

/** The beginning of a text, without half a character at its end. */
function clip(long: string, length: number): string {
  const last = long.charCodeAt(length - 1);
  return long.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

function spell(value: unknown, room: number, depth: number): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > room ? clip(value, room) : value);
    case "bigint":
      return `${value}n`;
    case "function":
      return "a function";
    case "object":
      return value === null ? "null" : spellObject(value, room, depth);
    default:
      return Object.is(value, -0) ? "-0" : String(value);
  }
}

function spellObject(value: object, room: number, depth: number): string {
  if (types.isProxy(value)) return "a Proxy";
  if (types.isDate(value)) return `Date ${dateOf(value)}`;
  const list = Array.isArray(value) || types.isTypedArray(value);
  const plain = Array.isArray(value) || [null, Object.prototype].includes(Object.getPrototypeOf(value));
  const name = plain ? "" : `${className(value)} `;
  // What a class holds is its own affair.
  if (!plain && !list) return `${name}object`.replace(/^object object$/, "an object");
  if (depth === 0) return `${name}${list ? "[...]" : "{...}"}`;
  let inside = "";
  let some = false;
  for (const key of keysOf(value, list)) {
    if (some) inside += ",";
    some = true;
    if (inside.length > room) break;
    const held = Object.getOwnPropertyDescriptor(value, key);
    if (!list) inside += `${JSON.stringify(key)}:`;
    if (held === undefined) inside += "undefined";
    else inside += "value" in held ? spell(held.value, room - inside.length, depth - 1) : "(a getter)";
  }
  return list ? `${name}[${inside}]` : `${name}{${inside}}`;
}

function* keysOf(value: object, list: boolean): Generator<string> {
  if (!list) {
    yield* Object.keys(value);
    return;
  }
  const { length } = value as ArrayLike<unknown>;
  for (let i = 0; i < length; i++) yield String(i);
}

function dateOf(date: Date): string {
  const time = Date.prototype.getTime.call(date);
  return Number.isNaN(time) ? "(invalid)" : new Date(time).toISOString();
}

/** The name of an object's class, where it can be had without running code. */
function className(value: object): string {
  const made: unknown = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(value), "constructor")?.value;
  if (typeof made !== "function") return "object";
  const name: unknown = Object.getOwnPropertyDescriptor(made, "name")?.value;
  return typeof name === "string" && name !== "" ? name : "object";
}
