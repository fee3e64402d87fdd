// Runs all tests: format, lint, types, clippy, the crates, the packages, and the built command from end to end.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { cannotCount } from "./instructions.mjs";
import { pythonEnvironment, pythonVersions } from "./python.mjs";
import { has, root, setup } from "./setup.mjs";
import { VARIANTS, variant } from "./variants.mjs";

const only = process.argv.slice(2);
const results = [];

/** Runs one suite with its output shown, and takes the counts from the closing lines of its runner. */
async function suite(name, command, args, env = {}) {
  if (only.length > 0 && !only.some((word) => name.includes(word))) return;
  process.stdout.write(`\n== ${name}\n`);
  const started = performance.now();
  const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]) {
    from.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
      to.write(chunk);
    });
  }
  const status = await new Promise((resolve) => child.on("error", () => resolve(-1)).on("close", resolve));
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of text.matchAll(
    /test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/g,
  )) {
    count.passed += Number(passed);
    count.failed += Number(failed);
    count.skipped += Number(ignored);
  }
  for (const [, word, number] of text.matchAll(/^\S+ (pass|fail|cancelled|skipped) (\d+)\s*$/gm)) {
    count[{ pass: "passed", fail: "failed", cancelled: "failed", skipped: "skipped" }[word]] += Number(number);
  }
  for (const [, all, end] of text.matchAll(/^Ran (\d+) tests? in [\d.]+s\n\n(.*)$/gm)) {
    const number = (word) => Number(new RegExp(`${word}=(\\d+)`).exec(end)?.[1] ?? 0);
    const failed = number("failures") + number("errors") + number("unexpected successes");
    count.failed += failed;
    count.skipped += number("skipped");
    count.passed += Math.max(0, Number(all) - failed - number("skipped"));
  }
  if (count.passed + count.failed + count.skipped === 0) count.passed = status === 0 ? 1 : 0;
  if (status !== 0 && count.failed === 0) count.failed = 1;
  results.push({ name, ...count, seconds: (performance.now() - started) / 1000 });
}

function testFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => relative(root, join(folder, name)))
    .sort();
}

setup();
const missing = [];
const noPython = pythonEnvironment();
if (noPython) missing.push(`${noPython}; what compares with NumPy and h5py is skipped`);
if (!has("h5dump", ["--version"]))
  missing.push("h5dump is missing: install the package `hdf5-tools` of your system; what it checks is skipped");
const noCounts = cannotCount();
if (noCounts) missing.push(`${noCounts}; instructions a row are not checked`);
for (const tool of ["fmt", "clippy"]) {
  if (!has("cargo", [tool, "--version"]))
    missing.push(`cargo ${tool} is missing: rustup component add ${tool === "fmt" ? "rustfmt" : tool}`);
}

const npx = (...args) => ["npx", ["--no-install", ...args]];
await suite("format and lint", ...npx("biome", "check", "--error-on-warnings", "."));
await suite("types", ...npx("tsc", "-p", "tsconfig.json"));
if (has("cargo", ["fmt", "--version"])) await suite("cargo fmt", "cargo", ["fmt", "--check"]);
if (has("cargo", ["clippy", "--version"]))
  await suite("cargo clippy", "cargo", [
    "clippy",
    "--release",
    "--workspace",
    "--all-targets",
    "--locked",
    "--",
    "-D",
    "warnings",
  ]);
// With debug assertions for the crates that need no libhdf5; that one is built once, in release.
const checked = { CARGO_PROFILE_TEST_OPT_LEVEL: "1" };
await suite(
  "crates",
  "cargo",
  ["test", "--locked", "--workspace", "--exclude", "sharray-hdf5", "--exclude", "sharray-node"],
  checked,
);
// Beside the addon, so that both ask the same features of what they share: libhdf5 is then not built a second time.
await suite("crate hdf5", "cargo", ["test", "--locked", "--release", "-p", "sharray-hdf5", "-p", "sharray-node"]);

// Most files wait for processes that they start, or for the disk: as many at once as there are processors, and two at least.
const concurrency = `--test-concurrency=${Math.max(2, availableParallelism())}`;
const runner = ["--import", "tsx", "--test", "--test-reporter=spec", concurrency];
for (const name of readdirSync(join(root, "packages"))) {
  const files = testFiles(join(root, "packages", name, "test"));
  if (files.length > 0) await suite(`package ${name}`, process.execPath, [...runner, ...files]);
}

/** What goes through the kernel, and not only up to it or behind it. */
function textFiles() {
  const inPackage = join(root, "packages", "sharray", "test");
  return [
    ...testFiles(join(inPackage, "text")).filter(
      (file) => !/(archives|lines|source|oracle_parts|savetxt\w*)\.test/.test(file),
    ),
    ...testFiles(join(inPackage, "convert")).filter((file) => /(reading|rejects|skips|tables)\.test/.test(file)),
    ...testFiles(join(root, "tests")).filter((file) => /(convert|left_out|real_tables)\.test/.test(file)),
  ];
}

const asked = process.env.SHARRAY_SIMD ?? "";
const own = variant(asked);
if (asked !== "" && own !== asked)
  missing.push(`SHARRAY_SIMD is ${asked}, which this machine lacks: text was read by ${own}`);
// The suites above and below have one of them already.
for (const name of VARIANTS.filter((name) => name !== own)) {
  if (variant(name) === name)
    await suite(`text by ${name}`, process.execPath, [...runner, ...textFiles()], { SHARRAY_SIMD: name });
  else missing.push(`this machine lacks ${name}; the tests of text with it are skipped`);
}
if (only.length === 0 || only.some((word) => word.startsWith("python"))) {
  const { environments, missing: without } = pythonVersions();
  missing.push(...without);
  if (!noPython)
    environments.push({ name: "python of the oracle", interpreter: join(root, ".cache", "python", "bin", "python") });
  for (const { name, interpreter } of environments) {
    await suite(name, interpreter, ["-W", "error", "-m", "unittest", "discover", "-v", "-s", "python"]);
  }
}
await suite("end to end", process.execPath, [...runner, ...testFiles(join(root, "tests"))]);

const total = { passed: 0, failed: 0, skipped: 0 };
process.stdout.write("\n");
for (const { name, passed, failed, skipped, seconds } of results) {
  process.stdout.write(
    `${failed > 0 ? "FAILED" : "ok    "} ${name.padEnd(20)} ${passed} passed, ${failed} failed, ${skipped} skipped, ${seconds.toFixed(0)} s\n`,
  );
  for (const key of Object.keys(total)) total[key] += { passed, failed, skipped }[key];
}
for (const line of missing) process.stdout.write(`note: ${line}\n`);
process.stdout.write(`\ntotal: ${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exit(total.failed > 0 ? 1 : 0);
