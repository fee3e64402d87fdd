import { SharrayError } from "../errors.ts";
import { Chunks } from "./chunks.ts";
import { aborted } from "./failure.ts";
import { type Feed, Pump } from "./feed.ts";
import { LineBatch } from "./lines.ts";
import type { SourceOptions } from "./source.ts";
import { Spool, type Spooled } from "./spool.ts";
import { watched } from "./watch.ts";

/** What a spool is filled from. */
export type Fill =
  | { kind: "file"; path: string; from: number; size: number | null }
  | { kind: "stdin" }
  | { kind: "bytes"; bytes: Uint8Array }
  | { kind: "chunks"; feed: Feed }
  | { kind: "lines"; feed: Feed };

/** What is known of the input besides. */
interface About {
  label: string;
  encoding: string | null;
  options: SourceOptions;
}

/** Fills memory with the UTF-8 text of an input. Whatever fails, nothing is left of it. */
export async function spooled(of: string, about: About, fill: Fill): Promise<{ label: string } & Spooled> {
  const { label, options } = about;
  const started = await start(of, about, fill);
  const { spool } = started;
  try {
    const size = await run(of, started, fill, options);
    return { label, ...(await spool.finish(size)) };
  } catch (error) {
    await spool.discard();
    if (options.signal?.aborted) throw aborted(of, options.signal);
    throw error;
  }
}

/** A spool, and what moves values into it where they do not come from a file. */
interface Started {
  spool: Spool;
  pump: Pump | null;
}

async function start(of: string, { label, encoding }: About, fill: Fill): Promise<Started> {
  const feed = fill.kind === "chunks" || fill.kind === "lines" ? fill.feed : null;
  try {
    return { spool: await Spool.begin(encoding, label), pump: feed && new Pump(of, feed) };
  } catch (error) {
    feed?.end(error as Error);
    throw error;
  }
}

async function run(of: string, { spool, pump }: Started, fill: Fill, options: SourceOptions): Promise<number> {
  const { signal, onProgress } = options;
  const totalBytes = fill.kind === "file" ? fill.size : fill.kind === "bytes" ? fill.bytes.length : null;
  const tell = (): void => onProgress?.({ bytes: spool.read, totalBytes });
  const stop = (): void => {
    spool.abort();
    pump?.stop(new SharrayError("ABORTED", `${of}: ended.`));
  };
  const work = async (): Promise<number> => {
    switch (fill.kind) {
      case "file":
        return spool.file(fill.path, fill.from);
      case "stdin":
        return spool.stdin();
      case "bytes":
        await spool.push(fill.bytes);
        return spool.end();
      case "chunks": {
        const chunks = new Chunks(of, spool);
        await pump!.run((chunk) => chunks.add(chunk));
        await chunks.end();
        return spool.end();
      }
      case "lines": {
        const batch = new LineBatch(of, spool, options.quoted);
        await pump!.run((item) => batch.add(item));
        await batch.flush();
        return spool.end();
      }
    }
  };
  const size = await watched(work, { tick: onProgress ? tell : null, stop, signal });
  tell();
  return size;
}
