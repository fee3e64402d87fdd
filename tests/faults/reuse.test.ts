import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import type { BlockHandle } from "sharray";
import type { Actor, Order } from "./actor.ts";
import { fault, onStage } from "./fault.ts";

const SIZE = 16 << 20;

async function made(actor: Actor, order: Order): Promise<BlockHandle> {
  const { handle } = await actor.do<{ handle: BlockHandle }>("create", { size: SIZE, ...order });
  return handle;
}

fault(
  "process number and descriptor reused",
  {
    done: "a creator is killed; its handle is changed to lead to another process, which has a block of the same size at the same descriptor",
    rounds: [2, 20],
  },
  async (stage) => {
    for (let round = 0; round < stage.rounds; round++) {
      const [creator, other, late] = [stage.start(), stage.start(), stage.start()];
      const old = await made(creator, {});
      // Processes that do the same open the same descriptors.
      const theirs = await made(other, {});
      assert.equal(old.fd, theirs.fd);
      await other.do("fill", { byte: 9 });
      await creator.kill();
      const { code } = await late.refused("attach", { from: { ...old, pid: theirs.pid } });
      assert.equal(code, "BLOCK_GONE");
      for (const field of ["dev", "ino", "nonce", "size"] as const) {
        // Only one field still tells that it is another block.
        const forged = { ...theirs, [field]: field === "nonce" ? old.nonce : Number(theirs[field]) + 1 };
        assert.match((await late.refused("attach", { from: forged })).code!, /^(HANDLE_MISMATCH|BLOCK_GONE)$/, field);
      }
      // A descriptor that is no block at all: the other's standard input, and one that it does not have.
      for (const fd of [0, 999]) {
        const { code: found } = await late.refused("attach", { from: { ...old, pid: theirs.pid, fd } });
        assert.equal(found, "BLOCK_GONE");
      }
      assert.equal(await other.do("differing", { byte: 9 }), 0);
      await stage.endActors();
    }
    return "BLOCK_GONE or HANDLE_MISMATCH for each field by itself; never the other's memory";
  },
);

fault(
  "a name reused",
  {
    done: "a named block's holder is killed, another process makes a block of that name and size; the old handle is used",
    rounds: [2, 20],
  },
  async (stage) => {
    for (let round = 0; round < stage.rounds; round++) {
      const [creator, other, late] = [stage.start(), stage.start(), stage.start()];
      const old = await made(creator, { options: { name: "x" } });
      await creator.kill();
      const theirs = await made(other, { options: { name: "x" } });
      await other.do("fill", { byte: 9 });
      assert.equal((await late.refused("attach", { from: old })).code, "BLOCK_GONE");
      // The same inode number with another nonce is another block.
      const forged = { ...theirs, nonce: old.nonce };
      assert.equal((await late.refused("attach", { from: forged })).code, "HANDLE_MISMATCH");
      assert.equal(await other.do("differing", { byte: 9 }), 0);
      await stage.endActors();
    }
    return "BLOCK_GONE or HANDLE_MISMATCH; never the other's memory";
  },
);

test("a process number that is really reused: BLOCK_GONE", async (t) => {
  await onStage(t, async (stage) => {
    const last = "/proc/sys/kernel/ns_last_pid";
    // Inside a PID namespace the next number can be chosen, and nobody else takes it.
    const unable = spawnSync("unshare", ["-pf", "--mount-proc", "true"], { encoding: "utf8" });
    if (unable.status !== 0) return t.skip(`unshare -pf: ${unable.stderr || unable.error}`);
    const inside = stage.start({ through: ["unshare", "-pf", "--mount-proc"] });
    const found = await inside.try("reusePid", { name: last });
    if (found.error) return t.skip(`process numbers cannot be chosen here: ${found.error.message}`);
    assert.deepEqual(found.value, { samePid: true, code: "BLOCK_GONE" });
  });
});
