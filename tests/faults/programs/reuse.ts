// A process number that comes again: a child that holds a block is killed, and another gets its number.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type BlockHandle, SharedMemory } from "sharray";
import type { Act } from "./orders.ts";

const actor = fileURLToPath(new URL("./actor.js", import.meta.url));

interface Holder {
  child: ChildProcess;
  handle: BlockHandle;
}

/** A process that holds a block; null when it is not `wanted`. */
async function holder(wanted?: number): Promise<Holder | null> {
  const child = spawn(process.execPath, [actor], { stdio: ["pipe", "pipe", "inherit"] });
  if (wanted !== undefined && child.pid !== wanted) {
    child.kill("SIGKILL");
    await once(child, "exit");
    return null;
  }
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  await lines.next(); // that it is ready
  child.stdin!.write(`${JSON.stringify({ id: 1, order: "create", args: { size: 4096 }, marked: false })}\n`);
  const answer = JSON.parse((await lines.next()).value as string) as { value: { handle: BlockHandle } };
  return { child, handle: answer.value.handle };
}

async function kill({ child }: Holder): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

export const reuse: Record<string, Act> = {
  /** `name` is the file that decides the next number; what an attach by the dead one's handle comes to. */
  reusePid: async ({ name }) => {
    const old = (await holder())!;
    await kill(old);
    const { pid } = old.handle;
    for (let attempt = 0; attempt < 200; attempt++) {
      writeFileSync(name!, String(pid - 1));
      const next = await holder(pid);
      if (next === null) continue;
      let code: string | undefined;
      try {
        SharedMemory.attach(old.handle).close();
      } catch (error) {
        code = (error as { code?: string }).code;
      }
      await kill(next);
      return { samePid: next.handle.pid === pid, code };
    }
    throw new Error(`the number ${pid} did not come again`);
  },
};
