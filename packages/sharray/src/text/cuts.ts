import type { Truncated } from "../array/left_out.ts";
import { SharrayError } from "../errors.ts";
import type { Column } from "./columns.ts";

/** Where a converter's value comes from. */
export interface At {
  line: number;
  column: Column;
  /** The column of the text, from 0. */
  source: number;
  text: string;
}

/** Cuts the texts that converters make to their columns, as NumPy does, and counts them. */
export class Cuts {
  readonly found: Truncated[] = [];
  readonly #file: string;
  readonly #strict: boolean;

  constructor(file: string, strict: boolean) {
    this.#file = file;
    this.#strict = strict;
  }

  /** A value as its column holds it. @throws {SharrayError} TEXT_TRUNCATED where that is to be an error */
  cut(given: unknown, at: At): unknown {
    const { dtype, size, name: field } = at.column;
    if (dtype.kind !== "S" && dtype.kind !== "U") return given;
    const value = spelt(given);
    const most = dtype.kind === "S" ? size : size / 4;
    if (typeof value !== "string" || value.length <= most) return value;
    const characters = [...value];
    if (characters.length <= most) return value;
    if (this.#strict) throw this.#refused(value, at, { found: characters.length, most });
    const before = this.found.findIndex((cut) => cut.field === field);
    if (before === -1) this.found.push({ field, count: 1, file: this.#file, line: at.line });
    else this.found[before] = { ...this.found[before]!, count: this.found[before]!.count + 1 };
    return characters.slice(0, most).join("");
  }

  #refused(
    value: string,
    { line, column, source }: At,
    { found, most }: { found: number; most: number },
  ): SharrayError {
    const named = column.name === null ? "" : ` ("${column.name}")`;
    return new SharrayError(
      "TEXT_TRUNCATED",
      `${this.#file}, line ${line}, column ${source + 1}${named}: the converter's ${JSON.stringify(value)} has ${found} characters, ` +
        `${column.dtype.kind}${most} holds ${most}; make the type longer.`,
      { file: this.#file, line, column: source + 1, field: column.name, text: value, found, most },
    );
  }
}

/** A value as Python's `str` spells it, where that is clear. */
export function spelt(value: unknown): unknown {
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "bigint" || Number.isInteger(value) ? String(value) : value;
}
