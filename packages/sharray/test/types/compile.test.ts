import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { declaringProgram, faultyProgram, wideProgram } from "./program.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

interface Compiled {
  /** The messages without the place, by program. */
  readonly errors: string[][];
  /** Types that the compiler made out of generic ones: its work, whatever the machine. */
  readonly instantiations: number;
  /** The declarations of the last program. */
  readonly declared: string;
}

/** Compiles programs that import the built package, all at once. */
async function compile(programs: readonly string[]): Promise<Compiled> {
  const folder = await mkdtemp(join(tmpdir(), "sharray-types-"));
  try {
    await mkdir(join(folder, "node_modules"));
    await symlink(join(root, "packages", "sharray"), join(folder, "node_modules", "sharray"));
    await symlink(join(root, "node_modules", "@types"), join(folder, "node_modules", "@types"));
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    const files = programs.map((_, i) => `program${i}.ts`);
    for (const [i, file] of files.entries()) await writeFile(join(folder, file), programs[i]!);
    const compilerOptions = { emitDeclarationOnly: true, outDir: "out" };
    const config = { extends: join(root, "tsconfig.base.json"), compilerOptions, files };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
    const printed = await tsc(folder);
    const instantiations = Number(/^Instantiations:\s+(\d+)$/m.exec(printed)?.[1] ?? Number.NaN);
    assert.ok(instantiations >= 0, printed);
    const errors: string[][] = programs.map(() => []);
    // A message goes on in the indented lines below it.
    const text = printed.slice(0, printed.search(/^Files:/m));
    const [, ...parts] = text.split(/^\S*?program(\d+)\.ts\(\d+,\d+\): error /m);
    for (let i = 0; i < parts.length; i += 2) errors[Number(parts[i])]!.push(parts[i + 1]!.trim());
    const declarations = join(folder, "out", `program${programs.length - 1}.d.ts`);
    const declared = await readFile(declarations, "utf8").catch(() => "");
    return { errors, instantiations, declared };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What the compiler prints; that it finds faults is no failure. */
function tsc(folder: string): Promise<string> {
  const script = join(root, "node_modules", "typescript", "bin", "tsc");
  const args = [script, "-p", folder, "--extendedDiagnostics", "--pretty", "false"];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (_, stdout, stderr) => resolve(stdout + stderr));
  });
}

type Work = Promise<Compiled>;

test("records of fifty fields cost the compiler little, and each as much as the first", async (t) => {
  const [none, three, six] = [0, 3, 6].map((records) => compile([wideProgram(records)])) as [Work, Work, Work];
  for (const work of [none, three, six]) assert.deepEqual((await work).errors, [[]]);
  const [few, many] = [await three, await six].map(({ instantiations }) => instantiations) as [number, number];
  t.diagnostic(`instantiations: ${few} for three records of fifty fields, ${many} for six`);
  assert.ok(many < 80_000, `${many} instantiations`);
  assert.ok(many < 2.2 * few, `${many} for six, ${few} for three`);
});

test("mistakes in a record of fifty fields get a short message that names them", async (t) => {
  const faults: [line: string, message: RegExp][] = [
    ['a.field("f111");', /^TS2345: Argument of type '"f111"' is not assignable to parameter of type '"f0" \| "f1" \| /],
    [
      "a.get(0).f111;",
      /^TS2551: Property 'f111' does not exist on type '\{ f0: number; f1: number; .*Did you mean 'f11'\?$/,
    ],
    ['a.set(0, { ...a.get(0), f1: "x" });', /^TS2322: Type 'string' is not assignable to type 'number'\.$/],
    [
      "a.set(0, { ...a.get(0), f111: 1 });",
      /^TS2561: Object literal may only specify known properties, but 'f111' does not exist in type '\{ readonly f0: number; .* Did you mean to write 'f11'\?$/,
    ],
    [
      "a.set(0, { f0: 1 });",
      /^TS2740: Type '\{ f0: number; \}' is missing the following properties from type '\{ readonly f0: number; .*: f1, f10, f11, f12, and 45 more\.$/,
    ],
    [
      "a.fill(5);",
      /^TS2345: Argument of type 'number' is not assignable to parameter of type '\{ readonly f0: number; /,
    ],
    [
      "a.assign([{ f0: 1 }]);",
      /^TS2322: Type '\{ f0: number; \}' is not assignable to type 'Lists<\{ readonly f0: number; /,
    ],
    ["export const n: number = a.field('f2').get(0);", /^TS2322: Type 'bigint' is not assignable to type 'number'\.$/],
    [
      "export const m: number = a.get(0);",
      /^TS2322: Type '\{ f0: number; f1: number; .*\}' is not assignable to type 'number'\.$/,
    ],
    [
      'a.field("f9").field("z");',
      /^TS2345: Argument of type '"z"' is not assignable to parameter of type '"x" \| "y"'\.$/,
    ],
    [
      "export const k: number = a;",
      /^TS2322: Type 'SharedArray<readonly \[readonly \["f0", "<f4"\], .*' is not assignable to type 'number'\.$/,
    ],
    [
      "SharedArray.create({ shape: 1, dtype: [['x', 5]] });",
      /^TS2322: Type 'number' is not assignable to type 'DTypeLike'\.$/,
    ],
  ];
  const { errors: all } = await compile(faults.map(([line]) => faultyProgram(line)));
  let longest = 0;
  for (const [i, [line, message]] of faults.entries()) {
    const errors = all[i]!;
    assert.equal(errors.length, 1, `${line}: ${errors.join("\n")}`);
    assert.match(errors[0]!, message, line);
    longest = Math.max(longest, errors[0]!.length);
  }
  t.diagnostic(`the longest of ${faults.length} messages has ${longest} characters`);
  assert.ok(longest < 1200);
});

test("what a library exports of arrays can be declared, and its types are those of the elements", async () => {
  const { errors, declared } = await compile([declaringProgram]);
  assert.deepEqual(errors, [[]]);
  const flat = declared.replace(/\s+/g, " ").replaceAll('import("sharray").', "");
  for (const expected of [
    "declare const first: { chr: string; in: { a: bigint; }; pos: number; xyz: number[]; };",
    'declare const inner: NDArray<"<i8">;',
    "declare const lists: Nested<{ chr: string; in: { a: bigint; }; pos: number; xyz: number[]; }>[];",
    "declare const unknown: (array: NDArray) => { data: TypedArray; element: Element; lists: Nested<Element>[]; field: NDArray<DTypeLike>; };",
    'read: SharedArray<readonly (readonly ["pos", "<i4"])[]>;',
  ]) {
    assert.ok(flat.includes(expected), `${expected} is not in ${flat}`);
  }
});
