import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { SharrayError } from "../errors.ts";
import { fileInput, type Input } from "./plan.ts";

export type TextSource = string | URL;

export async function openSource(
  of: string,
  source: unknown,
  _options: { encoding: string | null; quoted: boolean; skiprows: number; signal: AbortSignal | null },
): Promise<{ input: Input; items: boolean }> {
  if (typeof source === "string" && source !== "" && !source.includes("\0"))
    return { input: fileInput(source), items: false };
  if (source instanceof URL && source.protocol === "file:")
    return { input: fileInput(fileURLToPath(source)), items: false };
  throw new SharrayError("BAD_ARGUMENT", `${of}: expected a path or a file: URL, found ${inspect(source)}.`, {});
}
