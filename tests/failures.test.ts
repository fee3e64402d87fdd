import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { generateFile } from "../scripts/generate.mjs";
import { bytesRead, type Ended, folder, script, sharray, spec, start, startSharray, until } from "./command.ts";

/** One error line, the status of failed work, no output file, no temporary file, no process. */
function assertFailed(ended: Ended, line: RegExp, cwd: string, stays: string[]): void {
  assert.match(ended.stderr, /^sharray: [A-Z0-9_]+: [^\n]+\n$/);
  assert.match(ended.stderr, line);
  assert.equal(ended.stdout, "");
  assert.equal(ended.status, 1);
  assert.deepEqual(ended.left, []);
  assert.deepEqual(readdirSync(cwd).sort(), [...stays].sort());
}

const convert = (...inputs: string[]): string[] => ["convert", ...inputs, "-o", "out.h5", "--dtype", "a:i4,b:f8"];

suite("sharray convert: input that cannot be read", () => {
  test("no such file, a directory, an output folder that is missing or a file", async (t) => {
    const cwd = folder(t);
    mkdirSync(join(cwd, "dir"));
    writeFileSync(join(cwd, "a.txt"), "1 2\n");
    const stays = ["a.txt", "dir"];
    assertFailed(await sharray(convert("a.txt", "none.txt"), { cwd }), /FILE_NOT_FOUND: .*none\.txt/, cwd, stays);
    assertFailed(await sharray(convert("dir", "a.txt"), { cwd }), /IS_DIRECTORY: .*dir/, cwd, stays);
    const to = (output: string): Promise<Ended> =>
      sharray(["convert", "a.txt", "-o", output, "--dtype", "a:i4,b:f8"], { cwd });
    assertFailed(await to("none/out.h5"), /FILE_NOT_FOUND: .*none/, cwd, stays);
    assertFailed(await to("dir"), /IS_DIRECTORY: .*dir/, cwd, stays);
    assertFailed(await to("a.txt/out.h5"), /: .*a\.txt/, cwd, stays);
  });

  test("no permission", async (t) => {
    // Root reads everything, unless it gives that up for the command.
    const drop = ["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"];
    const [program, args] =
      process.getuid?.() === 0 ? ["setpriv", [...drop, process.execPath]] : [process.execPath, []];
    if (spawnSync(program, [...args, "--version"]).status !== 0) {
      return t.skip("root cannot give up its right to read everything: setpriv (util-linux) is missing or refused");
    }
    const cwd = folder(t);
    writeFileSync(join(cwd, "a.txt"), "1 2\n");
    writeFileSync(join(cwd, "secret.txt"), "1 2\n");
    mkdirSync(join(cwd, "locked"));
    chmodSync(join(cwd, "secret.txt"), 0);
    chmodSync(join(cwd, "locked"), 0o555);
    const run = (...more: string[]): Promise<Ended> => start(program, [...args, script, ...more], { cwd }).ended;
    const stays = ["a.txt", "secret.txt", "locked"];
    assertFailed(await run(...convert("a.txt", "secret.txt")), /PERMISSION_DENIED: .*secret\.txt/, cwd, stays);
    const locked = await run("convert", "a.txt", "-o", "locked/out.h5", "--dtype", "a:i4,b:f8");
    assertFailed(locked, /PERMISSION_DENIED: .*locked/, cwd, stays);
  });

  test("fewer columns than fields, or more", async (t) => {
    const cwd = folder(t);
    writeFileSync(join(cwd, "few.txt"), "1 2\n3\n");
    writeFileSync(join(cwd, "many.txt"), "1 2 3\n");
    const few = await sharray(convert("few.txt"), { cwd });
    assertFailed(few, /TEXT_BAD_COLUMNS: few\.txt, line 2\b.*1.*2/, cwd, ["few.txt", "many.txt"]);
    const many = await sharray(convert("many.txt"), { cwd });
    assertFailed(many, /TEXT_BAD_COLUMNS: many\.txt, line 1\b.*3.*2.*--usecols|TEXT_BAD_COLUMNS/, cwd, [
      "few.txt",
      "many.txt",
    ]);
  });

  test("a value that cannot be parsed: file, line, column number and name, text, what was expected", async (t) => {
    const cwd = folder(t);
    const file = join(cwd, "big.txt");
    generateFile(file, 1, 400_000);
    appendFileSync(file, "chr1\t5\t1.2.3\t1\t2\nchr1\t5\t1.5\t1\t2\n");
    const after = readFileSync(file);
    appendFileSync(file, after.subarray(0, 4_000_000));
    for (const processes of ["1", "2", "4"]) {
      const args = ["convert", "big.txt", "-o", "out.h5", "--dtype", spec, "--quiet", "--processes", processes];
      const ended = await sharray(args, { cwd });
      assertFailed(ended, /^sharray: TEXT_BAD_VALUE: big\.txt, line 400001, column 3 \("pct"\): "1\.2\.3"/, cwd, [
        "big.txt",
      ]);
      assert.match(ended.stderr, /float32|f4/);
    }
  });

  test("integers out of range, and the first of several faults", async (t) => {
    const cwd = folder(t);
    writeFileSync(join(cwd, "a.txt"), "1 2\n# c\n\n2147483648 1\nx y\n");
    assertFailed(
      await sharray(convert("a.txt"), { cwd }),
      /TEXT_BAD_VALUE: a\.txt, line 4, column 1 \("a"\): "2147483648" .*(int32|i4)/,
      cwd,
      ["a.txt"],
    );
  });

  test("control characters in a bad value do not reach the terminal", async (t) => {
    const cwd = folder(t);
    writeFileSync(join(cwd, "a.txt"), "\u001b[31mred 1\n");
    const { stderr } = await sharray(convert("a.txt"), { cwd });
    assert.match(stderr, /TEXT_BAD_VALUE/);
    assert.ok(!stderr.includes("\u001b"));
  });

  test("compressed input that is damaged is told with the byte, not parsed", async (t) => {
    const cwd = folder(t);
    writeFileSync(join(cwd, "a.txt.gz"), gzipSync("1 2\n".repeat(1000)).subarray(0, -9));
    const ended = await sharray(convert("a.txt.gz"), { cwd });
    assertFailed(ended, /TEXT_BAD_ARCHIVE: a\.txt\.gz: compressed with gzip, but .*gzip -t/, cwd, ["a.txt.gz"]);
  });

  test("columns that HDF5 has no type for are refused before anything is read", async (t) => {
    const cwd = folder(t);
    writeFileSync(join(cwd, "a.txt"), "not what the dtype says\n");
    const ended = await sharray(["convert", "a.txt", "-o", "out.h5", "--dtype", "a:i4,b:U5"], { cwd });
    assertFailed(ended, /NOT_SUPPORTED: .*"b".*U5/, cwd, ["a.txt"]);
  });

  test("an input that shrinks while it is read", async (t) => {
    const cwd = folder(t);
    const file = join(cwd, "a.txt");
    generateFile(file, 1, 500_000);
    const part = readFileSync(file);
    for (let i = 0; i < 15; i++) appendFileSync(file, part);
    const run = startSharray(["convert", "a.txt", "-o", "out.h5", "--dtype", spec, "--quiet"], { cwd });
    await until(() => run.processes().some((pid) => pid !== run.pid && bytesRead(pid) > 20e6));
    truncateSync(file, 1_000_000);
    assertFailed(await run.ended, /INPUT_CHANGED: .*a\.txt/, cwd, ["a.txt"]);
  });
});

