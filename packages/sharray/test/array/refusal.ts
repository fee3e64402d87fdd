import { SharrayError } from "sharray";

/** The SharrayError that `run` throws; anything else, or nothing, fails the test. */
export function refusal(run: () => unknown): SharrayError {
  try {
    run();
  } catch (error) {
    if (error instanceof SharrayError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
