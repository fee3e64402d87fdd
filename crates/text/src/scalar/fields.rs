//! The fields of one row, and how they are found, quotes and all.

use std::ops::Range;

use super::line;
use super::space::{is_space, space_of};
use crate::schema::ITEM_END;
use crate::{Delimiter, Dialect, Reason};

/// Where the fields of a row are: in the text, or, where they stood in quotes, in a buffer of their own.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    spans: Vec<Range<usize>>,
    /// For each field the part of `own` that is its text.
    quoted: Vec<Option<Range<usize>>>,
    own: Vec<u8>,
    /// Bytes at which a field without quotes may end, by value, once they are known for the one dialect that this is used with.
    stops: Option<[bool; 256]>,
}

/// Where a row ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// The row without its line end and its comment.
    pub content: usize,
    /// Where the next row begins.
    pub next: usize,
    /// A line end has been seen: more text behind would not belong to this row.
    pub closed: bool,
}

impl Fields {
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// A field as it is read.
    pub fn text<'a>(&'a self, text: &'a [u8], index: usize) -> &'a [u8] {
        match self.quoted.get(index) {
            Some(Some(own)) => &self.own[own.clone()],
            _ => &text[self.spans[index].clone()],
        }
    }

    /// A field as it stands in the text, its quotes included.
    pub fn place(&self, index: usize) -> Range<usize> {
        self.spans[index].clone()
    }

    /// The fields of the row that begins at `pos`; none where that line holds no row. Quotes are looked for if the dialect has them.
    /// What cannot be a row has an end too.
    pub fn read(
        &mut self,
        dialect: &Dialect,
        text: &[u8],
        pos: usize,
    ) -> Result<End, (End, Reason)> {
        self.quoted.clear();
        if let Some(quote) = dialect.quote {
            return Reader::new(self, dialect, text, quote).row(pos);
        }
        let (span, next) = line::next_line(text, pos);
        Ok(self.line(dialect, text, span, next))
    }

    /// The same for a line that has been found already, without quotes.
    pub fn line(&mut self, dialect: &Dialect, text: &[u8], span: Range<usize>, next: usize) -> End {
        self.quoted.clear();
        let content = line::cut_comment(dialect, &text[span.clone()]);
        line::split(dialect, content, &mut self.spans);
        for field in &mut self.spans {
            *field = span.start + field.start..span.start + field.end;
        }
        End {
            content: span.start + content.len(),
            next,
            closed: next > span.end,
        }
    }
}

/// What ends a field.
enum Stop {
    Separator(usize),
    LineEnd,
    Comment,
    TextEnd,
}

/// Reads rows whose fields may stand in quotes, as NumPy's tokenizer does: a quote counts at a field's beginning only; doubled
/// inside it stands for itself; what follows the closing one belongs to the field as it stands.
struct Reader<'a> {
    fields: &'a mut Fields,
    dialect: &'a Dialect,
    text: &'a [u8],
    quote: ([u8; 4], usize),
    delimiter: ([u8; 4], usize),
    white: bool,
    stops: [bool; 256],
}

impl<'a> Reader<'a> {
    fn new(fields: &'a mut Fields, dialect: &'a Dialect, text: &'a [u8], quote: char) -> Self {
        let utf8 = |character: char| {
            let mut bytes = [0; 4];
            let length = character.encode_utf8(&mut bytes).len();
            (bytes, length)
        };
        let delimiter = match dialect.delimiter {
            Delimiter::Byte(byte) => utf8(char::from(byte)),
            Delimiter::Char(char) => utf8(char),
            _ => ([0; 4], 0),
        };
        let white = dialect.delimiter == Delimiter::Whitespace;
        let stops = *fields
            .stops
            .get_or_insert_with(|| stops(dialect, white, delimiter.0[0]));
        Reader {
            stops,
            fields,
            dialect,
            text,
            quote: utf8(quote),
            delimiter,
            white,
        }
    }

    fn at(&self, pos: usize, (bytes, length): ([u8; 4], usize)) -> bool {
        self.text[pos..].starts_with(&bytes[..length])
    }

    fn row(&mut self, start: usize) -> Result<End, (End, Reason)> {
        self.fields.spans.clear();
        self.fields.own.clear();
        let mut pos = start;
        let (content, stop) = loop {
            if self.white {
                pos = self.blanks(pos);
            }
            let begin = pos;
            let mut own = None;
            if pos < self.text.len() && self.at(pos, self.quote) {
                let from = self.fields.own.len();
                pos = self.quoted(pos + self.quote.1);
                own = Some(from);
            }
            let unquoted = pos;
            let stop;
            (pos, stop) = self.unquoted(pos);
            let own = own.map(|from| {
                let behind = &self.text[unquoted..pos];
                self.fields.own.extend_from_slice(behind);
                from..self.fields.own.len()
            });
            self.fields.spans.push(begin..pos);
            self.fields.quoted.push(own);
            match stop {
                Stop::Separator(bytes) => pos += bytes,
                stop => break (pos, stop),
            }
        };
        self.drop_last();
        let pos = match stop {
            Stop::Comment => self.line_end(content),
            _ => content,
        };
        let end = self.end(content, pos);
        let broken = self.dialect.items && !end.closed && end.next < self.text.len();
        if !broken {
            return Ok(end);
        }
        // The whole item is to blame.
        let item_end = self.line_end(end.next);
        let closed = item_end < self.text.len();
        let end = End {
            content: item_end,
            next: item_end + usize::from(closed),
            closed,
        };
        Err((end, Reason::LineInItem))
    }

