import { fileInput, type Input } from "./plan.ts";
import { openSource, type SourceOptions } from "./source.ts";

/** An input of a load, open, and whether it is a list of lines that end softly. */
export interface OpenInput {
  readonly input: Input;
  readonly soft: boolean;
}

/** Opens a source as the input of a load; a block in it is the caller's to close. @throws {SharrayError} as `openSource` */
export async function openInput(of: string, source: unknown, options: SourceOptions): Promise<OpenInput> {
  const opened = await openSource(of, source, options);
  if ("path" in opened) {
    const { path, ...how } = opened;
    return { input: { ...fileInput(path, how.size), ...how }, soft: false };
  }
  const { label, block, size, soft = false } = opened;
  return { input: { ...fileInput("", size), label, path: null, block }, soft };
}
