// handoff_fork.mjs BYTES COUNT: a forked child sends one Buffer to its parent by Node's own channel, serialization "advanced";
// microseconds from just before the send to a typed array over the bytes at the receiver.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const now = () => Number(process.hrtime.bigint()) / 1e3;

if (process.send) {
  const data = Buffer.from(new BigInt64Array(Number(process.argv[2]) / 8).fill(7n).buffer);
  process.on("message", (message) => {
    if (message === "go") process.send({ sent: now(), data });
    else process.disconnect();
  });
  process.send("ready");
} else {
  const [bytes, count] = [Number(process.argv[2]), Number(process.argv[3])];
  const child = fork(fileURLToPath(import.meta.url), [String(bytes)], { serialization: "advanced" });
  const took = [];
  let turn = -5;
  const next = () => setTimeout(() => child.send("go"), 2);
  child.on("message", (message) => {
    if (message === "ready") return next();
    let { buffer, byteOffset } = message.data;
    if (byteOffset % 8 !== 0) [buffer, byteOffset] = [buffer.slice(byteOffset, byteOffset + bytes), 0];
    const array = new BigInt64Array(buffer, byteOffset, bytes / 8);
    const got = now();
    if (array[0] !== 7n || array.at(-1) !== 7n) throw new Error("other bytes arrived");
    if (turn >= 0) took.push(got - message.sent);
    turn += 1;
    if (turn < count) return next();
    child.send("end");
    console.log(JSON.stringify({ took }));
  });
}
