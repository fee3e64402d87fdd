import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { python } from "../../../../tests/oracle.ts";

const PRELUDE = `
import json, sys, warnings
import numpy as np
from numpy.lib import format as npformat
warnings.simplefilter("ignore")

def descr_of(d):
    return d if isinstance(d, str) else [(f[0], descr_of(f[1])) + ((tuple(f[2]),) if len(f) > 2 else ()) for f in d]

def dtype_of(d):
    return npformat.descr_to_dtype(descr_of(d))

def untuple(d):
    return d if isinstance(d, str) else [[untuple(p) if i == 1 else list(p) if i == 2 else p for i, p in enumerate(f)] for f in d]

cases = json.load(open(sys.argv[1]))
results = []
def emit(r): results.append(r)
`;

/** Runs a Python program over many cases at once: it finds them in `cases` and calls `emit` with one result for each; `args` from `sys.argv[2]` on. */
export async function numpy<T>(program: string, cases: unknown, args: string[] = []): Promise<T[]> {
  const folder = await mkdtemp(join(tmpdir(), "sharray-test-"));
  try {
    const path = join(folder, "cases.json");
    await writeFile(path, JSON.stringify(cases));
    return JSON.parse(await python(`${PRELUDE}\n${program}\nprint(json.dumps(results))`, [path, ...args])) as T[];
  } finally {
    await rm(folder, { recursive: true });
  }
}
