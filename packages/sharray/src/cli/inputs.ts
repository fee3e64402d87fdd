import { existsSync } from "node:fs";
import { SharrayError } from "../errors.ts";

/**
 * One input of `convert`: FILE, or NAME=FILE, which names its dataset. It is the latter when no file of exactly that name exists:
 * so a=b.txt can be read where it is there. With a "/" before the first "=" it is a name only where the FILE behind it exists,
 * run/1=b.txt: of dir/a=b.txt, misspelt, the error tells the whole.
 */
export function input(text: string, exists: (path: string) => boolean = existsSync): { path: string; name?: string } {
  const at = text.indexOf("=");
  const name = text.slice(0, at);
  if (at < 0 || exists(text)) return { path: text };
  const path = text.slice(at + 1);
  if (name.includes("/") && !(path !== "" && exists(path))) return { path: text };
  if (name !== "" && path !== "") return { path, name };
  throw new SharrayError("USAGE", `an input is FILE or NAME=FILE, not ${JSON.stringify(text)}`, { input: text });
}
