import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { SharrayError } from "../errors.ts";

/** The path of a text source. @throws {SharrayError} NOT_SUPPORTED for sources other than files, BAD_ARGUMENT */
export function pathOf(source: unknown): string {
  if (typeof source === "string") {
    if (source !== "" && !source.includes("\0")) return source;
    throw new SharrayError("BAD_ARGUMENT", `loadtxt: ${inspect(source)} is no path.`, { source });
  }
  if (source instanceof URL) {
    if (source.protocol === "file:") return fileURLToPath(source);
    throw new SharrayError("NOT_SUPPORTED", `loadtxt: ${source.href}: only file: URLs are read; download it first.`, {
      source: source.href,
    });
  }
  const iterable =
    typeof source === "object" && source !== null && (Symbol.iterator in source || Symbol.asyncIterator in source);
  if (iterable || source instanceof ArrayBuffer || source instanceof ReadableStream) {
    throw new SharrayError(
      "NOT_SUPPORTED",
      "loadtxt: bytes, streams and lists of lines are not read yet; write them to a file and pass its path.",
      {},
    );
  }
  throw new SharrayError("BAD_ARGUMENT", `loadtxt: expected a path or a file: URL, found ${inspect(source)}.`, {});
}
