import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { suite, test } from "node:test";
import { type ArrayHandle, SharedArray } from "sharray";
import { root } from "./command.ts";
import { withoutPython } from "./oracle.ts";
import { Python } from "./python.ts";

const maker = `
a = sharray.share(np.arange(1000))
say(sharray.handle(a))
while True:
    hear()
    sharray.close(a)
    say(a.tolist()[-1])
`;

suite("Python and Node, when one of them goes", { skip: withoutPython }, () => {
  test("Python is killed: who has attached keeps the array, who comes later is told", async () => {
    await using program = new Python(maker);
    const handle = await program.hear<ArrayHandle>();
    using a = SharedArray.attach(handle);
    await program.kill();
    assert.equal(a.get(-1), 999n);
    using again = SharedArray.attach(a.handle());
    assert.equal(again.get(0), 0n);
    assert.throws(() => SharedArray.attach(handle), { code: "BLOCK_GONE", message: /process has ended/ });
  });

  test("Python closes, or ends, before Node attaches: BLOCK_GONE", async () => {
    await using program = new Python(maker);
    const handle = await program.hear<ArrayHandle>();
    program.say("close");
    assert.equal(await program.hear(), 999, "what Python has left of it stays valid");
    assert.throws(() => SharedArray.attach(handle), { code: "BLOCK_GONE" });
    await using ended = new Python("a = sharray.create(5, 'u1')\nsay(sharray.handle(a))");
    const late = await ended.hear<ArrayHandle>();
    await ended.end();
    assert.throws(() => SharedArray.attach(late), { code: "BLOCK_GONE" });
  });

  test("Node is killed: Python keeps the array, and is told what is gone", async () => {
    const node = spawn(
      process.execPath,
      [
        "--input-type=module",
        "-e",
        `import { SharedArray } from "sharray";
         const a = SharedArray.from([1, 2, 3]);
         console.log(JSON.stringify(a.handle()));
         setInterval(() => a, 1e6);`,
      ],
      { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
    );
    const ended = once(node, "close");
    const lines = createInterface({ input: node.stdout })[Symbol.asyncIterator]();
    const handle = JSON.parse((await lines.next()).value) as ArrayHandle;
    await using program = new Python(`
h = hear()
a = sharray.attach(h)
say(0)
hear()
say([a.tolist(), fails(sharray.attach, h), sharray.attach(sharray.handle(a)).sum()])
`);
    program.say(handle);
    await program.hear();
    node.kill("SIGKILL");
    await ended;
    program.say("look");
    assert.deepEqual(await program.hear(), [[1, 2, 3], "BLOCK_GONE", 6]);
    await program.end();
  });

  test("memory that Python can still see is not used for Node's next array", async () => {
    await using program = new Python(`
while True:
    a = sharray.attach(hear())
    view = a[-5:]
    sharray.close(a)
    del a
    say(0)
    hear()
    say(view.tolist())
    del view
    say(0)
`);
    const shape = 4 << 20;
    for (let i = 0; i < 3; i++) {
      const a = SharedArray.create({ shape, dtype: "<f8" });
      a.fill(i + 1);
      const handle = a.handle();
      program.say(handle);
      await program.hear();
      a.close();
      using next = SharedArray.create({ shape, dtype: "<f8" });
      assert.notEqual(next.handle().ino, handle.ino);
      next.fill(-1);
      program.say("look");
      assert.deepEqual(await program.hear(), Array(5).fill(i + 1));
      await program.hear();
      assert.throws(() => SharedArray.attach(handle), { code: "BLOCK_GONE" });
    }
  });

  test("memory that Node uses again is another array to Python", async (t) => {
    await using program = new Python(`
while True:
    h = hear()
    code = fails(sharray.attach, h["old"])
    say([code, sharray.attach(h["fresh"]).tolist() == [h["value"]] * 10])
`);
    let old: ArrayHandle | undefined;
    let reused = 0;
    for (let i = 0; i < 20; i++) {
      using a = SharedArray.create({ shape: 1 << 20, dtype: "<f8" });
      a.fill(i);
      const fresh = a.slice([0, 10]).handle();
      if (old !== undefined) {
        if (old.ino === fresh.ino) reused++;
        program.say({ old, fresh, value: i });
        assert.deepEqual(await program.hear(), ["BLOCK_GONE", true]);
      }
      old = fresh;
    }
    t.diagnostic(`${reused} of 20 blocks were used again`);
    assert.ok(reused > 0 || process.env.SHARRAY_ARENA === "0");
  });
});
