import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { dtypeOf, loadtxt, SharrayError } from "sharray";
import { withoutPython } from "../../../../tests/oracle.ts";
import { numpy } from "../dtype/numpy.ts";
import { type Case, cases } from "./tables.ts";

/** What loadtxt made of a case: the array, or the reason why not. */
type Outcome = { shape: number[]; bytes: string } | { refused: string; column: number | null };

const program = `
import re
for c in cases:
    try:
        a = np.loadtxt(c["path"], dtype=dtype_of(c["descr"]), delimiter=c["delimiter"], comments=c["comments"],
                       skiprows=c["skiprows"], max_rows=c["maxRows"], usecols=c["usecols"], ndmin=c["ndmin"],
                       unpack=c["unpack"], encoding="utf-8")
        emit({"shape": a.shape, "bytes": a.tobytes().hex()})
    except Exception as e:
        column = re.search(r"could not convert .* at row \\d+, column (\\d+)", str(e), re.S)
        emit({"refused": f"{type(e).__name__}: {e}", "column": int(column[1]) if column else None})
`;

async function ours(path: string, { text: _, ...options }: Case): Promise<Outcome> {
  try {
    using array = await loadtxt(path, options);
    using packed = array.copy();
    return { shape: [...array.shape], bytes: Buffer.from(packed.bytes).toString("hex") };
  } catch (error) {
    if (!(error instanceof SharrayError)) throw error;
    const column = error.code === "TEXT_BAD_VALUE" ? (error.details.column as number) : null;
    return { refused: `${error.code}: ${error.message}`, column };
  }
}

function agree(mine: Outcome, theirs: Outcome): boolean {
  if ("bytes" in mine || "bytes" in theirs) return "bytes" in mine && "bytes" in theirs && same(mine, theirs);
  return mine.column === theirs.column;
}

function same(mine: { shape: number[]; bytes: string }, theirs: { shape: number[]; bytes: string }): boolean {
  return mine.bytes === theirs.bytes && JSON.stringify(mine.shape) === JSON.stringify(theirs.shape);
}

/** The cases in which NumPy and we differ, with both outcomes. */
async function differences(list: readonly Case[]): Promise<unknown[]> {
  const folder = await mkdtemp(join(tmpdir(), "sharray-text-"));
  try {
    const paths = list.map((_, index) => join(folder, `${index}.txt`));
    // One at a time: there are more of them than descriptors may be.
    for (const [index, { text }] of list.entries()) await writeFile(paths[index]!, text);
    const question = list.map((one, index) => ({ ...one, path: paths[index], descr: dtypeOf(one.dtype).descr }));
    const theirs = await numpy<Outcome>(program, question);
    const found: unknown[] = [];
    for (const [index, one] of list.entries()) {
      const mine = await ours(paths[index]!, one);
      // What this version does not read at all is refused as such; nothing else may be.
      if ("refused" in mine && mine.refused.startsWith("NOT_SUPPORTED")) continue;
      if (!agree(mine, theirs[index]!)) found.push({ case: one, mine, theirs: theirs[index] });
    }
    return found;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("loadtxt gives what np.loadtxt gives, or refuses what it refuses", { skip: withoutPython }, async (t) => {
  t.mock.method(process, "emitWarning", () => {}); // many of the tables have no rows
  const seed = Number(process.env.SHARRAY_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const found = await differences(fc.sample(cases, { numRuns: 3000, seed }));
  assert.deepEqual(found.slice(0, 3), [], `${found.length} differences with SHARRAY_SEED=${seed}`);
});
