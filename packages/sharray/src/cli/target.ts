import { existsSync } from "node:fs";

/**
 * Splits "out.h5:/data1" into the file and the dataset. Names of files may hold colons: the shortest beginning that is
 * the name of an existing file is the file; where there is none, the text up to the last colon.
 */
export function target(
  text: string,
  exists: (path: string) => boolean = existsSync,
): { path: string; dataset: string | null } {
  if (exists(text)) return { path: text, dataset: null };
  for (let at = text.indexOf(":"); at >= 0; at = text.indexOf(":", at + 1)) {
    if (exists(text.slice(0, at))) return { path: text.slice(0, at), dataset: text.slice(at + 1) };
  }
  const last = text.lastIndexOf(":");
  return last < 0 ? { path: text, dataset: null } : { path: text.slice(0, last), dataset: text.slice(last + 1) };
}
