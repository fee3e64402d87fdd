/** Output that a reader may stop reading: after `| head -1` has what it wants, writing is over and nothing is wrong. */

const closed = new WeakSet<NodeJS.WriteStream>();

/**
 * Lets output end in silence when nobody reads it any more (EPIPE). What else goes wrong with standard output, such as a full
 * disk behind it, is told and makes the exit status 1; what goes wrong with standard error could be told to nobody.
 */
export function watchStreams(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (!closed.has(process.stdout) && error.code !== "EPIPE") {
      say(`sharray: IO_ERROR: cannot write to standard output: ${error.message}\n`);
      process.exitCode = 1;
    }
    closed.add(process.stdout);
  });
  process.stderr.on("error", () => closed.add(process.stderr));
}

/** Prints a result. Resolves when the text has been taken, to false once there is no use in printing more. */
export async function print(text: string): Promise<boolean> {
  if (closed.has(process.stdout)) return false;
  await new Promise<void>((taken) => process.stdout.write(text, () => taken()));
  return !closed.has(process.stdout);
}

/** Prints a message or progress; lost without harm once nobody reads any more. */
export function say(text: string): void {
  if (!closed.has(process.stderr)) process.stderr.write(text);
}
