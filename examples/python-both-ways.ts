// A Python program makes features, this one fills results, and Python ranks them, on three arrays in shared memory of which nobody
// copies a byte. The other half is python/both_ways.py.
//
//   npx tsx examples/python-both-ways.ts [PYTHON]
//
// PYTHON is an interpreter with NumPy; python3 if none is named. What goes to and fro are lines of JSON: handles.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type ArrayHandle, main, SharedArray } from "sharray";

const result = [
  ["score", "<f4"],
  ["label", "S4"],
  ["rank", "<i4"],
] as const;

main(import.meta, async () => {
  const program = fileURLToPath(new URL("python/both_ways.py", import.meta.url));
  const python = spawn(process.argv[2] ?? "python3", [program], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  const hear = async <T>(): Promise<T> => {
    const line = await lines.next();
    if (line.done) throw new Error("the Python program ended too early");
    return JSON.parse(line.value) as T;
  };
  const say = (message: object): void => {
    python.stdin.write(`${JSON.stringify(message)}\n`);
  };

  const { handle, weights } = await hear<{ handle: ArrayHandle<"<f4">; weights: ArrayHandle<"<f8"> }>();
  using features = SharedArray.attach(handle);
  // A view: every second weight of an array in Python's memory. Its offset and strides are in the handle.
  using chosen = SharedArray.attach(weights);
  const [rows, columns] = features.shape as [number, number];
  console.log(`from Python: ${rows} x ${columns} features, weights ${chosen.toArray().join(" ")}`);

  using results = SharedArray.create({ shape: rows, dtype: result });
  const data = features.data;
  for (let row = 0; row < rows; row++) {
    let score = 0;
    for (let column = 0; column < columns; column++) score += data[row * columns + column]! * chosen.get(column);
    results.set(row, { score, label: score < 0 ? "low" : "high", rank: 0 });
  }
  say({ results: results.handle() });

  // Python has sorted them and written the ranks into the same records.
  const { high } = await hear<{ high: number }>();
  console.log(`from Node: ${rows} results, of which Python counts ${high} high`);
  for (const record of results.slice([0, 3])) console.log(record);

  const ended = new Promise((resolve) => python.on("close", resolve));
  python.stdin.end();
  await ended;
  // Python has ended, and with it its attachments. What it made is still here, because this process holds it.
  console.log(`still here: the first feature is ${features.get(0, 0)}`);
});
