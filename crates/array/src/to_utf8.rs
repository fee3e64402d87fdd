//! Texts of one size, as NumPy keeps them, to UTF-8 with offsets, as Arrow keeps them.
//!
//! Two passes: how long the texts of each piece are, then their bytes. Another process may change the texts in between, so that the
//! second pass keeps to the room that the first one measured.

use std::iter;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::Refusal;
use crate::copy::zeroed;
use crate::equal::Text;
use crate::kernel::{self, Run};
use crate::memory::{Memory, Operand, low_bytes};
use crate::nest::Nest;
use crate::scan::{along, runs};
use crate::threads::{share, worth};

/// The highest bit of each byte, which is set in characters that are not ASCII.
pub(crate) const HIGH: u128 = u128::from_ne_bytes([0x80; 16]);
/// Bytes of texts that are brought together before they are looked at; they stay in the cache.
const TILE: usize = 32 << 10;
/// Bytes behind a tile, so that 16 can be read from each text on.
pub(crate) const PADDING: usize = 16;

/// Texts of any length in UTF-8, without the NULs at their ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Utf8 {
    /// One `i32` more than there are texts, in this machine's order: text `i` is the bytes from number `i` to number `i + 1`.
    pub offsets: Box<[u8]>,
    /// The texts, one behind the other.
    pub data: Box<[u8]>,
}

/// Items of one piece of work: its bytes outweigh what starting on it takes, and there are enough pieces for all threads.
pub(crate) fn piece_of(size: usize) -> usize {
    ((1 << 20) / size.max(1)).clamp(64, 1 << 16)
}

/// How many items of that size are brought together at once, and how many bytes that takes.
pub(crate) fn tile_of(size: usize) -> (usize, usize) {
    let items = (TILE / size.max(1)).clamp(1, TILE / 16);
    (items, items.saturating_mul(size).saturating_add(PADDING))
}

/// Bytes of one number when their order changes on the way, else 1.
pub(crate) fn unit_of(text: Text) -> usize {
    if text.wide && text.swapped { 4 } else { 1 }
}

/// The slots for the offsets at which the texts of a piece end, and, once they are measured, bytes in all.
struct Piece<'a> {
    ends: &'a mut [[u8; 4]],
    bytes: usize,
}

/// The texts of an array in C order. Surrogates, and what is above U+10FFFF, become U+FFFD.
///
/// Refuses texts of more than `i32::MAX` bytes in all as [`Refusal::Malformed`].
pub fn texts_to_utf8(
    memory: Memory<'_>,
    at: &Operand,
    shape: &[usize],
    text: Text,
    threads: usize,
) -> Result<Utf8, Refusal> {
    if text.wide && !text.size.is_multiple_of(4) {
        return Err(Refusal::Malformed);
    }
    memory.check(at, shape, text.size)?;
    let size: usize = shape.iter().product();
    let length = size.saturating_add(1).saturating_mul(4);
    let mut offsets = zeroed(length).ok_or(Refusal::NoSpace(length))?;
    if size == 0 {
        let data = Box::default();
        return Ok(Utf8 { offsets, data });
    }
    let mut nest = Nest::new(shape, iter::once(at));
    nest.merge();
    let texts = Texts { memory, nest, text };
    let each = piece_of(text.size);
    let (slots, _) = offsets.as_chunks_mut::<4>();
    let pieces: Vec<Mutex<Piece<'_>>> = slots[1..]
        .chunks_mut(each)
        .map(|ends| Mutex::new(Piece { ends, bytes: 0 }))
        .collect();
    let threads = worth(size.saturating_mul(text.size), threads);
    let short_of_memory = AtomicBool::new(false);
    let all = |work: &Work<'_>| {
        share(pieces.len(), threads, |range| {
            let Some(mut tile) = zeroed(tile_of(text.size).1) else {
                short_of_memory.store(true, Ordering::Relaxed);
                return;
            };
            for k in range {
                work(k, k * each..size.min((k + 1) * each), &mut tile);
            }
        });
        if short_of_memory.load(Ordering::Relaxed) {
            return Err(Refusal::NoSpace(tile_of(text.size).1));
        }
        Ok(())
    };
    all(&|k, range, tile| {
        let mut piece = pieces[k].lock().unwrap_or_else(PoisonError::into_inner);
        texts.measure(range, tile, &mut piece);
    })?;
    let mut total = 0_usize;
    let mut starts = Vec::with_capacity(pieces.len());
    for piece in &pieces {
        starts.push(total);
        total += piece.lock().unwrap_or_else(PoisonError::into_inner).bytes;
    }
    if total > i32::MAX as usize {
        return Err(Refusal::Malformed);
    }
    let mut data = zeroed(total).ok_or(Refusal::NoSpace(total))?;
    let mut rest = &mut data[..];
    let mut rooms = Vec::with_capacity(pieces.len());
    for piece in &pieces {
        let bytes = piece.lock().unwrap_or_else(PoisonError::into_inner).bytes;
        let (room, behind) = rest.split_at_mut(bytes);
        rooms.push(Mutex::new(room));
        rest = behind;
    }
    all(&|k, range, tile| {
        let mut piece = pieces[k].lock().unwrap_or_else(PoisonError::into_inner);
        let mut room = rooms[k].lock().unwrap_or_else(PoisonError::into_inner);
        texts.write(range, tile, starts[k], piece.ends, &mut room);
    })?;
    drop((pieces, rooms));
    Ok(Utf8 { offsets, data })
}

