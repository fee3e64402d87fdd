import assert from "node:assert/strict";
import type { Actor } from "./actor.ts";
import { fault } from "./fault.ts";

/** Large enough that the machine's figure of shared memory shows it. */
const SIZE = 16 << 20;

async function intact(actor: Actor, byte: number): Promise<void> {
  assert.equal(await actor.do("differing", { byte }), 0);
}

fault(
  "SIGKILL of the creator while others are attached",
  {
    done: "one process makes and fills a block, two attach by its handle, the first is killed; then a third attaches late",
    rounds: [2, 100],
  },
  async (stage) => {
    for (let round = 0; round < stage.rounds; round++) {
      const [creator, one, two, late] = [stage.start(), stage.start(), stage.start(), stage.start()];
      const { handle } = await creator.do<{ handle: object }>("create", { size: SIZE });
      await creator.do("fill", { byte: 7 });
      await one.do("attach", { from: handle });
      await two.do("attach", { from: handle });
      await creator.kill();
      await intact(one, 7);
      await one.do("fill", { byte: 8 });
      await intact(two, 8);
      assert.equal((await late.refused("attach", { from: handle })).code, "BLOCK_GONE");
      await late.do("attach", { from: await two.do("handle") });
      await intact(late, 8);
      await stage.endActors();
    }
    return "both keep all bytes and see each other's; a late attach by the dead one's handle is BLOCK_GONE, by a survivor's works";
  },
);

fault(
  "SIGKILL of the receiver before it confirms",
  {
    done: "a process waits for a block and is stopped, the block is sent to it and closed by the sender, and the process is killed",
    rounds: [2, 50],
  },
  async (stage) => {
    const actor = stage.start();
    for (let round = 0; round < stage.rounds; round++) {
      const heir = await actor.do("receiverDies", { size: SIZE, byte: 3 });
      assert.deepEqual(heir, { exitcode: -9, ends: [3, 3] });
      assert.equal(await actor.do("receiverDiesAlone", { size: SIZE }), -9);
    }
    return "the block stays in the queue: the next receiver gets it whole; with nobody else there it goes with the queue";
  },
);

fault(
  "SIGKILL of the sender right after it sent",
  { done: "a process fills a block, puts it into a queue and kills itself; then it is received", rounds: [2, 50] },
  async (stage) => {
    const actor = stage.start();
    for (let round = 0; round < stage.rounds; round++) {
      assert.deepEqual(await actor.do("senderDies", { size: SIZE, byte: 5 }), { exitcode: -9, differing: 0 });
    }
    return "the receiver gets every byte";
  },
);

fault(
  "SIGKILL of a worker while it fills",
  {
    done: "a pool's worker is killed in the middle of filling a block of its own, and of one of the caller's",
    rounds: [2, 50],
  },
  async (stage) => {
    const actor = stage.start();
    for (let round = 0; round < stage.rounds; round++) {
      const { codes, sum } = await actor.do<{ codes: string[]; sum: number }>("fillerDies", { size: SIZE });
      assert.deepEqual(codes, ["WORKER_DIED", "WORKER_DIED"]);
      assert.equal(sum, 9 * SIZE);
    }
    return "WORKER_DIED; its own block goes with it, the caller's stays and works";
  },
);

fault(
  "SIGKILL of the whole process group",
  {
    done: "a program with a block, and two workers that fill blocks, all killed by one signal to the group",
    rounds: [2, 50],
  },
  async (stage) => {
    for (let round = 0; round < stage.rounds; round++) {
      const actor = stage.start({ detached: true });
      await actor.do("crowd", { size: SIZE });
      process.kill(-actor.pid, "SIGKILL");
      assert.equal((await actor.ended).signal, "SIGKILL");
    }
    return "all of them end";
  },
);