suite("sharray convert: no room", () => {
  test("a full disk", async (t) => {
    const cwd = folder(t);
    const mounts = ["-m", ...(process.getuid?.() === 0 ? [] : ["-r"])];
    if (spawnSync("unshare", [...mounts, "mount", "-t", "tmpfs", "tmpfs", cwd]).status !== 0) {
      return t.skip("no mount namespaces here (unshare -m), so no small disk can be made");
    }
    generateFile(join(cwd, "a.txt"), 1, 500_000);
    mkdirSync(join(cwd, "disk"));
    const line = `mount -t tmpfs -o size=1m tmpfs disk && "$0" "$@"; status=$?; ls -A disk >&2; exit $status`;
    for (const more of [[], ["--no-sync"], ["--compression", "gzip:1"]]) {
      const args = [script, "convert", "a.txt", "-o", "disk/out.h5", "--dtype", spec, "--quiet", ...more];
      const ended = await start("unshare", [...mounts, "sh", "-c", line, process.execPath, ...args], { cwd }).ended;
      assertFailed(ended, /NO_SPACE: .*disk.*/, cwd, ["a.txt", "disk"]);
    }
  });

  test("a limit on file sizes (ulimit -f) is named", async (t) => {
    const cwd = folder(t);
    generateFile(join(cwd, "a.txt"), 1, 200_000);
    const line = `ulimit -f 1000; exec "$0" "$@"`;
    const args = [script, "convert", "a.txt", "-o", "out.h5", "--dtype", spec, "--quiet"];
    const ended = await start("bash", ["-c", line, process.execPath, ...args], { cwd }).ended;
    assertFailed(ended, /NO_SPACE: .*(RLIMIT_FSIZE|ulimit -f)/, cwd, ["a.txt"]);
  });
});
