// Sources for tests: a folder of files, and the text that openSource makes of something.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSource, type Source, type SourceOptions } from "../../dist/text/source.js";

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

export function open(source: unknown, options: Partial<SourceOptions> = {}): Promise<Source> {
  return openSource("loadtxt", source, { encoding: null, quoted: false, once: false, signal: null, ...options });
}

/** The text of a source, whose memory is given up. */
export function bytesOf(source: Source): Buffer {
  if ("path" in source) return readFileSync(source.path).subarray(source.skip);
  const bytes = Buffer.from(source.block.window(0, source.size));
  source.block.close();
  return bytes;
}

/** The text that a source holds. */
export async function textOf(source: unknown, options: Partial<SourceOptions> = {}): Promise<string> {
  return bytesOf(await open(source, options)).toString("utf8");
}
