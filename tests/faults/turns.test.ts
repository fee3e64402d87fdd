// One process stands still before a system call, another does something of its own from begin to end, the first goes on: every order in
// which the two can meet, one by one.
import assert from "node:assert/strict";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { Actor, Order } from "./actor.ts";
import { fault } from "./fault.ts";
import { points, reach } from "./points.ts";
import { type Stage, unwatchable } from "./stage.ts";

const named = { size: 10_000, options: { name: "x" } };

interface Meeting {
  name: string;
  done: string;
  order: string;
  args: Order;
  /** Brings the process that is stopped into its state before. */
  prepare(actor: Actor): Promise<unknown>;
  /** What lies there beforehand. */
  before?(rival: Actor): Promise<unknown>;
  /** What the rival does meanwhile. */
  rival(rival: Actor): Promise<unknown>;
  /** What must hold when both are done. */
  holds(stage: Stage, stopped: Actor, rival: Actor, outcome: { error?: { code: string | null } }): Promise<void>;
  outcome: string;
}

function inode(stage: Stage): number | null {
  return lstatSync(join(stage.mount.folder, "sharray.x"), { throwIfNoEntry: false })?.ino ?? null;
}

/** The block that an actor has is whole, and its name leads to it. */
async function alive(stage: Stage, actor: Actor): Promise<void> {
  const { ino } = await actor.do<{ ino: number }>("handle");
  assert.equal(inode(stage), ino, "a live block lost its name");
  await actor.do("fill", { byte: 6 });
  assert.equal(await actor.do("differing", { byte: 6 }), 0);
}

const leave = (rival: Actor): Promise<unknown> => rival.do("leave", { name: "x" });
const nothing = async (): Promise<void> => {};

const meetings: Meeting[] = [
  {
    name: "a sweep while a block is made over a dead one",
    done: "a creator stands still before each of its system calls in turn while another process sweeps",
    order: "create",
    args: named,
    prepare: nothing,
    before: leave,
    rival: (rival) => rival.do("sweep"),
    holds: async (stage, stopped, _rival, { error }) => {
      assert.equal(error, undefined);
      await alive(stage, stopped);
    },
    outcome: "the block is made, and its name stays",
  },
  {
    name: "another makes the same name while a block is made",
    done: "a creator stands still before each of its system calls in turn while another makes a block of that name",
    order: "create",
    args: named,
    prepare: nothing,
    before: leave,
    rival: (rival) => rival.try("create", named),
    holds: async (stage, stopped, rival, { error }) => {
      const mine = error === undefined;
      if (error) assert.equal(error.code, "FILE_EXISTS");
      const theirs = (await rival.do<string[]>("open")).length === 1;
      assert.ok(mine !== theirs, `${mine ? "both" : "neither"} has the name`);
      await alive(stage, mine ? stopped : rival);
    },
    outcome: "exactly one of them has the name",
  },
  {
    name: "a block is made while a dead one is swept",
    done: "a sweeper stands still before each of its system calls in turn while another makes a block of that name",
    order: "sweep",
    args: {},
    prepare: (actor) => actor.do("list"),
    before: leave,
    rival: (rival) => rival.try("create", named),
    holds: async (stage, _stopped, rival) => {
      // While the sweeper holds the dead block's lock the name cannot be had; then it can.
      if ((await rival.do<string[]>("open")).length === 0) await rival.do("create", named);
      await alive(stage, rival);
    },
    outcome: "the sweeper never removes the new block",
  },
  {
    name: "an attach while the last one closes",
    done: "the last holder stands still before each system call of its close while another attaches by name",
    order: "close",
    args: {},
    prepare: (actor) => actor.do("create", named),
    rival: (rival) => rival.try("attach", { from: "x" }),
    holds: async (stage, _stopped, rival) => {
      if ((await rival.do<string[]>("open")).length === 1) await alive(stage, rival);
      else assert.equal(inode(stage), null);
    },
    outcome: "the other has it, and then its name stays, or finds nothing",
  },
  {
    name: "the last one closes while another attaches",
    done: "a process stands still before each system call of its attach while the only holder closes",
    order: "attach",
    args: { from: "x" },
    prepare: (actor) => actor.do("list"),
    before: (rival) => rival.do("create", named),
    rival: (rival) => rival.do("close"),
    holds: async (stage, stopped, _rival, { error }) => {
      if (error) {
        assert.equal(error.code, "NOT_FOUND");
        assert.equal(inode(stage), null);
      } else await alive(stage, stopped);
    },
    outcome: "it has the block with its name, or NOT_FOUND",
  },
];

for (const { name, done, outcome, ...meeting } of meetings) {
  fault(name, { done, rounds: [1, 1], unable: unwatchable }, async (stage) => {
    const rival = stage.start();
    await rival.do("list");
    const operation = { name, order: meeting.order, args: meeting.args, prepare: meeting.prepare };
    await meeting.before?.(rival);
    const calls = await points(stage, operation);
    await rival.do("closeAll");
    for (const call of calls) {
      await rival.do("sweep");
      await meeting.before?.(rival);
      const { actor, name: at, done: going, go } = await reach(stage, "stop", call, operation);
      if (at !== null) {
        await meeting.rival(rival);
        stage.runs += 1;
        go();
      }
      const came = (await going) as { error?: { code: string | null } };
      if (at !== null) {
        try {
          await meeting.holds(stage, actor, rival, came);
        } catch (error) {
          throw new Error(`stopped at call ${call}, ${at}: ${(error as Error).message}`, { cause: error });
        }
      }
      await rival.do("closeAll");
      await actor.do("closeAll");
      await actor.end();
      assert.deepEqual(stage.mount.names(), [], `stopped at call ${call}, ${at}`);
    }
    return `${outcome}, wherever the first one stood`;
  });
}
