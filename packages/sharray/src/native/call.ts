import { SharrayError } from "../errors.ts";

/** Turns an error of the addon (JSON in its message) into a SharrayError; anything else is returned as it is. */
function translate(error: unknown): unknown {
  if (!(error instanceof Error) || !error.message.startsWith("{")) return error;
  try {
    return errorOf(error.message);
  } catch {
    return error;
  }
}

/** The error that the addon wrote as JSON. */
export function errorOf(text: string): SharrayError {
  const body = JSON.parse(text) as { code: string; message: string; details?: Record<string, unknown> };
  const error = new SharrayError(body.code, body.message, body.details ?? {});
  Error.captureStackTrace(error, call);
  return error;
}

/** Runs a synchronous call into the addon. */
export function call<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw translate(error);
  }
}

/** Runs a call into the addon that returns a promise, or what it promises at once. */
export async function callAsync<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw translate(error);
  }
}
