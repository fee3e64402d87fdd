import { addon } from "../native/addon.ts";
import { describePlace, type Place, tracing } from "./places.ts";

/** What the program has open: an attachment that it is to close. It refers to nothing, so that what is forgotten can go. */
export interface Attachment {
  /** "SharedArray" or "SharedMemory". */
  readonly kind: string;
  /** Bytes of the block. */
  bytes: number;
  name: string | null;
  /** Where the program made it, or in words where it came from. */
  readonly origin: Place | string;
}

/** Something whose loss means that an attachment was forgotten. */
interface Attached {
  attachment: Attachment | null;
}

interface State {
  open: Set<Attachment>;
  forgotten: FinalizationRegistry<Attachment>;
}

// On globalThis, because a program may have loaded this module twice (once as ESM, once through a CommonJS loader).
const KEY = Symbol.for("sharray.memory.attachments");
const shared = globalThis as unknown as { [KEY]?: State };
shared[KEY] ??= { open: new Set(), forgotten: new FinalizationRegistry(lost) };
const { open, forgotten } = shared[KEY];

/** The program is to close this from here on. What sharray makes for itself, and closes itself, is never told of. */
export function attached(block: Attached, attachment: Attachment): void {
  block.attachment = attachment;
  open.add(attachment);
  forgotten.register(block, attachment, block);
}

/** It was closed, or sharray itself sees to it from here on. */
export function settled(block: Attached): void {
  if (block.attachment === null) return;
  open.delete(block.attachment);
  forgotten.unregister(block);
  block.attachment = null;
}

/** All that this thread's code has open. */
export function openAttachments(): Attachment[] {
  return [...open];
}

/** Milliseconds that a program must go on before it is told what it forgot: one that ends now has forgotten nothing. */
const PATIENCE = 200;

function lost(attachment: Attachment): void {
  open.delete(attachment);
  setTimeout(warn, PATIENCE, attachment).unref();
}

function warn(attachment: Attachment): void {
  const first = addon.firstToForget();
  if (!first && !tracing) return;
  const stack = stackOf(attachment);
  const once = tracing ? "" : ". This is said once; SHARRAY_TRACE=1 says it of each, with its stack";
  process.emitWarning(
    `a ${phrase(attachment)}, was never closed: the garbage collector released it only now. Close what is no longer needed ` +
      `(\`using a = ...\`, or a.close() in a \`finally\`)${once}`,
    { type: "SharrayWarning", code: "FORGOTTEN", ...(stack === null ? {} : { detail: stack }) },
  );
}

/** The lines of its stack; null when only the top frame was kept. */
export function stackOf({ origin }: Attachment): string | null {
  return typeof origin === "string" ? null : origin.stack;
}

/** What it is and where it was made, as it follows an article. */
export function phrase({ kind, bytes, name, origin }: Attachment): string {
  const what = `${kind}${name === null ? "" : ` named ${name}`} of ${bytes} bytes`;
  return `${what}, ${typeof origin === "string" ? origin : `made at ${describePlace(origin)}`}`;
}
