// npyfiles.ts --seconds N | --seed S: files of random arrays that NumPy writes, 500 a round, are loaded and saved again, and a random view of
// each: elements, strides and the bytes of the files are NumPy's. Without NumPy nothing is done.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compareFiles } from "../packages/sharray/test/array/npy_cases.ts";
import { withoutPython } from "../tests/oracle.ts";

if (withoutPython !== false) {
  console.error(withoutPython);
  process.exit(1);
}
const { values } = parseArgs({ options: { seconds: { type: "string", default: "60" }, seed: { type: "string" } } });
const until = performance.now() + Number(values.seconds) * 1000;
const first = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
let [rounds, left] = [0, 0];
for (let seed = first; ; seed++) {
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "npy-files-"));
  try {
    const done = await compareFiles(folder, 500, seed);
    rounds += done.compared;
    left += done.left;
  } catch (error) {
    console.error(error);
    console.error(`found with --seed ${seed}`);
    process.exitCode = 1;
    break;
  } finally {
    rmSync(folder, { recursive: true });
  }
  if (values.seed !== undefined || performance.now() > until) break;
}
if (process.exitCode === undefined) {
  console.log(
    JSON.stringify({ rounds, first, outcomes: `same as NumPy ${rounds}, not written by NumPy in that format ${left}` }),
  );
}
