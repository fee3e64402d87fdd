import { SharrayError } from "../errors.ts";
import { openAttachments, phrase, stackOf } from "./attachments.ts";
import { describePlace } from "./places.ts";

/**
 * For tests: throws LEAKED when shared memory that this thread's code made or attached to is still open. That is every SharedArray
 * and SharedMemory that was created, attached, copied, loaded, read, or received from a queue or a task, and not closed; whether it
 * can still be reached does not matter. `details.blocks` lists them as `{ kind, bytes, name, place, stack }`; `stack` only with
 * SHARRAY_TRACE=1, else null. What sharray holds for itself does not count.
 *
 * ```ts
 * afterEach(() => assertNoLeaks());
 * ```
 */
export function assertNoLeaks(): void {
  const attachments = openAttachments();
  if (attachments.length === 0) return;
  const blocks = attachments.map((attachment) => {
    const { kind, bytes, name, origin } = attachment;
    const place = typeof origin === "string" ? origin : describePlace(origin);
    return { kind, bytes, name, place, stack: stackOf(attachment) };
  });
  const lines = attachments.map((attachment) => {
    const stack = stackOf(attachment);
    return `\n  ${phrase(attachment)}${stack === null ? "" : `\n${stack}`}`;
  });
  const count = blocks.length === 1 ? "1 attachment is" : `${blocks.length} attachments are`;
  throw new SharrayError(
    "LEAKED",
    `${count} still open. Close what is no longer needed (\`using a = ...\`, or a.close() in a \`finally\`):${lines.join("")}`,
    { blocks },
  );
}
