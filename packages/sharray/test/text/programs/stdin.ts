// Says how standard input is read, and what it holds.
import { bytesOf, open } from "../texts.ts";

const source = await open("-", { stdin: true });
process.stdout.write(JSON.stringify(["path" in source ? "path" : "block", bytesOf(source).toString("utf8")]));
