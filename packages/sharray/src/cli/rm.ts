import { find, unlink } from "../memory/names.ts";
import { processes } from "./blocks.ts";
import { size } from "./format.ts";
import { jsonText } from "./json.ts";
import { report } from "./report.ts";
import { print, say } from "./streams.ts";

/** One removed name, and those who keep its memory until they close it. */
interface Removed {
  name: string;
  size: number;
  held: boolean;
  holders: { pid: number; command: string }[];
}

function line({ name, size: bytes, held, holders }: Removed): string {
  const removed = `removed ${name} (${size(bytes)})`;
  if (!held) return `${removed}\n`;
  const who =
    holders.length === 0
      ? "processes that cannot be looked into keep"
      : `${processes(holders.length)} keep${holders.length === 1 ? "s" : ""}`;
  return `${removed}: ${who} the memory until it is closed\n`;
}

/** `sharray rm`. A name that cannot be removed is told, and the others are removed all the same, as rm(1) does. */
export async function rmCommand(names: string[], flags: { json?: boolean }): Promise<void> {
  const removed: Removed[] = [];
  for (const name of names) {
    try {
      const block = find(name);
      const full = unlink(name);
      const { size, held, holders } = block?.name === full ? block : { size: 0, held: false, holders: [] };
      removed.push({ name: full, size, held, holders });
      if (!flags.json) await print(line(removed.at(-1)!));
    } catch (error) {
      process.exitCode = Math.max(Number(process.exitCode ?? 0), report(error, say));
    }
  }
  if (flags.json) await print(`${jsonText({ removed })}\n`);
}
