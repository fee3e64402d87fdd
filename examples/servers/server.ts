// One server of main.ts: attaches to the matrix, or fills it when it is the first, and answers GET /row/<number>.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { setImmediate as turn } from "node:timers/promises";
import { SharedArray } from "sharray";

const [name, rows, columns, port] = process.argv.slice(2) as [string, string, string, string];
const shape = [Number(rows), Number(columns)] as const;

/** Rows that are filled, or looked at, before the event loop turns. */
const PIECE = Math.max(1, Math.floor(2 ** 24 / shape[1]));

/** The parts of a matrix, one after another: at any size each of them fits one typed array. */
async function* pieces(a: SharedArray<"<f4">): AsyncGenerator<{ start: number; data: Float32Array }> {
  for (let start = 0; start < shape[0]; start += PIECE) {
    yield { start, data: a.slice([start, Math.min(start + PIECE, shape[0])]).data };
    await turn();
  }
}

// Of all servers that start now one runs this, and the others wait; who starts later finds the array.
const matrix = await SharedArray.openOrCreate(name, { shape, dtype: "<f4" }, async (a) => {
  process.send!({ filled: true });
  for await (const { start, data } of pieces(a)) {
    for (let i = 0; i < data.length; i++) data[i] = start + Math.floor(i / shape[1]);
  }
});

let leaving = false;
const server = createServer((request, response) => {
  const row = /^\/row\/(\d+)$/.exec(request.url ?? "")?.[1];
  if (row === undefined || Number(row) >= shape[0]) {
    response.writeHead(404).end();
    return;
  }
  const { data } = matrix.at(Number(row));
  let sum = 0;
  for (const x of data) sum += x;
  if (leaving) response.setHeader("connection", "close");
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ row: Number(row), mean: sum / data.length, pid: process.pid }));
});

/** Kibibytes of shared memory that this process sees, and its fair part of them: each page counts for one n-th with n users. */
function shares(): { seen: number; part: number } {
  const figure = (file: string, key: string): number =>
    Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(readFileSync(file, "utf8"))?.[1] ?? Number.NaN);
  return { seen: figure("/proc/self/status", "RssShmem"), part: figure("/proc/self/smaps_rollup", "Pss_Shmem") };
}

process.on("message", async (message: { op: "touch" | "measure" | "leave" }) => {
  if (message.op === "leave") {
    // No new connections; those that wait for an answer get it.
    leaving = true;
    server.close(() => {
      matrix.close();
      process.disconnect();
    });
    return;
  }
  if (message.op === "measure") {
    process.send!({ measured: shares() });
    return;
  }
  let sum = 0;
  for await (const { data } of pieces(matrix)) for (let i = 0; i < data.length; i += 1024) sum += data[i]!;
  process.send!({ touched: sum });
});

server.listen(Number(port));
