import type { DType } from "../dtype/dtype.ts";
import { addon } from "../native/addon.ts";
import { infer, looksOnce } from "../text/infer.ts";
import { closeInputs, openInput, toldOf } from "../text/inputs.ts";
import type { Input } from "../text/plan.ts";
import { namesColumns, type TableOptions } from "../text/table.ts";
import { namesOf, withUsualNa } from "./inputs.ts";

/** The columns of tables of one kind, found over all their rows. @throws {SharrayError} what `loadtxt` throws */
export async function columnsOfTables(
  paths: readonly string[],
  options: TableOptions,
  { encoding, signal }: { encoding: string | null; signal: AbortSignal | null },
): Promise<DType> {
  const table = withUsualNa(options);
  if (namesColumns(table.usecols)) table.header ??= true;
  const quoted = (table.quotechar ?? null) !== null;
  const once = looksOnce(table);
  const inputs: Input[] = [];
  try {
    for (const path of paths) {
      inputs.push((await openInput("infer", path, { encoding, quoted, once, stdin: true, signal })).input);
    }
    const watching = { threads: addon.grantedThreads(), onProgress: null, signal, start: performance.now() };
    const around = { names: await namesOf(table, inputs), rejects: null, skipFiles: false };
    return (await infer("infer", inputs, table, around, watching)).dtype;
  } catch (error) {
    throw toldOf("infer", error, inputs, signal);
  } finally {
    closeInputs(inputs, null);
  }
}
