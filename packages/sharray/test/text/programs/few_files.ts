// Reads many sources one after the other and some at once, and one more when no descriptor is left.
import { closeSync, openSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { SharrayError } from "sharray";
import { Folder, textOf } from "../texts.ts";

using folder = new Folder();
const path = folder.file(gzipSync("1 2\n"));
let read = 0;
for (let i = 0; i < 50; i++) {
  const texts = await Promise.all([textOf(path), textOf([`1 ${i}`]), textOf(Buffer.from("1")), textOf(path)]);
  read += texts.length;
}
const held: number[] = [];
let full: unknown;
try {
  for (;;) held.push(openSync("/dev/null", "r"));
} catch {
  full = await textOf(path).catch((error: unknown) => error instanceof SharrayError && error.code);
} finally {
  for (const fd of held) closeSync(fd);
}
process.stdout.write(JSON.stringify({ read, full, after: await textOf(path) }));
