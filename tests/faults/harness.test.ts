import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { onStage } from "./fault.ts";
import { clean } from "./left.ts";
import { unwatchable } from "./stage.ts";

test("what is left is seen: a name, shared memory, a process, a descriptor", (t) =>
  onStage(t, async (stage) => {
    assert.ok(clean(stage.left()), JSON.stringify(stage.left()));
    const name = `sharray.left-${process.pid}`;
    writeFileSync(join(stage.mount.folder, name), "x");
    assert.deepEqual(stage.left().names, [name]);
    rmSync(join(stage.mount.folder, name));
    const actor = stage.start();
    await actor.do("create", { size: 64 << 20 });
    const left = stage.left();
    assert.ok(left.processes.includes(actor.pid));
    // Half of it: where only the machine's figure is to be had, others may have given something back meanwhile.
    assert.ok(left.shmem >= 32 << 20, `${left.shmem}`);
    assert.ok(left.descriptors > 0, "the pipes to the actor");
  }));

test("at_call kills and stops before the system call that was asked for", async (t) => {
  const reason = unwatchable();
  if (reason !== null) return t.skip(reason);
  await onStage(t, async (stage) => {
    const names = await stage.calls("create", { size: 4096 }, async () => {});
    for (const expected of ["memfd_create", "ftruncate", "fallocate", "pwrite64", "fcntl"]) {
      assert.ok(names.includes(expected), `${expected} is not among ${names}`);
    }
    t.diagnostic(`create is ${names.length} calls: ${names.join(" ")}`);
    const call = names.indexOf("ftruncate") + 1;
    // Node's own calls (its memory) come between at times: then the one that was asked for has another number.
    let [killed, stopped] = [false, false];
    for (let attempt = 0; attempt < 20 && !(killed && stopped); attempt++) {
      const kill = stage.watch("kill", call);
      kill.actor.try("create", { size: 4096, marked: true }).catch(() => {});
      killed ||= (await kill.point) === "ftruncate";
      assert.equal((await kill.actor.ended).signal, "SIGKILL");
      const stop = stage.watch("stop", call);
      const made = stop.actor.do("create", { size: 4096, marked: true });
      stopped ||= (await stop.point) === "ftruncate";
      stop.go();
      await made;
    }
    assert.deepEqual({ killed, stopped }, { killed: true, stopped: true });
    const late = stage.watch("kill", names.length + 100);
    await late.actor.do("create", { size: 4096, marked: true });
    assert.equal(await late.point, null);
  });
});
