// handles.ts --seconds N | --seed S: handles that were changed on their way. Attaching refuses them with one of the codes of the guide,
// or gives an array inside the very block that the handle was made of.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SharrayError } from "../packages/sharray/src/errors.ts";
import { SharedArray } from "../packages/sharray/src/index.ts";
import { type Dice, rounds } from "./rounds.ts";

const REFUSALS = new Set([
  "BAD_ARGUMENT",
  "BLOCK_GONE",
  "NOT_REACHABLE",
  "HANDLE_MISMATCH",
  "VERSION_MISMATCH",
  "BAD_DTYPE",
]);
REFUSALS.add("NOT_FOUND").add("PERMISSION_DENIED").add("BAD_SHAPE").add("NOT_SUPPORTED");

const record = [
  ["name", "S4"],
  ["xy", "<f4", [2]],
] as const;
const arrays = [
  SharedArray.from([1, 2, 3, 4, 5, 6], { shape: [2, 3] }),
  SharedArray.create({ shape: [5], dtype: record }),
  SharedArray.create({ shape: [], dtype: "|u1" }),
  SharedArray.create({ shape: [0, 3], dtype: "<i8" }),
];
// Of a file that was opened by its path; the file itself is gone, so that nothing is left of this program.
const folder = mkdtempSync(join(tmpdir(), "sharray-fuzz-"));
await arrays[1]!.save(join(folder, "opened.npy"));
for (const mode of ["r", "r+"] as const) arrays.push(SharedArray.open(join(folder, "opened.npy"), { mode }));
rmSync(folder, { recursive: true });
const views = [arrays[0]!.transpose(), arrays[0]!.slice([1, null, -1]), arrays[1]!.field("xy")];
const values: unknown[] = [
  null,
  undefined,
  -1,
  0,
  1,
  2 ** 31,
  2 ** 53,
  Number.NaN,
  1.5,
  1n,
  "",
  "x",
  "<f8",
  "sharray.x",
  "../x",
];
values.push(
  [],
  [1],
  [-1],
  [2 ** 53],
  [[1]],
  {},
  true,
  "0".repeat(32),
  "sha256:".padEnd(71, "0"),
  [["a", "<i4"]],
  [8, 8],
  new Array(70).fill(1),
);

function change(value: unknown, dice: Dice): unknown {
  if (typeof value === "number" && dice.roll(2) === 0) return value + dice.pick([-8, -1, 1, 8, 64, 4096, 2 ** 32]);
  if (typeof value === "string" && value.length > 0 && dice.roll(2) === 0) {
    const at = dice.roll(value.length);
    return value.slice(0, at) + dice.pick(["0", "f", "z", "", "<", "\0"]) + value.slice(at + 1);
  }
  if (Array.isArray(value) && value.length > 0 && dice.roll(2) === 0) {
    const copy = [...value];
    const at = dice.roll(copy.length);
    copy[at] = change(copy[at], dice);
    return copy;
  }
  return dice.pick(values);
}

rounds((dice, count) => {
  const array = dice.pick([...arrays, ...views]);
  const made = array.handle();
  const handle = JSON.parse(JSON.stringify(made)) as Record<string, unknown>;
  for (let n = dice.roll(3); n >= 0; n--) {
    const key = dice.pick(Object.keys(handle));
    if (dice.roll(10) === 0) delete handle[key];
    else handle[key] = change(handle[key], dice);
  }
  let attached: SharedArray;
  try {
    attached = SharedArray.attach(handle as never, { readonly: dice.roll(2) === 0 });
  } catch (error) {
    assert.ok(error instanceof SharrayError && REFUSALS.has(error.code), String(error));
    count(error.code);
    return;
  }
  const now = attached.handle();
  assert.deepEqual([now.dev, now.ino, now.nonce, now.size], [made.dev, made.ino, made.nonce, made.size]);
  for (const element of attached.size > 0 && attached.ndim > 0 ? [attached.at(0), attached.at(-1)] : [])
    element.toArray();
  attached.close();
  count("attached");
});
