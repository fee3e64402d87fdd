import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, test } from "node:test";
import { SharedArray, SharedMemory } from "sharray";
import { Talk } from "../memory/programs.ts";

const prefix = `publish-${process.pid}-`;
let count = 0;
const fresh = (): string => `${prefix}${count++}`;
const files = (name: string): string[] => readdirSync("/dev/shm").filter((file) => file.includes(`.${name}`));

after(() => SharedMemory.sweep());

test("an array without a name appears under one, complete; the object and its views go on over the same bytes", () => {
  const name = fresh();
  using a = SharedArray.from([
    [1, 2],
    [3, 4],
  ]);
  const { data } = a;
  const row = a.at(1);
  const before = a.handle();
  a.publish(name);
  assert.equal(a.name, `sharray.${name}`);
  using b = SharedArray.attach(name);
  assert.deepEqual(b.toArray(), [
    [1, 2],
    [3, 4],
  ]);
  data[0] = 9;
  row.set(1, 8);
  assert.deepEqual(b.toArray(), [
    [9, 2],
    [3, 8],
  ]);
  using c = SharedArray.attach(a.handle());
  assert.equal(c.get(0, 0), 9);
  assert.equal(readFileSync(`/dev/shm/sharray.${name}`).subarray(1, 6).toString(), "NUMPY");
  assert.throws(() => SharedArray.attach(before), { code: "BLOCK_GONE" });
});

test("an array with a name is renamed, without a copy", () => {
  const [first, second] = [fresh(), fresh()];
  using a = SharedArray.create({ shape: [3], dtype: "<f8", name: first, mode: 0o600 });
  const { ino } = a.handle();
  a.publish(second, { mode: 0o640 });
  assert.equal(a.handle().ino, ino);
  assert.deepEqual([...files(first), ...files(second)], [`sharray.${second}`]);
  assert.equal(SharedMemory.list().find(({ name }) => name === a.name)!.mode, 0o640);
  a.publish(second);
  assert.equal(a.name, `sharray.${second}`);
});

test("a name that is in use is FILE_EXISTS, and with replace its holders keep what they have", () => {
  const name = fresh();
  using old = SharedArray.from([1, 1], { name });
  using a = SharedArray.from([2, 2]);
  assert.throws(() => a.publish(name), { code: "FILE_EXISTS" });
  assert.deepEqual([a.name, a.get(0)], [null, 2]);
  a.publish(name, { replace: true });
  using b = SharedArray.attach(name);
  assert.deepEqual(
    [old.toArray(), b.toArray()],
    [
      [1, 1],
      [2, 2],
    ],
  );
  old.unlink(); // its name leads to another array by now
  old.close();
  assert.deepEqual(files(name), [`sharray.${name}`]);
});

test("what is part of an array, closed, read-only, or no name, is refused, and nothing appears", () => {
  const name = fresh();
  using a = SharedArray.from([
    [1, 2],
    [3, 4],
  ]);
  using shm = SharedMemory.create(64);
  for (const part of [a.at(0), a.slice([1, 2]), a.transpose(), a.reshape([4])]) {
    using attached = SharedArray.attach(part.handle());
    assert.throws(() => attached.publish(name), { code: "NOT_CONTIGUOUS" });
    using copy = attached.copy();
    copy.publish(name);
    assert.deepEqual(SharedArray.attach(name).toArray(), part.toArray());
    copy.unlink();
  }
  using raw = SharedArray.attach({ ...shm.handle(), offset: 0, shape: [8], strides: [8], dtype: "<f8" });
  assert.throws(() => raw.publish(name), { code: "NOT_CONTIGUOUS" });
  using readonly = SharedArray.attach(a.handle(), { readonly: true });
  assert.throws(() => readonly.publish(name), { code: "READ_ONLY" });
  const closed = a.copy();
  closed.close();
  assert.throws(() => closed.publish(name), { code: "CLOSED" });
  for (const wrong of ["a/b", "", 7, true, undefined]) {
    assert.throws(() => a.publish(wrong as string), { code: "BAD_ARGUMENT" });
  }
  assert.throws(() => a.publish(name, { replace: "yes" } as never), { code: "BAD_ARGUMENT" });
  assert.throws(() => a.publish(name, { persist: true } as never), { code: "BAD_ARGUMENT" });
  assert.equal(a.name, null);
  assert.deepEqual(files(name), []);
});

