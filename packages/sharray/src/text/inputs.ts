import { aborted } from "./failure.ts";
import { fileInput, type Input } from "./plan.ts";
import { openSource, type SourceOptions } from "./source.ts";

/** An input of a load, open, and whether it is a list of lines that end softly. */
export interface OpenInput {
  readonly input: Input;
  readonly soft: boolean;
}

/** Opens a source as the input of a load; a spool in it is the caller's to close. @throws {SharrayError} as `openSource` */
export async function openInput(of: string, source: unknown, options: SourceOptions): Promise<OpenInput> {
  const opened = await openSource(of, source, options);
  if ("path" in opened) return { input: { ...fileInput(opened.path, opened.size), ...opened }, soft: false };
  const { soft, ...how } = opened;
  return { input: { ...fileInput("", 0), ...how, path: null, packing: "stream" }, soft };
}

/** Gives inputs up, because of an error where there was one. */
export function closeInputs(inputs: readonly Input[], error: Error | null): void {
  for (const { spool } of inputs) spool?.close(error);
}

/** What a program is told of an error that reading inputs has ended with. */
export function toldOf(of: string, error: unknown, inputs: readonly Input[], signal: AbortSignal | null): Error {
  if (signal?.aborted) return aborted(of, signal);
  return inputs.reduce((told, { spool }) => spool?.thrown(told) ?? told, error) as Error;
}
