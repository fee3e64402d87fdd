import { SharrayError } from "../errors.ts";

/** The failure of a range, as a run reports it. */
export interface RunFailure {
  /** The range: of several failures, the one of the lowest range is the load's. */
  range: number;
  code: string;
  message: string;
  details: Record<string, unknown>;
}

export function parseFailure(text: string): RunFailure {
  return JSON.parse(text) as RunFailure;
}

export function errorOf(failure: RunFailure): SharrayError {
  return new SharrayError(failure.code, failure.message, failure.details);
}

/** The error of a load that its AbortSignal ended. */
export function aborted(of: string, signal: AbortSignal): SharrayError {
  return new SharrayError("ABORTED", `${of}: ended by its AbortSignal.`, {}, { cause: signal.reason });
}

/** The failure of the lowest range of those that ended with one. */
export function lowest(outcomes: readonly (string | null)[]): RunFailure | null {
  const failures = outcomes.filter((outcome) => outcome !== null).map(parseFailure);
  return failures.reduce<RunFailure | null>((least, one) => (least && least.range <= one.range ? least : one), null);
}
