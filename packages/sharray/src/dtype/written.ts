import { Fault, spelt } from "./fault.ts";

/** Deeper lists than a description has are not read: a hostile text must not exhaust the stack. */
const MAX_DEPTH = 300;

const ESCAPES: Record<string, string> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "0": "\0" };
const WORDS = new Map<string, unknown>([
  ["true", true],
  ["false", false],
  ["null", null],
  ["True", true],
  ["False", false],
  ["None", null],
]);

/** A part of a text: its value, where it begins (a text within its quotes), and where the items of a list do. */
interface Part {
  readonly value: unknown;
  readonly start: number;
  /** Whether a character of the value stands as far from the start as one of the text. */
  readonly plain: boolean;
  readonly items: readonly Part[];
}

/** A description that was read from a text. */
export interface Written {
  readonly value: unknown;
  /** The character of the text at which a part of the description begins, or of the character in it. */
  at(trail: readonly number[], position: number): number;
}

/**
 * Reads lists, tuples, texts and numbers as JSON and as Python write them: what `json.dumps(dtype.descr)`, `str(dtype.descr)` and
 * the header of a .npy file show. Throws Fault with the position.
 */
export function readWritten(text: string): Written {
  let at = 0;

  const fail = (reason: string, position = at): never => {
    throw new Fault(reason, { text, position });
  };
  const blanks = (): void => {
    while (at < text.length && " \t\n\r".includes(text[at]!)) at++;
  };
  const code = (digits: number): string => {
    const spelling = text.slice(at, at + digits);
    if (!/^[0-9a-fA-F]+$/.test(spelling) || spelling.length !== digits)
      fail(`an escape needs ${digits} hexadecimal digits`);
    at += digits;
    const point = Number.parseInt(spelling, 16);
    if (point > 0x10ffff) fail("an escape is beyond Unicode", at - digits);
    return String.fromCodePoint(point);
  };
  const escaped = (): string => {
    const letter = text[at++] ?? "";
    const digits = { x: 2, u: 4, U: 8 }[letter];
    if (digits !== undefined) return code(digits);
    if (`\\/'"`.includes(letter) && letter !== "") return letter;
    return Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter]! : fail(`"\\${letter}" is not an escape`, at - 2);
  };
  const quoted = (): Part => {
    const quote = text[at++]!;
    const start = at;
    let value = "";
    for (;;) {
      const next = text[at];
      if (next === undefined || next === "\n") return fail("a text does not end");
      at++;
      if (next === quote) return { value, start, plain: value.length === at - 1 - start, items: [] };
      value += next === "\\" ? escaped() : next;
    }
  };
  const bare = (): Part => {
    const start = at;
    const word = /^[^\s,()[\]{}'":]*/.exec(text.slice(at, at + 40))![0];
    at += word.length;
    const value = WORDS.has(word) ? WORDS.get(word) : /^-?\d/.test(word) ? Number(word) : Number.NaN;
    if (Number.isNaN(value)) {
      const found = start === text.length ? "it ends too early" : `${spelt(word || text[start]!)} is not expected`;
      fail(word === "" ? found : `${found}; texts stand in quotes`, start);
    }
    return { value, start, plain: false, items: [] };
  };
  const list = (close: string, depth: number): Part => {
    const start = at++;
    const items: Part[] = [];
    let comma = false;
    for (;;) {
      blanks();
      if (text[at] === close) break;
      if (items.length > 0 && !comma) fail(`"," or "${close}" is expected`);
      items.push(part(depth + 1));
      blanks();
      comma = text[at] === ",";
      if (comma) at++;
    }
    at++;
    // To Python one item in parentheses is the item itself, unless a comma follows.
    if (close === ")" && items.length === 1 && !comma) return items[0]!;
    return { value: items.map((item) => item.value), start, plain: false, items };
  };
  const part = (depth: number): Part => {
    blanks();
    if (depth > MAX_DEPTH) fail("lists lie too deep");
    const next = text[at] ?? "";
    if (next === "[") return list("]", depth);
    if (next === "(") return list(")", depth);
    // Python 2 marked Unicode texts.
    if (next === "u" && /^u['"]/.test(text.slice(at, at + 2))) at++;
    return `'"`.includes(text[at] ?? "?") ? quoted() : bare();
  };

  const whole = part(0);
  blanks();
  if (at < text.length) fail(`${spelt(text.slice(at))} is left over`);
  return {
    value: whole.value,
    at: (trail, position) => {
      let found = whole;
      for (const index of trail) found = found.items[index] ?? found;
      return found.start + (found.plain ? position : 0);
    },
  };
}
