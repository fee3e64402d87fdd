/** The kinds of messages between a parent and its worker. */
export const Kind = {
  /** worker: I have started. */
  ready: 0,
  /** parent: run the task that the note names with these arguments; worker answers `returned` or `threw` with the same id. */
  run: 1,
  /** The same, and end once the answer has been confirmed (any answer is). */
  runOnce: 2,
  returned: 3,
  threw: 4,
  /** parent: I have attached the memory in what you returned. */
  confirmed: 5,
  /** parent: no more tasks will come; end when you are done. */
  end: 6,
  /** parent: the memory in which tasks are claimed. */
  claims: 7,
} as const;

/** The environment variable by which a worker knows that it is one: the library's version. */
export const WORKER_VARIABLE = "SHARRAY_WORKER";
