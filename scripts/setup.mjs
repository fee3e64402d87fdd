// Builds what a checkout needs: npm packages, the Rust addon, the TypeScript library. Quick when nothing changed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, ".cache");

/** Runs a command in the checkout; ends this process with its output when it fails. */
export function run(command, args, { label, env, quiet = true } = {}) {
  if (label) process.stderr.write(`${label} ...\n`);
  const result = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
    maxBuffer: 1 << 28,
  });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}\n`);
  process.stderr.write(
    `failed: ${command} ${args.join(" ")} (${result.error?.message ?? `status ${result.status}`})\n`,
  );
  process.exit(1);
}

/** Whether a command can be run at all. */
export function has(command, args = ["--version"]) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

function requireTools() {
  const missing = [];
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 17))
    missing.push(`Node.js 20.17 or later (this is ${process.version}): https://nodejs.org`);
  if (!has("cargo")) missing.push("Rust 1.89 or later: https://rustup.rs");
  if (!has("cmake")) missing.push("CMake 3.25 or later: the package `cmake` of your system");
  if (!has("cc")) missing.push("a C compiler: the package `build-essential` (Debian, Ubuntu) or `gcc` of your system");
  for (const line of missing) process.stderr.write(`missing: ${line}\n`);
  if (missing.length > 0) process.exit(1);
}

function npmPackages() {
  const lock = readFileSync(join(root, "package-lock.json"), "utf8");
  const stamp = join(root, "node_modules", ".sharray-lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  run("npm", ["install", "--no-save", "--loglevel=error"], { label: "installing npm packages" });
  writeFileSync(stamp, lock);
}

function addon() {
  const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
  const first = !existsSync(join(target, "release"));
  run("cargo", ["build", "--release", "--locked", "-p", "sharray-node"], {
    label: first ? "building the Rust core and libhdf5 (two to four minutes, once)" : undefined,
  });
  const from = join(target, "release", "libsharray_node.so");
  const to = join(root, "packages", "sharray", "native", "sharray.node");
  if (existsSync(to) && statSync(to).mtimeMs >= statSync(from).mtimeMs) return;
  mkdirSync(dirname(to), { recursive: true });
  rmSync(to, { force: true }); // a process that has the old one mapped keeps it
  copyFileSync(from, to);
}

/** Tells the sources of the library, and what compiles them, from any others. */
function sourcesOfLibrary() {
  const hash = createHash("sha256");
  const sources = readdirSync(join(root, "packages", "sharray", "src"), { recursive: true })
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => join("packages", "sharray", "src", name));
  const settings = ["tsconfig.json", "rollup.config.js"].map((name) => join("packages", "sharray", name));
  for (const path of ["package-lock.json", "tsconfig.base.json", ...settings, ...sources]) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update("\0");
  }
  return hash.digest("hex");
}

/** Types to dist/, modules to .cache/modules, and these joined into the few files of dist/. */
function library() {
  const dist = join(root, "packages", "sharray", "dist");
  const made = join(dist, "index.js");
  const stamp = join(cache, "library");
  const sources = sourcesOfLibrary();
  const known = existsSync(made) && existsSync(stamp) && readFileSync(stamp, "utf8") === sources;
  if (known && statSync(stamp).mtimeMs >= statSync(made).mtimeMs) return;
  for (const folder of [dist, join(cache, "modules")]) rmSync(folder, { recursive: true, force: true });
  run("npx", ["--no-install", "tsc", "-p", "packages/sharray/tsconfig.json"]);
  run("npx", ["--no-install", "rollup", "--silent", "-c", "packages/sharray/rollup.config.js"]);
  writeFileSync(stamp, sources);
}

/** Makes everything that running the library and the command needs. */
export function setup() {
  requireTools();
  mkdirSync(cache, { recursive: true });
  npmPackages();
  addon();
  library();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup();
