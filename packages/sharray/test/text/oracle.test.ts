import assert from "node:assert/strict";
import { after, before, beforeEach, suite, test } from "node:test";
import { withoutPython } from "../../../../tests/oracle.ts";
import { MOST_UNSUPPORTED, Oracle, summary } from "./oracle/oracle.ts";
import { situations } from "./oracle/situations.ts";

/** Generated calls of a run, the same in every one; `npm run fuzz -- loadtxt` makes a hundred thousand others. */
const CALLS = 3000;
const SEED = 2536767601;

suite("loadtxt gives what np.loadtxt gives, or refuses it in the same place", { skip: withoutPython }, () => {
  let oracle: Oracle;
  before(() => {
    oracle = new Oracle();
  });
  beforeEach(() => oracle.restart());
  after(() => oracle[Symbol.asyncDispose]());

  test("in every situation that NumPy's own tests know", async (t) => {
    await oracle.compare(situations);
    t.diagnostic(`${oracle.tally.calls} situations: ${summary(oracle.tally)}`);
    assert.deepEqual(oracle.tally.differences, []);
  });

  test("for thousands of generated calls, with any engine, threads and ranges", async (t) => {
    const seed = Number(process.env.SEED ?? SEED);
    await oracle.run(seed, CALLS);
    const { tally } = oracle;
    t.diagnostic(`${tally.calls} calls with SEED=${seed}: ${summary(tally)}`);
    assert.deepEqual(tally.differences, [], `found with SEED=${seed}`);
    assert.ok(tally.readable > tally.calls * 0.6, `NumPy reads only ${tally.readable} of ${tally.calls}`);
    assert.ok(tally.unsupported <= MOST_UNSUPPORTED * tally.calls, `${tally.unsupported} calls are not supported`);
  });
});
