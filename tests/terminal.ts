import { spawn } from "node:child_process";
import { interpreter } from "./oracle.ts";

// A program in a pseudo-terminal of 100 columns. When its output matches a pattern, keys are "typed": ^C among them reaches the whole
// foreground group, workers too, as it does at a real terminal.
const driver = `
import json, os, pty, re, select, struct, fcntl, termios, sys
pattern, keys, command = sys.argv[1], sys.argv[2].encode(), sys.argv[3:]
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.execv(command[0], command)
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
seen, typed = b"", not pattern
while True:
    try:
        part = os.read(fd, 65536)
    except OSError:
        break
    if not part:
        break
    seen += part
    if not typed and re.search(pattern.encode(), seen):
        os.write(fd, keys)
        typed = True
_, status = os.waitpid(pid, 0)
print(json.dumps({"status": os.waitstatus_to_exitcode(status), "output": seen.decode("utf-8", "replace")}))
`;

/** Runs a program (its absolute path first) at a terminal; once `type.when` (a regular expression) is seen, `type.keys` are typed. */
export async function atTerminal(
  command: string[],
  options: { cwd: string; type?: { when: string; keys: string } },
): Promise<{ status: number; output: string }> {
  const { when, keys } = options.type ?? { when: "", keys: "" };
  const child = spawn(interpreter, ["-c", driver, when, keys, ...command], {
    cwd: options.cwd,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part) => {
    text += part;
  });
  const status = await new Promise((resolve) => child.on("close", resolve));
  if (status !== 0) throw new Error(`the terminal ended with ${status}`);
  return JSON.parse(text);
}
