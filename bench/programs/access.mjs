// access.mjs WORK WHAT: one way of going through 20 M records (or as many numbers), several times; the times in milliseconds as JSON.
import { NDArray, SharedArray } from "sharray";

const N = 20_000_000;
const DTYPE = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["pct", "<f4"],
  ["c", "<i4"],
  ["t", "<i4"],
];
const ITEM = 26;
const PCT = 14;
const RECORDS = 1_000_000;
const TIMES = 5;
const [work, what] = process.argv.slice(2);

/** Fractions: a sum of whole numbers would be one of 32-bit integers for a while. */
const fraction = (i) => (i % 1000) * 0.1;

function records(n, layout) {
  const a = SharedArray.create({ shape: [n], dtype: DTYPE, layout });
  if (layout === "columns") {
    a.field("pct").data.set(Float32Array.from({ length: n }, (_, i) => fraction(i)));
    a.field("pos").data.set(Int32Array.from({ length: n }, (_, i) => i));
    a.field("c").data.set(Int32Array.from({ length: n }, (_, i) => i % 50));
    a.field("chr").fill("chr1");
    return a;
  }
  const { buffer, byteOffset, byteLength } = a.bytes;
  const view = new DataView(buffer, byteOffset, byteLength);
  for (let i = 0; i < n; i++) {
    const at = i * ITEM;
    view.setUint32(at, 0x31726863, true);
    view.setInt32(at + 10, i, true);
    view.setFloat32(at + PCT, fraction(i), true);
    view.setInt32(at + 18, i % 50, true);
    view.setInt32(at + 22, i % 30, true);
  }
  return a;
}

const floats = (n) => Float32Array.from({ length: n }, (_, i) => fraction(i));
const objects = (n) =>
  Array.from({ length: n }, (_, i) => ({ chr: "chr1", pos: i, pct: fraction(i), c: i % 50, t: i % 30 }));

function sumOf(array, n) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += array.get(i);
  return sum;
}

function sumOfItems(array, n) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += array[i];
  return sum;
}

function sumOver(items) {
  let sum = 0;
  for (const x of items) sum += x;
  return sum;
}

function sumOfBigs(array, n) {
  let sum = 0n;
  for (let i = 0; i < n; i++) sum += array.get(i);
  return sum;
}

function sumOfBigItems(array, n) {
  let sum = 0n;
  for (let i = 0; i < n; i++) sum += array[i];
  return sum;
}

function lengths(array, n) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += array.get(i).length;
  return sum;
}

function products(a, b, n) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a.get(i) * b.get(i);
  return sum;
}

function productsOfItems(a, b, n) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

function sumOfRows(array, rows, columns) {
  let sum = 0;
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) sum += array.get(i, j);
  return sum;
}

function sumOfRowsOfItems(array, rows, columns) {
  let sum = 0;
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) sum += array[i * columns + j];
  return sum;
}

function store(array, n) {
  for (let i = 0; i < n; i++) array.set(i, i * 0.5);
  return array.get(n - 1);
}

function storeItems(array, n) {
  for (let i = 0; i < n; i++) array[i] = i * 0.5;
  return array[n - 1];
}

/** What a program does with whole records: looks at more than one member, and keeps some. */
function look(array, n, at) {
  let sum = 0;
  let last = null;
  for (let i = 0; i < n; i++) {
    const record = at(array, i);
    sum += record.pct;
    if (record.c > 48) last = record;
  }
  return sum + last.pos;
}

function lookOver(items) {
  let sum = 0;
  let last = null;
  for (const record of items) {
    sum += record.pct;
    if (record.c > 48) last = record;
  }
  return sum + last.pos;
}

/** Other arrays that the program used before. */
function others() {
  for (const dtype of ["<i4", "<f8", ">i2", "|u1", "<f4", "S4"]) {
    const a = SharedArray.create({ shape: [5000], dtype });
    for (let k = 0; k < 20; k++) for (let i = 0; i < 5000; i++) a.get(i);
    a.close();
  }
}

