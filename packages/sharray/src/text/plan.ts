import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { addon } from "../native/addon.ts";
import { callAsync } from "../native/call.ts";
import type { Spec } from "./table.ts";

/** A table that a load makes. */
export interface Table {
  firstRange: number;
  ranges: number;
  /** Items in a row: 1 for records, else the number of columns (0 where no row told it). */
  columns: number;
  rowSize: number;
  /** More rows are impossible. */
  bound: number;
}

/** No block is larger, whatever a bound says: offsets stay exact numbers. */
const LARGEST = 2 ** 52;

/** Bytes that the rows of a table can take at most. */
export function mostBytes(table: Table): number {
  return Math.min(LARGEST, table.bound * table.rowSize);
}

/** A load whose inputs were opened, their first rows parsed, and cut into ranges. */
export interface Plan {
  /** All of it, as native code takes it. */
  readonly job: string;
  readonly tables: readonly Table[];
  readonly files: readonly { label: string; size: number; dest: number }[];
  readonly ranges: number;
  readonly totalBytes: number;
}

/** Where every process finds the file: /dev/stdin and /proc/self/fd/0 mean another one in each. */
function placeOf(path: string): string {
  const absolute = resolve(path);
  if (!/^\/(dev|proc)\//.test(absolute)) return absolute;
  try {
    return realpathSync.native(absolute);
  } catch {
    return absolute; // a pipe, say, which opening it tells of
  }
}

/**
 * Opens every input, parses its first row, and cuts all of them into ranges for so many workers.
 *
 * @throws {SharrayError} FILE_NOT_FOUND, IS_DIRECTORY, PERMISSION_DENIED, NOT_SUPPORTED (compressed, or no regular file),
 * BAD_ARGUMENT (a dialect that cannot be), and what a first row can be refused for
 */
export async function planLoad(spec: Spec, paths: readonly string[], workers: number): Promise<Plan> {
  const inputs = paths.map((path) => ({ path: placeOf(path), label: path }));
  const job = await callAsync(() => addon.planLoad(JSON.stringify({ spec, inputs, workers })));
  const { dests, files, ranges, totalBytes } = JSON.parse(job) as {
    dests: Table[];
    files: Plan["files"];
    ranges: number;
    totalBytes: number;
  };
  return { job, tables: dests, files, ranges, totalBytes };
}
