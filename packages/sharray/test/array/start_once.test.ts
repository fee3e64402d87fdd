import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { SharedArray, SharedMemory } from "sharray";
import { Talk } from "../memory/programs.ts";

const prefix = `once-${process.pid}-`;
let count = 0;
const fresh = (): string => `${prefix}${count++}`;
const files = (name: string): string[] =>
  readdirSync("/dev/shm").filter((file) => file.endsWith(`.${name}`) || file.includes(`.${name}~`));

after(() => SharedMemory.sweep());

/**
 * A program that does what it is told: "open" asks for the array, with a fill of its own number; the fill says that it has begun,
 * and goes on at "go". It holds the array until it ends.
 */
const starter = (name: string, number: number): Talk =>
  new Talk(`
    import { SharedArray } from "sharray";
    const held = [];
    let go;
    const told = new Promise((resolve) => { go = resolve; });
    process.on("message", async (message) => {
      if (message.op === "go") go(message.how);
      if (message.op !== "open") return;
      process.send({ asking: true });
      try {
        const a = await SharedArray.openOrCreate(${JSON.stringify(name)}, { shape: [5000, 7], dtype: "<i4" }, async (a) => {
          const { data } = a;
          data.fill(${number}, 0, 10_000);
          process.send({ filling: ${number} });
          if ((message.how ?? await told) === "throw") throw new RangeError("no");
          data.fill(${number}, 10_000);
        });
        held.push(a);
        process.send({ values: [...new Set(a.data)], ino: a.handle().ino, name: a.name });
      } catch (error) {
        process.send({ failed: error.name + ": " + error.message });
      }
    });
    process.send({ ready: true });
  `);

interface Said {
  ready?: true;
  asking?: true;
  filling?: number;
  values?: number[];
  ino?: number;
  name?: string;
  failed?: string;
}

/** Reads what a starter says up to the first message that has this key. */
async function until(talk: Talk, key: keyof Said): Promise<Said[]> {
  const said: Said[] = [];
  do said.push(await talk.hear<Said>());
  while (!(key in said.at(-1)!));
  return said;
}

async function started(name: string, many: number): Promise<Talk[]> {
  const talks = Array.from({ length: many }, (_, i) => starter(name, i + 1));
  await Promise.all(talks.map((talk) => until(talk, "ready")));
  return talks;
}

test("of eight that start at once one fills, and all see the same array", async () => {
  const name = fresh();
  const talks = await started(name, 8);
  for (const talk of talks) talk.say({ op: "open", how: "on" });
  const said = await Promise.all(talks.map((talk) => until(talk, "values")));
  const fillers = said.flat().filter((one) => one.filling !== undefined);
  assert.equal(fillers.length, 1);
  const last = said.map((all) => all.at(-1)!);
  for (const one of last) {
    assert.deepEqual(one, { values: [fillers[0]!.filling], ino: last[0]!.ino, name: `sharray.${name}` });
  }
  assert.deepEqual(files(name), [`sharray.${name}`]);
  for (const talk of talks) await talk.kill();
});

/** One process that is filling the array of a name, and two that wait for it. */
async function oneFilling(name: string): Promise<[Talk, Talk, Talk]> {
  const [first, ...waiting] = (await started(name, 3)) as [Talk, Talk, Talk];
  first.say({ op: "open" });
  await until(first, "filling");
  for (const talk of waiting) {
    talk.say({ op: "open", how: "on" });
    await until(talk, "asking");
  }
  return [first, ...waiting];
}

test("a filler that is killed half-way is succeeded by one that waits; nothing of its half is seen", async () => {
  const name = fresh();
  const [first, second, third] = await oneFilling(name);
  assert.throws(() => SharedArray.attach(name), { code: "NOT_FOUND" });
  await first.kill();
  const said = await Promise.all([second, third].map((talk) => until(talk, "values")));
  const fillers = said.flat().filter((one) => one.filling !== undefined);
  assert.equal(fillers.length, 1);
  for (const all of said) assert.deepEqual(all.at(-1)!.values, [fillers[0]!.filling]);
  assert.deepEqual(files(name), [`sharray.${name}`]);
  await second.kill();
  await third.kill();
});

test("a fill that throws rejects its own call, and one that waits fills", async () => {
  const name = fresh();
  const [first, second] = (await started(name, 2)) as [Talk, Talk];
  first.say({ op: "open" });
  await until(first, "filling");
  second.say({ op: "open", how: "on" });
  await until(second, "asking");
  first.say({ op: "go", how: "throw" });
  assert.equal((await until(first, "failed")).at(-1)!.failed, "RangeError: no");
  assert.deepEqual((await until(second, "values")).at(-1)!.values, [2]);
  // The one whose fill threw may ask again.
  first.say({ op: "open", how: "on" });
  assert.deepEqual((await until(first, "values")).at(-1)!.values, [2]);
  await first.kill();
  await second.kill();
});

test("one that is killed while it waits holds up nobody", async () => {
  const name = fresh();
  const [first, second, third] = await oneFilling(name);
  await second.kill();
  first.say({ op: "go", how: "on" });
  assert.deepEqual((await until(first, "values")).at(-1)!.values, [1]);
  assert.deepEqual((await until(third, "values")).at(-1)!.values, [1]);
  assert.deepEqual(files(name), [`sharray.${name}`]);
  await first.kill();
  await third.kill();
});

