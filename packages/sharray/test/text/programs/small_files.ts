// Reads a text that a limit on file sizes leaves room for, and one that it does not.
import { gzipSync } from "node:zlib";
import { SharrayError } from "sharray";
import { textOf } from "../texts.ts";

const small = (await textOf(gzipSync("1 2\n"))).length;
const large = await textOf(gzipSync(Buffer.alloc(20 << 20, "1 2\n"))).catch(
  (error: unknown) => error instanceof SharrayError && error.code,
);
process.stdout.write(JSON.stringify({ small, large }));