test("a persistent array stays so under its new name", () => {
  const [first, second] = [fresh(), fresh()];
  const a = SharedArray.from([1], { name: first, persist: true });
  a.publish(second);
  a.close();
  assert.deepEqual(files(second), [`sharray-keep.${second}`]);
  SharedMemory.unlink(second);
});

test("while versions replace each other thousands of times, every attach finds a whole one, and never an older one", async () => {
  const name = fresh();
  const ROUNDS = 2000;
  const LENGTH = 4000; // several pages
  const attachers = Array.from(
    { length: 3 },
    () =>
      new Talk(`
        import { SharedArray } from "sharray";
        let on = true;
        process.on("message", ({ op }) => { if (op === "end") on = false; else look(); });
        async function look() {
          let attached = 0;
          let last = -1;
          let told = false;
          const held = [];
          try {
            while (on) {
              for (let i = 0; i < 50; i++) {
                const a = SharedArray.attach(${JSON.stringify(name)}, { readonly: i % 2 === 0 });
                const { data } = a;
                const version = data[0];
                const mixed = data.findIndex((x) => x !== version);
                if (mixed !== -1) throw new Error("version " + version + " holds " + data[mixed] + " at " + mixed);
                if (version < last) throw new Error("version " + version + " after " + last);
                last = version;
                attached += 1;
                // Some are held for a while: an old version stays what it is.
                held.push({ a, version });
                if (held.length > 5) {
                  const { a, version } = held.shift();
                  if (a.get(${LENGTH} - 1) !== version) throw new Error("a held version changed");
                  a.close();
                }
              }
              if (!told && attached > 100) {
                told = true;
                process.send({ attached });
              }
              await new Promise(setImmediate);
            }
            // The last batch may have ended before the last version was there.
            const a = SharedArray.attach(${JSON.stringify(name)});
            process.send({ last: a.get(0) });
            a.close();
          } catch (error) {
            process.send({ failed: error.stack });
          }
        }
        process.send("ready");
      `),
  );
  for (const talk of attachers) await talk.hear();
  let current = SharedArray.create({ shape: [LENGTH], dtype: "<i4", name });
  for (const talk of attachers) talk.say({ op: "begin" });
  type Said = { attached?: number; last?: number; failed?: string };
  let waiting = attachers.length;
  const met = attachers.map((talk) => talk.hear<Said>().finally(() => waiting--));
  let round = 0;
  // For as long as it takes until each of them has met a hundred.
  while (round < ROUNDS || waiting > 0) {
    round++;
    const next =
      round % 2 === 0
        ? SharedArray.create({ shape: [LENGTH], dtype: "<i4" })
        : SharedArray.create({ shape: [LENGTH], dtype: "<i4", name: `${name}-${round}` });
    next.fill(round);
    next.publish(name, { replace: true });
    current.close();
    current = next;
    if (round % 50 === 0) await new Promise(setImmediate);
  }
  for (const said of await Promise.all(met)) {
    assert.equal(said.failed, undefined);
    assert.ok(said.attached! > 100, `${said.attached} attached`);
  }
  for (const talk of attachers) talk.say({ op: "end" });
  for (const talk of attachers) {
    const said = await talk.hear<Said>();
    assert.equal(said.failed, undefined);
    assert.equal(said.last, round);
    await talk.kill();
  }
  assert.equal(current.get(0), round);
  current.close();
  SharedMemory.sweep();
  assert.deepEqual(files(name), []);
});
