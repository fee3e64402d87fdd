import "./no_arena.ts";
import assert from "node:assert/strict";
import { mkdirSync, truncateSync } from "node:fs";
import { test } from "node:test";
import { dtypeOf } from "sharray";
import type { ConvertHooks, ConvertOptions } from "../../dist/convert/convert.js";
import { run } from "../memory/programs.ts";
import { blocks, children, leaked, reader, row, rows, Scene, slowly } from "./scene.ts";

/** A conversion that must fail, and leave nothing. */
async function fails(
  scene: Scene,
  inputs: readonly string[],
  expected: object,
  options: Partial<ConvertOptions> = {},
  hooks: ConvertHooks = {},
): Promise<void> {
  const before = { blocks: blocks(), made: scene.made() };
  await assert.rejects(scene.convert(inputs, options, hooks), expected);
  assert.deepEqual({ leaked: await leaked(before.blocks), made: scene.made() }, { leaked: 0, made: before.made });
  assert.deepEqual(children(), []);
}

test("inputs that cannot be read are told before any work", async () => {
  using scene = new Scene();
  const good = scene.file("good.txt", rows(0, 10));
  await fails(scene, [good, scene.path("none.txt")], {
    code: "FILE_NOT_FOUND",
    details: { file: scene.path("none.txt") },
  });
  await fails(scene, [good, scene.folder], { code: "IS_DIRECTORY" });
  const gz = scene.file("x.txt.gz", Buffer.from("1f8b0800", "hex"));
  await fails(scene, [good, gz], { code: "TEXT_BAD_ARCHIVE", message: /x\.txt\.gz: .*gzip.*cut off/ });
  const latin1 = scene.file("latin1.txt", Buffer.from("caf\xe9\t1\t1\t1\t1\n", "latin1"));
  await fails(scene, [good, latin1], { code: "TEXT_BAD_ENCODING", message: /latin1\.txt, line 1: byte 0xe9/ });
});

test("outputs that cannot be made are told before any work", async () => {
  using scene = new Scene();
  const good = scene.file("good.txt", rows(0, 10));
  await fails(
    scene,
    [good],
    { code: "FILE_NOT_FOUND", message: /there is no folder/ },
    { output: scene.path("no/out.h5") },
  );
  await fails(scene, [good], { code: "IS_DIRECTORY" }, { output: scene.folder });
  await fails(scene, [good], { code: "FILE_EXISTS" }, { output: good });
  await fails(scene, [good], { code: "BAD_ARGUMENT", message: /input/ }, { output: good, overwrite: true });
});

test("two inputs of one name, and a name that is a group to another, are refused", async () => {
  using scene = new Scene();
  mkdirSync(scene.path("sub"));
  const paths = [scene.file("a.txt", row(1)), scene.file("a.csv", row(1))];
  await fails(scene, paths, { code: "DUPLICATE_NAME", details: { name: "a", paths } });
  const inputs = [
    { path: paths[0]!, name: "run" },
    { path: paths[1]!, name: "/run/x" },
  ];
  await fails(scene, [], { code: "DUPLICATE_NAME" }, { inputs });
  await fails(scene, [], { code: "BAD_ARGUMENT" }, { inputs: [{ path: paths[0]!, name: "a//b" }] });
  await fails(scene, [], { code: "BAD_ARGUMENT" }, { inputs, concat: "all" });
});

test("wrong options are refused", async () => {
  using scene = new Scene();
  const good = scene.file("good.txt", rows(0, 10));
  const wrong: Partial<Record<keyof ConvertOptions | "proceses", unknown>>[] = [
    { proceses: 2 },
    { processes: 0 },
    { processes: 1.5 },
    { compression: { kind: "gzip", level: 10 } },
    { compression: "gzip" },
    { skiprows: -1 },
    { delimiter: ",," },
    { comments: "" },
    { comments: ",", delimiter: "," },
    { usecols: [0, 1] },
    { concat: "" },
    { dtype: "f8" },
    { sync: 1 },
    { output: "" },
    { encoding: "klingon" },
    { encoding: 8 },
    { quotechar: "''" },
    { quotechar: "\t", delimiter: "\t" },
    { header: "yes" },
    { usecols: ["pos", "chr"] },
    { na: 0 },
    { fill: 0 },
    { na: "NA", fill: { none: 0 } },
    { strict: "no" },
    { rejects: "skip" },
    { rejects: { max: -1 } },
    { rejects: { to: "" } },
    { rejects: { file: "x.csv" } },
    { onError: "ignore" },
    { attrs: [{ path: "/", key: "", value: 1 }] },
    { attrs: [{ path: "/", key: "x", value: {} }] },
    { dryRun: 1 },
  ];
  for (const options of wrong) await fails(scene, [good], { code: "BAD_ARGUMENT" }, options as Partial<ConvertOptions>);
  const texts = dtypeOf([["x", "<U4"]]);
  await fails(scene, [good], { code: "NOT_SUPPORTED", message: /U4 has no HDF5 type/ }, { dtype: texts });
});

test("what separates columns cannot begin a comment, and is named", async () => {
  using scene = new Scene();
  const good = scene.file("good.txt", rows(0, 10));
  const refused = { code: "BAD_ARGUMENT", message: /comments: '[, ]'.*delimiter.*choose another comment/ };
  await fails(scene, [good], refused, { comments: [",", "#"], delimiter: "," });
  await fails(scene, [good], refused, { comments: " " });
});

test("paths that can only be folders are refused as folders", async () => {
  using scene = new Scene();
  for (const path of [".", "..", "/", "x/.."]) await fails(scene, [path], { code: "IS_DIRECTORY" });
});

