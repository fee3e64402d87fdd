// The Python environments of the tests. One holds the oracles that results are compared with, NumPy and h5py; the others are there
// for python/sharray.py, which has to run with older and newer ones.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { has, root } from "./setup.mjs";

const PACKAGES = ["numpy==2.4.6", "h5py==3.16.0"];
const NEWEST_FIRST = ["python3", "python3.14", "python3.13", "python3.12", "python3.11"];

/** Makes the environment where it is missing or old. Returns null when it is there, else one line that says what to install. */
export function pythonEnvironment() {
  return environment("python", PACKAGES).missing;
}

/** An environment of a name with packages, made where it is missing or old. `missing` is null when it is there, else what to install. */
export function environment(name, packages) {
  const folder = join(root, ".cache", name);
  const stamp = join(folder, "packages.txt");
  const interpreter = join(folder, "bin", "python");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === packages.join("\n")) return { interpreter, missing: null };
  const recent = "import sys; sys.exit(sys.version_info < (3, 11))";
  const python = NEWEST_FIRST.find((command) => has(command, ["-c", recent]));
  if (!python) {
    const missing = "python3 of 3.11 or later is missing: install the package `python3` of your system";
    return { interpreter, missing };
  }
  return { interpreter, missing: make(folder, python, packages, stamp) };
}

/** Makes one environment. Returns null, or one line that says what went wrong. */
function make(folder, python, packages, stamp) {
  process.stderr.write(`making a Python environment with ${packages.join(" and ")} ...\n`);
  rmSync(folder, { recursive: true, force: true });
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"];
  const steps = [
    [python, ["-m", "venv", folder], "python3 has no venv: install the package `python3-venv` of your system"],
    [join(folder, "bin", "python"), [...pip, ...packages], `pip could not install ${packages.join(" and ")}`],
  ];
  for (const [command, args, complaint] of steps) {
    const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
    if (status === 0) continue;
    rmSync(folder, { recursive: true, force: true });
    const last = stderr?.trim().split("\n").at(-1) ?? "";
    return last ? `${complaint} (${last})` : complaint;
  }
  writeFileSync(stamp, packages.join("\n"));
  return null;
}

/** The oldest Python that sharray.py is for, and one that does not exist yet. */
const OLDEST = 8;
const NEWEST = 20;

/** Interpreters by minor version: those on PATH, else those that pyenv manages. */
function interpreters() {
  const found = new Map();
  const isMinor = (command, minor) =>
    has(command, ["-c", `import sys; sys.exit(sys.version_info[:2] != (3, ${minor}))`]);
  for (let minor = OLDEST; minor < NEWEST; minor++) {
    if (isMinor(`python3.${minor}`, minor)) found.set(minor, `python3.${minor}`);
  }
  const output = (...args) => spawnSync("pyenv", args, { encoding: "utf8" }).stdout?.trim() ?? "";
  for (const version of output("versions", "--bare").split("\n")) {
    const minor = Number(/^3\.(\d+)\.\d+$/.exec(version)?.[1] ?? 0);
    if (minor < OLDEST || found.has(minor)) continue;
    const python = join(output("prefix", version), "bin", "python");
    if (isMinor(python, minor)) found.set(minor, python);
  }
  return found;
}

/**
 * Environments with NumPy for the tests of sharray.py: with the oldest and the newest Python here, and with 3.9 and 3.13 where
 * they can be had. `missing` has one line for each that is not there.
 */
export function pythonVersions() {
  const found = interpreters();
  const minors = [...found.keys()].sort((a, b) => a - b);
  const wanted = new Set([9, 13, minors[0] ?? 9, minors.at(-1) ?? 13]);
  const environments = [];
  const missing = [];
  for (const minor of [...wanted].sort((a, b) => a - b)) {
    const name = `python 3.${minor}`;
    if (!found.has(minor)) {
      missing.push(
        `${name} is not here (neither as python3.${minor} on PATH nor in pyenv); sharray.py is not tested with it`,
      );
      continue;
    }
    const folder = join(root, ".cache", `python3.${minor}`);
    const stamp = join(folder, "packages.txt");
    // With the oldest Python the oldest NumPy that there is for it, with the others the newest.
    const packages = [minor === OLDEST ? "numpy==1.17.5" : "numpy"];
    const current = existsSync(stamp) && readFileSync(stamp, "utf8") === packages.join("\n");
    const reason = current ? null : make(folder, found.get(minor), packages, stamp);
    if (reason) missing.push(`${name}: ${reason}; sharray.py is not tested with it`);
    else environments.push({ name, interpreter: join(folder, "bin", "python") });
  }
  return { environments, missing };
}
