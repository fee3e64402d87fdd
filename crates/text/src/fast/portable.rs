//! Eight bytes at a time in a machine word: for every machine.

use super::Machine;
use super::batch::{Batch, Scratch};
use super::block::{BLOCK, Blocks, Marks, Masks};
use super::columns::Cells;
use super::words::{HIGHS, LOWS, at_least, fill, gather, places, zero_bytes};
use super::{cell, index, quoted, walk};
use crate::plan::Plan;
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
        let (words, _) = block.as_chunks::<8>();
        let words: [u64; 8] = std::array::from_fn(|i| u64::from_le_bytes(words[i]));
        // Seldom there: whether a block has one costs less than where.
        let (mut cr, mut comments, mut high) = (0, 0, 0);
        let (mut separators, mut lf, mut quotes) = (0, 0, 0);
        for (i, word) in words.into_iter().enumerate() {
            let found = if WHITE {
                let low = word & LOWS;
                let first = at_least(low, 9) & !at_least(low, 14);
                let second = at_least(low, 28) & !at_least(low, 33);
                (first | second) & !word
            } else {
                zero_bytes(word ^ fill(marks.delimiter))
            };
            separators |= gather(found) << (8 * i);
            lf |= gather(zero_bytes(word ^ fill(b'\n'))) << (8 * i);
            if QUOTED {
                quotes |= gather(zero_bytes(word ^ fill(marks.quote))) << (8 * i);
            }
            cr |= zero_bytes(word ^ fill(b'\r'));
            comments |= zero_bytes(word ^ fill(marks.comment));
            high |= word & HIGHS;
        }
        let find = |byte: u8| places(words, |word| zero_bytes(word ^ fill(byte)));
        if comments != 0 {
            comments = find(marks.comment);
        }
        for &byte in &marks.comments {
            comments |= find(byte);
        }
        Masks {
            separators,
            lf,
            cr: if cr == 0 { 0 } else { find(b'\r') },
            comments,
            high: if high == 0 {
                0
            } else {
                places(words, |word| word & HIGHS)
            },
            quotes,
        }
    }

    #[inline(always)]
    fn flatten_few(mask: u64, base: u16, list: &mut [u16], at: usize) -> usize {
        Self::flatten(mask, base, list, at)
    }

    #[inline(always)]
    fn flatten(mut mask: u64, base: u16, list: &mut [u16], mut at: usize) -> usize {
        while mask != 0 {
            list[at] = base.wrapping_add(mask.trailing_zeros() as u16);
            at += 1;
            mask &= mask - 1;
        }
        at
    }
}