/// What is done with a piece: its number, its texts, and a tile for them.
type Work<'a> = dyn Fn(usize, Range<usize>, &mut [u8]) + Sync + 'a;

struct Texts<'a> {
    memory: Memory<'a>,
    nest: Nest,
    text: Text,
}

impl Texts<'_> {
    /// Brings texts together, and shows them with the padding behind them and how many they are.
    #[allow(unsafe_code)]
    fn tiles(&self, range: Range<usize>, tile: &mut [u8], mut visit: impl FnMut(&[u8], usize)) {
        let size = self.text.size;
        let (most, step) = (tile_of(size).0, along(&self.nest, 0));
        runs(&self.nest, range, |_, at, n| {
            for first in (0..n).step_by(most) {
                let count = most.min(n - first);
                let from = Run {
                    at: self.memory.at(at[0] + (first as i64) * step as i64),
                    step,
                };
                let to = Run {
                    at: tile.as_mut_ptr(),
                    step: size as isize,
                };
                // SAFETY: `texts_to_utf8` has checked the operand against its memory, and these are items of it; the tile has room for
                // `most` items.
                unsafe { kernel::copy(to, from, count, size, unit_of(self.text)) };
                visit(tile, count);
            }
            true
        });
    }

    /// Writes where each text ends, from the start of the piece on.
    fn measure(&self, range: Range<usize>, tile: &mut [u8], piece: &mut Piece<'_>) {
        let size = self.text.size;
        let mut ends = piece.ends.iter_mut();
        let mut total = 0_usize;
        let mut end = |width: usize| {
            total += width;
            if let Some(slot) = ends.next() {
                *slot = (total as u32).to_ne_bytes();
            }
        };
        self.tiles(range, tile, |tile, count| {
            for i in 0..count {
                if self.text.wide {
                    end(wide_width(&tile[i * size..(i + 1) * size]));
                } else if size <= 16 {
                    let (word, length) = short(&tile[i * size..], size);
                    let high = word & HIGH;
                    end(if high == 0 {
                        length
                    } else {
                        length + high.count_ones() as usize
                    });
                } else {
                    let text = trimmed(&tile[i * size..(i + 1) * size]);
                    end(text.len() + text.iter().filter(|byte| **byte >= 0x80).count());
                }
            }
        });
        piece.bytes = total;
    }

    /// Writes the bytes, and the offsets as they are among all texts.
    fn write(
        &self,
        range: Range<usize>,
        tile: &mut [u8],
        start: usize,
        ends: &mut [[u8; 4]],
        room: &mut [u8],
    ) {
        let size = self.text.size;
        let mut ends = ends.iter_mut();
        let mut at = 0;
        self.tiles(range, tile, |tile, count| {
            for i in 0..count {
                let Some(slot) = ends.next() else { return };
                let end = u32::from_ne_bytes(*slot) as usize;
                *slot = ((start + end) as i32).to_ne_bytes();
                let item = &tile[i * size..(i + 1) * size];
                if self.text.wide {
                    write_wide(item, &mut room[at..end]);
                } else if size <= 16 {
                    let (word, length) = short(&tile[i * size..], size);
                    // What is written too much is overwritten by the texts behind.
                    match room.get_mut(at..at + 16) {
                        Some(whole) if word & HIGH == 0 && length == end - at => {
                            whole.copy_from_slice(&word.to_le_bytes());
                        }
                        _ => write_narrow(item, &mut room[at..end]),
                    }
                } else {
                    write_narrow(item, &mut room[at..end]);
                }
                at = end;
            }
        });
    }
}

