//! Text of some encoding to UTF-8, in pieces of any size.

mod bytes;
mod count;
mod units;

use crate::encoding::Encoding;
use count::LineEnds;
use units::Order;

/// Bytes that are not text of the encoding. Place and length are those of Python's `UnicodeDecodeError`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadText {
    /// Where they begin in the input, from 0.
    pub byte: u64,
    /// The bytes themselves.
    pub bytes: Vec<u8>,
    /// The line that they are in, from 1.
    pub line: u64,
    /// What they should be text of.
    pub encoding: Encoding,
}

/// A piece of input that cannot be decoded: where in the piece, and how many bytes.
struct Bad {
    at: usize,
    len: usize,
}

/// Turns text of an encoding into UTF-8.
pub struct Transcoder {
    encoding: Encoding,
    /// None until the byte order mark is decided on.
    reads: Option<Reads>,
    /// The beginning of a character or of a byte order mark, whose rest is still to come.
    carry: Vec<u8>,
    /// Bytes of the input before the carry.
    byte: u64,
    ends: LineEnds,
}

/// How bytes become characters.
#[derive(Clone, Copy)]
enum Reads {
    Utf8,
    Latin1,
    Ascii,
    Utf16(Order),
    Utf32(Order),
}

impl Transcoder {
    /// For a text from its beginning on.
    pub fn new(encoding: Encoding) -> Transcoder {
        Transcoder {
            encoding,
            reads: match encoding {
                Encoding::Latin1 => Some(Reads::Latin1),
                Encoding::Ascii => Some(Reads::Ascii),
                Encoding::Utf16Le => Some(Reads::Utf16(Order::Little)),
                Encoding::Utf16Be => Some(Reads::Utf16(Order::Big)),
                Encoding::Utf32Le => Some(Reads::Utf32(Order::Little)),
                Encoding::Utf32Be => Some(Reads::Utf32(Order::Big)),
                Encoding::Utf8 | Encoding::Utf8Sig | Encoding::Utf16 | Encoding::Utf32 => None,
            },
            carry: Vec::new(),
            byte: 0,
            ends: LineEnds::default(),
        }
    }

    /// For UTF-8 in which U+FEFF is a character also at the beginning.
    pub(crate) fn unmarked_utf8() -> Transcoder {
        Transcoder {
            reads: Some(Reads::Utf8),
            ..Transcoder::new(Encoding::Utf8)
        }
    }

    /// Appends the text of some more input to `out`. After an error `out` holds the text before it.
    pub fn push(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), BadText> {
        let from = out.len();
        let result = self.take(input, out, false);
        self.finish(result, from, out)
    }

    /// Appends what is left; a character that is not complete is an error.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<(), BadText> {
        let from = out.len();
        let result = self.take(&[], out, true);
        self.finish(result, from, out)
    }

    /// Counts lines in what was appended, and tells of an error by them.
    fn finish(
        &mut self,
        result: Result<(), (u64, Vec<u8>)>,
        from: usize,
        out: &[u8],
    ) -> Result<(), BadText> {
        self.ends.add(&out[from..]);
        result.map_err(|(byte, bytes)| BadText {
            byte,
            bytes,
            line: self.ends.count() + 1,
            encoding: self.encoding,
        })
    }

    fn take(
        &mut self,
        mut input: &[u8],
        out: &mut Vec<u8>,
        last: bool,
    ) -> Result<(), (u64, Vec<u8>)> {
        while self.reads.is_none() {
            match mark(self.encoding, &self.carry, last && input.is_empty()) {
                Some((reads, len)) => {
                    self.reads = Some(reads);
                    self.carry.drain(..len);
                    self.byte += len as u64;
                    let held = std::mem::take(&mut self.carry);
                    self.decode(reads, &held, out)?;
                }
                None => match input.split_first() {
                    None => return Ok(()),
                    Some((byte, rest)) => {
                        self.carry.push(*byte);
                        input = rest;
                    }
                },
            }
        }
        let Some(reads) = self.reads else {
            return Ok(());
        };
        while !self.carry.is_empty()
            && let Some((byte, rest)) = input.split_first()
        {
            self.carry.push(*byte);
            input = rest;
            let held = std::mem::take(&mut self.carry);
            self.decode(reads, &held, out)?;
        }
        if !input.is_empty() {
            self.decode(reads, input, out)?;
        }
        if last && !self.carry.is_empty() {
            return Err((self.byte, self.carry.clone()));
        }
        Ok(())
    }

    /// Decodes all whole characters and carries the rest.
    fn decode(
        &mut self,
        reads: Reads,
        input: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), (u64, Vec<u8>)> {
        let taken = match reads {
            Reads::Utf8 => bytes::utf8(input, out),
            Reads::Latin1 => Ok(bytes::latin1(input, out)),
            Reads::Ascii => bytes::ascii(input, out),
            Reads::Utf16(order) => units::utf16(input, order, out),
            Reads::Utf32(order) => units::utf32(input, order, out),
        };
        let taken = taken
            .map_err(|Bad { at, len }| (self.byte + at as u64, input[at..at + len].to_vec()))?;
        self.byte += taken as u64;
        self.carry.extend_from_slice(&input[taken..]);
        Ok(())
    }
}

/// What a text that begins with these bytes is read as, and how long its byte order mark is; none while that is open.
fn mark(encoding: Encoding, head: &[u8], last: bool) -> Option<(Reads, usize)> {
    let (marks, plain): (&[(&[u8], Reads)], Reads) = match encoding {
        Encoding::Utf16 => (
            &[
                (b"\xff\xfe", Reads::Utf16(Order::Little)),
                (b"\xfe\xff", Reads::Utf16(Order::Big)),
            ],
            Reads::Utf16(Order::Little),
        ),
        Encoding::Utf32 => (
            &[
                (b"\xff\xfe\0\0", Reads::Utf32(Order::Little)),
                (b"\0\0\xfe\xff", Reads::Utf32(Order::Big)),
            ],
            Reads::Utf32(Order::Little),
        ),
        _ => (&[(b"\xef\xbb\xbf", Reads::Utf8)], Reads::Utf8),
    };
    for (mark, reads) in marks {
        if head == *mark {
            return Some((*reads, mark.len()));
        }
    }
    let open = !last && marks.iter().any(|(mark, _)| mark.starts_with(head));
    (!open).then_some((plain, 0))
}
