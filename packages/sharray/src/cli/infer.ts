import { columnsOfTables } from "../convert/columns.ts";
import { expandInputs } from "../convert/glob.ts";
import type { DType } from "../dtype/dtype.ts";
import { printable } from "./format.ts";
import { input } from "./inputs.ts";
import type { TableFlags } from "./program.ts";
import { abortedBySignals } from "./signals.ts";
import { print } from "./streams.ts";
import { tableFrom } from "./tables.ts";

/** A dtype as `--dtype` takes it: name:type,... or, where a name holds a colon or a comma, JSON. */
export function specText(dtype: DType): string {
  const fields = [...dtype.fields!];
  if (fields.some(([name]) => /[:,]/.test(name) || name !== name.trim())) return JSON.stringify(dtype.descr);
  return fields.map(([name, { dtype: type }]) => `${name}:${String(type.descr).replace(/^[<|]/, "")}`).join(",");
}

/** A text as a shell takes it for one word. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** `sharray infer`. */
export async function inferCommand(files: string[], flags: TableFlags & { json?: boolean }): Promise<void> {
  const inputs = await expandInputs(files.map((file) => input(file)));
  const paths = inputs.map(({ path }) => path);
  const { encoding } = flags;
  const dtype = await abortedBySignals((signal) =>
    columnsOfTables(paths, tableFrom(flags), { encoding: encoding ?? null, signal }),
  );
  const spec = specText(dtype);
  if (flags.json) {
    await print(`${JSON.stringify({ spec, dtype: dtype.descr })}\n`);
    return;
  }
  await print(`--dtype ${printable(shellWord(spec))}\n${printable(JSON.stringify(dtype.descr))}\n`);
}
