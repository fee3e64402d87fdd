// Makes methylation tables: node scripts/generate.mjs SEED ROWS > file. The same seed gives the same bytes on every machine.
//
// Rows are `chr pos pct c t`, separated by tabs: chromosomes in order, each with a share of the rows that suits its length;
// positions that only grow; c and t small counts; pct = 100 c / (c + t) with up to 6 decimals, trailing zeros dropped.
import { closeSync, openSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";

// Lengths of the human chromosomes (assembly GRCh38), in base pairs.
const chromosomes = [
  ["chr1", 248956422],
  ["chr2", 242193529],
  ["chr3", 198295559],
  ["chr4", 190214555],
  ["chr5", 181538259],
  ["chr6", 170805979],
  ["chr7", 159345973],
  ["chr8", 145138636],
  ["chr9", 138394717],
  ["chr10", 133797422],
  ["chr11", 135086622],
  ["chr12", 133275309],
  ["chr13", 114364328],
  ["chr14", 107043718],
  ["chr15", 101991189],
  ["chr16", 90338345],
  ["chr17", 83257441],
  ["chr18", 80373285],
  ["chr19", 58617616],
  ["chr20", 64444167],
  ["chr21", 46709983],
  ["chr22", 50818468],
  ["chrX", 156040895],
  ["chrY", 57227415],
];
const genome = chromosomes.reduce((sum, [, length]) => sum + length, 0);

const deepest = 40;
const tab = 9;
const zero = 48;

/** xorshift32, its bits mixed once more: integer arithmetic alone, so no machine differs. */
function xorshift(seed) {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    return (mixed ^ (mixed >>> 13)) >>> 0;
  };
}

/** 100 c / depth to 6 decimals, rounded half up in integers, as text. */
function percent(c, depth) {
  const millionths = Math.floor((Math.floor((c * 200_000_000) / depth) + 1) / 2);
  const whole = Math.floor(millionths / 1_000_000);
  const fraction = String(millionths % 1_000_000)
    .padStart(6, "0")
    .replace(/0+$/, "");
  return fraction === "" ? String(whole) : `${whole}.${fraction}`;
}

/** The ends of all rows there can be: tab, pct, tab, c, tab, t, line feed; at [depth * (deepest + 1) + c]. */
function endings() {
  const table = [];
  for (let depth = 1; depth <= deepest; depth++) {
    for (let c = 0; c <= depth; c++) {
      table[depth * (deepest + 1) + c] = Buffer.from(`\t${percent(c, depth)}\t${c}\t${depth - c}\n`, "latin1");
    }
  }
  return table;
}

/** Writes `rows` rows to an open file descriptor. */
export function generate(fd, seed, rows) {
  const random = xorshift(seed);
  const ends = endings();
  const buffer = Buffer.alloc(1 << 20);
  let used = 0;
  const flush = () => {
    for (let at = 0; at < used; ) at += writeSync(fd, buffer, at, used - at);
    used = 0;
  };

  let made = 0;
  let passed = 0;
  for (const [name, length] of chromosomes) {
    passed += length;
    const upTo = name === "chrY" ? rows : Math.floor(rows * (passed / genome));
    const label = Buffer.from(name, "latin1");
    let position = 0;
    for (let left = upTo - made; left > 0; left--) {
      const stride = Math.max(1, Math.floor((length - position) / left));
      position = Math.min(length - left + 1, position + 1 + (random() % (2 * stride - 1)));
      const bits = random();
      // Half of the places are covered thinly, the rest up to 40 reads; most are wholly methylated or not at all.
      const depth = 1 + (bits & 7) + ((bits & 8) === 0 ? 0 : (bits >>> 4) & 31);
      const kind = (bits >>> 9) % 10;
      const c = kind < 4 ? 0 : kind < 6 ? depth : (bits >>> 16) % (depth + 1);

      if (used > buffer.length - 64) flush();
      for (let i = 0; i < label.length; i++) buffer[used++] = label[i];
      buffer[used++] = tab;
      let digits = 1;
      for (let limit = 10; limit <= position; limit *= 10) digits++;
      for (let at = used + digits - 1, rest = position; at >= used; at--) {
        const next = (rest / 10) | 0;
        buffer[at] = zero + rest - next * 10;
        rest = next;
      }
      used += digits;
      const end = ends[depth * (deepest + 1) + c];
      for (let i = 0; i < end.length; i++) buffer[used++] = end[i];
    }
    made = upTo;
  }
  flush();
}

/** Makes a file of `rows` rows. */
export function generateFile(path, seed, rows) {
  const fd = openSync(path, "w");
  try {
    generate(fd, seed, rows);
  } finally {
    closeSync(fd);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [seed, rows] = process.argv.slice(2).map(Number);
  if (process.argv.length !== 4 || !Number.isSafeInteger(seed) || !Number.isSafeInteger(rows) || rows < 0) {
    process.stderr.write("usage: node scripts/generate.mjs SEED ROWS > file\n");
    process.exit(2);
  }
  generate(1, seed, rows);
}
