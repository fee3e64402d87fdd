// Eight servers behind one port share one matrix, and are restarted one by one while requests go on.
//
//   npx tsx examples/servers/main.ts [--servers 8] [--rows 20000] [--columns 1536] [--port 8080]
//   curl localhost:8080/row/123                     kill -HUP <its number>: restart all, one by one
//
// The matrix has a name. Of the servers that start together one fills it, the others wait until it is complete, and one that
// starts later only attaches, in microseconds: that is what makes restarts quick, and eight servers as large as one. With
// --rows 1000000 it is 6 GB. When the last server is gone so is the matrix, however they ended.
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: given } = parseArgs({
  options: {
    servers: { type: "string", default: "8" },
    rows: { type: "string", default: "20000" },
    columns: { type: "string", default: "1536" },
    port: { type: "string", default: "8080" },
    name: { type: "string", default: `servers-${process.pid}` },
  },
});
const count = Number(given.servers);

// The servers share the socket itself, and each takes from it what it can. Were connections handed out by this process (the
// default), one on its way to a server that is just leaving could be lost.
cluster.schedulingPolicy = cluster.SCHED_NONE;
cluster.setupPrimary({
  exec: fileURLToPath(new URL("./server.ts", import.meta.url)),
  args: [given.name, given.rows, given.columns, given.port],
});

/** Servers that take requests. */
const servers = new Set<Worker>();
let ending = false;

interface Said {
  filled?: true;
  touched?: number;
  measured?: { seen: number; part: number };
}

/** Starts a server; resolves with its port when it takes requests. */
async function start(): Promise<number> {
  const worker = cluster.fork();
  worker.on("message", (said: Said) => {
    if (said.filled) console.log(`server ${worker.process.pid} fills the matrix`);
  });
  const listening = new AbortController();
  const died = once(worker, "exit", { signal: listening.signal }).then(() => {
    if (!ending) throw new Error(`server ${worker.process.pid} ended before it took requests`);
    return new Promise<never>(() => {});
  });
  const [{ port }] = (await Promise.race([once(worker, "listening"), died])) as [{ port: number }];
  died.catch(() => {});
  listening.abort();
  servers.add(worker);
  worker.once("exit", (code, signal) => {
    // One that was told to leave is not in the list any more.
    if (!servers.delete(worker) || ending) return;
    console.log(`server ${worker.process.pid} died (${signal ?? code}), another one is started`);
    work = work.then(start);
  });
  return port;
}

/** Lets a server answer what it has begun, and waits until it is gone. */
async function leave(worker: Worker): Promise<void> {
  servers.delete(worker);
  if (worker.isDead()) return;
  const gone = once(worker, "exit");
  // Ctrl-C reaches the servers too: one that has just ended cannot be told.
  worker.send({ op: "leave" }, () => {});
  await gone;
}

/** The next message of a server that has this key. */
async function answer<K extends keyof Said>(worker: Worker, op: string, key: K): Promise<NonNullable<Said[K]>> {
  worker.send({ op });
  for (;;) {
    const [said] = (await once(worker, "message")) as [Said];
    if (said[key] !== undefined) return said[key] as NonNullable<Said[K]>;
  }
}

/** Has every server look at every page of the matrix, and prints how much memory that takes. */
async function measure(): Promise<void> {
  const workers = [...servers];
  await Promise.all(workers.map((worker) => answer(worker, "touch", "touched")));
  const shares = await Promise.all(workers.map((worker) => answer(worker, "measure", "measured")));
  const total = (key: "seen" | "part"): string =>
    (shares.reduce((sum, share) => sum + share[key], 0) / 1024).toFixed(1);
  const size = ((Number(given.rows) * Number(given.columns) * 4) / 2 ** 20).toFixed(1);
  console.log(
    `${workers.length} servers see ${total("seen")} MiB of shared memory between them, which takes ${total("part")} MiB: ` +
      `one matrix of ${size} MiB`,
  );
}

/** Replaces all servers, one by one: the new one takes requests before the old one stops. */
async function restart(): Promise<void> {
  for (const old of [...servers]) {
    await start();
    await leave(old);
  }
  console.log(`restarted ${count} servers`);
}

let work: Promise<unknown> = Promise.resolve();
process.on("SIGHUP", () => {
  work = work.then(restart).then(measure);
});
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    ending = true;
    const starting = Object.values(cluster.workers ?? {}).filter((worker) => !servers.has(worker!));
    const gone = starting.map((worker) => once(worker!, "exit"));
    for (const worker of starting) worker!.process.kill();
    await Promise.all([...gone, ...[...servers].map(leave)]);
    process.exit();
  });
}

work = Promise.all(Array.from({ length: count }, start)).then(async ([port]) => {
  console.log(`${count} servers at http://localhost:${port}/row/0, this is process ${process.pid}`);
  await measure();
});
