// A /dev/shm of one's own: what other programs of the machine put there or sweep is not seen, and its size is chosen.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, statfsSync } from "node:fs";

export interface Mount {
  /** The words that run a command where the mount is /dev/shm. */
  through: string[];
  /** The same folder as this process sees it. */
  folder: string;
  /** Bytes of it that are in use. */
  used(): number;
  names(): string[];
  close(): Promise<void>;
}

const asRoot: boolean = process.getuid?.() === 0;
const unshare: string[] = ["unshare", asRoot ? "-m" : "-Urm"];

function seen(folder: string): Pick<Mount, "folder" | "used" | "names"> {
  return {
    folder,
    used: () => {
      const { blocks, bfree, bsize } = statfsSync(folder);
      return (blocks - bfree) * bsize;
    },
    names: () => readdirSync(folder).sort(),
  };
}

async function ready(keeper: ChildProcess): Promise<string | null> {
  let complaint = "";
  keeper.stderr!.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const failed = once(keeper, "close").then(() => complaint.trim() || "unshare failed");
  const gone = once(keeper, "error").then(([error]) => String(error));
  return Promise.race([once(keeper.stdout!, "data").then(() => null), failed, gone]);
}

/** A private mount of so many bytes, or why there can be none. */
export async function privateMount(size: number): Promise<Mount | string> {
  const script = `mount -t tmpfs -o size=${size},mode=1777 tmpfs /dev/shm && echo ready && exec cat`;
  const keeper = spawn(unshare[0]!, [...unshare.slice(1), "sh", "-c", script], { stdio: ["pipe", "pipe", "pipe"] });
  const complaint = await ready(keeper);
  if (complaint !== null) return `no mount namespace can be made here (${unshare.join(" ")}): ${complaint}`;
  const ended = once(keeper, "exit");
  const enter = asRoot ? ["-m"] : ["-U", "--preserve-credentials", "-m"];
  return {
    through: ["nsenter", "-t", String(keeper.pid), ...enter, "--"],
    ...seen(`/proc/${keeper.pid}/root/dev/shm`),
    close: async () => {
      keeper.stdin!.end();
      await ended;
    },
  };
}

/** The machine's own /dev/shm, where no other can be had. */
export function commonMount(): Mount {
  return { through: [], ...seen("/dev/shm"), close: async () => {} };
}