    /// An empty last field is none if it is the only one, or where white space separates; but for NumPy's look at the first
    /// field's quotes, whichever field is the last.
    fn drop_last(&mut self) {
        let Fields { spans, quoted, .. } = &mut *self.fields;
        let (Some(last), Some(last_own)) = (spans.last(), quoted.last()) else {
            return;
        };
        let empty = match last_own {
            Some(own) => own.is_empty(),
            None => last.is_empty(),
        };
        if empty && quoted[0].is_none() && (spans.len() == 1 || self.white) {
            spans.pop();
            quoted.pop();
        }
    }

    /// White space that ends no line.
    fn blanks(&self, mut pos: usize) -> usize {
        while !matches!(self.text.get(pos), Some(b'\n' | b'\r')) {
            match space_of(&self.text[pos..]) {
                0 => break,
                bytes => pos += bytes,
            }
        }
        pos
    }

    /// What stands in quotes, into the field's own buffer; where it ends.
    fn quoted(&mut self, mut pos: usize) -> usize {
        let (quote, length) = self.quote;
        let quote = &quote[..length];
        let own = &mut self.fields.own;
        loop {
            let Some(found) = memchr::memmem::find(&self.text[pos..], quote) else {
                inside(&self.text[pos..], self.dialect.items, own);
                return self.text.len();
            };
            inside(&self.text[pos..pos + found], self.dialect.items, own);
            pos += found + length;
            if !self.text[pos..].starts_with(quote) {
                return pos;
            }
            own.extend_from_slice(quote);
            pos += length;
        }
    }

    /// Where a field without quotes ends, and by what.
    fn unquoted(&self, mut pos: usize) -> (usize, Stop) {
        loop {
            let rest = &self.text[pos..];
            let Some(next) = rest.iter().position(|&byte| self.stops[usize::from(byte)]) else {
                return (self.text.len(), Stop::TextEnd);
            };
            pos += next;
            let byte = self.text[pos];
            if matches!(byte, b'\n' | b'\r') || self.dialect.items && byte == ITEM_END {
                return (pos, Stop::LineEnd);
            }
            if self.white {
                match space_of(&self.text[pos..]) {
                    0 => {}
                    bytes => return (pos, Stop::Separator(bytes)),
                }
            } else if self.at(pos, self.delimiter) {
                return (pos, Stop::Separator(self.delimiter.1));
            }
            let comment = self.dialect.comments.first();
            if comment.is_some_and(|comment| self.text[pos..].starts_with(comment)) {
                return (pos, Stop::Comment);
            }
            pos += 1;
        }
    }

    /// Where the line that a comment is in ends; of an item, its end.
    fn line_end(&self, pos: usize) -> usize {
        let rest = &self.text[pos..];
        let end = match self.dialect.items {
            true => memchr::memchr(ITEM_END, rest),
            false => memchr::memchr2(b'\n', b'\r', rest),
        };
        end.map_or(self.text.len(), |end| pos + end)
    }

    /// The end of a row whose line ends at `pos`.
    fn end(&self, content: usize, pos: usize) -> End {
        let rest = &self.text[pos..];
        let mut bytes = match rest {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        let mut closed = bytes > 0;
        if self.dialect.items {
            closed = rest.get(bytes) == Some(&ITEM_END);
            bytes += usize::from(closed);
        }
        End {
            content,
            next: pos + bytes,
            closed,
        }
    }
}

/// Bytes at which a field without quotes may end.
fn stops(dialect: &Dialect, white: bool, delimiter: u8) -> [bool; 256] {
    let comment = dialect.comments.first().map(|comment| comment[0]);
    std::array::from_fn(|value| {
        let byte = value as u8;
        let separates = match white {
            // Beyond ASCII it takes a look at more bytes.
            true => is_space(byte) || !byte.is_ascii(),
            false => byte == delimiter,
        };
        separates || matches!(byte, b'\n' | b'\r') || byte == ITEM_END || comment == Some(byte)
    })
}

/// Text inside quotes: a line end of any kind is LF there, as Python reads files; ends of items are nothing.
pub(crate) fn inside(text: &[u8], items: bool, own: &mut Vec<u8>) {
    let mut rest = text;
    let special = if items { ITEM_END } else { b'\r' };
    while let Some(at) = memchr::memchr(special, rest) {
        own.extend_from_slice(&rest[..at]);
        if !items {
            own.push(b'\n');
        }
        let crlf = !items && rest.get(at + 1) == Some(&b'\n');
        rest = &rest[at + 1 + usize::from(crlf)..];
    }
    own.extend_from_slice(rest);
}
