import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { suite, test } from "node:test";
import { type Running, root, start, until } from "./command.ts";

interface Answer {
  row: number;
  mean: number;
  pid: number;
}

/** One request on a connection of its own; rejects when it is not answered. */
function ask(port: string, row: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get({ port, path: `/row/${row}`, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      response.on("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(text) as Answer);
        else reject(new Error(`status ${response.statusCode}`));
      });
      response.on("error", reject);
    }).on("error", reject);
  });
}

const ROWS = 3000;
const SIZE = (ROWS * 1536 * 4) / 2 ** 20;

/** Starts the servers, and collects what they print. */
function servers(name: string): { running: Running; lines: string[] } {
  const plain = Number(process.versions.node.split(".")[0]) >= 24;
  const options = plain ? [] : ["--import", "tsx"];
  const args = [join(root, "examples", "servers", "main.ts"), "--rows", `${ROWS}`, "--port", "0", "--name", name];
  const running = start(process.execPath, [...options, ...args], { cwd: root });
  const lines: string[] = [];
  running.child.stdout!.on("data", (text: string) => lines.push(...text.split("\n")));
  return { running, lines };
}

/** What eight servers said of their memory, one line for each time they were asked. */
function measured(lines: string[]): { seen: number; taken: number }[] {
  return lines
    .map((line) => /^8 servers see ([\d.]+) MiB of .* which takes ([\d.]+) MiB/.exec(line))
    .filter((found) => found !== null)
    .map(([, seen, taken]) => ({ seen: Number(seen), taken: Number(taken) }));
}

suite("examples/servers", () => {
  test("eight servers share one matrix, and are restarted one by one while requests go on", async () => {
    const name = `servers-test-${process.pid}`;
    const files = (): string[] => readdirSync("/dev/shm").filter((file) => file.includes(name));
    const { running, lines } = servers(name);
    let over = false;
    void running.ended.then(() => {
      over = true;
    });
    const line = (what: string): Promise<string> =>
      until(() => {
        const found = lines.find((one) => one.includes(what));
        assert.ok(found !== undefined || !over, `the servers ended without a line "${what}"`);
        return found;
      });
    const port = /:(\d+)\//.exec(await line("8 servers at "))![1]!;
    await line("one matrix");
    assert.equal(lines.filter((one) => one.includes("fills the matrix")).length, 1);

    let on = true;
    const answered = new Set<number>();
    const before = new Set<number>();
    let count = 0;
    const client = async (start: number): Promise<void> => {
      for (let row = start; on; row = (row + 7) % ROWS) {
        const answer = await ask(port, row);
        assert.deepEqual([answer.row, answer.mean], [row, row]);
        answered.add(answer.pid);
        count += 1;
      }
    };
    const clients = [1, 2, 3].map(client);
    await until(() => count > 200);
    for (const pid of answered) before.add(pid);
    running.child.kill("SIGHUP");
    await line("restarted 8 servers");
    answered.clear();
    const at = count;
    await until(() => count > at + 200);
    on = false;
    await Promise.all(clients);
    for (const pid of answered) assert.ok(!before.has(pid), `server ${pid} was to be replaced`);
    await until(() => measured(lines).length === 2);
    for (const { seen, taken } of measured(lines)) {
      assert.ok(seen > 7.9 * SIZE, `${seen} MiB are seen`);
      assert.ok(taken < 1.5 * SIZE, `${taken} MiB are taken`);
    }
    // The matrix was filled once: those that came later found it.
    assert.equal(lines.filter((one) => one.includes("fills the matrix")).length, 1);
    assert.deepEqual(files(), [`sharray.${name}`]);

    const [victim] = [...answered];
    process.kill(victim!, "SIGKILL");
    await line(`server ${victim} died (SIGKILL)`);
    assert.equal((await ask(port, 5)).mean, 5);

    running.child.kill("SIGTERM");
    const ended = await running.ended;
    assert.deepEqual([ended.status, ended.stderr, ended.left], [0, "", []]);
    assert.deepEqual(files(), []);
  });
});
