import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { SharrayError } from "../../errors.ts";

/** The path that a caller means by a path or a `file:` URL. Throws BAD_ARGUMENT, NOT_SUPPORTED for other URLs. */
export function filePath(path: unknown, what: string): string {
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return path;
  if (path instanceof URL) {
    if (path.protocol === "file:") return fileURLToPath(path);
    throw new SharrayError("NOT_SUPPORTED", `${what}: ${path.href} is no file; only paths and file: URLs are.`, {
      path: path.href,
    });
  }
  throw new SharrayError("BAD_ARGUMENT", `${what}: expected a path or a file: URL, found ${inspect(path)}`, {
    argument: "path",
  });
}
