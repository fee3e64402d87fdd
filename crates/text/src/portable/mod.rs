//! For every machine: what is in each x86-64, or else eight bytes at a time in a machine word.
//!
//! Columns go four rows a step. Here is `unsafe` for loads and stores without a check each. What makes it sound, besides the words at
//! each block:
//! - [`Raw::new`] has checked the lists and the records of all rows of a column.
//! - An [`Input`] has thirty-two readable bytes before its text and sixty-four behind it.
//! - The places that an index lists lie inside the text, at most at its end; a field's start is not behind its end.
#![allow(unsafe_code)]

pub(crate) mod cells;
mod decimals;
pub(crate) mod groups;
pub(crate) mod integers;
pub(crate) mod places;
#[cfg(target_arch = "x86_64")]
mod sse2;
mod strings;
#[cfg(any(test, not(target_arch = "x86_64")))]
mod swar;

use crate::fast::batch::{Batch, Scratch, Word};
use crate::fast::block::{BLOCK, Blocks, Marks, Masks, Outline};
use crate::fast::columns::Cells;
use crate::fast::{Machine, cell, index, quoted, walk};
use crate::plan::Plan;
use crate::{Count, Input, Kind, Walk};
use cells::Raw;
#[cfg(target_arch = "x86_64")]
use sse2::{Base, Bytes, Eights, Sixteens};
#[cfg(not(target_arch = "x86_64"))]
use swar::{Base, Bytes, Eights, Sixteens};

/// Any machine.
pub(crate) struct Portable;

impl Machine for Portable {
    fn count(plan: &Plan, input: Input<'_>) -> Count {
        if plan.white {
            index::count::<Portable, true>(plan, input)
        } else {
            index::count::<Portable, false>(plan, input)
        }
    }

    fn walk(plan: &Plan, text: &[u8], limit: usize, last: bool) -> Walk {
        if plan.white {
            walk::walk::<Portable, true>(plan, text, limit, last)
        } else {
            walk::walk::<Portable, false>(plan, text, limit, last)
        }
    }

    fn index(plan: &Plan, input: Input<'_>, pos: usize, scratch: &mut Scratch) -> Batch {
        match (plan.quoted, plan.white) {
            (false, true) => index::index::<Portable, true>(plan, input, pos, scratch),
            (false, false) => index::index::<Portable, false>(plan, input, pos, scratch),
            (true, true) => quoted::index::<Portable, true>(plan, input, pos, scratch),
            (true, false) => quoted::index::<Portable, false>(plan, input, pos, scratch),
        }
    }

    fn decode(cells: &mut Cells<'_>) -> usize {
        let column = *cells.column;
        let Some(raw) = Raw::new(cells) else { return 0 };
        // SAFETY: `raw` is made of these cells, whose records nobody else uses meanwhile.
        unsafe {
            match (column.kind, column.size) {
                (Kind::Int | Kind::Uint, 1) => integers::decode::<1>(cells, raw),
                (Kind::Int | Kind::Uint, 2) => integers::decode::<2>(cells, raw),
                (Kind::Int | Kind::Uint, 4) => integers::decode::<4>(cells, raw),
                (Kind::Int | Kind::Uint, _) => integers::decode::<8>(cells, raw),
                (Kind::Float, 4) => decimals::decode::<4>(cells, raw),
                (Kind::Float, 8) => decimals::decode::<8>(cells, raw),
                (Kind::Bytes, 1..=16) => strings::decode(cells, raw),
                _ => cell::decode(cells, 0..cells.rows),
            }
        }
    }
}

impl Blocks for Portable {
    #[inline(always)]
    fn masks<const WHITE: bool, const QUOTED: bool>(block: &[u8; BLOCK], marks: &Marks) -> Masks {
        let bytes = Bytes::new(block);
        let mut comments = bytes.find_rare(marks.comment);
        for &byte in &marks.comments {
            comments |= bytes.find_rare(byte);
        }
        Masks {
            separators: if WHITE {
                bytes.white()
            } else {
                bytes.find(marks.delimiter)
            },
            lf: bytes.find(b'\n'),
            cr: bytes.find_rare(b'\r'),
            comments,
            high: bytes.high(),
            quotes: if QUOTED { bytes.find(marks.quote) } else { 0 },
        }
    }

    #[inline(always)]
    fn outline<const WHITE: bool>(block: &[u8; BLOCK], delimiter: u8, comment: u8) -> Outline {
        let bytes = Bytes::new(block);
        Outline {
            separators: if WHITE {
                bytes.white()
            } else {
                bytes.find(delimiter)
            },
            lf: bytes.find(b'\n'),
            cr: bytes.find_rare(b'\r'),
            rare: bytes.has::<WHITE>(comment),
        }
    }

    #[inline(always)]
    fn flatten_few(mut mask: u64, base: u16, list: &mut [u16], mut at: usize) -> usize {
        while mask != 0 {
            list[at] = base.wrapping_add(mask.trailing_zeros() as u16);
            at += 1;
            mask &= mask - 1;
        }
        at
    }

    #[inline(always)]
    fn flatten(mask: u64, base: u16, list: &mut [u16], at: usize) -> usize {
        places::flatten(std::iter::once(mask), base, list, at)
    }

    #[inline(always)]
    fn flatten_all(words: &[Word], list: &mut [u16]) -> usize {
        places::flatten(words.iter().map(|word| word.edges), 0, list, 0)
    }
}
