//! Lines, comments and fields.

use std::ops::Range;

use memchr::{memchr, memchr2, memmem, memrchr2};

use super::space::{is_space, space_of, trim};
use crate::schema::ITEM_END;
use crate::{Delimiter, Dialect};

/// The line at `pos`, without its line end, and where the next one starts.
pub(crate) fn next_line(text: &[u8], pos: usize) -> (Range<usize>, usize) {
    match memchr2(b'\n', b'\r', &text[pos..]) {
        None => (pos..text.len(), text.len()),
        Some(at) => {
            let end = pos + at;
            let crlf = text[end] == b'\r' && text.get(end + 1) == Some(&b'\n');
            (pos..end, end + 1 + usize::from(crlf))
        }
    }
}

/// Where the line that holds `pos` starts.
pub(crate) fn line_start(text: &[u8], pos: usize) -> usize {
    memrchr2(b'\n', b'\r', &text[..pos]).map_or(0, |at| at + 1)
}

/// Line ends in `text`, without one for an unfinished last line.
pub(crate) fn line_ends(text: &[u8]) -> u64 {
    let mut ends = 0;
    let mut pos = 0;
    while pos < text.len() {
        let (span, next) = next_line(text, pos);
        ends += u64::from(next > span.end);
        pos = next;
    }
    ends
}

/// The same, or the items of a list.
pub(crate) fn lines(dialect: &Dialect, text: &[u8]) -> u64 {
    match dialect.items {
        true => memchr::memchr_iter(ITEM_END, text).count() as u64,
        false => line_ends(text),
    }
}

/// Whether the last line, or the last item of a list, lacks its end.
pub(crate) fn is_unfinished(dialect: &Dialect, text: &[u8]) -> bool {
    match text.last() {
        None => false,
        Some(&ITEM_END) if dialect.items => false,
        Some(b'\n' | b'\r') => dialect.items,
        Some(_) => true,
    }
}

/// The line up to its comment: each comment string in turn cuts what is left, as NumPy's loadtxt does it.
pub(crate) fn cut_comment<'a>(dialect: &Dialect, mut line: &'a [u8]) -> &'a [u8] {
    for comment in &dialect.comments {
        let at = match comment[..] {
            [byte] => memchr(byte, line),
            _ => memmem::find(line, comment),
        };
        if let Some(at) = at {
            line = &line[..at];
        }
    }
    line
}

/// Whether a line holds no row: nothing but white space and a comment; with a delimiter or widths, nothing but a comment.
pub(crate) fn is_blank(dialect: &Dialect, line: &[u8]) -> bool {
    let line = cut_comment(dialect, line);
    match dialect.delimiter {
        Delimiter::Whitespace => {
            line.iter().all(|&b| is_space(b)) || !line.is_ascii() && trim(line).is_empty()
        }
        _ => line.is_empty(),
    }
}

/// The fields of a line without comment, into `spans`; none for a blank line.
pub(crate) fn split(dialect: &Dialect, line: &[u8], spans: &mut Vec<Range<usize>>) {
    spans.clear();
    match &dialect.delimiter {
        Delimiter::Whitespace => {
            let mut pos = spaces(line, 0);
            while pos < line.len() {
                let start = pos;
                while pos < line.len() && space_of(&line[pos..]) == 0 {
                    pos += 1;
                }
                spans.push(start..pos);
                pos = spaces(line, pos);
            }
        }
        _ if line.is_empty() => {}
        Delimiter::Byte(byte) => {
            let mut start = 0;
            while let Some(at) = memchr(*byte, &line[start..]) {
                spans.push(start..start + at);
                start += at + 1;
            }
            spans.push(start..line.len());
        }
        Delimiter::Char(char) => {
            let mut buf = [0; 4];
            let text = char.encode_utf8(&mut buf).as_bytes();
            let mut start = 0;
            while let Some(at) = memmem::find(&line[start..], text) {
                spans.push(start..start + at);
                start += at + text.len();
            }
            spans.push(start..line.len());
        }
        Delimiter::Widths(widths) => {
            let mut start = 0;
            for &width in widths {
                let end = start + bytes_of(&line[start..], width);
                spans.push(start..end);
                start = end;
            }
        }
    }
}

/// Where the white space at `pos` ends.
pub(crate) fn spaces(line: &[u8], mut pos: usize) -> usize {
    loop {
        match space_of(&line[pos..]) {
            0 => return pos,
            bytes => pos += bytes,
        }
    }
}

/// Bytes of so many characters, or of all there are.
fn bytes_of(text: &[u8], characters: usize) -> usize {
    if text.is_ascii() {
        return characters.min(text.len());
    }
    let starts = text
        .iter()
        .enumerate()
        .filter(|(_, byte)| !matches!(byte, 0x80..=0xBF));
    starts
        .map(|(at, _)| at)
        .nth(characters)
        .unwrap_or(text.len())
}
