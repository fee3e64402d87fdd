//! For every machine: what is in each x86-64, or else eight bytes at a time in a machine word.

use super::Machine;
use super::batch::{Batch, Scratch};
use super::block::{BLOCK, Blocks, Marks, Masks};
use super::columns::Cells;
#[cfg(not(target_arch = "x86_64"))]
use super::swar::Bytes;
use super::{cell, index};
use crate::plan::Plan;
#[cfg(target_arch = "x86_64")]
use crate::simd::sse2::Bytes;
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
