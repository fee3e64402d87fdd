/**
 * The one error class. `code` is stable and listed in docs/errors.md; `details` holds the figures and names that the
 * message mentions, typed as the table says; the message tells what failed, on what, found against allowed, and the next step.
 */
export class SharrayError extends Error {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, details: Record<string, unknown> = {}, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "SharrayError";
    this.code = code;
    this.details = details;
  }
}
