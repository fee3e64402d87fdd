import { findSourceMap } from "node:module";
import { fileURLToPath } from "node:url";

/** Where a program called sharray. With SHARRAY_TRACE=1 the whole stack is kept, else its top frame only. */
export interface Place {
  /** A path or an address; null when no code of the program was on the stack. */
  readonly file: string | null;
  readonly line: number;
  readonly column: number;
  readonly stack: string | null;
}

type Caller = (...args: never[]) => unknown;

const NOWHERE: Place = { file: null, line: 0, column: 0, stack: null };

/** Frames that a full stack is cut to. */
const DEEP = 50;

/** Whether stacks are wanted. Looked up once: every array that is made asks. */
export const tracing: boolean = process.env.SHARRAY_TRACE === "1";

const asSites = (_error: Error, sites: NodeJS.CallSite[]): NodeJS.CallSite[] => sites;

/**
 * Where `called`, a function of sharray that is running now, was called from.
 *
 * Every array that is made asks this, so it takes no more than one frame, and that in numbers: a stack that is not formatted yet
 * holds the objects whose methods are on it, and with them the very array whose loss is to be noticed.
 */
export function placeAbove(called: Caller): Place {
  if (tracing) return withStack(called);
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = asSites;
    Error.captureStackTrace(holder, called);
    const site = (holder.stack as NodeJS.CallSite[] | undefined)?.[0];
    if (site === undefined) return NOWHERE;
    const file = site.getFileName() ?? null;
    return { file, line: site.getLineNumber() ?? 0, column: site.getColumnNumber() ?? 0, stack: null };
  } catch {
    return NOWHERE; // a program may have frozen Error
  } finally {
    restore(stackTraceLimit, prepareStackTrace);
  }
}

function restore(limit: number, prepare: typeof Error.prepareStackTrace): void {
  try {
    Error.stackTraceLimit = limit;
    Error.prepareStackTrace = prepare;
  } catch {
    // Frozen: nothing was changed either.
  }
}

function withStack(called: Caller): Place {
  const { stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = DEEP;
    Error.captureStackTrace(holder, called);
    const stack = String(holder.stack).replace(/^[^\n]*\n?/, "");
    return { ...NOWHERE, stack: stack === "" ? null : stack };
  } catch {
    return NOWHERE;
  } finally {
    restore(stackTraceLimit, Error.prepareStackTrace);
  }
}

/** A place as "file:line:column", of the source where a source map is known. A full stack begins with it already. */
export function describePlace({ file, line, column, stack }: Place): string {
  if (stack !== null) return stack.split("\n", 1)[0]!.trim().replace(/^at /, "");
  if (file === null) return "a place that is not known";
  const entry = findSourceMap(file)?.findEntry(line - 1, column - 1);
  if (entry !== undefined && "originalSource" in entry && typeof entry.originalLine === "number") {
    return `${asPath(entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  }
  return `${asPath(file)}:${line}:${column}`;
}

function asPath(file: string): string {
  return file.startsWith("file:") ? fileURLToPath(file) : file;
}
