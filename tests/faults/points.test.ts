import assert from "node:assert/strict";
import type { Actor, Order } from "./actor.ts";
import { fault } from "./fault.ts";
import { type Operation, points, reach } from "./points.ts";
import { type Stage, unwatchable } from "./stage.ts";

const SIZE = 100_000;
const named = { size: SIZE, options: { name: "x" } };

/** An operation to die in, and who else is there: `holder` has the block "x" open, full of sevens. */
interface Victim {
  name: string;
  order: string;
  args: Order;
  /** Whether another process holds the block meanwhile. */
  held: boolean;
  /** What the victim does before; `from` is the holder's handle. */
  prepare?: (actor: Actor, from: unknown) => Promise<unknown>;
  /** Dead blocks that lie there. */
  dead?: string[];
  /** Whether the name may be gone although its block is held: it was removed by order. */
  removes?: boolean;
}

const attach = (actor: Actor): Promise<unknown> => actor.do("attach", { from: "x" });
const create = (actor: Actor): Promise<unknown> => actor.do("create", named);
const createArray = (actor: Actor): Promise<unknown> => actor.do("create", { size: SIZE, kind: "array" });
const createNamedArray = (actor: Actor): Promise<unknown> =>
  actor.do("create", { size: SIZE, kind: "array", options: { name: "y" } });
const replace = { name: "x", options: { replace: true } };
const HANDLE = "the holder's handle";

const victims: Victim[] = [
  { name: "create", order: "create", args: { size: SIZE }, held: false },
  { name: "create by name", order: "create", args: named, held: false },
  { name: "create by name over a dead block", order: "create", args: named, held: false, dead: ["x"] },
  { name: "create of an array by name", order: "create", args: { ...named, kind: "array" }, held: false },
  { name: "attach by name", order: "attach", args: { from: "x" }, held: true },
  { name: "attach by handle", order: "attach", args: { from: HANDLE }, held: true },
  { name: "close beside another holder", order: "close", args: {}, held: true, prepare: attach },
  { name: "close of the last holder", order: "close", args: {}, held: false, prepare: create },
  { name: "unlink", order: "unlink", args: {}, held: true, prepare: attach, removes: true },
  { name: "publish without a name before", order: "publish", args: { name: "x" }, held: false, prepare: createArray },
  { name: "publish with a name before", order: "publish", args: { name: "x" }, held: false, prepare: createNamedArray },
  {
    name: "publish over a live block",
    order: "publish",
    args: replace,
    held: true,
    prepare: createArray,
    removes: true,
  },
  {
    name: "publish with a name before, over a live block",
    order: "publish",
    args: replace,
    held: true,
    prepare: createNamedArray,
    removes: true,
  },
  { name: "openOrCreate", order: "openOrCreate", args: { name: "x", size: SIZE, byte: 3 }, held: false },
  { name: "sweep", order: "sweep", args: {}, held: true, dead: ["one", "two", "three"] },
];

/** What has to hold after a death: the holder's block is whole, the name can be used, nothing stays. */
async function aftermath(stage: Stage, { held, removes }: Victim, holder: Actor, witness: Actor): Promise<void> {
  if (held) {
    assert.equal(await holder.do("differing", { byte: 7 }), 0);
    await witness.do("sweep");
    const there = stage.mount.names().includes("sharray.x");
    assert.ok(there || removes, "a live block lost its name");
    await holder.do("close");
  }
  await witness.do("create", named);
  await witness.do("fill", { byte: 1 });
  assert.equal(await witness.do("differing", { byte: 1 }), 0);
  await witness.do("close");
  await witness.do("sweep");
  assert.deepEqual(stage.mount.names(), []);
}

async function scene(victim: Victim, holder: Actor, witness: Actor): Promise<Operation> {
  let { args } = victim;
  if (victim.held) {
    await holder.do("create", named);
    await holder.do("fill", { byte: 7 });
    if (args.from === HANDLE) args = { from: await holder.do("handle") };
  }
  for (const name of victim.dead ?? []) await witness.do("leave", { name });
  return {
    name: victim.name,
    order: victim.order,
    args,
    // The first use of a process sweeps: what is dead must still be there when the order comes.
    prepare: async (actor) => victim.prepare?.(actor, args.from),
  };
}

for (const victim of victims) {
  fault(
    `SIGKILL at every system call of: ${victim.name}`,
    {
      done: "a process is killed before the first system call, then before the second, and so on; another then uses the name",
      rounds: [1, 1],
      unable: unwatchable,
    },
    async (stage) => {
      const [holder, witness] = [stage.start(), stage.start()];
      await witness.do("sweep");
      const calls = await points(stage, await scene(victim, holder, witness));
      await aftermath(stage, victim, holder, witness);
      const seen = new Set<string>();
      for (const call of calls) {
        const operation = await scene(victim, holder, witness);
        const { actor, name } = await reach(stage, "kill", call, operation);
        if (name === null) await actor.end();
        else {
          assert.equal((await actor.ended).signal, "SIGKILL");
          seen.add(name);
          stage.runs += 1;
        }
        await aftermath(stage, victim, holder, witness);
      }
      assert.ok(stage.runs > 0);
      return `killed before each of ${stage.runs} calls; live blocks stay whole and keep their name, the next use clears the rest`;
    },
  );
}
