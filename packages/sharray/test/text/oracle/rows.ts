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
 * The text as characters, with LF for what ends lines. Several comments, or long ones, are gone from it, as NumPy cuts them off before it
 * looks for anything else. In an item of an iterable a CR ends the line where nothing of the item is left behind it.
 */
function characters({ text, options, source }: Case): string[] {
  const listed = source === "lines";
  const latin = /latin|8859/.test(String(options.encoding));
  let plain = text.replace(/[\udc80-\udcff]/g, (c) => (latin ? String.fromCharCode(c.charCodeAt(0) - 0xdc00) : c));
  if (!listed) plain = plain.replace(/\r\n?/g, "\n").replace(/^\ufeff/, "");
  const comments = [options.comments ?? []].flat() as string[];
  const cuts = comments.length < 2 && [...(comments[0] ?? "")].length < 2 ? [] : comments;
  const left = (line: string): string => {
    const kept = cuts.reduce((before, comment) => before.split(comment, 1)[0]!, line);
    return listed ? kept.replace(/\r$/, "") : kept;
  };
  return [...plain.split("\n").map(left).join("\n")];
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
