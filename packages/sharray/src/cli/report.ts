import { CommanderError } from "commander";
import { SharrayError } from "../errors.ts";
import { printable } from "./format.ts";

/** The command was ended by a signal; `status` is what the shell expects for it. */
export class Stopped extends Error {
  readonly status: number;

  constructor(signal: string, status: number, cause: unknown) {
    super(`stopped by ${signal}, nothing was written`, { cause });
    this.name = "Stopped";
    this.status = status;
  }
}

/** Errors that the command line alone decides, wherever they are noticed. */
const wrongCommandLine = new Set(["USAGE", "BAD_ARGUMENT", "DUPLICATE_NAME"]);

/** Marks errors from before the work began: whatever their code, the command line is what has to change. */
export class CommandLineError extends Error {
  constructor(cause: unknown) {
    super("the command line is wrong", { cause });
    this.name = "CommandLineError";
  }
}

function line(error: unknown): string {
  if (error instanceof SharrayError) return `${error.code}: ${error.message}`;
  if (error instanceof CommanderError) {
    return `USAGE: ${error.message.replace(/^error: /, "")}; see sharray --help`;
  }
  if (error instanceof Stopped) return `ABORTED: ${error.message}`;
  const message = error instanceof Error ? error.message : String(error);
  return `INTERNAL: ${message} (with SHARRAY_TRACE=1 in the environment the stack is shown)`;
}

function trace(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const cause = error.cause === undefined ? "" : `caused by: ${trace(error.cause)}`;
  return `${error.stack ?? error.message}\n${cause}`;
}

/** The exit status of an error, after its one line (and, with SHARRAY_TRACE=1, its stack) has gone to `write`. */
export function report(error: unknown, write: (text: string) => void): number {
  if (error instanceof CommanderError) {
    if (error.code === "commander.helpDisplayed" || error.code === "commander.version") return 0;
    if (error.code === "commander.help") return 2; // no subcommand: the usage has been shown
  }
  const shown = error instanceof CommandLineError ? error.cause : error;
  write(`sharray: ${printable(line(shown).replace(/\s*[\r\n]+\s*/g, " "))}\n`);
  if (process.env.SHARRAY_TRACE === "1") write(trace(shown));
  if (error instanceof Stopped) return error.status;
  if (error instanceof CommandLineError || error instanceof CommanderError) return 2;
  return error instanceof SharrayError && wrongCommandLine.has(error.code) ? 2 : 1;
}
