import { writeFileSync } from "node:fs";
import { loadtxt } from "sharray";
import { Block } from "./dist/memory/block.js";
import { addon } from "./dist/native/addon.js";

writeFileSync("/tmp/k.txt", "chr1\t100\t0.5\t3\t4\n".repeat(60));
const dtype = [
  ["chr", "S10"],
  ["pos", "<i4"],
  ["pct", "<f4"],
  ["c", "<i4"],
  ["t", "<i4"],
];
async function time(name, f, n = 400) {
  for (let i = 0; i < 50; i++) await f();
  const t = performance.now();
  for (let i = 0; i < n; i++) await f();
  console.log(name, (((performance.now() - t) / n) * 1000).toFixed(0), "us");
}
await time("loadtxt", async () => {
  const a = await loadtxt("/tmp/k.txt", { dtype });
  a.close();
});
await time("block sparse", () => {
  const b = Block.create(100000, { reserve: false });
  b.close();
});
await time("block sparse big", () => {
  const b = Block.create(10_000_000, { reserve: false });
  b.close();
});
