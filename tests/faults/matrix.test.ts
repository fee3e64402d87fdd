// Every operation in every state of a block: what comes of it is in the table.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Actor, Outcome } from "./actor.ts";
import { clean, settled } from "./left.ts";
import { Stage } from "./stage.ts";

type Kind = "memory" | "array";

/** A block that `subject` has (or had), what leads to it, and somebody else who has nothing. */
interface Scene {
  subject: Actor;
  other: Actor;
  handle: unknown;
  name: string | null;
  kind: Kind;
}

/** The states, each with how an open block comes into it. */
const states: Record<string, (scene: Scene, creator: Actor, stage: Stage) => Promise<unknown>> = {
  open: async () => {},
  closed: async ({ subject }, creator) => {
    await creator.do("close");
    await subject.do("close");
  },
  unlinked: ({ subject }) => subject.do("unlink"),
  /** The file was removed behind everybody's back, as by `rm`. */
  removed: async ({ name }, _creator, stage) => name && rmSync(join(stage.mount.folder, name)),
  /** Its last holder was killed, and a sweep came by. */
  swept: async ({ subject, other }, creator) => {
    await subject.do("close");
    await creator.kill();
    await other.do("sweep");
  },
  /** Its creator was killed; the subject has it still. */
  killed: (_scene, creator) => creator.kill(),
};
type State = "open" | "closed" | "unlinked" | "removed" | "swept" | "killed";

const operations: Record<string, (scene: Scene) => Promise<Outcome>> = {
  create: ({ other, kind }) => other.try("create", { size: 10, kind, options: { name: "x" } }),
  "attach by name": ({ other, kind }) => other.try("attach", { from: "x", kind }),
  "attach by handle": ({ other, handle, kind }) => other.try("attach", { from: handle, kind }),
  view: ({ subject }) => subject.try("view"),
  "hand over": ({ subject }) => subject.try("handOver"),
  handle: ({ subject }) => subject.try("handle"),
  close: ({ subject }) => subject.try("close"),
  unlink: ({ subject }) => subject.try("unlink"),
  "unlink by name": ({ other }) => other.try("unlinkName", { name: "x" }),
  sweep: ({ other }) => other.try("sweep"),
  publish: ({ subject }) => subject.try("publish", { name: "y" }),
  openOrCreate: ({ other }) => other.try("openOrCreate", { name: "x", size: 10 }),
};

const OK = "ok";

/** What comes of each operation, by state: "ok" or the error's code. The block has the name "x". */
const named: Record<string, Record<State, string>> = {
  create: { open: "FILE_EXISTS", closed: OK, unlinked: OK, removed: OK, swept: OK, killed: "FILE_EXISTS" },
  "attach by name": {
    open: OK,
    closed: "NOT_FOUND",
    unlinked: "NOT_FOUND",
    removed: "NOT_FOUND",
    swept: "NOT_FOUND",
    killed: OK,
  },
  // Without its name it is found through the process that made the handle.
  "attach by handle": { open: OK, closed: "BLOCK_GONE", unlinked: OK, removed: OK, swept: "BLOCK_GONE", killed: OK },
  view: { open: OK, closed: "CLOSED", unlinked: OK, removed: OK, swept: "CLOSED", killed: OK },
  "hand over": { open: OK, closed: "CLOSED", unlinked: OK, removed: OK, swept: "CLOSED", killed: OK },
  handle: { open: OK, closed: "CLOSED", unlinked: OK, removed: OK, swept: "CLOSED", killed: OK },
  close: { open: OK, closed: OK, unlinked: OK, removed: OK, swept: OK, killed: OK },
  unlink: { open: OK, closed: OK, unlinked: OK, removed: OK, swept: OK, killed: OK },
  "unlink by name": {
    open: OK,
    closed: "NOT_FOUND",
    unlinked: "NOT_FOUND",
    removed: "NOT_FOUND",
    swept: "NOT_FOUND",
    killed: OK,
  },
  sweep: { open: OK, closed: OK, unlinked: OK, removed: OK, swept: OK, killed: OK },
};

/** What only arrays can do; a name or its absence changes nothing about it. */
const arrays: typeof named = {
  publish: { open: OK, closed: "CLOSED", unlinked: OK, removed: OK, swept: "CLOSED", killed: OK },
  openOrCreate: { open: OK, closed: OK, unlinked: OK, removed: OK, swept: OK, killed: OK },
};

/** The same for a block without a name, which nothing that goes by names concerns. */
const anonymous: typeof named = {
  ...named,
  create: { open: OK, closed: OK, unlinked: OK, removed: OK, swept: OK, killed: OK },
  "attach by name": Object.fromEntries(Object.keys(states).map((state) => [state, "NOT_FOUND"])) as Record<
    State,
    string
  >,
  "unlink by name": Object.fromEntries(Object.keys(states).map((state) => [state, "NOT_FOUND"])) as Record<
    State,
    string
  >,
};

for (const kind of ["memory", "array"] as const) {
  for (const [naming, table] of Object.entries({ named, anonymous })) {
    test(`${naming} ${kind}: every operation in every state`, async (t) => {
      const stage = await Stage.open(1, (line) => t.diagnostic(line));
      const found: typeof named = {};
      try {
        const [subject, other, maker] = [stage.start(), stage.start(), stage.start()];
        for (const [operation, operate] of Object.entries(operations)) {
          if (kind === "memory" && operation in arrays) continue;
          found[operation] = {} as Record<State, string>;
          for (const [state, bring] of Object.entries(states)) {
            const creator = ["swept", "killed"].includes(state) ? stage.start() : maker;
            const options = naming === "named" ? { name: "x" } : {};
            const made = await creator.do<{ handle: unknown; name: string | null }>("create", {
              size: 10,
              kind,
              options,
            });
            const { handle } = await subject.do<{ handle: unknown }>("attach", { from: made.handle, kind });
            const scene: Scene = { subject, other, handle, name: made.name, kind };
            await subject.do("view");
            await bring(scene, creator, stage);
            const { error } = await operate(scene);
            found[operation]![state as State] = error === undefined ? OK : String(error.code ?? error.message);
            // A view made before is whole or empty, never a crash.
            const whole = !["closed", "swept"].includes(state) && operation !== "close";
            assert.equal(await subject.do("viewed"), whole ? 1 : 0, `${operation}, ${state}: the view made before`);
            await subject.do("close");
            await other.do("closeAll");
            if (creator === maker) await maker.do("closeAll");
            assert.deepEqual(stage.mount.names(), [], `${operation}, ${state}`);
          }
        }
        await stage.endActors();
      } catch (error) {
        await stage.killActors();
        await stage.close();
        throw error;
      }
      const left = await settled(() => stage.left());
      await stage.close();
      assert.deepEqual(found, kind === "array" ? { ...table, ...arrays } : table);
      assert.ok(clean(left), `left: ${JSON.stringify(left)}`);
    });
  }
}
