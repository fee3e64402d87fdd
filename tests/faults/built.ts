// What the tests of faults run: their small programs, compiled once for each process that runs tests.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here: string = dirname(fileURLToPath(import.meta.url));
const root: string = join(here, "..", "..");
/** Inside the checkout, so that the programs find `sharray` as any program does. */
const folder: string = join(root, ".cache", "faults", String(process.pid));
let made = false;

function run(command: string, args: string[]): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error ?? `${stdout}${stderr}`}`);
}

function built(): string {
  if (!made) {
    made = true;
    mkdirSync(folder, { recursive: true });
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    run(process.execPath, [
      join(root, "node_modules", "typescript", "bin", "tsc"),
      ...["-p", join(here, "programs"), "--outDir", folder],
    ]);
    run("cc", ["-O1", "-o", join(folder, "at_call"), join(here, "at_call.c")]);
  }
  return folder;
}

/** A program of the folder `programs`, ready to be run by Node. */
export function program(name: string): string {
  return join(built(), `${name}.js`);
}

/** The program that kills or stops another one at a system call. */
export function atCall(): string {
  return join(built(), "at_call");
}
