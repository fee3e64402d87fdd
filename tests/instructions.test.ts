// Instructions a row are no more than were recorded: what makes the kernel slower shows here on any machine, however busy.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { cannotCount, compiler, engines, instructions, recorded } from "../scripts/instructions.mjs";

/** What counts may grow by with the compiler that they were recorded with, and with another, whose code is another. */
const SAME = 0.03;
const OTHER = 0.15;

const reason = cannotCount();

suite("instructions a row", { skip: reason ?? false }, () => {
  test("the kernel takes no more of them than were recorded", async (t) => {
    const record = recorded();
    assert.ok(record, "bench/results/instructions.json is missing: npm run instructions -- --record");
    const now = compiler();
    const bound = now === record.compiler ? SAME : OTHER;
    const counts = await instructions(record.table);
    const grown: string[] = [];
    for (const engine of engines()) {
      assert.ok(record.instructions[engine], `no record of ${engine}: npm run instructions -- --record`);
      for (const what of ["count", "parse"] as const) {
        const [before, after] = [record.instructions[engine][what], counts[engine]![what]];
        const growth = `${(100 * (after / before - 1)).toFixed(1)} %`;
        const line = `${engine}, to ${what} a row: ${after}, recorded ${before} (${growth}, ${100 * bound} % are allowed)`;
        t.diagnostic(line);
        if (after > before * (1 + bound)) grown.push(line);
      }
    }
    const advice = `${now}, recorded with ${record.compiler}; if it is meant: npm run instructions -- --record`;
    assert.deepEqual(grown, [], advice);
  });
});
