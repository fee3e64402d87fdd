// Sources for tests: a folder of files, and the text that is read of something.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dtypeOf } from "sharray";
import { addon } from "../../dist/native/addon.js";
import { callAsync } from "../../dist/native/call.js";
import { closeInputs, openInput, toldOf } from "../../dist/text/inputs.js";
import { planLoad } from "../../dist/text/plan.js";
import { openSource, type Source, type SourceOptions } from "../../dist/text/source.js";
import { specOf } from "../../dist/text/table.js";

/** A folder for one test, which goes with it. */
export class Folder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "sharray-source-"));
  #files = 0;

  /** Writes a file, under a name of its own where none is given, and returns its path. */
  file(bytes: string | Uint8Array, name = `${++this.#files}.txt`): string {
    const path = join(this.path, name);
    writeFileSync(path, bytes);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

function optionsOf(options: Partial<SourceOptions>): SourceOptions {
  return { encoding: null, quoted: false, once: false, signal: null, ...options };
}

export function open(source: unknown, options: Partial<SourceOptions> = {}): Promise<Source> {
  return openSource("loadtxt", source, optionsOf(options));
}

/** One column without an end. */
const whole = { comments: null, delimiter: [2 ** 40] };

/** The lines that a source holds; blank ones behind the last that is not are left out. */
export async function linesOf(source: unknown, options: Partial<SourceOptions> = {}): Promise<string[]> {
  const given = optionsOf(options);
  const { input } = await openInput("loadtxt", source, given);
  let failure: Error | null = null;
  try {
    const spec = specOf("loadtxt", dtypeOf("V1"), whole);
    const plan = await planLoad({ ...spec, profile: true }, [input], 1);
    const spools = plan.spools.map(({ native }) => native);
    const reader = new addon.NativeTextRows(plan.native.job(), spools);
    const lines: string[] = [];
    try {
      for (;;) {
        const rows = JSON.parse(await callAsync(() => reader.read(1000))) as [number, string[]][];
        if (rows.length === 0) return Array.from(lines, (line = "") => line);
        for (const [line, [field]] of rows) lines[line - 1] = field!;
      }
    } finally {
      reader.close();
    }
  } catch (error) {
    failure = toldOf("loadtxt", error, [input], given.signal);
    throw failure;
  } finally {
    closeInputs([input], failure);
  }
}

/** The same as a text. */
export async function textOf(source: unknown, options: Partial<SourceOptions> = {}): Promise<string> {
  return (await linesOf(source, options)).map((line) => `${line}\n`).join("");
}
