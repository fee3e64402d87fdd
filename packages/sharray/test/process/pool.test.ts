import assert from "node:assert/strict";
import { test } from "node:test";
import { Pool, Queue, SharedMemory, SharrayError } from "sharray";
import { alive, descriptors, gone, holders } from "./alive.ts";
import * as tasks from "./tasks.ts";

const { add, double } = tasks;

function coded(code: string, details: Record<string, unknown> = {}): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SharrayError, String(error));
    assert.equal(error.code, code, error.message);
    for (const [key, value] of Object.entries(details)) assert.deepEqual(error.details[key], value, key);
    return true;
  };
}

test("map and starmap give the results in the order of the items, from any iterable", async () => {
  await using pool = new Pool(2);
  assert.deepEqual(await pool.map(double, [1, 2, 3, 4, 5]), [2, 4, 6, 8, 10]);
  assert.deepEqual(await pool.map(double, new Set([7])), [14]);
  assert.deepEqual(await pool.map(double, []), []);
  const pairs = async function* (): AsyncGenerator<[number, number]> {
    yield [1, 2];
    yield [3, 4];
  };
  assert.deepEqual(await pool.starmap(add, pairs()), [3, 7]);
  assert.equal(await pool.apply(add, 20, 22), 42);
  const many = Array.from({ length: 5000 }, (_, i) => i);
  assert.deepEqual(
    await pool.map(double, many),
    many.map((x) => x * 2),
  );
});

test("a task is the plain function too", async () => {
  assert.equal(double(4), 8);
  assert.equal(await add(1, 2), 3);
});

test("imap keeps the order, imapUnordered does not wait for it; neither runs ahead without bound", async () => {
  await using pool = new Pool(2);
  let taken = 0;
  const endless = function* (): Generator<number> {
    for (;;) yield taken++;
  };
  const seen: number[] = [];
  for await (const x of pool.imap(double, endless())) {
    seen.push(x);
    if (seen.length === 100) break;
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 100 }, (_, i) => i * 2),
  );
  assert.ok(taken < 300, `${taken} items were taken for 100 results`);
  const all = new Set<number>();
  for await (const x of pool.imapUnordered(double, [1, 2, 3])) all.add(x);
  assert.deepEqual(all, new Set([2, 4, 6]));
});

test("imap gives a result although the next item has not come yet", async () => {
  await using pool = new Pool(1);
  let more: (value: number) => void = () => {};
  const slow = async function* (): AsyncGenerator<number> {
    yield 1;
    yield await new Promise<number>((resolve) => {
      more = resolve;
    });
  };
  for (const results of [pool.imap(double, slow()), pool.imapUnordered(double, slow())]) {
    assert.equal((await results.next()).value, 2);
    more(5);
    assert.equal((await results.next()).value, 10);
    assert.equal((await results.next()).done, true);
  }
});

test("a map that fails rejects with the first failure, and the pool goes on", async () => {
  await using pool = new Pool(2);
  let ended = false;
  const items = function* (): Generator<number> {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      ended = true;
    }
  };
  await assert.rejects(pool.map(tasks.throwShared as never, items()), coded("SOME_CODE"));
  assert.ok(ended);
  const broken = function* (): Generator<number> {
    yield 1;
    throw new Error("no more input");
  };
  await assert.rejects(pool.map(double, broken()), /no more input/);
  assert.deepEqual(await pool.map(double, [1]), [2]);
});

for (const [name, task, args, details] of [
  ["is killed", tasks.killSelf, [true, "SIGKILL"], { signal: "SIGKILL", exitcode: -9, task: "killSelf" }],
  ["gets SIGTERM", tasks.killSelf, [true, "SIGTERM"], { signal: "SIGTERM", exitcode: -15, task: "killSelf" }],
  ["exits", tasks.exitWith, [3], { signal: null, exitcode: 3, task: "exitWith" }],
  ["exits with 0", tasks.exitWith, [0], { signal: null, exitcode: 0, task: "exitWith" }],
] as const) {
  test(`a worker that ${name} rejects its task alone, is replaced, and the pool goes on`, async () => {
    await using pool = new Pool(2);
    const [before] = pool.pids;
    const results = await Promise.allSettled([
      pool.apply(task as never, ...(args as unknown as never[])),
      pool.map(double, [1, 2, 3, 4]),
    ]);
    assert.equal(results[0].status, "rejected");
    const { reason } = results[0] as PromiseRejectedResult;
    coded("WORKER_DIED", details)(reason);
    assert.ok(reason.message.includes(String(reason.details.pid)));
    await gone(reason.details.pid);
    assert.deepEqual((results[1] as PromiseFulfilledResult<number[]>).value, [2, 4, 6, 8]);
    assert.deepEqual(await pool.map(double, [5, 6, 7]), [10, 12, 14]);
    assert.equal(pool.pids.length, 2);
    assert.ok(before);
  });
}

test("SIGKILL of an idle worker is made good without an error", async () => {
  await using pool = new Pool(1);
  const before = await pool.apply(tasks.pid);
  process.kill(before, "SIGKILL");
  await gone(before);
  assert.notEqual(await pool.apply(tasks.pid), before);
});

