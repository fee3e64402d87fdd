// hdf5.mjs WHAT ...: sharray's part in the benchmark of HDF5. Prints the seconds as JSON.
//   tables OUT.npy TEXT            makes what `write` takes; prints nothing
//   write OUT LEVEL ROWS NPY...    arrays in memory to datasets data1, data2, ..., ROWS rows a chunk, until the file is closed: write_s
//   read FILE                      all its datasets into fresh memory: read_s
import { SharedArray } from "sharray";
import { File } from "sharray/hdf5";
import { loadtxt } from "sharray/text";
import { openFile } from "../../packages/sharray/dist/hdf5/file.js";

const since = (started) => (performance.now() - started) / 1000;

const work = {
  async tables(out, text) {
    const dtype = [
      ["chr", "S10"],
      ["pos", "<i4"],
      ["pct", "<f4"],
      ["c", "<i4"],
      ["t", "<i4"],
    ];
    const table = await loadtxt(text, { dtype });
    await table.save(out);
  },

  async write(out, level, rows, ...tables) {
    const arrays = await Promise.all(tables.map((path) => SharedArray.load(path)));
    // h5py does not wait for the disk.
    const file = await openFile(out, "w", { sync: false });
    const options = { compression: "gzip", level: Number(level), chunks: [Number(rows)] };
    const started = performance.now();
    for (const [i, array] of arrays.entries()) await file.createDataset(`data${i + 1}`, array, options);
    await file.close();
    console.log(JSON.stringify({ write_s: since(started) }));
  },

  async read(path) {
    const file = await File.open(path);
    const held = [];
    const started = performance.now();
    for (const name of file.keys()) held.push(await file.get(name).read());
    const read_s = since(started);
    await file.close();
    console.log(JSON.stringify({ read_s, rows: held.reduce((sum, { size }) => sum + size, 0) }));
  },
};

const [what, ...operands] = process.argv.slice(2);
await work[what](...operands);
