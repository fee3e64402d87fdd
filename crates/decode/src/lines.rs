//! Text that comes as a list of lines.
//!
//! # The soft line end
//! NumPy takes each item of a list for a line, with a line end of its own or without. Written one behind the other, each
//! with a line end, they are the same text: but for quotes. A quote that is open at an item's end goes on in the next item, and
//! what was between the items is not part of the value: `['"a', 'b"']` is `ab`. So where there are quotes every item is followed
//! by [`SOFT_END`], a byte that UTF-8 does not have, instead of a line end; an item's own line end stays before it. Outside of quotes
//! the byte (with the line end before it, if there is one) ends the line; inside of quotes it is nothing, while the line
//! end before it belongs to the value, as in NumPy.
//!
//! # Line ends within an item
//! Without quotes they are refused, as NumPy refuses them ("an unquoted embedded newline"). NumPy sees only what it comes to: not the
//! items that `skiprows` passes over, nor those behind the last row that `max_rows` wants, nor what stands in a comment. Here
//! all items are looked at.

use crate::encoding::Encoding;
use crate::transcode::{BadText, Transcoder};

/// What follows every item of a list where there are quotes.
pub const SOFT_END: u8 = 0xff;

/// What is wrong with an item of a list of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadItem {
    /// A line end in its midst; the item, from 0.
    LineEnd(u64),
    /// It is no text of the encoding; the item's number is the line, places count within the item.
    Text(BadText),
}

/// Makes a text of items that are a line each.
pub struct Lines {
    encoding: Encoding,
    quoted: bool,
    items: u64,
}

impl Lines {
    /// `encoding`: of items that are bytes. `quoted`: items end softly.
    pub fn new(encoding: Encoding, quoted: bool) -> Lines {
        Lines {
            encoding,
            quoted,
            items: 0,
        }
    }

    /// Appends an item. `utf8`: it was characters, of which a U+FEFF at the beginning is one.
    pub fn push(&mut self, item: &[u8], utf8: bool, out: &mut Vec<u8>) -> Result<(), BadItem> {
        let mut transcoder = if utf8 {
            Transcoder::unmarked_utf8()
        } else {
            Transcoder::new(self.encoding)
        };
        let from = out.len();
        transcoder
            .push(item, out)
            .and_then(|()| transcoder.end(out))
            .map_err(|bad| {
                out.truncate(from);
                BadItem::Text(BadText {
                    line: self.items + 1,
                    ..bad
                })
            })?;
        let line = &out[from..];
        if self.quoted {
            out.push(SOFT_END);
        } else {
            let bare = line
                .strip_suffix(b"\r\n")
                .or_else(|| line.strip_suffix(b"\n"))
                .or_else(|| line.strip_suffix(b"\r"))
                .unwrap_or(line);
            let length = from + bare.len();
            if memchr::memchr2(b'\n', b'\r', bare).is_some() {
                out.truncate(from);
                return Err(BadItem::LineEnd(self.items));
            }
            out.truncate(length);
            out.push(b'\n');
        }
        self.items += 1;
        Ok(())
    }
}