/// A text of at most 16 bytes, zeros above, and how long it is.
#[inline]
fn short(tile: &[u8], size: usize) -> (u128, usize) {
    let (words, _) = tile.as_chunks::<16>();
    let word = u128::from_le_bytes(words[0]) & low_bytes(size);
    (word, 16 - word.leading_zeros() as usize / 8)
}

/// A text of bytes without the NULs at its end.
fn trimmed(text: &[u8]) -> &[u8] {
    let mut length = text.len();
    // Texts that are much shorter than their room end in many NULs.
    while length >= 16 && text[length - 16..length] == [0; 16] {
        length -= 16;
    }
    while length > 0 && text[length - 1] == 0 {
        length -= 1;
    }
    &text[..length]
}

/// Characters of one byte, which are those of Latin-1, into the room that was measured for them.
fn write_narrow(text: &[u8], room: &mut [u8]) {
    let text = trimmed(text);
    if text.len() == room.len() && text.is_ascii() {
        room.copy_from_slice(text);
    } else {
        write_characters(text.iter().map(|byte| char::from(*byte)), room);
    }
}

/// The characters of a text of four bytes each, without the NULs at its end.
fn codes(text: &[u8]) -> &[[u8; 4]] {
    let (codes, _) = text.as_chunks::<4>();
    let length = codes.iter().rposition(|code| *code != [0; 4]);
    &codes[..length.map_or(0, |last| last + 1)]
}

/// Bytes of a text in UTF-8; U+FFFD, which stands for what is no character, has three.
fn wide_width(text: &[u8]) -> usize {
    codes(text)
        .iter()
        .map(|code| {
            let code = u32::from_ne_bytes(*code);
            let above = (0x1_0000..=0x10_ffff).contains(&code);
            1 + usize::from(code >= 0x80) + usize::from(code >= 0x800) + usize::from(above)
        })
        .sum()
}

fn write_wide(text: &[u8], room: &mut [u8]) {
    let codes = codes(text);
    let all = codes
        .iter()
        .fold(0, |all, code| all | u32::from_ne_bytes(*code));
    if all < 0x80 && codes.len() == room.len() {
        for (byte, code) in room.iter_mut().zip(codes) {
            *byte = u32::from_ne_bytes(*code) as u8;
        }
    } else {
        let character = |code: &[u8; 4]| {
            char::from_u32(u32::from_ne_bytes(*code)).unwrap_or(char::REPLACEMENT_CHARACTER)
        };
        write_characters(codes.iter().map(character), room);
    }
}

/// Characters for as long as there is room: all of them, unless somebody changed the text since it was measured.
fn write_characters(characters: impl Iterator<Item = char>, mut room: &mut [u8]) {
    for character in characters {
        let width = character.len_utf8();
        if width > room.len() {
            return;
        }
        let (here, behind) = room.split_at_mut(width);
        character.encode_utf8(here);
        room = behind;
    }
}
