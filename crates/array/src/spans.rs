//! Texts or bytes of any length, as Arrow keeps them, and how long they are.

use std::sync::{Mutex, PoisonError};

use crate::memory::Memory;
use crate::threads::{share, worth};
use crate::to_utf8::HIGH;

/// Texts of one piece of work.
const PIECE: usize = 1 << 16;

/// Texts or bytes of any length. Nothing in it is relied on: what reaches outside of its memory has no bytes there.
#[derive(Debug, Clone, Copy)]
pub enum Spans<'a> {
    /// Number `i` is the bytes from offset `i` to offset `i + 1`.
    Offsets {
        /// All bytes.
        bytes: Memory<'a>,
        /// Little-endian integers.
        offsets: Memory<'a>,
        /// Whether these have 64 bits, instead of 32.
        large: bool,
    },
    /// Number `i` has 16 bytes: its length, then itself where it has up to 12 bytes, else its beginning, the number of a buffer and the
    /// place in it.
    Views {
        /// These 16 bytes each.
        views: Memory<'a>,
        /// The buffers.
        buffers: &'a [Memory<'a>],
    },
}

/// Bytes `start..end` of a memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span<'a> {
    pub(crate) memory: Memory<'a>,
    pub(crate) start: i64,
    pub(crate) end: i64,
}

impl<'a> Spans<'a> {
    /// One of the texts; none where its place is not told.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<Span<'a>> {
        let index = i64::try_from(index).ok()?;
        match *self {
            Spans::Offsets {
                bytes,
                offsets,
                large,
            } => {
                let (start, end) = if large {
                    let pair = offsets.word(index * 8, 16)?;
                    (pair as i64, (pair >> 64) as i64)
                } else {
                    let pair = offsets.word(index * 4, 8)?;
                    (i64::from(pair as i32), i64::from((pair >> 32) as i32))
                };
                Some(Span {
                    memory: bytes,
                    start,
                    end,
                })
            }
            Spans::Views { views, buffers } => {
                let view = views.word(index * 16, 16)?;
                let length = i64::from(view as i32);
                let (memory, start) = if length <= 12 {
                    (views, index * 16 + 4)
                } else {
                    let buffer = usize::try_from((view >> 64) as i32).ok()?;
                    (*buffers.get(buffer)?, i64::from((view >> 96) as i32))
                };
                Some(Span {
                    memory,
                    start,
                    end: start + length,
                })
            }
        }
    }

    /// Bytes of everything that the texts lie in.
    pub(crate) fn length(&self) -> usize {
        match self {
            Spans::Offsets { bytes, offsets, .. } => {
                bytes.length().saturating_add(offsets.length())
            }
            Spans::Views { views, buffers } => {
                buffers.iter().fold(views.length(), |all, buffer| {
                    all.saturating_add(buffer.length())
                })
            }
        }
    }
}

/// Which of the texts are null: those whose byte is 1.
pub(crate) fn is_null(nulls: Option<Memory<'_>>, index: usize) -> bool {
    nulls.is_some_and(|nulls| nulls.byte(index as i64) == Some(1))
}

/// How long texts are: in characters, or in bytes where they have no encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// The length of the longest; below 0 where there is none.
    pub longest: i64,
    /// The length of the shortest; `i64::MAX` where there is none.
    pub shortest: i64,
    /// Whether all characters are below U+0100.
    pub latin1: bool,
}

impl Measure {
    const NONE: Measure = Measure {
        longest: i64::MIN,
        shortest: i64::MAX,
        latin1: true,
    };

    fn with(self, other: Measure) -> Measure {
        Measure {
            longest: self.longest.max(other.longest),
            shortest: self.shortest.min(other.shortest),
            latin1: self.latin1 && other.latin1,
        }
    }
}

/// Measures the first `count` texts; null ones do not count.
pub fn measure(
    spans: &Spans<'_>,
    nulls: Option<Memory<'_>>,
    count: usize,
    binary: bool,
    threads: usize,
) -> Measure {
    let all = Mutex::new(Measure::NONE);
    share(
        count.div_ceil(PIECE),
        worth(spans.length(), threads),
        |pieces| {
            let mut part = Measure::NONE;
            for index in pieces.start * PIECE..count.min(pieces.end * PIECE) {
                if is_null(nulls, index) {
                    continue;
                }
                if let Some(span) = spans.get(index) {
                    part = part.with(measure_one(span, binary));
                }
            }
            let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
            *all = all.with(part);
        },
    );
    all.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[inline]
fn measure_one(Span { memory, start, end }: Span<'_>, binary: bool) -> Measure {
    let (mut length, mut latin1) = (end.saturating_sub(start), true);
    let last = end.min(memory.length() as i64);
    let mut at = if binary { last } else { start.max(0) };
    while at < last {
        let n = (last - at).min(16);
        let word = memory.word(at, n as usize).unwrap_or(0);
        let high = word & HIGH;
        if high != 0 {
            // Bytes 10xxxxxx go on with a character; those above 0xc3 begin one above U+00FF.
            length -= i64::from((high & !(word << 1)).count_ones());
            latin1 &= word.to_le_bytes().iter().all(|byte| *byte <= 0xc3);
        }
        at += n;
    }
    Measure {
        longest: length,
        shortest: length,
        latin1,
    }
}
