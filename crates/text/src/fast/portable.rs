//! Eight bytes at a time in a machine word: for every machine.

use super::Machine;
use super::batch::{Batch, Scratch};
use super::block::{BLOCK, Blocks, Marks, Masks};
use super::columns::Cells;
use super::words::{HIGHS, LOWS, at_least, fill, gather, places, zero_bytes};
use super::{cell, index};
use crate::plan::Plan;
use crate::{Count, Input};

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

    fn index(plan: &Plan, input: Input<'_>, pos: usize, scratch: &mut Scratch) -> Batch {
        if plan.white {
            index::index::<Portable, true>(plan, input, pos, scratch)
        } else {
            index::index::<Portable, false>(plan, input, pos, scratch)
        }
    }

    fn decode(cells: &mut Cells<'_>) -> usize {
        cell::decode(cells)
    }
}

impl Blocks for Portable {
    #[inline(always)]
    fn masks<const WHITE: bool>(block: &[u8; BLOCK], marks: &Marks) -> Masks {
        let (words, _) = block.as_chunks::<8>();
        let words: [u64; 8] = std::array::from_fn(|i| u64::from_le_bytes(words[i]));
        // Seldom there: whether a block has one costs less than where.
        let (mut cr, mut comments, mut high) = (0, 0, 0);
        let (mut separators, mut lf) = (0, 0);
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
        }
    }

    #[inline(always)]
    fn flatten_few(mask: u64, base: u16, list: &mut [u16], at: usize) -> usize {
        Self::flatten(mask, base, list, at)
    }

    #[inline(always)]
    fn flatten(mut mask: u64, base: u16, list: &mut [u16], mut at: usize) -> usize {
        while mask != 0 {
            list[at] = base + mask.trailing_zeros() as u16;
            at += 1;
            mask &= mask - 1;
        }
        at
    }
}
