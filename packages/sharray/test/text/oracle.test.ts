import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { withoutPython } from "../../../../tests/oracle.ts";
import { makeCase } from "./oracle/generate.ts";
import { MOST_UNSUPPORTED, Oracle, summary } from "./oracle/oracle.ts";
import { linesOfRows } from "./oracle/rows.ts";
import { situations } from "./oracle/situations.ts";

/** Generated calls of a run; `npm run fuzz -- loadtxt` makes a hundred thousand. */
const CALLS = 3000;

suite("loadtxt gives what np.loadtxt gives, or refuses what it refuses, in the same place", {
  skip: withoutPython,
}, () => {
  let oracle: Oracle;
  before(() => {
    oracle = new Oracle();
  });
  after(() => oracle[Symbol.asyncDispose]());

  test("in every situation that NumPy's own tests know", async (t) => {
    await oracle.compare(situations);
    t.diagnostic(`${oracle.tally.calls} situations: ${summary(oracle.tally)}`);
    assert.deepEqual(oracle.tally.differences, []);
  });

  test("for thousands of generated calls, with any engine, threads and ranges", async (t) => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
    oracle.restart();
    await oracle.run(seed, CALLS);
    const { tally } = oracle;
    t.diagnostic(`${tally.calls} calls with SEED=${seed}: ${summary(tally)}`);
    assert.deepEqual(tally.differences, [], `found with SEED=${seed}`);
    assert.ok(
      tally.unsupported <= MOST_UNSUPPORTED * tally.calls,
      `${tally.unsupported} of ${tally.calls} are not supported`,
    );
  });
});

test("a seed makes the same call each time", () => {
  for (let seed = 0; seed < 200; seed++) assert.deepEqual(makeCase(seed), makeCase(seed));
});

test("rows are found on their lines, past blank ones, comments and quoted line ends", () => {
  const lines = (text: string, options = {}): unknown =>
    linesOfRows({ text, options, dtype: "f8", align: false, source: "path" }).map(({ first, last }) => [first, last]);
  assert.deepEqual(lines("1 2\n\n # x\r\n3 4\r5 6"), [
    [1, 1],
    [4, 4],
    [5, 5],
  ]); // prettier-ignore
  assert.deepEqual(lines('a\n"1\n2",3\n""\n\n4', { delimiter: ",", quotechar: '"', skiprows: 1 }), [
    [2, 3],
    [4, 4],
    [6, 6],
  ]); // prettier-ignore
  assert.deepEqual(lines("1//2\n//\n , \n", { delimiter: ",", comments: ["//"] }), [
    [1, 1],
    [3, 3],
  ]); // prettier-ignore
});