const spec = { shape: [2, 3], dtype: "<f8" } as const;

test("calls of one process wait for each other too, and each gets an array of its own", async () => {
  const name = fresh();
  let fills = 0;
  const arrays = await Promise.all(
    [1, 2, 3].map(() =>
      SharedArray.openOrCreate(name, spec, async (a) => {
        fills += 1;
        assert.equal(a.name, null);
        await null;
        a.fill(4);
      }),
    ),
  );
  assert.equal(fills, 1);
  for (const a of arrays) {
    assert.equal(a.name, `sharray.${name}`);
    assert.equal(a.get(1, 2), 4);
    a.close();
    assert.equal(a.closed, true);
  }
  assert.deepEqual(files(name), []);
});

test("an array of another dtype or shape is HANDLE_MISMATCH, which names the field; raw memory is NPY_BAD_HEADER", async () => {
  const name = fresh();
  const refused = async (other: object, code: string, details: object): Promise<void> => {
    await assert.rejects(
      SharedArray.openOrCreate(name, { ...spec, ...other }, () => assert.fail("it was filled")),
      (error: { code: string; details: object }) => {
        assert.equal(error.code, code);
        assert.deepEqual({ ...error.details, ...details }, error.details);
        return true;
      },
    );
  };
  {
    using _a = await SharedArray.openOrCreate(name, spec, () => {});
    await refused({ shape: [3, 2] }, "HANDLE_MISMATCH", { field: "shape", found: "[2,3]", expected: "[3,2]" });
    await refused({ dtype: ">f8" }, "HANDLE_MISMATCH", { field: "dtype", found: "<f8", expected: ">f8" });
    using same = await SharedArray.openOrCreate(name, spec, () => assert.fail("it was filled"));
    assert.deepEqual(same.shape, [2, 3]);
  }
  using _shm = SharedMemory.create(100, { name });
  await refused({}, "NPY_BAD_HEADER", {});
});

test("with persist the array stays, and is found by the next", async () => {
  const name = fresh();
  const first = await SharedArray.openOrCreate(name, { ...spec, persist: true, mode: 0o640 }, (a) => a.fill(3));
  assert.equal(first.name, `sharray-keep.${name}`);
  first.close();
  using again = await SharedArray.openOrCreate(name, spec, () => assert.fail("it was filled"));
  assert.equal(again.get(0, 0), 3);
  assert.equal(SharedMemory.list().find((block) => block.name === again.name)!.mode, 0o640);
  again.unlink();
  assert.deepEqual(files(name), []);
});

test("another program's file of that very name is not taken for it", async () => {
  const name = fresh();
  writeFileSync(`/dev/shm/${name}`, "something else");
  try {
    using a = await SharedArray.openOrCreate(name, spec, (a) => a.fill(1));
    assert.equal(a.name, `sharray.${name}`);
  } finally {
    rmSync(`/dev/shm/${name}`);
  }
});

test("an array that somebody names meanwhile, without waiting, is the one that is given", async () => {
  const name = fresh();
  let other: SharedArray | undefined;
  using a = await SharedArray.openOrCreate(name, spec, (mine) => {
    mine.fill(1);
    other = SharedArray.from(
      [
        [2, 2, 2],
        [2, 2, 2],
      ],
      { name },
    );
  });
  assert.equal(a.get(0, 0), 2);
  other!.close();
});

test("a fill that asks for its own name is refused, one that asks for another is not", async () => {
  const name = fresh();
  await assert.rejects(
    SharedArray.openOrCreate(name, spec, () => SharedArray.openOrCreate(name, spec, () => {})),
    { code: "BAD_ARGUMENT" },
  );
  using a = await SharedArray.openOrCreate(name, spec, async (a) => {
    using b = await SharedArray.openOrCreate(`${name}-b`, spec, (b) => b.fill(6));
    a.assign(b);
  });
  assert.equal(a.get(1, 1), 6);
  assert.deepEqual(files(name), [`sharray.${name}`]);
});

test("what is not an array's name, description or fill is refused before anything is made", async () => {
  const open = SharedArray.openOrCreate as unknown as (...args: unknown[]) => Promise<unknown>;
  const fill = (): void => {};
  for (const [args, code] of [
    [[1, spec, fill], "BAD_ARGUMENT"],
    [["a/b", spec, fill], "BAD_ARGUMENT"],
    [["", spec, fill], "BAD_ARGUMENT"],
    [[fresh(), { dtype: "<f8" }, fill], "BAD_ARGUMENT"],
    [[fresh(), { shape: [1] }, fill], "BAD_ARGUMENT"],
    [[fresh(), { ...spec, name: "x" }, fill], "BAD_ARGUMENT"],
    [[fresh(), { ...spec, mode: -1 }, fill], "BAD_ARGUMENT"],
    [[fresh(), { ...spec, dtype: "<f7" }, fill], "BAD_DTYPE"],
    [[fresh(), { ...spec, shape: [-1] }, fill], "BAD_SHAPE"],
    [[fresh(), spec], "BAD_ARGUMENT"],
    [[fresh(), spec, {}], "BAD_ARGUMENT"],
  ] as const) {
    await assert.rejects(open(...args), { code }, JSON.stringify(args));
  }
  assert.deepEqual(
    readdirSync("/dev/shm").filter((file) => file.includes(prefix)),
    [],
  );
});
