/** The signal by which a program tells `at_call` that a call begins or ends. Nobody else sees it: it is ignored. */
const MARK = "SIGURG";

/** The system calls of the main thread count from here on. */
export function begin(): void {
  process.kill(process.pid, MARK);
}

/** They do no longer. */
export function end(): void {
  process.kill(process.pid, MARK);
}
