import { inspect } from "node:util";
import { SharrayError } from "../errors.ts";

/** A number of bytes: an integer from 0 (or `least`) to 2^53 - 1; anything else is BAD_ARGUMENT. */
export function byteCount(value: unknown, name: string, least = 0): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
  const expected = `a whole number of bytes from ${least} to 2^53 - 1`;
  throw new SharrayError("BAD_ARGUMENT", `${name}: expected ${expected}, found ${inspect(value)}`, {
    argument: name,
    expected,
  });
}

/** An options object with known keys only: a misspelt one is BAD_ARGUMENT, which names those there are. */
export function checkOptions(options: unknown, known: readonly string[], of: string): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new SharrayError("BAD_ARGUMENT", `${of}: expected an object of options, found ${inspect(options)}`, {
      argument: "options",
    });
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    throw new SharrayError("BAD_ARGUMENT", `${of}: there is no option "${key}". Options: ${known.join(", ")}`, {
      argument: key,
      known,
    });
  }
}

/** An optional boolean of an options object. */
export function flag(value: unknown, name: string, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  if (typeof value === "boolean") return value;
  throw new SharrayError("BAD_ARGUMENT", `${name}: expected true or false, found ${inspect(value)}`, {
    argument: name,
  });
}
