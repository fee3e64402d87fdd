import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { suite, type TestContext, test } from "node:test";
import { type ArrayHandle, SharedArray, SharedMemory } from "sharray";
import { withoutPython } from "./oracle.ts";
import { Python } from "./python.ts";

/** A name for one test, and its file; nothing of it is left when the test ends, however it ends. */
function freshName(t: TestContext): { name: string; file: string; kept: string } {
  const name = `python-${process.pid}-${t.name.replace(/[^a-z]+/gi, "_").slice(0, 60)}`;
  const file = `/dev/shm/sharray.${name}`;
  const kept = `/dev/shm/sharray-keep.${name}`;
  t.after(() => {
    for (const full of [`sharray.${name}`, `sharray-keep.${name}`]) {
      if (existsSync(`/dev/shm/${full}`)) SharedMemory.unlink(full);
    }
  });
  return { name, file, kept };
}

const inode = (file: string): number => statSync(file).ino;

suite("Python and Node, arrays with names", { skip: withoutPython }, () => {
  test("Node names it, Python attaches by name, full name and handle, and writes", async (t) => {
    const { name, file } = freshName(t);
    using a = SharedArray.create({ shape: [2, 3], dtype: "<i4", name });
    await using program = new Python(`
name = hear()
h = hear()
for where in (name, "sharray." + name, h):
    with sharray.attach(where) as a:
        a += 1
    with sharray.attach(where, readonly=True) as a:
        assert not a.flags.writeable
a = sharray.attach(name)
say({"sum": int(a.sum()), "handle": sharray.handle(a[:, ::-1]), "file": np.load(hear()).tolist()})
hear()
sharray.close(a)
say("closed")
`);
    program.say(name);
    program.say(a.slice(null, [0, 1]).handle());
    program.say(file);
    const { sum, handle, file: seen } = await program.hear<{ sum: number; handle: ArrayHandle; file: number[][] }>();
    assert.deepEqual(a.toArray(), [
      [3, 2, 2],
      [3, 2, 2],
    ]);
    assert.deepEqual([sum, seen, handle.name], [14, a.toArray(), `sharray.${name}`]);
    assert.equal(handle.nonce, a.handle().nonce, "both compute it alike");
    using b = SharedArray.attach(handle);
    assert.deepEqual(b.toArray(), [
      [2, 2, 3],
      [2, 2, 3],
    ]);
    assert.equal(b.name, a.name);
    a.close();
    b.close();
    assert.ok(existsSync(file), "Python holds it");
    program.say("close");
    await program.hear();
    assert.ok(!existsSync(file), "the last one out removes it");
    await program.end();
  });

  test("Python names it, Node attaches, and each side's close counts", async (t) => {
    const { name, file } = freshName(t);
    await using program = new Python(`
name = hear()
a = sharray.create((3,), [("pos", "<i4"), ("pct", ">f8")], name=name)
a["pos"] = [1, 2, 3]
say(sharray.handle(a["pct"]))
hear()
view = a["pos"][1:]
sharray.close(a)
say(view.tolist())
hear()
say([fails(sharray.create, 1, "u1", name), fails(sharray.handle, a), view.tolist()])
`);
    program.say(name);
    const handle = await program.hear<ArrayHandle>();
    using a = SharedArray.attach<[["pos", "<i4"], ["pct", ">f8"]]>(name);
    using pct = SharedArray.attach(handle);
    assert.deepEqual(a.field("pos").toArray(), [1, 2, 3]);
    pct.assign([0.5, 1.5, 2.5]);
    assert.deepEqual(a.get(1), { pos: 2, pct: 1.5 });
    program.say("close");
    assert.deepEqual(await program.hear(), [2, 3]);
    assert.ok(existsSync(file), "Node holds it, though Python has closed it");
    assert.throws(() => SharedArray.create({ shape: 1, dtype: "u1", name }), { code: "FILE_EXISTS" });
    a.field("pos").assign([7, 8, 9]);
    program.say("look");
    assert.deepEqual(await program.hear(), ["FILE_EXISTS", "CLOSED", [8, 9]]);
    await program.end();
    assert.ok(existsSync(file), "and though Python has ended");
    a.close();
    pct.close();
    assert.ok(!existsSync(file));
  });

  test("Python that is killed leaves what Node's next use removes, and takes nothing from who holds it", async (t) => {
    const { name, file } = freshName(t);
    const program = `
a = sharray.create(3, "u1", name=hear()) if hear() == "create" else sharray.attach(hear())
say(0)
hear()
`;
    {
      await using holder = new Python(program);
      holder.say("create");
      holder.say(name);
      await holder.hear();
      const listed = SharedMemory.list().find((one) => one.name === `sharray.${name}`)!;
      assert.ok(listed.held);
      assert.deepEqual(
        listed.holders.map(({ pid }) => pid),
        [holder.child.pid],
      );
      assert.ok(!SharedMemory.sweep().includes(`sharray.${name}`));
    }
    // Another program's sweep may be faster.
    SharedMemory.sweep();
    assert.ok(!existsSync(file));
    using a = SharedArray.create({ shape: 3, dtype: "u1", name });
    {
      await using attacher = new Python(program);
      attacher.say("attach");
      attacher.say(name);
      await attacher.hear();
    }
    assert.ok(!SharedMemory.sweep().includes(`sharray.${name}`));
    assert.equal(inode(file), a.handle().ino);
  });

  test("a persisting array outlives both sides, and either removes it", async (t) => {
    const { name, kept } = freshName(t);
    SharedArray.from([1.5, 2.5], { name, persist: true }).close();
    assert.ok(existsSync(kept));
    await using program = new Python(`
name = hear()
with sharray.attach(name) as a:
    say(a.tolist())
say(fails(sharray.create, 1, "u1", name))
sharray.unlink(name)
with sharray.create(2, "<f4", name, persist=True) as a:
    a[:] = [3, 4]
`);
    program.say(name);
    assert.deepEqual(await program.hear(), [1.5, 2.5]);
    assert.equal(await program.hear(), "FILE_EXISTS");
    await program.end();
    {
      using a = SharedArray.attach(name);
      assert.deepEqual(a.toArray(), [3, 4]);
    }
    SharedMemory.unlink(name);
    assert.ok(!existsSync(kept));
  });

  test("what Node publishes anew is another array, and Python keeps the one it has", async (t) => {
    const { name, file } = freshName(t);
    await using program = new Python(`
name = hear()
old = sharray.attach(name)
say(old.tolist())
hear()
new = sharray.attach(name)
again = sharray.attach(sharray.handle(old))
old[0] = 9
say([old.tolist(), new.tolist(), again.tolist()])
hear()
for a in (old, again):
    sharray.close(a)
say(os.path.exists(hear()))
sharray.close(new)
say(fails(sharray.attach, name))
`);
    const first = SharedArray.from([1, 2]);
    first.publish(name);
    program.say(name);
    assert.deepEqual(await program.hear(), [1, 2]);
    const second = SharedArray.from([3, 4]);
    second.publish(name, { replace: true });
    program.say("look");
    assert.deepEqual(await program.hear(), [
      [9, 2],
      [3, 4],
      [9, 2],
    ]);
    assert.equal(first.get(0), 9);
    first.close();
    second.close();
    program.say("close");
    program.say(file);
    assert.equal(await program.hear(), true, "the old version's last holder leaves the new one's name alone");
    assert.equal(await program.hear(), "NOT_FOUND");
    await program.end();
  });

  test("a name that Node has changed goes with Python, when that is the last one out", async (t) => {
    const { name, file } = freshName(t);
    await using program = new Python(`
a = sharray.attach(hear())
say(0)
hear()
say(sharray.attach(sharray.handle(a)).tolist())
sharray.close(a)
say(0)
`);
    const a = SharedArray.from([1, 2], { name: `${name}-first` });
    program.say(a.name);
    await program.hear();
    a.publish(name);
    a.close();
    assert.ok(existsSync(file));
    program.say("close");
    assert.deepEqual(await program.hear(), [1, 2]);
    await program.hear();
    assert.ok(!existsSync(file));
    await program.end();
  });

  test("raw memory of Node's is an array of bytes in Python", async (t) => {
    const { name } = freshName(t);
    using named = SharedMemory.create(1000, { name });
    using bare = SharedMemory.create(5000);
    await using program = new Python(`
for _ in range(3):
    a = sharray.attach(hear())
    a[-1] = 7
    say([str(a.dtype), a.shape])
    say(sharray.handle(a[:800].view("<f8")))
hear()
`);
    for (const [where, shm] of [
      [name, named],
      [named.handle(), named],
      [bare.handle(), bare],
    ] as const) {
      program.say(where);
      assert.deepEqual(await program.hear(), ["uint8", [shm.size]]);
      assert.equal(shm.buf[shm.size - 1], 7);
      shm.buf[shm.size - 1] = 0;
      using view = SharedArray.attach<"<f8">(await program.hear<ArrayHandle>());
      view.set(1, 1);
      assert.equal(shm.buf[15], 0x3f);
    }
  });

  test("plain Python maps our blocks, as the guide shows, and leaves them alone", async (t) => {
    const { name, file } = freshName(t);
    using shm = SharedMemory.create(100, { name });
    using b = SharedArray.create({ shape: [4, 2], dtype: "<f4", name: `${name}-2` });
    const program = `
from multiprocessing import shared_memory, resource_tracker
import inspect
name = hear()
if "track" in inspect.signature(shared_memory.SharedMemory).parameters:
    shm = shared_memory.SharedMemory(name=name, track=False)
else:
    shm = shared_memory.SharedMemory(name=name)
    resource_tracker.unregister(shm._name, "shared_memory")
shm.buf[0] = 7
say(shm.size)
shm.close()
a = np.load("/dev/shm/" + name + "-2", mmap_mode="r+")
a[1] = 5
say([a.shape, str(a.dtype)])
`;
    await using plain = new Python(program);
    plain.say(shm.name);
    assert.equal(await plain.hear(), 100);
    assert.deepEqual(await plain.hear(), [[4, 2], "float32"]);
    await plain.end();
    assert.deepEqual([shm.buf[0], b.get(1, 1)], [7, 5]);
    assert.ok(existsSync(file));
  });

  test("blocks of plain Python are attached with their size, and neither closed away nor swept", async () => {
    await using program = new Python(`
from multiprocessing import shared_memory
shm = shared_memory.SharedMemory(create=True, size=12345)
shm.buf[:3] = b"abc"
say(shm.name)
hear()
say(bytes(shm.buf[:3]).decode())
shm.close()
shm.unlink()
say(0)
`);
    const name = await program.hear<string>();
    using shm = SharedMemory.attach(name);
    assert.deepEqual([shm.name, shm.size, Buffer.from(shm.bytes(0, 3)).toString()], [name, 12345, "abc"]);
    shm.bytes(0, 3).set(Buffer.from("xyz"));
    assert.throws(() => shm.unlink(), { code: "NOT_SUPPORTED" });
    assert.throws(() => SharedMemory.unlink(name), { code: "NOT_FOUND" });
    const again = SharedMemory.attach(shm.handle(), { readonly: true });
    again.close();
    assert.deepEqual(
      SharedMemory.sweep().filter((removed) => removed === name),
      [],
    );
    assert.equal(
      SharedMemory.list().find((block) => block.name === name),
      undefined,
    );
    shm.close();
    assert.equal(readFileSync(`/dev/shm/${name}`).length, 12345);
    program.say("go on");
    assert.equal(await program.hear(), "xyz");
    await program.hear();
    await program.end();
  });

  test("many who make, attach and close one name never lose a block that somebody holds", async (t) => {
    const { name, file } = freshName(t);
    const program = `
name, path, rounds = hear()
made = attached = 0
for i in range(rounds):
    try:
        a = sharray.create(1, "<i8", name=name)
        made += 1
    except sharray.SharrayError as error:
        assert error.code == "FILE_EXISTS", error
        try:
            a = sharray.attach(name)
            attached += 1
        except sharray.SharrayError as error:
            assert error.code == "NOT_FOUND", error
            continue
    assert os.stat(path).st_ino == sharray.handle(a)["ino"], "its name is gone, or another's"
    sharray.close(a)
say([made, attached])
`;
    const rounds = 1500;
    await using one = new Python(program);
    await using other = new Python(program);
    for (const python of [one, other]) python.say([name, file, rounds]);
    const ends = Promise.all([one.hear<number[]>(), other.hear<number[]>()]);
    let done = false;
    const both = ends.finally(() => {
      done = true;
    });
    const codes = new Set<string>();
    for (let i = 0; !done; i++) {
      try {
        using a = i % 2 ? SharedArray.attach(name) : SharedArray.create({ shape: 1, dtype: "<i8", name });
        assert.equal(inode(file), a.handle().ino);
      } catch (error) {
        codes.add((error as { code: string }).code);
      }
      if (i % 16 === 0) await new Promise(setImmediate);
    }
    const [first, second] = await both;
    t.diagnostic(`made and attached: ${first}, ${second}`);
    assert.deepEqual(
      [...codes].filter((code) => !["FILE_EXISTS", "NOT_FOUND"].includes(code)),
      [],
    );
    await one.end();
    await other.end();
    assert.ok(!existsSync(file));
  });
});