test("a bad value is told with its exact place, the first one of several, although ranges are parsed in parallel", async () => {
  using scene = new Scene();
  const lines = rows(0, 400_000).split(/(?<=\n)/);
  lines[390_001] = "chr1\t5\tx\t1\t2\n";
  lines[250_000] = "chr1\t5\t1.2.3\t1\t2\n";
  lines[250_001] = "chr1\t5\n";
  const bad = scene.file("bad.txt", lines.join(""));
  const good = scene.file("good.txt", rows(0, 100_000));
  for (const inputs of [[bad], [good, bad], [bad, good]]) {
    await fails(
      scene,
      inputs,
      {
        code: "TEXT_BAD_VALUE",
        message: `${bad}, line 250001, column 3 ("pct"): "1.2.3" is not a number (float32).`,
        details: {
          file: bad,
          line: 250_001,
          column: 3,
          field: "pct",
          text: "1.2.3",
          expected: "a number (float32)",
          dtype: "float32",
        },
      },
      { processes: 3 },
    );
  }
  lines[250_000] = lines[250_001]!;
  const short = scene.file("short.txt", lines.join(""));
  await fails(scene, [good, short], {
    code: "TEXT_BAD_COLUMNS",
    details: { file: short, line: 250_001, found: 2, expected: 5 },
  });
});

test("an input that shrinks while it is read is refused", async () => {
  using scene = new Scene();
  const input = scene.file("a.txt", rows(0, 100_000).repeat(20));
  let over = false;
  await slowly(async () => {
    const shrink = reader(input, () => over).then(() => truncateSync(input, 1_000_000));
    await fails(scene, [input], { code: "INPUT_CHANGED", details: { file: input } }, { processes: 2 });
    over = true;
    await shrink;
  });
});

test("an abort half-way leaves nothing", async () => {
  using scene = new Scene();
  const input = scene.file("a.txt", rows(0, 100_000).repeat(20));
  const controller = new AbortController();
  const reason = new Error("enough");
  await slowly(async () => {
    const abort = reader(input, () => false).then(() => controller.abort(reason));
    await fails(scene, [input], { code: "ABORTED", cause: reason }, { processes: 2 }, { signal: controller.signal });
    await abort;
  });
  await fails(scene, [input], { code: "ABORTED" }, {}, { signal: AbortSignal.abort() });
});

test("what a progress callback throws ends the job", async () => {
  using scene = new Scene();
  const input = scene.file("a.txt", rows(0, 100_000).repeat(20));
  const mine = new Error("mine");
  const onProgress = (): void => {
    throw mine;
  };
  await slowly(() => fails(scene, [input], mine, { processes: 2 }, { onProgress }));
});

/** A program that converts INPUT to the file OUTPUT and prints how it ended and what lies beside the output. */
const program = (input: string, folder: string, more = ""): string => `
  import { readdirSync } from "node:fs";
  import { dtypeOf } from "sharray";
  import { convert } from ${JSON.stringify(new URL("../../dist/convert/convert.js", import.meta.url).href)};
  const dtype = dtypeOf([["chr", "S10"], ["pos", "<i4"], ["pct", "<f4"], ["c", "<i4"], ["t", "<i4"]]);
  const job = convert({ inputs: [{ path: ${JSON.stringify(input)} }], output: ${JSON.stringify(`${folder}/out.h5`)}, dtype, ${more} });
  const code = await job.then(() => "done", (error) => error.code);
  console.log(code, readdirSync(${JSON.stringify(folder)}).length);
`;

/** Rows that go straight to the file, and chunks that the writer stores; both are larger than what there is room for. */
const storages = { uncompressed: "", compressed: 'compression: { kind: "gzip", level: 1 }' };
for (const [name, more] of Object.entries(storages)) {
  test(`${name}: a full disk ends the job, and leaves nothing on it`, async (t) => {
    using scene = new Scene();
    const input = scene.file("a.txt", rows(0, 400_000));
    const folder = scene.path("small");
    mkdirSync(folder);
    const through = ["unshare", "-m", "sh", "-c", `mount -t tmpfs -o size=40k tmpfs ${folder} && exec "$@"`, "sh"];
    const able = await run("", { through });
    if (able.status !== 0) return t.skip(`no mount namespace of one's own: ${able.stderr.trim()}`);
    const { stdout, stderr } = await run(program(input, folder, more), { through });
    assert.equal(stdout, "NO_SPACE 0\n", stderr);
  });

  test(`${name}: a limit on the size of files ends the job, and leaves nothing`, async () => {
    using scene = new Scene();
    const input = scene.file("a.txt", rows(0, 400_000));
    mkdirSync(scene.path("limited"));
    const { stdout, stderr } = await run(program(input, scene.path("limited"), more), { before: "ulimit -f 80" });
    assert.equal(stdout, "NO_SPACE 0\n", stderr);
  });
}

test("without permission to read or to write the reason is told", async (t) => {
  if (process.getuid?.() !== 0) return t.skip("only root can run a program as somebody else");
  using scene = new Scene();
  const { chmodSync } = await import("node:fs");
  const input = scene.file("a.txt", rows(0, 10));
  chmodSync(scene.folder, 0o755);
  chmodSync(input, 0o600);
  mkdirSync(scene.path("open"), { mode: 0o777 });
  chmodSync(scene.path("open"), 0o777);
  const nobody = 65534;
  const unreadable = await run(program(input, scene.path("open")), { uid: nobody });
  assert.equal(unreadable.stdout, "PERMISSION_DENIED 0\n", unreadable.stderr);
  chmodSync(input, 0o644);
  mkdirSync(scene.path("closed"), { mode: 0o755 });
  const unwritable = await run(program(input, scene.path("closed")), { uid: nobody });
  assert.equal(unwritable.stdout, "PERMISSION_DENIED 0\n", unwritable.stderr);
});