test("what a task throws arrives with class, code, details, cause and the worker's stack", async () => {
  await using pool = new Pool(1);
  await assert.rejects(pool.apply(tasks.throwShared), (error) => {
    coded("SOME_CODE", { line: 3, where: ["a", "b"] })(error);
    const { cause, stack, name } = error as SharrayError;
    assert.ok(cause instanceof TypeError && cause.message === "the cause");
    assert.equal(name, "SharrayError");
    assert.match(stack!, /throwShared|tasks\.ts/);
    return true;
  });
  await assert.rejects(pool.apply(tasks.throwValue, "string"), (error) => error === "a string");
  await assert.rejects(pool.apply(tasks.throwValue, "system"), {
    name: "Error",
    code: "ENOENT",
    errno: -2,
    path: "/x",
  });
  await assert.rejects(pool.apply(tasks.throwValue, "function"), (error) => {
    assert.ok(error instanceof RangeError);
    assert.match(String((error as unknown as { fn: unknown }).fn), /Function/);
    return true;
  });
  await assert.rejects(pool.apply(tasks.throwValue, "aggregate"), (error) => {
    assert.ok(error instanceof AggregateError);
    assert.ok(error.errors[0] instanceof RangeError);
    coded("TWO")(error.errors[1]);
    return true;
  });
});

test("what cannot travel is named by its path, in arguments and in results", async () => {
  await using pool = new Pool(1);
  const bad = [
    { x: () => 1 },
    [1, { "a b": Symbol("s") }],
    new Map([["k", new Set([() => 1])]]),
    { p: Promise.resolve() },
  ];
  const paths = ["args[0].x", 'args[0][1]["a b"]', "args[0].k[0]", "args[0].p"];
  for (const [i, value] of bad.entries())
    await assert.rejects(pool.apply(tasks.echo, value), coded("BAD_ARGUMENT", { path: paths[i] }));
  await assert.rejects(pool.apply(tasks.echo, new WeakMap()), coded("BAD_ARGUMENT"));
  await assert.rejects(
    pool.apply(tasks.echo, { s: new SharedArrayBuffer(8) }),
    coded("BAD_ARGUMENT", { path: "args[0].s" }),
  );
  await assert.rejects(pool.apply(tasks.returnFunction), coded("BAD_ARGUMENT", { path: "result.x[1]" }));
  assert.equal(await pool.apply(double, 1), 2);
});

test("a task that its module does not export under its name is TASK_NOT_EXPORTED", async () => {
  await using pool = new Pool(1);
  const { hidden, wrongName } = tasks.references;
  await assert.rejects(pool.apply(hidden), (error) => {
    coded("TASK_NOT_EXPORTED", { name: "hidden" })(error);
    assert.match((error as Error).message, /tasks\.ts does not export the task "hidden".*double/);
    return true;
  });
  await assert.rejects(pool.apply(wrongName), /exported as wrongName/);
});

test("what is not a task is refused, and so are options that do not exist", async () => {
  await using pool = new Pool(1);
  assert.throws(() => pool.map(tasks.notATask as never, []), coded("BAD_ARGUMENT"));
  assert.throws(() => new Pool(0), coded("BAD_ARGUMENT"));
  assert.throws(() => new Pool(1, { timeOut: 3 } as never), /no option "timeOut"/);
  await assert.rejects(async () => pool.map(double, 5 as never), coded("BAD_ARGUMENT"));
  await assert.rejects(pool.join(), coded("BAD_ARGUMENT"));
});

test("a task past the pool's timeout is TASK_TIMEOUT, and its process is ended", async () => {
  await using pool = new Pool(2, { timeout: 3000 });
  using begun = new Queue<number>();
  const stuck = assert.rejects(pool.apply(tasks.spin, begun), coded("TASK_TIMEOUT", { task: "spin", timeout: 3000 }));
  const pid = await begun.get();
  await stuck;
  await gone(pid);
  assert.deepEqual(await pool.map(double, [1, 2]), [2, 4]);
});

test("abort rejects everything with ABORTED when all processes are gone", async () => {
  const controller = new AbortController();
  await using pool = new Pool(2, { signal: controller.signal });
  using begun = new Queue<number>();
  const calls = [pool.apply(tasks.wait, begun), pool.apply(tasks.spin, begun), pool.apply(double, 1)];
  const settled = Promise.allSettled(calls);
  const pids = [await begun.get(), await begun.get()];
  controller.abort(new Error("enough"));
  for (const result of await settled) {
    coded("ABORTED")((result as PromiseRejectedResult).reason);
    assert.equal((result as PromiseRejectedResult).reason.cause.message, "enough");
  }
  assert.deepEqual(pids.filter(alive), []);
  assert.deepEqual(pool.pids, []);
  await assert.rejects(pool.apply(double, 1), coded("ABORTED"));
  assert.throws(() => new Pool(1, { signal: controller.signal }), coded("ABORTED"));
});

