import { existsSync } from "node:fs";
import { NpyFile } from "../array/npy/file.ts";
import type { NamedBlock } from "../memory/names.ts";
import { dtypeText, printable, shapeText, wholeDuration } from "./format.ts";

/** A named block with what its beginning tells of the array in it, as `ls --json` and `info --json` show it. */
export interface BlockInfo {
  name: string;
  size: number;
  /** NumPy's description; null for raw bytes, and where this user may not look. */
  dtype: unknown;
  shape: number[] | null;
  /** Only of an array in columns. */
  layout?: "columns";
  /** Seconds since it was made. */
  age: number;
  created: number;
  mode: number;
  uid: number;
  persist: boolean;
  held: boolean;
  holders: { pid: number; command: string }[];
}

/** The file of a named block. */
export function fileOf(name: string): string {
  return `/dev/shm/${name}`;
}

/** The array in a block; null for raw bytes, and for what cannot be looked into or has gone meanwhile. */
function arrayIn(name: string): { dtype: unknown; shape: number[]; columns: boolean } | null {
  try {
    using file = NpyFile.open(fileOf(name), { links: false });
    return file === null
      ? null
      : { dtype: file.header.dtype.descr, shape: file.header.shape, columns: file.header.columns !== null };
  } catch {
    return null;
  }
}

export function describe(block: NamedBlock, now: number = Date.now()): BlockInfo {
  const array = arrayIn(block.name);
  return {
    name: block.name,
    size: block.size,
    dtype: array?.dtype ?? null,
    shape: array?.shape ?? null,
    ...(array?.columns ? { layout: "columns" as const } : {}),
    age: Math.max(0, Math.floor((now - block.created) / 1000)),
    created: block.created,
    mode: block.mode,
    uid: block.uid,
    persist: block.persist,
    held: block.held,
    holders: block.holders,
  };
}

/** At most so many characters of a cell. */
function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 3)}...` : text;
}

export function dtypeCell({ dtype }: BlockInfo): string {
  return dtype === null ? "-" : shortened(printable(dtypeText(dtype)), 40);
}

export function shapeCell({ shape }: BlockInfo): string {
  return shape === null ? "-" : shapeText(shape);
}

export function ageCell({ age }: BlockInfo): string {
  return wholeDuration(age);
}

/** How many holders are named in a row. */
const named = 3;

/** Whether holders can be seen at all: without /proc they cannot. */
export function holdersShow(): boolean {
  return existsSync("/proc/locks");
}

/** Who has a block open, or what becomes of one that nobody has. */
export function holdersCell({ name, held, holders, persist }: BlockInfo, shown: boolean = holdersShow()): string {
  if (!held && !shown) return "not known (no /proc)";
  if (!held && !/^sharray(-keep)?\./.test(name)) return "none; it stays until its own program removes it";
  if (!held) return persist ? "none; it persists (sharray rm)" : "none; it is dead (sharray gc)";
  if (holders.length === 0) return "processes that cannot be looked into";
  const first = holders.slice(0, named).map(({ pid, command }) => `${pid} ${shortened(printable(command), 40)}`);
  return `${first.join(", ")}${holders.length > named ? ` and ${holders.length - named} more` : ""}`;
}

/** "3 processes", "1 process". */
export function processes(count: number): string {
  return `${count} process${count === 1 ? "" : "es"}`;
}
