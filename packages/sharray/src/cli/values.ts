import { SharrayError } from "../errors.ts";

/** What the values of options mean. Each function takes the text from the command line and throws USAGE or NOT_SUPPORTED. */

function usage(message: string, details: Record<string, unknown>): SharrayError {
  return new SharrayError("USAGE", message, details);
}

function integer(option: string, text: string, least: number, most: number, what: string): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw usage(`${option} takes ${what}, not ${JSON.stringify(text)}`, { option, value: text });
}

/** `--processes`: 1 to 1024. */
export function processes(text: string): number {
  return integer("--processes", text, 1, 1024, "a positive integer (at most 1024)");
}

/** `--skiprows`, `--max-rows`, `-n`: 0 and up. */
export function rows(option: string): (text: string) => number {
  return (text) => integer(option, text, 0, Number.MAX_SAFE_INTEGER, "an integer of 0 or more");
}

/** `--usecols 1,2,5`: columns counted from 0, negative ones from the end, as NumPy's usecols; or names of the header. */
export function usecols(text: string): (number | string)[] {
  return text.split(",").map((part) => {
    const name = part.trim();
    if (name === "")
      throw usage("--usecols takes column numbers from 0 on, or names, as in 1,2,5", {
        option: "--usecols",
        value: text,
      });
    if (!/^[+-]?\d+$/.test(name)) return name;
    return integer("--usecols", name, -0x8000_0000, 0x7fff_ffff, "column numbers from 0 on, as in 1,2,5");
  });
}

/** `--na A,B`: texts that stand for a missing value; an empty one between commas counts too. */
export function na(text: string): string[] {
  return text.split(",");
}

/** `--fill`: a number where it is one, else a text. */
export function fill(text: string): number | string {
  const trimmed = text.trim();
  if (/^[+-]?nan$/i.test(trimmed)) return Number.NaN;
  const number = Number(trimmed);
  return trimmed === "" || Number.isNaN(number) ? text : number;
}

/** An attribute of `--attr [PATH:]KEY=VALUE`. */
export interface Attribute {
  path: string;
  key: string;
  value: string | number;
}

/** `--attr [PATH:]KEY=VALUE`, once for each; the path is the file's root unless it is said, and a value is a number where it is one. */
export function attribute(text: string, before: Attribute[] = []): Attribute[] {
  const equals = text.indexOf("=");
  const left = text.slice(0, Math.max(equals, 0));
  const colon = left.lastIndexOf(":");
  const [path, key] = colon === -1 ? ["/", left] : [left.slice(0, colon), left.slice(colon + 1)];
  if (equals === -1 || key === "" || path === "") {
    throw usage(`--attr takes KEY=VALUE or PATH:KEY=VALUE, not ${JSON.stringify(text)}`, {
      option: "--attr",
      value: text,
    });
  }
  const value = text.slice(equals + 1);
  const number = Number(value);
  const isNumber = value.trim() !== "" && Number.isFinite(number);
  return [...before, { path, key, value: isNumber ? number : value }];
}

/** What `--compression` stands for. */
export type Compression = { kind: "gzip"; level: number } | "none";

/** `--compression gzip`, `gzip:1` to `gzip:9`, `none`; plain gzip is level 4, as h5py's. */
export function compression(text: string): Compression {
  if (text === "none") return text;
  const gzip = /^gzip(?::([1-9]))?$/.exec(text);
  if (gzip) return { kind: "gzip", level: gzip[1] ? Number(gzip[1]) : 4 };
  if (text === "lzf") {
    throw new SharrayError(
      "NOT_SUPPORTED",
      "--compression lzf is not in this version: use --compression gzip:1 (every HDF5 program reads it) or none",
      { option: "--compression", value: text },
    );
  }
  throw usage(`--compression takes gzip, gzip:1 to gzip:9, or none, not ${JSON.stringify(text)}`, {
    option: "--compression",
    value: text,
  });
}

/** `--delimiter`: one character, `tab` or `\t`, or widths of columns, 11,4,2. */
export function delimiter(text: string): string | number[] {
  if (text === "tab" || text === "\\t") return "\t";
  if (/^\d+(,\d+)+$/.test(text)) return text.split(",").map(Number);
  if ([...text].length !== 1 || text === "\n" || text === "\r") {
    throw usage(
      `--delimiter takes one character, tab, or widths as in 11,4,2, not ${JSON.stringify(text)}; without it columns are separated by white space`,
      { option: "--delimiter", value: text },
    );
  }
  return text;
}

/** `--quotechar`: one character. */
export function quotechar(text: string): string {
  if ([...text].length === 1 && text !== "\n" && text !== "\r") return text;
  throw usage(`--quotechar takes one character, not ${JSON.stringify(text)}`, { option: "--quotechar", value: text });
}

/** `--comments`: what begins a comment; the empty text means that there are none. */
export function comments(text: string): string {
  if (/[\r\n]/.test(text)) {
    throw usage("--comments takes a text without line ends", { option: "--comments", value: text });
  }
  return text;
}

/** `--on-error`: `stop`, which is also what happens without it, or `skip`. */
export function onError(text: string): "stop" | "skip" {
  if (text === "stop" || text === "skip") return text;
  throw usage(`--on-error takes stop or skip, not ${JSON.stringify(text)}`, { option: "--on-error", value: text });
}
