// npy.ts --seconds N | --seed S: damaged .npy headers, in batches that NumPy reads too: what both read is the same, and what only one of
// them reads is so for one of the reasons that packages/sharray/test/array/damaged_headers.ts lists. Without NumPy nothing is done.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare } from "../packages/sharray/test/array/compare_headers.ts";
import { damagedHeader, NUMPY_READS, type NumpyReads } from "../packages/sharray/test/array/damaged_headers.ts";
import { interpreter, withoutPython } from "../tests/oracle.ts";
import { Dice, rounds } from "./rounds.ts";

const BATCH = 5000;

function numpyReads(headers: readonly Buffer[]): NumpyReads[] {
  const folder = mkdtempSync(join(tmpdir(), "sharray-fuzz-"));
  try {
    const path = join(folder, "cases.json");
    writeFileSync(path, JSON.stringify(headers.map((bytes) => bytes.toString("hex"))));
    const program = `import json, sys, warnings
import numpy as np
warnings.simplefilter("ignore")
cases = json.load(open(sys.argv[1]))
results = []
emit = results.append
${NUMPY_READS}
print(json.dumps(results))`;
    return JSON.parse(
      execFileSync(interpreter, ["-c", program, path], { maxBuffer: 1 << 28 }).toString(),
    ) as NumpyReads[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (withoutPython !== false) {
  console.error(withoutPython);
  process.exit(1);
}
rounds((dice, count) => {
  const headers = Array.from({ length: BATCH }, () => damagedHeader(new Dice(dice.roll(2 ** 32))));
  const reads = numpyReads(headers);
  for (const [i, bytes] of headers.entries()) count(compare(bytes, reads[i]!));
});
