//! For every machine: what is in each x86-64, or else eight bytes at a time in a machine word.

use super::Machine;
use super::batch::{Batch, Scratch};
use super::block::{BLOCK, Blocks, Marks, Masks, Outline, SPILL};
use super::columns::Cells;
#[cfg(not(target_arch = "x86_64"))]
use super::swar::Bytes;
use super::{cell, index, quoted, walk};
use crate::plan::Plan;
#[cfg(target_arch = "x86_64")]
use crate::simd::sse2::Bytes;
use crate::{Count, Input, Walk};

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
        cell::decode(cells)
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
        let high = if WHITE { bytes.high() } else { 0 };
        Outline {
            separators: if WHITE {
                bytes.white()
            } else {
                bytes.find(delimiter)
            },
            lf: bytes.find(b'\n'),
            cr: bytes.find_rare(b'\r'),
            rare: bytes.find_rare(comment) | high != 0,
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
    fn flatten(mut mask: u64, base: u16, list: &mut [u16], at: usize) -> usize {
        let count = mask.count_ones() as usize;
        let room = list[at..].first_chunk_mut::<SPILL>();
        // Eight without a look at how many there are.
        for places in room.expect("a spill").as_chunks_mut::<8>().0 {
            if mask == 0 {
                break;
            }
            for place in places {
                *place = base.wrapping_add(mask.trailing_zeros() as u16);
                mask &= mask.wrapping_sub(1);
            }
        }
        at + count
    }
}
