//! Texts of any length in UTF-8, as Arrow keeps them, to texts of one size, as NumPy keeps them.

use std::iter;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::Refusal;
use crate::copy::zeroed;
use crate::equal::Text;
use crate::kernel::{self, Run};
use crate::memory::{Memory, Operand};
use crate::nest::Nest;
use crate::scan::{along, runs};
use crate::spans::{Span, Spans, is_null};
use crate::threads::{share, worth};
use crate::to_utf8::{HIGH, piece_of, tile_of, unit_of};

/// The first text, in C order, that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misfit {
    /// Which it is.
    pub index: usize,
    /// The first character that is above U+00FF where characters have one byte; none for a text that is too long.
    pub code: Option<u32>,
}

/// Writes texts into the elements of an array, in C order, with zeros behind each and in those that are null. Bytes without an encoding
/// (`plain`) are characters as they are. Where a text does not fit, what the elements behind it have is not told.
#[allow(clippy::too_many_arguments)]
pub fn utf8_to_texts(
    target: Memory<'_>,
    at: &Operand,
    shape: &[usize],
    text: Text,
    spans: &Spans<'_>,
    nulls: Option<Memory<'_>>,
    plain: bool,
    threads: usize,
) -> Result<Option<Misfit>, Refusal> {
    if text.wide && !text.size.is_multiple_of(4) {
        return Err(Refusal::Malformed);
    }
    target.check(at, shape, text.size)?;
    let size: usize = shape.iter().product();
    if size == 0 {
        return Ok(None);
    }
    let mut nest = Nest::new(shape, iter::once(at));
    nest.merge();
    let each = piece_of(text.size);
    let bytes = size.saturating_mul(text.size).max(spans.length());
    let threads = if nest.overlaps_itself(text.size) {
        1
    } else {
        worth(bytes, threads)
    };
    let first = AtomicUsize::new(usize::MAX);
    let result = Mutex::new(Ok(None));
    let writer = Writer {
        target,
        nest,
        text,
        spans,
        nulls,
        plain,
    };
    share(size.div_ceil(each), threads, |pieces| {
        let Some(mut tile) = zeroed(tile_of(text.size).1) else {
            let mut result = result.lock().unwrap_or_else(PoisonError::into_inner);
            *result = Err(Refusal::NoSpace(tile_of(text.size).1));
            return;
        };
        for k in pieces {
            if k * each >= first.load(Ordering::Relaxed) {
                return;
            }
            if let Some(misfit) = writer.write(k * each..size.min((k + 1) * each), &mut tile) {
                first.fetch_min(misfit.index, Ordering::Relaxed);
                let mut result = result.lock().unwrap_or_else(PoisonError::into_inner);
                if let Ok(found) = &mut *result
                    && found.is_none_or(|other: Misfit| misfit.index < other.index)
                {
                    *found = Some(misfit);
                }
            }
        }
    });
    result.into_inner().unwrap_or_else(PoisonError::into_inner)
}

struct Writer<'a> {
    target: Memory<'a>,
    nest: Nest,
    text: Text,
    spans: &'a Spans<'a>,
    nulls: Option<Memory<'a>>,
    plain: bool,
}

impl Writer<'_> {
    #[allow(unsafe_code)]
    fn write(&self, range: Range<usize>, tile: &mut [u8]) -> Option<Misfit> {
        let size = self.text.size;
        let (most, step) = (tile_of(size).0, along(&self.nest, 0));
        let mut misfit = None;
        runs(&self.nest, range, |item, at, n| {
            for first in (0..n).step_by(most) {
                let count = most.min(n - first);
                for i in 0..count {
                    let index = item + first + i;
                    if let Err(code) = self.one(index, tile, i * size) {
                        misfit = Some(Misfit { index, code });
                        return false;
                    }
                }
                let to = Run {
                    at: self.target.at(at[0] + (first as i64) * step as i64),
                    step,
                };
                let from = Run {
                    at: tile.as_mut_ptr(),
                    step: size as isize,
                };
                // SAFETY: `utf8_to_texts` has checked the operand against its memory, and these are items of it; the tile has room for
                // `most` items.
                unsafe { kernel::copy(to, from, count, size, unit_of(self.text)) };
            }
            true
        });
        misfit
    }

    /// Writes the text of an element at a place of the tile, behind which the next one is written later.
    #[inline]
    fn one(&self, index: usize, tile: &mut [u8], at: usize) -> Result<(), Option<u32>> {
        let size = self.text.size;
        let span = if is_null(self.nulls, index) {
            None
        } else {
            self.spans.get(index)
        };
        let Some(span) = span else {
            tile[at..at + size].fill(0);
            return Ok(());
        };
        let length = span.end.saturating_sub(span.start);
        if !self.text.wide && size <= 16 && (0..=size as i64).contains(&length) {
            let word = span.memory.word(span.start, length as usize);
            if let Some(word) = word.filter(|word| self.plain || word & HIGH == 0) {
                tile[at..at + 16].copy_from_slice(&word.to_le_bytes());
                return Ok(());
            }
        }
        let room = &mut tile[at..at + size];
        room.fill(0);
        if self.text.wide {
            let (codes, _) = room.as_chunks_mut::<4>();
            self.characters(span, codes.len(), |i, code| {
                codes[i] = code.to_ne_bytes();
                Ok(())
            })
        } else {
            self.characters(span, size, |i, code| match u8::try_from(code) {
                Ok(byte) => {
                    room[i] = byte;
                    Ok(())
                }
                Err(_) => Err(Some(code)),
            })
        }
    }

    /// Goes through the characters of a text; fails behind `most` of them.
    #[inline]
    fn characters(
        &self,
        Span { memory, start, end }: Span<'_>,
        most: usize,
        mut put: impl FnMut(usize, u32) -> Result<(), Option<u32>>,
    ) -> Result<(), Option<u32>> {
        let (mut at, mut count) = (start, 0);
        while at < end {
            let n = end.saturating_sub(at).min(16) as usize;
            let n = n.min(most - count);
            if n == 0 {
                return Err(None);
            }
            let stop = at + n as i64;
            let word = memory.word(at, n);
            if let Some(word) = word.filter(|word| self.plain || word & HIGH == 0) {
                for byte in &word.to_le_bytes()[..n] {
                    put(count, u32::from(*byte))?;
                    count += 1;
                }
                at = stop;
                continue;
            }
            while at < stop {
                let (code, width) = self.decode(memory, at);
                put(count, code)?;
                count += 1;
                at += width;
            }
        }
        Ok(())
    }

    /// A character, and how many bytes it has. Bytes that go on with a character are not checked, and missing ones count as zeros.
    fn decode(&self, memory: Memory<'_>, at: i64) -> (u32, i64) {
        let first = memory.byte(at);
        let width = match first {
            _ if self.plain => 1,
            Some(0..=0xbf) => 1,
            Some(0xc0..=0xdf) => 2,
            Some(0xe0..=0xef) => 3,
            _ => 4,
        };
        let first = u32::from(first.unwrap_or(0));
        if width == 1 {
            return (first, 1);
        }
        let code = (1..width).fold(first & (0x7f >> width), |code, i| {
            let byte = memory.byte(at.saturating_add(i)).unwrap_or(0);
            code << 6 | u32::from(byte & 0x3f)
        });
        (if code > 0x10_ffff { 0xfffd } else { code }, width)
    }
}
