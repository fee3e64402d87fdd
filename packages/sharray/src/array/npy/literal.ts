/** A value of Python's literal syntax. */
export type Literal = string | number | boolean | null | Literal[] | Tuple | Map<string, Literal>;

/** A tuple: where a list stands for it in Python's data, it is something else. */
export class Tuple {
  readonly items: readonly Literal[];

  constructor(items: readonly Literal[]) {
    this.items = items;
  }
}

const ESCAPES: Record<string, string> = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  "\n": "",
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
const HEX: Record<string, number> = { x: 2, u: 4, U: 8 };
const BLANKS = " \t\n\r\f";
/** Nothing that NumPy writes lies deeper; keeps a hostile text from exhausting the stack. */
const MAX_DEPTH = 200;

/** What is wrong with a text, and where (0-based); `parseLiteral` throws nothing else. */
export class LiteralError extends Error {
  readonly position: number;

  constructor(position: number, reason: string) {
    super(reason);
    this.position = position;
  }
}

/** Options of `parseLiteral`. */
export interface LiteralOptions {
  /** Whether integers may end in Python 2's mark of long ones, as in `10L`. Default: false. */
  longs?: boolean;
}

/** Reads texts in quotes, as Python does those without a prefix or with `u`. */
class Strings {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  fail(reason: string): never {
    throw new LiteralError(this.at, reason);
  }

  #hex(digits: number): string {
    const spelt = this.text.slice(this.at, this.at + digits);
    if (spelt.length !== digits || !/^[0-9a-fA-F]+$/.test(spelt)) {
      this.fail(`an escape needs ${digits} hexadecimal digits`);
    }
    this.at += digits;
    const code = Number.parseInt(spelt, 16);
    return code > 0x10ffff ? this.fail("an escape is beyond Unicode") : String.fromCodePoint(code);
  }

  #escape(): string {
    const letter = this.text[this.at] ?? "";
    const digits = HEX[letter];
    if (digits !== undefined) {
      this.at += 1;
      return this.#hex(digits);
    }
    const octal = /^[0-7]{1,3}/.exec(this.text.slice(this.at, this.at + 3))?.[0];
    if (octal !== undefined) {
      this.at += octal.length;
      return String.fromCodePoint(Number.parseInt(octal, 8));
    }
    if (letter === "N") this.fail("characters are not looked up by their names");
    // What is no escape stays as it is, backslash and all.
    const known = ESCAPES[letter];
    if (known === undefined) return "\\";
    this.at += 1;
    return known;
  }

  /** One text, of which the opening quote is the next character. */
  string(): string {
    const quote = this.text[this.at]!;
    if (this.text.startsWith(quote.repeat(3), this.at)) this.fail("texts in three quotes are not read");
    this.at += 1;
    let value = "";
    for (;;) {
      const character = this.text[this.at];
      if (character === undefined || character === "\n" || character === "\r") return this.fail("a text does not end");
      this.at += 1;
      if (character === quote) return value;
      value += character === "\\" ? this.#escape() : character;
    }
  }
}

/** One pass over a text, from the left to the right. */
class Parser extends Strings {
  readonly #longs: boolean;

  constructor(text: string, longs: boolean) {
    super(text);
    this.#longs = longs;
  }

  blanks(): void {
    for (;;) {
      while (BLANKS.includes(this.text[this.at] ?? "x")) this.at += 1;
      if (this.text[this.at] !== "#") return;
      while (!"\r\n".includes(this.text[this.at] ?? "\n")) this.at += 1;
    }
  }

  #takes(token: string): boolean {
    this.blanks();
    if (this.text[this.at] !== token) return false;
    this.at += 1;
    return true;
  }

  /** What stands up to the closing bracket, and whether the last comma has nothing behind it. */
  #items(close: string, depth: number): { items: Literal[]; comma: boolean } {
    const items: Literal[] = [];
    let comma = false;
    while (!this.#takes(close)) {
      items.push(this.value(depth));
      comma = this.#takes(",");
      if (comma) continue;
      if (!this.#takes(close)) this.fail(`"," or "${close}" is expected`);
      break;
    }
    return { items, comma };
  }

  #dict(depth: number): Map<string, Literal> {
    const map = new Map<string, Literal>();
    while (!this.#takes("}")) {
      const key = this.value(depth);
      if (typeof key !== "string") this.fail("a key is not a text");
      if (!this.#takes(":")) this.fail('":" is expected');
      map.set(key, this.value(depth));
      if (this.#takes(",")) continue;
      if (!this.#takes("}")) this.fail('"," or "}" is expected');
      break;
    }
    return map;
  }

  /** Texts beside each other are one. */
  #strings(): string {
    let value = "";
    for (;;) {
      if (/^[uU]['"]/.test(this.text.slice(this.at, this.at + 2))) this.at += 1;
      value += this.string();
      this.blanks();
      if (!/^(?:[uU]?['"])/.test(this.text.slice(this.at, this.at + 2))) return value;
    }
  }

  #number(): number | null {
    const digits = /^-?(?:0+|[1-9]\d{0,30})(?![\w.])/.exec(this.text.slice(this.at, this.at + 34))?.[0];
    if (digits !== undefined) {
      this.at += digits.length;
      return Number(digits);
    }
    const long = this.#longs
      ? /^-?(?:0+|[1-9]\d{0,30})(?=L(?![\w.]))/.exec(this.text.slice(this.at, this.at + 35))?.[0]
      : undefined;
    if (long === undefined) return null;
    this.at += long.length + 1;
    return Number(long);
  }

  value(depth: number): Literal {
    if (depth > MAX_DEPTH) this.fail("it lies too deep");
    if (this.#takes("(")) {
      const { items, comma } = this.#items(")", depth + 1);
      // Python takes one item in parentheses for the item itself.
      return items.length === 1 && !comma ? items[0]! : new Tuple(items);
    }
    if (this.#takes("[")) return this.#items("]", depth + 1).items;
    if (this.#takes("{")) return this.#dict(depth + 1);
    const word = /^(?:True|False|None)(?!\w)/.exec(this.text.slice(this.at, this.at + 6))?.[0];
    if (word !== undefined) {
      this.at += word.length;
      return word === "None" ? null : word === "True";
    }
    const number = this.#number();
    if (number !== null) return number;
    if (/^[uU]?['"]/.test(this.text.slice(this.at, this.at + 2))) return this.#strings();
    const found = this.text[this.at];
    return this.fail(found === undefined ? "it ends too early" : `${JSON.stringify(found)} is not expected`);
  }
}

/**
 * Reads one Python literal of texts, integers, booleans, None, tuples, lists and dicts whose keys are texts, as Python's
 * `ast.literal_eval`, 3.13; the whole text, or LiteralError. Bytes, raw texts, sets, other numbers and expressions are errors.
 */
export function parseLiteral(text: string, { longs = false }: LiteralOptions = {}): Literal {
  const nul = text.indexOf("\0");
  if (nul !== -1) throw new LiteralError(nul, "a NUL is not expected");
  const parser = new Parser(text, longs);
  const result = parser.value(0);
  parser.blanks();
  if (parser.at !== text.length) parser.fail("something is left over");
  return result;
}
