import { addon } from "../native/addon.ts";
import { call } from "../native/call.ts";
import { byteCount } from "./arguments.ts";

/**
 * Throws NO_SPACE when the machine, or a control group around this process, does not leave so many bytes of memory. `what`
 * is what they are for, as it follows "for" in a sentence: "loading data1.txt".
 */
export function checkSpace(bytes: number, what: string): void {
  byteCount(bytes, "bytes");
  call(() => addon.checkSpace(bytes, what));
}
