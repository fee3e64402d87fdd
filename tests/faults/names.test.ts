import assert from "node:assert/strict";
import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import type { Actor } from "./actor.ts";
import { fault } from "./fault.ts";
import type { Stage } from "./stage.ts";

const MiB = 1 << 20;
/** Large enough that the machine's figure of shared memory shows it. */
const SIZE = 16 * MiB;

async function intact(actor: Actor, byte: number): Promise<void> {
  assert.equal(await actor.do("differing", { byte }), 0);
}

async function sweeping(actor: Actor): Promise<{ stop(): Promise<{ sweeps: number; removed: number }> }> {
  let done!: Promise<unknown>;
  await new Promise<void>((resolve, reject) => {
    done = actor.do("sweepOften", { news: () => resolve() });
    done.catch(reject);
  });
  return {
    stop: async () => {
      await actor.do("stop");
      return (await done) as { sweeps: number; removed: number };
    },
  };
}

fault(
  "SIGKILL of the creator of a named block while another is attached",
  {
    done: "a block is made by name and filled, another process attaches by name, the creator is killed; sweeps follow; the last one closes",
    rounds: [2, 100],
  },
  async (stage) => {
    const sweeper = stage.start();
    for (let round = 0; round < stage.rounds; round++) {
      const [creator, other, late] = [stage.start(), stage.start(), stage.start()];
      const { handle } = await creator.do<{ handle: object }>("create", { size: SIZE, options: { name: "x" } });
      await creator.do("fill", { byte: 7 });
      await other.do("attach", { from: "x" });
      await creator.kill();
      assert.deepEqual(await sweeper.do("sweep"), []);
      await intact(other, 7);
      await late.do("attach", { from: handle });
      await intact(late, 7);
      await late.do("close");
      assert.equal((await sweeper.refused("create", { options: { name: "x" } })).code, "FILE_EXISTS");
      await other.do("close");
      assert.deepEqual(stage.mount.names(), []);
      await Promise.all([other.end(), late.end()]);
    }
    return "held by the other it is never swept, and others attach; the last close removes the name";
  },
);

fault(
  "SIGKILL of everybody who holds a named block",
  {
    done: "the only holder is killed, and then the name is used again: swept, replaced by a new block, or looked for",
    rounds: [3, 99],
  },
  async (stage) => {
    for (let round = 0; round < stage.rounds; round++) {
      const holder = stage.start();
      const next = stage.start();
      await holder.do("create", { size: SIZE, options: { name: "x" } });
      await next.do("list");
      await holder.kill();
      assert.deepEqual(stage.mount.names(), ["sharray.x"]);
      if (round % 3 === 0) assert.deepEqual(await next.do("sweep"), ["sharray.x"]);
      else if (round % 3 === 1) assert.equal((await next.refused("attach", { from: "x" })).code, "NOT_FOUND");
      else await next.do("create", { size: SIZE, options: { name: "x" } });
      if (round % 3 === 2) await next.do("close");
      assert.deepEqual(stage.mount.names(), []);
      await stage.endActors();
    }
    return "the next use of sharray removes what was left, whatever it is";
  },
);

fault(
  "late attach after the creator closed",
  { done: "a block is made, by handle and by name, and closed; then it is attached to", rounds: [2, 100] },
  async (stage) => {
    const [creator, late] = [stage.start(), stage.start()];
    for (let round = 0; round < stage.rounds; round++) {
      const anonymous = await creator.do<{ handle: object }>("create", { size: SIZE });
      await creator.do("close");
      assert.equal((await late.refused("attach", { from: anonymous.handle })).code, "BLOCK_GONE");
      const named = await creator.do<{ handle: object }>("create", { size: SIZE, options: { name: "x" } });
      await creator.do("close");
      assert.equal((await late.refused("attach", { from: named.handle })).code, "BLOCK_GONE");
      assert.equal((await late.refused("attach", { from: "x" })).code, "NOT_FOUND");
    }
    return "BLOCK_GONE by handle, NOT_FOUND by name";
  },
);

fault(
  "two sweepers at once",
  {
    done: "two processes sweep without pause while dead blocks appear and live ones are held",
    rounds: [200, 10_000],
  },
  async (stage) => {
    const [one, two, holder, leaver] = [stage.start(), stage.start(), stage.start(), stage.start()];
    await holder.do("create", { size: MiB, options: { name: "held" } });
    await holder.do("fill", { byte: 5 });
    const sweeps = [await sweeping(one), await sweeping(two)];
    for (let round = 0; round < stage.rounds; round++) await leaver.do("leave", { name: `dead-${round % 7}` });
    const sums = await Promise.all(sweeps.map((each) => each.stop()));
    await leaver.do("sweep");
    assert.deepEqual(stage.mount.names(), ["sharray.held"]);
    await intact(holder, 5);
    assert.ok(sums.every(({ sweeps }) => sweeps > 0));
    await holder.do("close");
    return "each dead block goes once, the held one stays";
  },
);

