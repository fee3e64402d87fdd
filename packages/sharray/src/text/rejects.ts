import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { inspect } from "node:util";
import type { Reject } from "../array/left_out.ts";
import { SharrayError } from "../errors.ts";

/** What becomes of rows that cannot be read: "throw", the first ends the load; else they are left out and kept apart. */
export type RejectsOption =
  | "throw"
  | {
      /** More than so many end the load with TEXT_TOO_MANY_REJECTS. Default: no limit. */
      max?: number | undefined;
      /** A CSV file with a line for each: file, line, byte, column, reason, text. It is there when the load is done. */
      to?: string | undefined;
    };

/** The option, checked: null for "throw". @throws {SharrayError} BAD_ARGUMENT */
export function rejectsOf(of: string, value: unknown): { max: number; to: string | null } | null {
  if (value === undefined || value === null || value === "throw") return null;
  const bad = (option: string, expected: string, found: unknown): SharrayError =>
    new SharrayError("BAD_ARGUMENT", `${of}: ${option}: expected ${expected}, found ${inspect(found)}.`, {
      option,
      expected,
    });
  if (typeof value !== "object") throw bad("rejects", '"throw" or { max?, to? }', value);
  const { max = Number.MAX_SAFE_INTEGER, to = null, ...rest } = value as { max?: unknown; to?: unknown };
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw bad("rejects", "max and to", { [unknown]: (rest as Record<string, unknown>)[unknown] });
  const limit = max === Number.POSITIVE_INFINITY ? Number.MAX_SAFE_INTEGER : max;
  if (typeof limit !== "number" || !Number.isSafeInteger(limit) || limit < 0) {
    throw bad("rejects.max", "a whole number, 0 or more", max);
  }
  if (to !== null && (typeof to !== "string" || to === "" || to.includes("\0"))) throw bad("rejects.to", "a path", to);
  return { max: limit, to };
}

const COLUMNS = ["file", "line", "byte", "column", "reason", "text"] as const;

function cell(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The table as CSV (RFC 4180), a heading first. */
function csv(rejects: readonly Reject[]): string {
  const lines = rejects.map((reject) => COLUMNS.map((column) => cell(reject[column])).join(","));
  return [COLUMNS.join(","), ...lines, ""].join("\r\n");
}

/**
 * Writes the table of rows that were left out; it appears whole, and replaces an older one.
 *
 * @throws {SharrayError} FILE_NOT_FOUND there is no such folder; PERMISSION_DENIED, IS_DIRECTORY, NO_SPACE, IO_ERROR
 */
export async function writeRejects(path: string, rejects: readonly Reject[]): Promise<void> {
  const { randomBytes } = process.getBuiltinModule("node:crypto"); // rarely needed, and slow to load
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(csv(rejects));
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    // Where no such file can be there is none to remove, which is no error of its own.
    await rm(temporary, { force: true }).catch(() => {});
    throw fileError(path, cause as NodeJS.ErrnoException);
  }
}

const CODES: Record<string, [string, string]> = {
  ENOENT: ["FILE_NOT_FOUND", "there is no such folder"],
  ENOTDIR: ["FILE_NOT_FOUND", "there is no such folder"],
  EACCES: ["PERMISSION_DENIED", "no permission to write there"],
  EPERM: ["PERMISSION_DENIED", "no permission to write there"],
  EROFS: ["IO_ERROR", "its file system is read-only"],
  EISDIR: ["IS_DIRECTORY", "this is a directory"],
  ENOSPC: ["NO_SPACE", "the disk is full"],
  EDQUOT: ["NO_SPACE", "the disk quota is used up"],
  EFBIG: ["NO_SPACE", "the limit on file sizes is reached (ulimit -f)"],
};

function fileError(path: string, cause: NodeJS.ErrnoException): SharrayError {
  const [code, what] = CODES[cause.code ?? ""] ?? ["IO_ERROR", cause.message];
  return new SharrayError(
    code,
    `${path}: the rejected rows cannot be written: ${what}.`,
    { file: path, errno: cause.errno },
    { cause },
  );
}
