// loadtxt.ts --seconds N | --cases N | --seed S: generated calls of loadtxt, which NumPy reads too: arrays are the same bit for bit, refusals are
// refusals at the same place; with any engine, threads and ranges. A difference is made small and printed as a program. Without NumPy
// nothing is done.
import { parseArgs } from "node:util";
import { MOST_UNSUPPORTED, Oracle, summary } from "../packages/sharray/test/text/oracle/oracle.ts";
import { withoutPython } from "../tests/oracle.ts";

/** Calls of a round. With --seed there is one round. */
const ROUND = 1000;

if (withoutPython !== false) {
  console.error(withoutPython);
  process.exit(1);
}
const { values } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, cases: { type: "string" }, seed: { type: "string" } },
});
const until = performance.now() + Number(values.seconds) * 1000;
const cases = values.cases === undefined ? null : Number(values.cases);
const first = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
await using oracle = new Oracle();
const { tally } = oracle;
const ended = (): boolean => {
  if (cases !== null) return tally.calls >= cases;
  return values.seed !== undefined || performance.now() > until;
};
do {
  const count = cases === null ? ROUND : Math.min(ROUND, cases - tally.calls);
  if (!(await oracle.run(first + tally.calls, count))) break;
} while (!ended());
for (const difference of tally.differences) console.error(`${difference}\n`);
const tooMany = tally.unsupported > MOST_UNSUPPORTED * tally.calls;
if (tooMany) console.error(`${tally.unsupported} of ${tally.calls} calls are not supported`);
if (tally.differences.length > 0 || tooMany) {
  console.error(`found with --seed ${first}${tally.calls > ROUND ? ` --cases ${tally.calls}` : ""}`);
  process.exitCode = 1;
} else {
  console.log(JSON.stringify({ rounds: tally.calls, first, outcomes: summary(tally) }));
}
