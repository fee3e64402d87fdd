import assert from "node:assert/strict";
import type { Actor, Order } from "./actor.ts";
import { fault } from "./fault.ts";

const SIZE = 16 << 20;

interface Started {
  filled: boolean;
}

/** Gives an order, and waits for its first news; the order itself goes on. */
async function under(actor: Actor, order: string, args: Order): Promise<{ done: Promise<unknown> }> {
  let done!: Promise<unknown>;
  await new Promise<void>((resolve, reject) => {
    done = actor.do(order, { ...args, news: () => resolve() });
    done.catch(reject);
  });
  return { done };
}

fault(
  "SIGKILL of the one who fills, of many starters",
  { done: "one of four starters is killed in the middle of its fill, while the others wait for it", rounds: [2, 20] },
  async (stage) => {
    for (let round = 0; round < stage.rounds; round++) {
      const filler = stage.start();
      const others = [stage.start(), stage.start(), stage.start()];
      await Promise.all(others.map((actor) => actor.do("list")));
      await under(filler, "openOrCreate", { name: "x", size: SIZE, byte: 1, wait: true });
      const started = others.map((actor, index) =>
        actor.do<Started>("openOrCreate", { name: "x", size: SIZE, byte: 10 + index }),
      );
      await filler.kill();
      const came = await Promise.all(started);
      const heirs = came.flatMap(({ filled }, index) => (filled ? [index] : []));
      assert.equal(heirs.length, 1);
      for (const actor of others) assert.equal(await actor.do("differing", { byte: 10 + heirs[0]! }), 0);
      await stage.endActors();
      assert.deepEqual(stage.mount.names(), []);
    }
    return "one of the others fills, all have that array; nothing of the half-filled one is seen";
  },
);

fault(
  "many starters at once",
  { done: "four processes call openOrCreate for one name at the same time, and close", rounds: [20, 1000] },
  async (stage) => {
    const actors = [stage.start(), stage.start(), stage.start(), stage.start()];
    for (let round = 0; round < stage.rounds; round++) {
      const byte = round % 256;
      const came = await Promise.all(
        actors.map((actor) => actor.do<Started>("openOrCreate", { name: "x", size: 10_000, byte })),
      );
      assert.equal(came.filter(({ filled }) => filled).length, 1);
      for (const actor of actors) assert.equal(await actor.do("differing", { byte }), 0);
      await Promise.all(actors.map((actor) => actor.do("close")));
      assert.deepEqual(stage.mount.names(), []);
    }
    return "exactly one fills, all have the same array";
  },
);

fault(
  "arrays published one after another",
  {
    done: "a process publishes arrays with `replace` while two attach by name without pause and a third sweeps",
    rounds: [300, 10_000],
  },
  async (stage) => {
    const [publisher, one, two, sweeper] = [stage.start(), stage.start(), stage.start(), stage.start()];
    await publisher.do("publishOften", { name: "x", times: 1 });
    const readers = [await under(one, "attachOften", { name: "x" }), await under(two, "attachOften", { name: "x" })];
    const sweeps = await under(sweeper, "sweepOften", {});
    await publisher.do("publishOften", { name: "x", times: stage.rounds, size: 5000 });
    await Promise.all([one, two, sweeper].map((actor) => actor.do("stop")));
    for (const { done } of readers) {
      const { attached, odd } = (await done) as { attached: number; odd: Record<string, number> };
      assert.ok(attached > 0);
      assert.deepEqual(odd, {});
    }
    await sweeps.done;
    await publisher.do("unpublish");
    return "every attach finds one whole array";
  },
);
