import { inspect } from "node:util";
import { SharrayError } from "../errors.ts";

function bad(message: string, details: Record<string, unknown>): SharrayError {
  return new SharrayError("BAD_ARGUMENT", message, details);
}

/** A whole number of at least `least`; undefined stays undefined. */
export function checkCount(value: number | undefined, least: number, most: number, where: string): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw bad(`${where} must be a whole number from ${least} to ${most}, not ${inspect(value)}`, { value, least, most });
}

/** A duration in milliseconds, 0 or more; undefined stays undefined. */
export function checkTimeout(value: number | undefined, where: string): void {
  if (value === undefined || (typeof value === "number" && value >= 0)) return;
  throw bad(`${where} must be a number of milliseconds, 0 or more, not ${inspect(value)}`, { value });
}

export function checkSignal(value: AbortSignal | undefined, where: string): void {
  if (value === undefined || value instanceof AbortSignal) return;
  throw bad(`${where} must be an AbortSignal, not ${typeof value}`, {});
}

const LONGEST = 2 ** 31 - 1;

/** As setTimeout, but any longer time is for ever instead of at once. */
export function after(milliseconds: number, run: () => void): NodeJS.Timeout | undefined {
  return milliseconds > LONGEST ? undefined : setTimeout(run, milliseconds);
}
