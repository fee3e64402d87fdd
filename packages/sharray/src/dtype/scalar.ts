import { Fault, spelt } from "./fault.ts";

/** NumPy's kind characters of the scalars. */
export type ScalarKind = "b" | "i" | "u" | "f" | "c" | "S" | "U" | "V" | "M" | "m";

/** One scalar dtype: size in bytes, whether it is big-endian, and the unit of a date or duration (`"ms"`, `"25s"`, "" for none). */
export interface Scalar {
  kind: ScalarKind;
  itemsize: number;
  byteOrder: "<" | ">" | "|";
  unit: string;
}

/** The largest element NumPy knows, in bytes. */
export const MAX_ITEMSIZE: number = 2 ** 31 - 1;

const TIME = [8];
const SIZES: Partial<Record<string, number[]>> = {
  b: [1],
  i: [1, 2, 4, 8],
  u: [1, 2, 4, 8],
  f: [2, 4, 8],
  c: [8, 16],
  M: TIME,
  m: TIME,
};

const UNIT = /^\[(\d*)(Y|M|W|D|h|m|s|ms|us|μs|ns|ps|fs|as|generic)\]$/;

/** Words that NumPy also takes, and what they are here. */
const WORDS = new Map<string, string>(
  Object.entries({
    bool: "?",
    int: "i8",
    float: "f8",
    complex: "c16",
    str: "U<n>",
    bytes: "S<n>",
    i: "i4",
    I: "u4",
    l: "i8",
    L: "u8",
    q: "i8",
    Q: "u8",
    h: "i2",
    H: "u2",
    b: "i1",
    B: "u1",
    e: "f2",
    f: "f4",
    d: "f8",
    F: "c8",
    D: "c16",
  }),
);

function suggestion(text: string): string {
  const word = WORDS.get(text);
  if (word !== undefined) return `Write "${word}".`;
  const sized = /^(int|uint|float|complex|datetime|timedelta)(8|16|32|64|128)(\[.*\])?$/.exec(text);
  if (sized) {
    const letter = { int: "i", uint: "u", float: "f", complex: "c", datetime: "M", timedelta: "m" }[sized[1]!];
    return `Write "${letter}${Number(sized[2]) / 8}${sized[3] ?? ""}".`;
  }
  if (/[:,[(]/.test(text)) {
    return `A record is a list of fields: [["a", "<i4"], ["b", "<f8"]]; a sub-array is a field with a shape: ["a", "<i4", [3]].`;
  }
  return "Known are ? b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16 S<n> U<n> V<n> M8[unit] m8[unit], with < or > in front.";
}

function bad(text: string, position: number, reason: string, hint = suggestion(text)): Fault {
  return new Fault(reason, { text, position, hint });
}

function sizeOf(text: string, start: number, kind: string): { size: number; end: number } {
  const digits = /^\d*/.exec(text.slice(start))![0];
  const end = start + digits.length;
  const sizes = SIZES[kind];
  if (digits === "") {
    const hint = sizes ? `It takes ${sizes.join(", ")}.` : `It takes a length, such as "${kind}10".`;
    throw bad(text, start, `"${kind}" without a size`, !WORDS.has(text) ? hint : suggestion(text));
  }
  const count = Number(digits);
  // NumPy reads numbers of any length, as in "i04", but of times only "8".
  if (sizes && (!sizes.includes(count) || (sizes === TIME && digits !== "8"))) {
    throw bad(text, start, `"${kind}" of ${digits.slice(0, 20)} bytes does not exist`, `It takes ${sizes.join(", ")}.`);
  }
  const size = kind === "U" ? count * 4 : count;
  if (size > MAX_ITEMSIZE) {
    const found = Number.isFinite(size) ? `${size} bytes` : "so many bytes";
    throw bad(text, start, `an element of ${found} is too large`, `At most ${MAX_ITEMSIZE} bytes are allowed.`);
  }
  return { size, end };
}

function unitOf(text: string, start: number): string {
  if (start === text.length) return "";
  const match = UNIT.exec(text.slice(start));
  if (!match) {
    throw bad(
      text,
      start,
      `${spelt(text.slice(start))} is not a unit of time`,
      `Units are [Y] [M] [W] [D] [h] [m] [s] [ms] [us] [ns] [ps] [fs] [as], also [25s].`,
    );
  }
  const [, count, word] = match as unknown as [string, string, string];
  if (word === "generic") {
    if (count !== "" && Number(count) !== 1)
      throw bad(text, start, "a generic unit has no multiple", "Write it without the number.");
    return "";
  }
  const multiple = count === "" ? 1 : Number(count);
  if (multiple < 1 || multiple > 2 ** 31 - 1) {
    throw bad(text, start + 1, `a multiple of ${count.slice(0, 20)} is out of range`, "Allowed are 1 to 2147483647.");
  }
  return `${multiple === 1 ? "" : multiple}${word === "μs" ? "us" : word}`;
}

/**
 * Reads a scalar dtype as NumPy spells it. `=` and no mark mean little-endian; where order has no meaning any mark is taken.
 * Throws Fault with `position` (0-based).
 */
export function parseScalar(text: string): Scalar {
  if (text === "") throw bad(text, 0, "it is empty");
  const marked = "<>=|".includes(text[0]!);
  const start = marked ? 1 : 0;
  const kind = text[start] ?? "";
  if (text.slice(start) === "?") return { kind: "b", itemsize: 1, byteOrder: "|", unit: "" };
  if (WORDS.has(text)) throw bad(text, 0, "it is not spelt with a kind and a size");
  if (kind === "" || !"biufcSUVMm".includes(kind)) {
    const found = spelt(String.fromCodePoint(text.codePointAt(start) ?? 0));
    throw bad(text, start, kind === "" ? "a kind is missing" : `${found} is not a kind of element`);
  }
  if (kind === "b" && text[start + 1] === "8") throw bad(text, start + 1, `"b8" does not exist`, `Write "?" or "i8".`);
  if (/^[a-z]{3,}\d*(\[|$)/.test(text)) throw bad(text, 0, "it is not spelt with a kind and a size");
  if (text.includes(":")) throw bad(text, 0, "it is not one type");
  const { size, end } = sizeOf(text, start + 1, kind);
  const unit = kind === "M" || kind === "m" ? unitOf(text, end) : "";
  if (kind !== "M" && kind !== "m" && end !== text.length) {
    throw bad(text, end, `${spelt(text.slice(end))} is left over`);
  }
  const ordered = !"bSV".includes(kind) && (size > 1 || kind === "U");
  const byteOrder = !ordered ? "|" : marked && text[0] === ">" ? ">" : "<";
  return { kind: kind as ScalarKind, itemsize: size, byteOrder, unit };
}

/** NumPy's `dtype.str`. */
export function spellScalar(scalar: Scalar): string {
  const size = scalar.kind === "U" ? scalar.itemsize / 4 : scalar.itemsize;
  return `${scalar.byteOrder}${scalar.kind}${size}${scalar.unit === "" ? "" : `[${scalar.unit}]`}`;
}
