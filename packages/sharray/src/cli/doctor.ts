import { type Diagnosis, diagnose } from "../memory/doctor.ts";
import { thisMachine } from "../memory/doctor_machine.ts";
import { printable } from "./format.ts";
import { jsonText } from "./json.ts";
import { print } from "./streams.ts";

const words = { ok: "OK", warning: "WARNING", failure: "FAILURE" };

/** 1 -> "1 warning", 3 -> "3 warnings", 0 -> "no warnings". */
function counted(count: number, word: string): string {
  return `${count || "no"} ${word}${count === 1 ? "" : "s"}`;
}

function text({ checks }: Diagnosis): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map(({ name, status, found, advice }) => {
    const first = `${words[status].padEnd(7)}  ${name.padEnd(width)}  ${printable(found)}\n`;
    return advice === null ? first : `${first}${" ".repeat(width + 11)}${printable(advice)}\n`;
  });
  const of = (status: string): number => checks.filter((check) => check.status === status).length;
  return `${lines.join("")}\n${counted(checks.length, "check")}: ${counted(of("failure"), "failure")}, ${counted(of("warning"), "warning")}\n`;
}

/** `sharray doctor`. The exit status is 1 when something failed. */
export async function doctorCommand(flags: { json?: boolean }): Promise<void> {
  const diagnosis = diagnose(await thisMachine());
  if (!diagnosis.ok) process.exitCode = 1;
  await print(flags.json ? `${jsonText(diagnosis)}\n` : text(diagnosis));
}
