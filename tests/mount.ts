import { spawnSync } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { type Ended, type Running, root, script, start } from "./command.ts";
import { type Mount, privateMount } from "./faults/mount.ts";

/** Arguments of unshare(1) for a mount namespace: what is mounted in it, nobody else sees. An ordinary user needs a user namespace too. */
export const unshare: string[] = ["-m", ...(process.getuid?.() === 0 ? [] : ["-r"])];

/** Why tests cannot have a /dev/shm of their own, or false when they can: for node:test's `skip` option. */
export const noMounts: string | false =
  spawnSync("unshare", [...unshare, "mount", "-t", "tmpfs", "tmpfs", "/dev/shm"]).status === 0
    ? false
    : "no mount namespaces here (unshare -m), so no /dev/shm of one's own";

/**
 * Programs with a /dev/shm that only they see: what other tests, and other users of sharray on this machine, make and sweep
 * meanwhile is not in it.
 */
export class PrivateMount {
  readonly #through: string[];

  private constructor({ through }: Mount) {
    // Entering a namespace leads to its root folder.
    this.#through = [...through, "env", "-C", root];
  }

  /** One of 64 MiB, until the test ends. */
  static async make(t: Pick<TestContext, "after">): Promise<PrivateMount> {
    const mount = await privateMount(64 << 20);
    if (typeof mount === "string") throw new Error(mount);
    t.after(() => mount.close());
    return new PrivateMount(mount);
  }

  /** Starts a program that sees this mount. */
  start(program: string, args: string[]): Running {
    const [first, ...rest] = [...this.#through, program, ...args];
    return start(first!, rest);
  }

  /** Runs `sharray ...` to its end. */
  sharray(...args: string[]): Promise<Ended> {
    return this.start(process.execPath, [script, ...args]).ended;
  }

  /** Starts a JavaScript module that finds `sharray`, and waits until it has printed something. */
  async node(program: string): Promise<Running> {
    const running = this.start(process.execPath, ["--input-type=module", "-e", program]);
    await Promise.race([once(running.child.stdout!, "data"), running.ended]);
    return running;
  }
}