test("close lets what was called end, join waits for the processes, later calls are POOL_CLOSED", async () => {
  const pool = new Pool(2);
  const results = pool.map(double, [1, 2, 3]);
  await pool.apply(double, 1);
  const { pids } = pool;
  pool.close();
  await assert.rejects(pool.apply(double, 1), coded("POOL_CLOSED"));
  await pool.join();
  assert.deepEqual(await results, [2, 4, 6]);
  assert.deepEqual(pids.filter(alive), []);
});

test("leaving the scope of a pool ends what runs, and every process", async () => {
  using begun = new Queue<number>();
  let call: Promise<unknown> | undefined;
  let pids: readonly number[] = [];
  {
    await using pool = new Pool(2);
    call = pool.apply(tasks.wait, begun);
    call.catch(() => {});
    await begun.get();
    ({ pids } = pool);
  }
  assert.equal(pids.length, 2);
  assert.deepEqual(pids.filter(alive), []);
  await assert.rejects(call, coded("POOL_CLOSED"));
});

test("maxtasksperchild replaces a process after so many tasks", async () => {
  await using pool = new Pool(1, { maxtasksperchild: 2 });
  const pids = await pool.map(tasks.pid, [1, 2, 3, 4, 5]);
  assert.equal(new Set(pids).size, 3);
  assert.equal(pids[0], pids[1]);
  assert.equal(pids[2], pids[3]);
});

test("the initializer runs first in every worker, also in one that replaces another", async () => {
  await using pool = new Pool(1, { initializer: tasks.setState, initargs: [5] });
  assert.equal(await pool.apply(tasks.getState), 5);
  await assert.rejects(pool.apply(tasks.exitWith, 1), coded("WORKER_DIED"));
  assert.equal(await pool.apply(tasks.getState), 5);
});

test("workers that die again and again at their start end the pool", async () => {
  await using pool = new Pool(1, { initializer: tasks.failOnStart });
  await assert.rejects(pool.apply(double, 1), coded("WORKER_DIED", { exitcode: 7, task: null }));
  await assert.rejects(pool.apply(double, 1), coded("WORKER_DIED"));
});

test("an initializer that throws ends the pool, with its error as the cause", async () => {
  await using pool = new Pool(1, { initializer: tasks.throwOnStart });
  await assert.rejects(pool.apply(double, 1), (error) => {
    coded("WORKER_DIED")(error);
    assert.match(String((error as Error).cause), /no model/);
    return true;
  });
});

test("shared memory travels both ways without a copy, and outlives its pool and its maker", async () => {
  let made: SharedMemory;
  {
    await using pool = new Pool(1);
    made = await pool.apply(tasks.fillMemory, 7, 100_000);
    assert.equal(await pool.apply(tasks.sumMemory, made), 700_000);
    made.buf[0] = 8;
    assert.equal(await pool.apply(tasks.sumMemory, made), 700_001);
    using mine = SharedMemory.create(10);
    mine.close();
    await assert.rejects(pool.apply(tasks.sumMemory, mine), coded("CLOSED"));
  }
  assert.equal(made.buf[99_999], 7);
  made.close();
});

test("a worker at rest lets go of memory that its tasks took or returned, unless they keep it", async () => {
  await using pool = new Pool(1);
  const mine = SharedMemory.create(1 << 20);
  assert.equal(await pool.apply(tasks.sumMemory, mine), 0);
  const made = await pool.apply(tasks.fillMemory, 1, 1 << 20);
  const inodes = [mine, made].map((memory) => memory.handle().ino);
  const kept = await pool.apply(tasks.keepMemory);
  mine.close();
  made.close();
  while (inodes.some((inode) => holders(inode).length > 0)) await new Promise((resolve) => setImmediate(resolve));
  kept.buf[0] = 9;
  assert.equal(await pool.apply(tasks.keptByte), 9);
});

test("a message carries 252 blocks; more is an error, in arguments and in results, and the pool goes on", async () => {
  await using pool = new Pool(1);
  const most = await pool.apply(tasks.manyMemories, 252);
  assert.equal(most.length, 252);
  await assert.rejects(pool.apply(tasks.manyMemories, 253), coded("TOO_MANY_FILES"));
  await assert.rejects(pool.apply(tasks.echo, [...most, SharedMemory.create(8)]), coded("TOO_MANY_FILES"));
  for (const memory of most) memory.close();
  assert.equal(await pool.apply(double, 1), 2);
});

test("descriptors do not pile up, whether results are taken, dropped or lost", async () => {
  await using pool = new Pool(1);
  const round = async (): Promise<void> => {
    for await (const memory of pool.imap(tasks.fillMemory, [1, 2, 3, 4])) {
      memory.close();
      break;
    }
    for (const memory of await pool.starmap(tasks.fillMemory, [
      [1, 10],
      [2, 10],
    ]))
      memory.close();
    await assert.rejects(pool.apply(tasks.exitWith, 1), coded("WORKER_DIED"));
    await pool.apply(double, 1);
  };
  await round();
  const before = descriptors();
  for (let i = 0; i < 5; i++) await round();
  assert.ok(descriptors() <= before, `${descriptors()} instead of ${before}`);
});

test("workers see nothing of how they were started", async () => {
  await using pool = new Pool(1);
  assert.deepEqual(await pool.apply(tasks.environment), []);
});
