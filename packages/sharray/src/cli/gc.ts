import { lstatSync, readdirSync } from "node:fs";
import { list, sweep } from "../memory/names.ts";
import { fileOf } from "./blocks.ts";
import { size } from "./format.ts";
import { jsonText } from "./json.ts";
import { print } from "./streams.ts";

/** What files on the mount take, by name; blocks are reserved, so that it is what removing them frees. */
function taken(): Map<string, number> {
  const sizes = new Map<string, number>();
  let names: string[] = [];
  try {
    names = readdirSync(fileOf(""));
  } catch {
    // No mount, no blocks.
  }
  for (const name of names) {
    try {
      sizes.set(name, 512 * lstatSync(fileOf(name)).blocks);
    } catch {
      // It went between the two calls.
    }
  }
  return sizes;
}

/** A block that looks dead and is still there. */
interface Left {
  name: string;
  size: number;
  uid: number;
  reason: string;
}

function whyLeft(uid: number): string {
  return uid === process.getuid?.() || process.getuid?.() === 0
    ? "somebody holds it who cannot be seen from here, as in another container"
    : `it belongs to the user with uid ${uid}, who can remove it`;
}

/** `sharray gc`. */
export async function gcCommand(flags: { json?: boolean }): Promise<void> {
  const sizes = taken();
  const removed = sweep().map((name) => ({ name, size: sizes.get(name) ?? 0 }));
  const bytes = removed.reduce((sum, block) => sum + block.size, 0);
  const left: Left[] = list()
    .filter(({ held, persist }) => !held && !persist)
    .map(({ name, size, uid }) => ({ name, size, uid, reason: whyLeft(uid) }));
  if (flags.json) {
    await print(`${jsonText({ removed, bytes, left })}\n`);
    return;
  }
  const lines = [
    ...removed.map((block) => `removed ${block.name} (${size(block.size)})\n`),
    ...left.map((block) => `left ${block.name} (${size(block.size)}): ${block.reason}\n`),
    removed.length > 0
      ? `freed ${size(bytes)}\n`
      : left.length > 0
        ? "nothing was removed\n"
        : "there is nothing to remove: every named block is held or persists\n",
  ];
  await print(lines.join(""));
}
