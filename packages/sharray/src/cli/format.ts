/** Figures as a person reads them; the JSON output never passes through here. */

const units = ["bytes", "kB", "MB", "GB", "TB", "PB"];

/** 1234567 -> "1,234,567". */
export function count(n: number): string {
  return n.toLocaleString("en-US");
}

/** 47212345 -> "47.2 MB"; decimal units, as disks and networks are sold. */
export function size(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0 ? `${bytes} bytes` : `${value.toFixed(value < 9.95 ? 2 : value < 99.5 ? 1 : 0)} ${units[unit]}`;
}

/** Bytes a second, or "-" while no time has passed. */
export function rate(bytes: number, seconds: number): string {
  return seconds > 0 ? `${size(Math.round(bytes / seconds))}/s` : "-";
}

/** 0.4123 -> "0.41 s"; 75 -> "1 min 15 s". */
export function duration(seconds: number): string {
  return seconds < 9.995 ? `${seconds.toFixed(2)} s` : wholeDuration(Math.round(seconds));
}

/** 2 -> "2 s"; 75 -> "1 min 15 s"; 180000 -> "2 d 2 h". */
export function wholeDuration(whole: number): string {
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const hours = Math.floor(whole / 3600);
  if (hours >= 48) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  return `${hours} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A shape as NumPy prints it: "(1000,)", "(2, 3)", "()". */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

type Descr = string | readonly (readonly [string | readonly string[], Descr, (readonly number[])?])[];

/** A dtype as `--dtype` takes it: "chr:S10,pos:i4"; only a byte order other than the usual one is shown. */
export function dtypeText(descr: unknown): string {
  const one = descr as Descr;
  if (typeof one === "string") return one.replace(/^[<|=]/, "");
  return one
    .map(([name, inner, shape]) => {
      const type = typeof inner === "string" ? dtypeText(inner) : `{${dtypeText(inner)}}`;
      return `${typeof name === "string" ? name : name.at(-1)}:${type}${shape ? shapeText(shape) : ""}`;
    })
    .join(",");
}

/** Text that cannot move the cursor or colour the terminal: control characters are shown as escapes. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    const short = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[character];
    if (short) return short;
    const code = character.codePointAt(0)!;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}

/** A table whose columns are two blanks apart; `right` names those that are aligned to the right. */
export class Table {
  readonly #right: ReadonlySet<number>;
  readonly #widths: number[] = [];

  constructor(right: ReadonlySet<number> = new Set()) {
    this.#right = right;
  }

  /** Lines for some rows. Columns get as wide as the widest cell so far, so a table may be printed in parts. */
  lines(rows: readonly (readonly string[])[]): string {
    for (const row of rows) {
      for (const [column, cell] of row.entries()) {
        this.#widths[column] = Math.max(this.#widths[column] ?? 0, cell.length);
      }
    }
    return rows.map((row) => `${this.#line(row)}\n`).join("");
  }

  #line(row: readonly string[]): string {
    return row
      .map((cell, column) => {
        const width = this.#widths[column]!;
        return this.#right.has(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  }
}

/** A whole table with headings. */
export function table(heads: string[], rows: string[][], right?: ReadonlySet<number>): string {
  return new Table(right).lines([heads, ...rows]);
}
