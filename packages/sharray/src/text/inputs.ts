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
  if ("path" in opened)
    return { input: { ...fileInput(opened.path), label: opened.label, skip: opened.skip }, soft: false };
  const { label, block, size, soft = false } = opened;
  return { input: { label, path: null, block, size, skip: 0, header: null }, soft };
}