const M = RECORDS;
const ways = {
  "field sum": {
    typed: () => [floats(N), (a) => sumOfItems(a, N)],
    view: () => {
      const { buffer, byteOffset, byteLength } = records(N).bytes;
      const view = new DataView(buffer, byteOffset, byteLength);
      return [
        view,
        () => {
          let sum = 0;
          for (let i = 0; i < N; i++) sum += view.getFloat32(i * ITEM + PCT, true);
          return sum;
        },
      ];
    },
    get: () => [records(N).field("pct"), (a) => sumOf(a, N)],
    "get, after other arrays": () => {
      others();
      return [records(N).field("pct"), (a) => sumOf(a, N)];
    },
    "get, in a slice": () => [records(N).slice([null, null, -1]).field("pct"), (a) => sumOf(a, N)],
    "get, in columns": () => [records(N, "columns").field("pct"), (a) => sumOf(a, N)],
    "get, through one function for five fields": () => {
      const a = records(N / 5);
      const fields = ["pos", "c", "t"].map((name) => a.field(name));
      const half = SharedArray.create({ shape: [N / 5], dtype: ">i2" });
      fields.push(half, a.field("pct"));
      return [fields, (list) => list.reduce((sum, field) => sum + sumOf(field, N / 5), 0)];
    },
    "get, of 400 arrays": () => {
      const list = Array.from({ length: 400 }, () => SharedArray.from(floats(N / 400)));
      return [list, (arrays) => arrays.reduce((sum, array) => sum + sumOf(array, N / 400), 0)];
    },
  },
  "product of two fields": {
    typed: () => {
      const [a, b] = [floats(N), Int32Array.from({ length: N }, (_, i) => i)];
      return [null, () => productsOfItems(a, b, N)];
    },
    get: () => {
      const a = records(N);
      const [pct, pos] = [a.field("pct"), a.field("pos")];
      return [null, () => products(pct, pos, N)];
    },
  },
  "numbers, one by one": {
    typed: () => [floats(N), (a) => sumOfItems(a, N)],
    get: () => [SharedArray.from(floats(N)), (a) => sumOf(a, N)],
    "get, big-endian": () => [new NDArray([N], ">f4", new ArrayBuffer(4 * N)), (a) => sumOf(a, N)],
    "get, 1.3 GB of an array": () => [
      SharedArray.create({ shape: [N, 64], dtype: "u1" })
        .slice(null, [0, 1])
        .reshape([N]),
      (a) => sumOf(a, N),
    ],
  },
  "numbers, for of": {
    typed: () => [floats(N), sumOver],
    iteration: () => [SharedArray.from(floats(N)), sumOver],
    "iteration of a field": () => [records(N).field("pct"), sumOver],
  },
  "rows and columns": {
    typed: () => [floats(N), (a) => sumOfRowsOfItems(a, N / 100, 100)],
    get: () => [SharedArray.from(floats(N)).reshape([N / 100, 100]), (a) => sumOfRows(a, N / 100, 100)],
  },
  "64-bit integers": {
    typed: () => [new BigInt64Array(M).fill(7n), (a) => sumOfBigItems(a, M)],
    get: () => [SharedArray.from(new BigInt64Array(M).fill(7n)), (a) => sumOfBigs(a, M)],
  },
  "storing numbers": {
    typed: () => [floats(N), (a) => storeItems(a, N)],
    set: () => [SharedArray.from(floats(N)), (a) => store(a, N)],
    "set of a field": () => [records(N).field("pct"), (a) => store(a, N)],
  },
  "texts S10": {
    objects: () => [
      objects(M),
      (a) => {
        let sum = 0;
        for (let i = 0; i < M; i++) sum += a[i].chr.length;
        return sum;
      },
    ],
    get: () => [records(M).field("chr"), (a) => lengths(a, M)],
  },
  "whole records": {
    objects: () => [objects(M), (a) => look(a, M, (list, i) => list[i])],
    "objects made anew": () => [objects(M), (a) => look(a, M, (list, i) => ({ ...list[i] }))],
    "objects of JSON": () => [
      objects(M / 10).map((o) => JSON.stringify(o)),
      (a) => look(a, M, (list, i) => JSON.parse(list[i % list.length])),
    ],
    get: () => [records(M), (a) => look(a, M, (array, i) => array.get(i))],
    "get, in columns": () => [records(M, "columns"), (a) => look(a, M, (array, i) => array.get(i))],
    iteration: () => [records(M), lookOver],
    toArray: () => [records(M), (a) => lookOver(a.toArray())],
  },
};

if (work === undefined) {
  console.log(
    JSON.stringify(Object.fromEntries(Object.entries(ways).map(([name, list]) => [name, Object.keys(list)]))),
  );
} else {
  const [subject, run] = ways[work][what]();
  const times = [];
  for (let time = 0; time < TIMES; time++) {
    const started = performance.now();
    const result = run(subject);
    times.push(performance.now() - started);
    if (Number.isNaN(Number(result))) throw new Error(`${work}, ${what}: ${result}`);
  }
  console.log(JSON.stringify({ first: times[0], best: Math.min(...times.slice(1)) }));
}
