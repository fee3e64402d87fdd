//! Random texts for a schema and a dialect.

use sharray_text::{Delimiter, Dialect, ITEM_END, Kind, Schema};

use crate::fields::Style;
use crate::random::Random;

/// Bytes that mean something somewhere.
const SOUP: &[u8] =
    b"0123456789.-+eE \t,;#/%|\r\n\n\x1c\0x\xc2\xa0\xe2\x80\x83\xc3\xa9\x85NAj()T:\"\"'\xff";
/// Longer than several batches.
const LONG: usize = 100_000;

/// A text that mostly suits.
pub fn text(random: &mut Random, schema: &Schema, dialect: &Dialect) -> Vec<u8> {
    match random.below(1024) {
        0..15 => {
            let length = random.below(300);
            (0..length).map(|_| random.bits() as u8).collect()
        }
        15..75 => {
            let length = random.below(300);
            (0..length).map(|_| random.one(SOUP)).collect()
        }
        75..79 => long(random, schema, dialect),
        _ => {
            let rows = random.one(&[2, 5, 9, 9, 17, 33, 50]);
            let rows = random.range(0, rows);
            table(random, schema, dialect, rows)
        }
    }
}

/// A table again and again, sometimes with a bad row somewhere.
fn long(random: &mut Random, schema: &Schema, dialect: &Dialect) -> Vec<u8> {
    let rows = random.range(1, 12);
    let mut once = table(random, schema, dialect, rows);
    if !once.ends_with(b"\n") && !dialect.items {
        once.push(b'\n');
    }
    if once.is_empty() {
        return once;
    }
    let length = random.range(1000, LONG);
    let mut text = once.repeat(1 + length / once.len());
    if random.once_in(3) {
        let at = random.below(text.len());
        text[at] = random.one(SOUP);
    }
    text
}

/// What a table's rows have in common.
struct Rows<'a> {
    dialect: &'a Dialect,
    styles: Vec<Style>,
    quoted: Vec<usize>,
    /// One separator in so many is another kind of white space.
    blanks: usize,
    end: &'static [u8],
    /// One row in so many has something around it that is no field.
    extras: usize,
}

fn table(random: &mut Random, schema: &Schema, dialect: &Dialect, rows: usize) -> Vec<u8> {
    let odd = random.one(&[0, 0, 0, 300, 100]);
    let style = |(kind, size)| Style::new(random, kind, size, dialect.words, odd);
    let styles: Vec<Style> = sources(schema).into_iter().map(style).collect();
    let quoted = styles.iter().map(|_| random.one(&[0, 1, 2, 9])).collect();
    let rows_of = Rows {
        dialect,
        styles,
        quoted,
        blanks: random.one(&[0, 0, 2, 50]),
        end: random.pick(&[b"\n".as_slice(), b"\n", b"\n", b"\r\n", b"\r"]),
        extras: random.one(&[0, 0, 0, 8, 60]),
    };
    let mut text = Vec::new();
    for row in 0..rows {
        rows_of.write(random, &mut text);
        if row + 1 < rows || random.once_in(2) {
            rows_of.end(random, &mut text);
        }
    }
    text
}

/// The kinds of the text's columns.
fn sources(schema: &Schema) -> Vec<(Kind, usize)> {
    let Some(cols) = &schema.usecols else {
        return schema.columns.iter().map(|c| (c.kind, c.size)).collect();
    };
    let mut sources = vec![(Kind::Int, 4); 8];
    for (col, column) in cols.iter().zip(&schema.columns) {
        sources[col.rem_euclid(8) as usize] = (column.kind, column.size);
    }
    sources
}

impl Rows<'_> {
    fn write(&self, random: &mut Random, text: &mut Vec<u8>) {
        if random.once_in(self.extras) {
            self.lead(random, text);
        }
        let last = self.styles.len() - 1;
        for (i, style) in self.styles.iter().enumerate() {
            match self.dialect.quote {
                Some(quote) if random.once_in(self.quoted[i]) => {
                    self.quote(random, style, quote, text);
                }
                _ => style.write(random, text),
            }
            if i < last {
                self.separator(random, text);
            }
        }
        if random.once_in(self.extras) {
            match random.below(8) {
                0 => text.extend_from_slice(b" 9"),
                1..4 => text.push(b' '),
                _ => self.comment(text),
            }
        }
    }

    fn separator(&self, random: &mut Random, text: &mut Vec<u8>) {
        match &self.dialect.delimiter {
            Delimiter::Byte(byte) => text.push(*byte),
            Delimiter::Char(char) => text.extend_from_slice(char.to_string().as_bytes()),
            Delimiter::Widths(_) => {}
            Delimiter::Whitespace if random.once_in(self.blanks) => {
                let blanks = [
                    "  ",
                    "\t ",
                    "\x1c",
                    "\x0b",
                    "     ",
                    "\u{a0}",
                    " \u{2003}",
                    "\u{85} ",
                ];
                let most = if random.once_in(9) { 8 } else { 5 };
                let blanks = random.pick(&blanks[..most]);
                text.extend_from_slice(blanks.as_bytes());
            }
            Delimiter::Whitespace => text.push(b' '),
        }
    }

    fn lead(&self, random: &mut Random, text: &mut Vec<u8>) {
        match random.below(5) {
            0 => text.push(b' '),
            1 => text.extend_from_slice(self.end),
            2 => text.extend_from_slice(" \u{2003}\r".as_bytes()),
            3 => text.extend_from_slice(b" \n"),
            _ => {
                self.comment(text);
                text.extend_from_slice(self.end);
            }
        }
    }

    fn comment(&self, text: &mut Vec<u8>) {
        if let Some(comment) = self.dialect.comments.first() {
            text.extend_from_slice(comment);
            text.extend_from_slice(b" 1 2 \"x");
        }
    }

    /// A field in quotes, some of them with what only quotes may hold, or not closed.
    fn quote(&self, random: &mut Random, style: &Style, quote: char, text: &mut Vec<u8>) {
        let quote = quote.to_string().into_bytes();
        text.extend_from_slice(&quote);
        style.write(random, text);
        match random.below(24) {
            0 => self.separator(random, text),
            1 => text.extend_from_slice(&quote.repeat(2)),
            2 => text.extend_from_slice(self.end),
            3 => self.comment(text),
            _ => {}
        }
        if !random.once_in(300) {
            text.extend_from_slice(&quote);
        }
    }

    fn end(&self, random: &mut Random, text: &mut Vec<u8>) {
        if self.dialect.items {
            if random.once_in(2) {
                text.push(b'\n');
            }
            text.push(ITEM_END);
        } else {
            text.extend_from_slice(self.end);
        }
    }
}
