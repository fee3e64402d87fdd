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

/** `--usecols 1,2,5`: columns counted from 0, negative ones from the end, as NumPy's usecols. */
export function usecols(text: string): number[] {
  return text
    .split(",")
    .map((part) =>
      integer("--usecols", part.trim(), -0x8000_0000, 0x7fff_ffff, "column numbers from 0 on, as in 1,2,5"),
    );
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

/** `--delimiter`: one character, `tab` or `\t`. */
export function delimiter(text: string): string {
  if (text === "tab" || text === "\\t") return "\t";
  if ([...text].length !== 1 || text === "\n" || text === "\r") {
    throw usage(
      `--delimiter takes one character, or tab, not ${JSON.stringify(text)}; without it columns are separated by white space`,
      { option: "--delimiter", value: text },
    );
  }
  if (text.codePointAt(0)! > 0x7f) {
    throw new SharrayError("NOT_SUPPORTED", `--delimiter ${text} is not in this version: it takes an ASCII character`, {
      option: "--delimiter",
      value: text,
    });
  }
  return text;
}

/** `--comments`: what begins a comment; the empty text means that there are none. */
export function comments(text: string): string {
  if (/[\r\n]/.test(text)) {
    throw usage("--comments takes a text without line ends", { option: "--comments", value: text });
  }
  return text;
}

/** `--encoding`: UTF-8 (and so ASCII). */
export function encoding(text: string): "utf-8" {
  if (/^(utf-?8|ascii)$/i.test(text)) return "utf-8";
  throw new SharrayError(
    "NOT_SUPPORTED",
    `--encoding ${text} is not in this version: convert the text to UTF-8 first (iconv -f ${text} -t UTF-8 FILE)`,
    { option: "--encoding", value: text },
  );
}

/** `--on-error`: `stop`, which is also what happens without it. */
export function onError(text: string): "stop" {
  if (text === "stop") return text;
  if (text === "skip") {
    throw new SharrayError(
      "NOT_SUPPORTED",
      "--on-error skip is not in this version: leave out the files that cannot be read",
      { option: "--on-error", value: text },
    );
  }
  throw usage(`--on-error takes stop or skip, not ${JSON.stringify(text)}`, { option: "--on-error", value: text });
}
