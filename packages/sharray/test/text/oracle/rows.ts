// Which lines the rows of a text lie on, character by character: what NumPy counts in rows, loadtxt tells in lines.
import type { Case } from "./case.ts";
import { SPACES } from "./tables.ts";

const SPACE = new Set(SPACES);

interface Cursor {
  readonly text: readonly string[];
  at: number;
  line: number;
}

/** Passes over one character, and counts lines. */
function step(cursor: Cursor): void {
  if (cursor.text[cursor.at] === "\n") cursor.line += 1;
  cursor.at += 1;
}

/**
 * The text as characters, with LF for what ends lines: a lone CR ends none in a line of an iterable. Several comments, or long ones, are
 * gone from it, as NumPy cuts them off before it looks for anything else.
 */
function characters({ text, options, source }: Case): string[] {
  const latin = /latin|8859/.test(String(options.encoding));
  let plain = text.replace(/[\udc80-\udcff]/g, (c) => (latin ? String.fromCharCode(c.charCodeAt(0) - 0xdc00) : c));
  plain = plain.replace(source === "lines" ? /\r\n|\r$/g : /\r\n?/g, "\n");
  if (source !== "lines" && plain.startsWith("\ufeff")) plain = plain.slice(1);
  const comments = [options.comments ?? []].flat() as string[];
  if (comments.length < 2 && [...(comments[0] ?? "")].length < 2) return [...plain];
  const cut = (line: string): string => comments.reduce((left, comment) => left.split(comment, 1)[0]!, line);
  return [...plain.split("\n").map(cut).join("\n")];
}

/** A row of a table: its first and its last line, counted from 1, and its text. */
export interface Row {
  first: number;
  last: number;
  text: string;
}

/** The rows of a table, from the first that is read. */
export function rowsOf(call: Case): Row[] {
  const { options } = call;
  const cursor: Cursor = { text: characters(call), at: 0, line: 1 };
  const { text } = cursor;
  const listed = options.comments === undefined ? ["#"] : ([options.comments ?? []].flat() as string[]);
  const comment = listed.length === 1 && [...listed[0]!].length === 1 ? listed[0] : undefined;
  const delimiter = (options.delimiter ?? null) as string | null;
  const quote = options.quotechar as string | undefined;
  const ends = (): boolean => cursor.at >= text.length || text[cursor.at] === "\n";
  const toNext = (): void => {
    while (!ends()) cursor.at += 1;
    step(cursor);
  };
  for (let skip = Number(options.skiprows ?? 0); skip > 0; skip--) toNext();
  const rows: Row[] = [];
  while (cursor.at < text.length) {
    const [start, first] = [cursor.at, cursor.line];
    let isBlank = true;
    let begins = true;
    while (begins || !ends()) {
      if (begins) {
        begins = false;
        while (delimiter === null && !ends() && SPACE.has(text[cursor.at]!)) cursor.at += 1;
        if (quote !== undefined && text[cursor.at] === quote) {
          isBlank = false;
          passQuoted(cursor, quote);
        }
        continue;
      }
      const here = text[cursor.at]!;
      if (here === comment) break;
      begins = delimiter === null ? SPACE.has(here) : here === delimiter;
      isBlank = false;
      cursor.at += 1;
    }
    const last = cursor.line;
    const row = text.slice(start, cursor.at).join("");
    toNext();
    if (!isBlank) rows.push({ first, last, text: row });
  }
  return rows;
}

/** From a quote to behind the one that closes it; two together are one of the text. */
function passQuoted(cursor: Cursor, quote: string): void {
  cursor.at += 1;
  while (cursor.at < cursor.text.length) {
    if (cursor.text[cursor.at] !== quote) step(cursor);
    else if (cursor.text[cursor.at + 1] === quote) cursor.at += 2;
    else {
      cursor.at += 1;
      return;
    }
  }
}
