// reuse.mjs load FILE | create BYTES: the same thing four times in one process, each array closed before the next is made. Prints the milliseconds.
import { setImmediate } from "node:timers/promises";
import { SharedMemory } from "sharray";
import { loadtxt } from "sharray/text";

const [, , what, operand] = process.argv;
const dtype = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["pct", "<f4"],
  ["c", "<i4"],
  ["t", "<i4"],
];

async function timed(steps, name, work) {
  const started = performance.now();
  const result = await work();
  steps[name] = performance.now() - started;
  return result;
}

const rounds = [];
for (let round = 0; round < 4; round++) {
  const steps = {};
  if (what === "load") {
    const array = await timed(steps, "loadtxt", () => loadtxt(operand, { dtype }));
    await timed(steps, "close", () => array.close());
  } else {
    const memory = await timed(steps, "create", () => SharedMemory.create(Number(operand)));
    await timed(steps, "fill", () => memory.buf.fill(round + 1));
    await timed(steps, "close", () => memory.close());
  }
  rounds.push(steps);
  await setImmediate();
}
process.stdout.write(`${JSON.stringify(rounds)}\n`);
