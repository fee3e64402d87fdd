import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Actor } from "./actor.ts";
import { controlGroup } from "./control_group.ts";
import { fault, onStage } from "./fault.ts";

const MiB = 1 << 20;
const root: boolean = process.getuid?.() === 0;
const namespaces: string[] = ["unshare", root ? "-m" : "-Urm"];

/** Why a command cannot run here, or null. */
function unable(command: string[]): () => string | null {
  return () => {
    const { status, stderr, error } = spawnSync(command[0]!, command.slice(1), { encoding: "utf8" });
    return status === 0 ? null : `${command.join(" ")}: ${error?.message ?? (stderr.trim() || `status ${status}`)}`;
  };
}

type Day = Record<"anonymous" | "byHandle" | "pool" | "queue" | "named", string>;

async function ordinaryDay(actor: Actor): Promise<void> {
  for (const [step, came] of Object.entries(await actor.do<Day>("day"))) assert.equal(came, "fine", step);
}

fault(
  "RLIMIT_NOFILE of 64",
  { done: "blocks are made until no descriptor is left, one is closed, and another made", rounds: [1, 5] },
  async (stage) => {
    for (let round = 0; round < stage.rounds; round++) {
      const actor = stage.start({ before: "ulimit -n 64" });
      const { made, code } = await actor.do<{ made: number; code: string }>("exhaust", { size: 100 });
      assert.equal(code, "TOO_MANY_FILES");
      assert.ok(made > 10, `${made}`);
      await actor.do("create", { size: 100 });
      await stage.endActors();
    }
    return "TOO_MANY_FILES; after a close there is room again";
  },
);

fault(
  "RLIMIT_AS",
  { done: "with 16 GiB of address space a block of 16 GiB is asked for, then one of 1 MiB", rounds: [1, 5] },
  async (stage) => {
    for (let round = 0; round < stage.rounds; round++) {
      const actor = stage.start({ before: "ulimit -v 16777216" });
      const { code, message } = await actor.refused("create", { size: 2 ** 34 });
      assert.equal(code, "NO_SPACE");
      assert.match(message, /RLIMIT_AS/);
      await actor.do("create", { size: MiB });
      await actor.do("fill", { byte: 1 });
      await stage.endActors();
    }
    return "NO_SPACE that names RLIMIT_AS; the smaller one works";
  },
);

const noProc = [...namespaces, "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"];

fault(
  "no /proc",
  { done: "an ordinary day where /proc is an empty folder", rounds: [1, 5], unable: unable([...noProc, "true"]) },
  async (stage) => {
    for (let round = 0; round < stage.rounds; round++) {
      const came = await stage.start({ through: noProc }).do<Day>("day");
      for (const step of ["anonymous", "pool", "queue"] as const) assert.equal(came[step], "fine", step);
      assert.match(came.byHandle, /^(NOT_REACHABLE|NOT_SUPPORTED): .*\/proc/);
      assert.match(came.named, /^(fine$|NOT_SUPPORTED: .*\/proc)/);
      await stage.endActors();
    }
    return "handles by hand are refused, saying why; blocks, pools and queues work";
  },
);

const group = (): string | null => {
  const made = controlGroup();
  if (typeof made === "string") return made;
  made.remove();
  return null;
};

fault(
  "a memory control group of 128 MB",
  { done: "a block of 1 GiB is asked for inside it, then one of 16 MiB", rounds: [1, 5], unable: group },
  async (stage) => {
    stage.group!.limit(128 * MiB);
    for (let round = 0; round < stage.rounds; round++) {
      const actor = stage.start();
      const { code, message } = await actor.refused("create", { size: 2 ** 30 });
      assert.equal(code, "NO_SPACE");
      assert.match(message, /control group/);
      await actor.do("create", { size: 16 * MiB });
      await actor.do("fill", { byte: 1 });
      await stage.endActors();
    }
    return "NO_SPACE that names the group; the process lives, the smaller block works";
  },
);

// The checkout may lie in /tmp: it is made read-only, not hidden.
const readonlyRoot = [
  ...namespaces,
  "sh",
  "-c",
  "mount --bind /tmp /tmp && mount -o remount,bind,ro /tmp && mount -o remount,bind,ro / || exit 78; " +
    'touch /tmp/probe /probe 2> /dev/null && exit 77; exec "$@"',
  "sh",
];

fault(
  "a read-only root without a writable /tmp",
  { done: "an ordinary day there", rounds: [1, 5], unable: unable([...readonlyRoot, "true"]) },
  async (stage) => {
    for (let round = 0; round < stage.rounds; round++) {
      await ordinaryDay(stage.start({ through: readonlyRoot }));
      await stage.endActors();
    }
    return "all of it works";
  },
);

const nobody = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"];
const checkout = fileURLToPath(new URL("../../packages/sharray/dist/index.js", import.meta.url));

fault(
  "a uid without a passwd entry",
  {
    done: "an ordinary day of uid 54321",
    rounds: [1, 5],
    unable: unable([...nobody, process.execPath, "-e", "import(process.argv[1])", checkout]),
  },
  async (stage) => {
    for (let round = 0; round < stage.rounds; round++) {
      await ordinaryDay(stage.start({ through: nobody }));
      await stage.endActors();
    }
    return "all of it works";
  },
);

const powerless = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"];

fault(
  "no capabilities",
  { done: "an ordinary day without any", rounds: [1, 5], unable: unable([...powerless, "true"]) },
  async (stage) => {
    for (let round = 0; round < stage.rounds; round++) {
      await ordinaryDay(stage.start({ through: powerless }));
      await stage.endActors();
    }
    return "all of it works";
  },
);

const first = ["unshare", ...(root ? [] : ["-Ur"]), "-pf", "--mount-proc"];

fault(
  "Node as PID 1 of a namespace",
  { done: "an ordinary day of a process whose number is 1", rounds: [1, 5], unable: unable([...first, "true"]) },
  async (stage) => {
    for (let round = 0; round < stage.rounds; round++) {
      const actor = stage.start({ through: first });
      await actor.ready;
      assert.equal(actor.pid, 1);
      await ordinaryDay(actor);
      await stage.endActors();
    }
    return "all of it works";
  },
);

test("the harness does not kill a process of another namespace by its number there", async (t) => {
  const reason = unable([...first, "true"])();
  if (reason !== null) return t.skip(reason);
  await onStage(t, (stage) =>
    assert.rejects(stage.start({ through: first }).kill(), /not a process of this namespace/),
  );
});
