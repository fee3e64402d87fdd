import assert from "node:assert/strict";
import { test } from "node:test";
import { loadtxt, SharrayError } from "sharray";
import { File } from "sharray/hdf5";
import { blocks, children, dtype, leaked, reader, rows, Scene, slowly } from "./scene.ts";

for (const compression of [null, { kind: "gzip", level: 4 }] as const) {
  const how = compression === null ? "uncompressed" : "compressed";
  test(`${how}: the range of a worker that is killed is done again by another`, async () => {
    using scene = new Scene();
    const inputs = [scene.file("a.txt", rows(0, 100_000).repeat(16)), scene.file("b.txt", rows(7, 100_000).repeat(6))];
    const output = await slowly(async () => {
      let over = false;
      const kill = reader(inputs[0]!, () => over).then((pid) => {
        assert.ok(pid !== null, "no worker was seen at work");
        process.kill(pid, "SIGKILL");
      });
      const result = await scene.convert(inputs, { processes: 2, compression });
      over = true;
      await kill;
      return result.output;
    });
    await using file = await File.open(output);
    for (const [index, name] of ["a", "b"].entries()) {
      const dataset = file.get(name);
      assert.ok("read" in dataset);
      using found = await dataset.read();
      using wanted = await loadtxt(inputs[index]!, { dtype });
      assert.ok(Buffer.from(found.bytes).equals(wanted.bytes), `${name} differs`);
    }
    assert.deepEqual(children(), []);
  });
}

test("a range that kills its worker a second time ends the job and is named", async () => {
  using scene = new Scene();
  const input = scene.file("a.txt", rows(0, 100_000).repeat(20));
  const before = blocks();
  let over = false;
  const killers = slowly(async () => {
    // A worker has the file open from its first range on, and the first range of a new worker is one that was given back.
    for (;;) {
      const pid = await reader(input, () => over);
      if (pid === null) return;
      process.kill(pid, "SIGKILL");
      while (!over && children().includes(pid)) await new Promise((resolve) => setImmediate(resolve));
    }
  });
  const failed = await scene.convert([input], { processes: 2 }).catch((error: unknown) => error);
  over = true;
  await killers;
  assert.ok(failed instanceof SharrayError, String(failed));
  assert.equal(failed.code, "WORKER_DIED");
  assert.equal(failed.details.signal, "SIGKILL");
  assert.equal(failed.details.file, input);
  assert.equal(typeof failed.details.start, "number");
  assert.match(
    failed.message,
    /a\.txt, bytes \d+ to \d+: 2 worker processes have died with this range, the last one killed by SIGKILL/,
  );
  assert.deepEqual(scene.made(), []);
  assert.deepEqual(children(), []);
  assert.equal(await leaked(before), 0);
});
