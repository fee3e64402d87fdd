//! Rows with quotes, read naively: one character after the other, by NumPy's rules.

use sharray_text::{Delimiter, Dialect, ITEM_END};

/// A row, or a line without one: then it has no fields.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it begins, and where the next one does.
    pub start: usize,
    pub next: usize,
    /// Lines, or items, that end in it or with it.
    pub lines: u64,
    pub fields: Vec<Vec<u8>>,
    /// It is no row at all: an item with a line end.
    pub broken: bool,
}

/// All of a text. The dialect has a quote.
pub fn rows(dialect: &Dialect, text: &[u8]) -> Vec<Row> {
    let mut reader = Reader::new(dialect, text);
    let mut rows = Vec::new();
    while reader.peek().is_some() {
        rows.push(reader.row());
    }
    rows
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    quote: Vec<u8>,
    /// None: white space.
    delimiter: Option<Vec<u8>>,
    comment: Option<Vec<u8>>,
    items: bool,
}

impl<'a> Reader<'a> {
    fn new(dialect: &Dialect, text: &'a [u8]) -> Self {
        let bytes = |char: char| char.to_string().into_bytes();
        Reader {
            text,
            at: 0,
            quote: bytes(dialect.quote.expect("a quote")),
            delimiter: match dialect.delimiter {
                Delimiter::Byte(byte) => Some(vec![byte]),
                Delimiter::Char(char) => Some(bytes(char)),
                _ => None,
            },
            comment: dialect.comments.first().cloned(),
            items: dialect.items,
        }
    }

    /// The next character; of what is no UTF-8, the next byte.
    fn peek(&self) -> Option<&'a [u8]> {
        let rest = &self.text[self.at..];
        let length = |length: &usize| {
            rest.get(..*length)
                .is_some_and(|c| std::str::from_utf8(c).is_ok())
        };
        let bytes = (1..=4).find(length).unwrap_or(1);
        rest.get(..bytes)
    }

    fn is(&self, what: &[u8]) -> bool {
        self.peek() == Some(what)
    }

    fn takes(&mut self, what: &[u8]) -> bool {
        let found = self.is(what);
        if found {
            self.at += what.len();
        }
        found
    }

    fn is_line_end(&self) -> bool {
        self.is(b"\n") || self.is(b"\r")
    }

    fn is_item_end(&self) -> bool {
        self.items && self.is(&[ITEM_END])
    }

    fn is_white(&self) -> bool {
        let char = self.peek().and_then(|char| std::str::from_utf8(char).ok());
        let char = char.and_then(|char| char.chars().next());
        char.is_some_and(|char| char.is_whitespace() || ('\x1c'..='\x1f').contains(&char))
    }

    /// Takes the next character into a field.
    fn push(&mut self, field: &mut Vec<u8>) {
        let char = self.peek().expect("a character");
        field.extend_from_slice(char);
        self.at += char.len();
    }

    fn row(&mut self) -> Row {
        let start = self.at;
        let mut fields = Vec::new();
        let mut quoted = Vec::new();
        let mut more = true;
        while more {
            let mut field = Vec::new();
            while self.delimiter.is_none() && self.is_white() && !self.is_line_end() {
                self.at += self.peek().map_or(0, <[u8]>::len);
            }
            quoted.push(self.is(&self.quote.clone()));
            if quoted.last() == Some(&true) {
                self.quoted(&mut field);
            }
            more = self.unquoted(&mut field);
            fields.push(field);
        }
        let dropped = fields.len() == 1 || self.delimiter.is_none();
        if fields.last().is_some_and(Vec::is_empty) && !quoted[0] && dropped {
            fields.pop();
        }
        let broken = self.end();
        Row {
            start,
            next: self.at,
            lines: lines(&self.text[start..self.at], self.items),
            fields,
            broken,
        }
    }

    fn quoted(&mut self, field: &mut Vec<u8>) {
        let quote = self.quote.clone();
        self.takes(&quote);
        while self.peek().is_some() {
            if self.takes(&quote) {
                if !self.takes(&quote) {
                    return;
                }
                field.extend_from_slice(&quote);
            } else if self.is_item_end() {
                self.takes(&[ITEM_END]);
            } else if !self.items && self.takes(b"\r") {
                self.takes(b"\n");
                field.push(b'\n');
            } else {
                self.push(field);
            }
        }
    }

    /// Whether another field follows.
    fn unquoted(&mut self, field: &mut Vec<u8>) -> bool {
        let (delimiter, comment) = (self.delimiter.clone(), self.comment.clone());
        while self.peek().is_some() && !self.is_line_end() && !self.is_item_end() {
            match &delimiter {
                Some(delimiter) if self.takes(delimiter) => return true,
                None if self.is_white() => {
                    self.at += self.peek().map_or(0, <[u8]>::len);
                    return true;
                }
                _ => {}
            }
            if comment.as_ref().is_some_and(|comment| self.is(comment)) {
                self.skip(|reader| {
                    reader.items && !reader.is_item_end() || !reader.items && !reader.is_line_end()
                });
                return false;
            }
            self.push(field);
        }
        false
    }

    fn skip(&mut self, more: impl Fn(&Self) -> bool) {
        while self.peek().is_some() && more(self) {
            self.at += self.peek().map_or(0, <[u8]>::len);
        }
    }

    /// Takes the line end, or the item's; whether there was more in the item.
    fn end(&mut self) -> bool {
        self.takes(b"\r");
        self.takes(b"\n");
        if !self.items {
            return false;
        }
        let broken = !self.is_item_end() && self.peek().is_some();
        self.skip(|reader| !reader.is_item_end());
        self.takes(&[ITEM_END]);
        broken
    }
}

/// Line ends or item ends, and one more where the last one is missing.
fn lines(text: &[u8], items: bool) -> u64 {
    let ends = |i: usize| match text[i] {
        ITEM_END => items,
        b'\n' => !items,
        b'\r' => !items && text.get(i + 1) != Some(&b'\n'),
        _ => false,
    };
    let count = (0..text.len()).filter(|&i| ends(i)).count() as u64;
    count + u64::from(!text.is_empty() && !ends(text.len() - 1))
}