fault(
  "a sweeper against a creator of the same name",
  {
    done: "two processes sweep without pause while a third makes, looks at and closes blocks of one name, every second time over a dead one",
    rounds: [300, 10_000],
  },
  async (stage) => {
    const [one, two, creator] = [stage.start(), stage.start(), stage.start()];
    const sweeps = [await sweeping(one), await sweeping(two)];
    const came = await creator.do("createOften", { name: "x", times: stage.rounds });
    await Promise.all(sweeps.map((each) => each.stop()));
    assert.deepEqual(came, { lost: 0, refused: {} });
    return "no creation is refused, no live block is ever lost";
  },
);

fault(
  "two creators and a sweeper for one name",
  { done: "two processes make and close blocks of one name while a third sweeps", rounds: [300, 10_000] },
  async (stage) => {
    const [sweeper, one, two] = [stage.start(), stage.start(), stage.start()];
    const sweeps = await sweeping(sweeper);
    const creators = [one, two].map((actor) =>
      actor.do<{ lost: number; refused: Record<string, number> }>("createOften", { name: "x", times: stage.rounds }),
    );
    for (const { lost, refused } of await Promise.all(creators)) {
      assert.equal(lost, 0);
      assert.deepEqual(
        Object.keys(refused).filter((code) => code !== "FILE_EXISTS"),
        [],
      );
    }
    await sweeps.stop();
    return "one of them has the name, the other is refused with FILE_EXISTS; no live block is ever lost";
  },
);

fault(
  "/dev/shm of 64 MB filled up",
  {
    done: "named blocks are made until it is full, with the machine's memory mostly free; then blocks without a name",
    rounds: [1, 20],
    size: 64 * MiB,
  },
  async (stage: Stage) => {
    const here = stage.mount.through.length > 0;
    if (!here) return "not done: no /dev/shm of its own can be had here";
    const actor = stage.start();
    for (let round = 0; round < stage.rounds; round++) {
      const { code, message } = await actor.refused("create", { size: 65 * MiB, options: { name: "x" } });
      assert.equal(code, "NO_SPACE");
      assert.match(message, /\/dev\/shm/);
      const filled = await actor.do<{ made: number; code: string }>("exhaust", {
        size: 5 * MiB,
        options: { name: true },
      });
      assert.equal(filled.code, "NO_SPACE");
      assert.ok(filled.made >= 10 && filled.made <= 13, `${filled.made}`);
      assert.equal(stage.mount.used(), 0);
      await actor.do("create", { size: 128 * MiB });
      await actor.do("fill", { byte: 1 });
      await actor.do("close");
    }
    return "NO_SPACE that names /dev/shm, never SIGBUS; blocks without a name do not need it; all of it is given back";
  },
);

fault(
  "ten thousand create and close by name",
  { done: "one process makes, touches and closes named blocks one after another", rounds: [300, 10_000] },
  async (stage) => {
    const actor = stage.start({ node: ["--expose-gc"] });
    const order = { size: 10_000, options: { name: "x" } };
    await actor.do("churn", { ...order, times: 20 });
    const before = await actor.do("held");
    assert.deepEqual(await actor.do("churn", { ...order, times: stage.rounds }), before);
    assert.equal(existsSync(join(stage.mount.folder, "sharray.x")), false);
    return "as many descriptors as before; no block, no mapping, no name";
  },
);

fault(
  "SIGKILL of the only holder of a persistent block",
  { done: "a persistent block's only holder is killed; sweeps follow, and a late attach", rounds: [1, 20] },
  async (stage) => {
    for (let round = 0; round < stage.rounds; round++) {
      const [holder, next] = [stage.start(), stage.start()];
      await holder.do("create", { size: MiB, options: { name: "x", persist: true } });
      await holder.do("fill", { byte: 4 });
      await holder.kill();
      assert.deepEqual(await next.do("sweep"), []);
      await next.do("attach", { from: "x" });
      await intact(next, 4);
      await next.do("close");
      assert.ok(lstatSync(join(stage.mount.folder, "sharray-keep.x")).isFile());
      await next.do("unlinkName", { name: "x" });
      assert.deepEqual(stage.mount.names(), []);
      await next.end();
    }
    return "it stays, with its bytes, until it is unlinked";
  },
);
