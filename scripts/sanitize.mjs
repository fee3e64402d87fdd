// npm run sanitize [-- --cases N] [PART...]: the crates' tests under the address sanitizer, what has no system calls under Miri, and the
// memory and process tests of the package with an addon that is built with the sanitizer. Writes bench/results/sanitize.md.
//
// N: random cases of a property under the sanitizer, 256 as in `npm test`: a busy machine can do with fewer.
// Needs a nightly toolchain (`rustup toolchain install nightly --component miri`); what is missing is said, and left out.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root, setup } from "./setup.mjs";

const target = `${{ x64: "x86_64", arm64: "aarch64" }[process.arch]}-unknown-linux-gnu`;
const folder = join(root, "target", "sanitize");
const { values, positionals: only } = parseArgs({
  options: { cases: { type: "string", default: "256" } },
  allowPositionals: true,
});
if (!/^[1-9]\d*$/.test(values.cases)) {
  process.stderr.write(`--cases: expected a whole number above 0, found ${JSON.stringify(values.cases)}\n`);
  process.exit(2);
}
const rows = [];

function output(command, args, env = {}) {
  const done = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return { ok: done.status === 0, text: `${done.stdout ?? ""}${done.stderr ?? ""}`.trim() };
}

/** Runs one part; its row has the counts of the test runner, or why it was left out. */
function part(name, what, missing, run) {
  if (only.length > 0 && !only.includes(name)) return;
  process.stdout.write(`\n== ${name}: ${what}\n`);
  if (missing) {
    process.stdout.write(`left out: ${missing}\n`);
    rows.push([name, what, `left out: ${missing}`]);
    return;
  }
  const started = performance.now();
  const { ok, text } = run();
  const counts = { passed: 0, failed: 0 };
  for (const [, passed, failed] of text.matchAll(/test result: \w+\. (\d+) passed; (\d+) failed/g)) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
  }
  for (const [, word, number] of text.matchAll(/^\S+ (pass|fail|cancelled) (\d+)\s*$/gm)) {
    counts[word === "pass" ? "passed" : "failed"] += Number(number);
  }
  const reports = [...text.matchAll(/^.*ERROR: AddressSanitizer.*$|^error: Undefined Behavior.*$/gm)].map(
    ([line]) => line,
  );
  if (!ok || reports.length > 0) process.stdout.write(`${text.slice(-8000)}\n`);
  const seconds = Math.round((performance.now() - started) / 1000);
  const verdict = ok && reports.length === 0 ? "nothing found" : `FAILED: ${reports[0] ?? "see the output"}`;
  rows.push([name, what, `${counts.passed} passed, ${counts.failed} failed, ${seconds} s: ${verdict}`]);
  process.stdout.write(`${rows.at(-1)[2]}\n`);
  if (verdict !== "nothing found") process.exitCode = 1;
}

const nightly = output("rustc", ["+nightly", "--version"]);
const noNightly = nightly.ok ? null : "no nightly toolchain (rustup toolchain install nightly)";
const miri = nightly.ok ? output("cargo", ["+nightly", "miri", "--version"]) : { ok: false };
const asan = {
  CARGO_TARGET_DIR: folder,
  RUSTFLAGS: "-Zsanitizer=address",
  CARGO_PROFILE_TEST_OPT_LEVEL: "1",
  PROPTEST_CASES: values.cases,
  // Threads of sharray's own live to the end of the process on purpose.
  ASAN_OPTIONS: "detect_leaks=0",
};
const cargo = (args, env) => output("cargo", ["+nightly", ...args], env);

for (const crate of ["memory", "text", "deflate", "load", "array"]) {
  part(`crate ${crate}`, `address sanitizer over the tests, ${values.cases} cases a property`, noNightly, () =>
    cargo(["test", "--locked", "--target", target, "-p", `sharray-${crate}`], asan),
  );
}

// What Miri can run: it knows no memfd, no mappings of files and no SCM_RIGHTS.
const PURE = [
  "brief",
  "cgroup::tests",
  "limits::tests::reads",
  "limits::tests::the_allowance",
  "control::tests",
  "name::tests",
];
/** Of the crate text what takes seconds: short texts. Columns of numbers and batches of some KiB take minutes each. */
const TEXT = [
  ...["refusals", "quotes"].flatMap((file) => ["--test", file]),
  ...["--", "fields_of_one_line", "a_text_that_is_cut", "rows_with_too_few", "unicode_space", "texts_that_no_value"],
  "a_naive_reader",
];
const MIRI_CASES = 1;
const noMiri = noNightly ?? (miri.ok ? null : "no Miri (rustup component add --toolchain nightly miri)");

/** Runs tests of a crate under Miri, which is a thousand times as slow: few cases of each property. */
function interpreted(crate, args) {
  return cargo(["miri", "test", "--locked", "-p", `sharray-${crate}`, ...args], {
    CARGO_TARGET_DIR: join(root, "target", "miri"),
    MIRIFLAGS: "-Zmiri-disable-isolation",
    PROPTEST_CASES: String(MIRI_CASES),
  });
}

part("miri memory", `Miri over what has no system calls (${PURE.join(", ")})`, noMiri, () =>
  interpreted("memory", ["--lib", "--", ...PURE]),
);
part("miri array", "Miri over all tests of the crate, with fewer cases", noMiri, () => interpreted("array", []));
// Miri has no vectors beyond SSE2, so that these are the portable variant and the reference.
part("miri text", `Miri over short texts through the portable variant, ${MIRI_CASES} case a property`, noMiri, () =>
  interpreted("text", TEXT),
);

function testFiles(name) {
  const folder = join(root, "packages", "sharray", "test", name);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => join(folder, file));
}

/** The sanitizer's runtime as a library that Node can be started with: that of the C compiler. */
function runtime() {
  const { ok, text } = output("cc", ["-print-file-name=libasan.so"]);
  return ok && existsSync(text) ? realpathSync(text) : null;
}

const library = runtime();
part(
  "addon",
  "address sanitizer over the memory and process tests of the package, in every process",
  noNightly ?? (library ? null : "the C compiler has no libasan.so"),
  () => {
    setup();
    const built = cargo(["build", "--locked", "--target", target, "-p", "sharray-node"], asan);
    if (!built.ok) return built;
    const addon = join(root, "packages", "sharray", "native", "sharray.node");
    const kept = `${addon}.kept`;
    copyFileSync(addon, kept);
    try {
      copyFileSync(join(folder, target, "debug", "libsharray_node.so"), addon);
      const files = [...testFiles("memory"), ...testFiles("process")];
      return output(process.execPath, ["--import", "tsx", "--test", "--test-reporter=spec", ...files], {
        LD_PRELOAD: library,
        ASAN_OPTIONS: "detect_leaks=0",
      });
    } finally {
      copyFileSync(kept, addon);
      rmSync(kept);
    }
  },
);

const text = [
  "# Address sanitizer and Miri",
  "",
  `\`npm run sanitize\`, ${nightly.ok ? nightly.text : "no nightly toolchain"}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}.`,
  "",
  "| part | what | result |",
  "| --- | --- | --- |",
  ...rows.map((row) => `| ${row.join(" | ")} |`),
  "",
].join("\n");
process.stdout.write(`\n${text}`);
if (only.length === 0) writeFileSync(join(root, "bench", "results", "sanitize.md"), text);
