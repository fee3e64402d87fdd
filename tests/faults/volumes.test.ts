import assert from "node:assert/strict";
import { fault } from "./fault.ts";

interface Held {
  descriptors: number;
  blocks: number;
  mappings: number;
}

fault(
  "ten thousand create and close",
  { done: "one process makes, touches and closes blocks one after another", rounds: [500, 10_000] },
  async (stage) => {
    const actor = stage.start({ node: ["--expose-gc"] });
    await actor.do("churn", { size: 10, times: 20 }); // what is opened once and kept: threads, random numbers
    const before = await actor.do<Held>("held");
    assert.deepEqual([before.blocks, before.mappings], [0, 0]);
    assert.deepEqual(await actor.do("churn", { size: 10_000, times: stage.rounds }), before);
    return "as many descriptors as before; no block, no mapping";
  },
);

fault(
  "a million handles exchanged",
  {
    done: "four processes in a ring send each other new blocks of 1 to 4096 bytes, every second one as a handle, and check every byte",
    rounds: [1000, 1_000_000],
  },
  async (stage) => {
    const actor = stage.start();
    const before = await actor.do<Held>("held");
    assert.equal(await actor.do("exchange", { times: stage.rounds }), stage.rounds);
    const after = await actor.do<Held>("held");
    assert.deepEqual([after.blocks, after.mappings], [before.blocks, before.mappings]);
    return "every byte of every block as it was sent";
  },
);
