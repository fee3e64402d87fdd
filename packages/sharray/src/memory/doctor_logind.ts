/** The check of systemd's habit of removing what a user has on /dev/shm, when the user logs out. */
import { type Check, type Machine, ok, warning } from "./doctor_check.ts";

const folders = ["/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd"];

/** systemd's words for a boolean. */
const truths = new Map<string, boolean>([
  ...["1", "yes", "y", "true", "t", "on"].map((word) => [word, true] as const),
  ...["0", "no", "n", "false", "f", "off"].map((word) => [word, false] as const),
]);

/** The last value of `RemoveIPC` in the section [Login] of a file; undefined where it has none. */
function removeIpcIn(text: string): boolean | undefined {
  let section = "";
  let value: boolean | undefined;
  for (const line of text.split("\n").map((line) => line.trim())) {
    const head = /^\[(.*)\]$/.exec(line)?.[1];
    if (head !== undefined) section = head;
    const given = section === "Login" ? /^RemoveIPC\s*=\s*(.*)$/.exec(line)?.[1] : undefined;
    if (given !== undefined) value = truths.get(given.toLowerCase()) ?? value;
  }
  return value;
}

/**
 * systemd-logind's files in the order in which they count, as logind.conf(5) has it: the main file, then all drop-ins by name
 * wherever they lie; of two with one name the one in the earlier folder.
 */
export function removeIpcSetting(machine: Machine): { value: boolean; file: string } | null {
  const main = folders.map((folder) => `${folder}/logind.conf`).find((path) => machine.read(path) !== null);
  const dropIns = new Map<string, string>();
  for (const folder of folders) {
    for (const name of machine.list(`${folder}/logind.conf.d`)) {
      if (name.endsWith(".conf") && !dropIns.has(name)) dropIns.set(name, `${folder}/logind.conf.d/${name}`);
    }
  }
  const later = [...dropIns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
  let found: { value: boolean; file: string } | null = null;
  for (const file of main === undefined ? later : [main, ...later]) {
    const value = removeIpcIn(machine.read(file) ?? "");
    if (value !== undefined) found = { value, file };
  }
  return found;
}

/** Uids up to here are system users for systemd, unless it was built otherwise. */
const lastSystemUid = 999;

/** Whether systemd removes a user's files on /dev/shm when the user's last session ends. */
export function removeIpc(machine: Machine): Check {
  const name = "RemoveIPC";
  if (machine.room("/run/systemd/system") === null) return ok(name, "systemd does not run here");
  const set = removeIpcSetting(machine);
  const found = set === null ? "not set, which systemd takes as yes" : `${set.value ? "yes" : "no"} (${set.file})`;
  if (set?.value === false) return ok(name, found);
  if (machine.uid <= lastSystemUid) return ok(name, `${found}; uid ${machine.uid} is a system user, whose blocks stay`);
  if (machine.user !== null && machine.list("/var/lib/systemd/linger").includes(machine.user)) {
    return ok(name, `${found}; ${machine.user} lingers, so that logging out ends nothing`);
  }
  return warning(
    name,
    found,
    "named blocks of this user are removed when the last session ends, also while processes hold them: RemoveIPC=no below [Login] " +
      "in /etc/systemd/logind.conf.d/sharray.conf, then systemctl restart systemd-logind; or loginctl enable-linger; or run as a system user",
  );
}
