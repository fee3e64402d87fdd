//! Going through the elements of an array, tile by tile, on several threads.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::Refusal;
use crate::cast;
use crate::kernel::Run;
use crate::memory::{Memory, Operand};
use crate::nest::{Nest, Odometer};
use crate::number::{Number, TILE, Tile};
use crate::threads::{share, worth};

/// Elements of one piece of work. It does not depend on the number of threads, so that results do not either.
const PIECE: usize = 1 << 16;

/// Calls `visit` for runs of at most `TILE` items of `range`, in the order of the nest: with the number of the first item, the bytes where
/// each operand has it, and their count; until it returns false.
pub(crate) fn runs(
    nest: &Nest,
    range: Range<usize>,
    mut visit: impl FnMut(usize, &[i64], usize) -> bool,
) {
    let axes = nest.shape.len();
    let inner = nest.shape.last().copied().unwrap_or(1);
    let outer = &nest.shape[..axes.saturating_sub(1)];
    let step = |operand: usize| nest.steps[operand].last().copied().unwrap_or(0);
    let mut place = Odometer::new(outer, &nest.steps, &nest.starts, range.start / inner);
    let mut at = place.at.clone();
    let (mut item, mut first) = (range.start, range.start % inner);
    while item < range.end {
        let n = (inner - first).min(range.end - item).min(TILE);
        for (operand, at) in at.iter_mut().enumerate() {
            *at = place.at[operand] + first as i64 * step(operand);
        }
        if !visit(item, &at, n) {
            return;
        }
        item += n;
        first += n;
        if first == inner {
            first = 0;
            place.next();
        }
    }
}

/// The step of an operand along the runs of a nest.
pub(crate) fn along(nest: &Nest, operand: usize) -> isize {
    nest.steps[operand].last().copied().unwrap_or(0) as isize
}

/// One array of numbers that is only read.
#[derive(Clone, Copy)]
pub struct Numbers<'a> {
    /// What it lies in.
    pub memory: Memory<'a>,
    /// Where.
    pub at: &'a Operand,
    /// Its shape.
    pub shape: &'a [usize],
    /// What its elements are.
    pub number: Number,
}

impl Numbers<'_> {
    pub(crate) fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// Folds all numbers, in pieces whose results are combined in the order of the pieces.
    pub(crate) fn fold<A: Send>(
        &self,
        threads: usize,
        start: impl Fn() -> A + Sync,
        add: impl Fn(&mut A, &Tile, usize) + Sync,
        combine: impl FnMut(A, A) -> A,
    ) -> Result<A, Refusal> {
        let parts = Mutex::new(Vec::new());
        self.pieces(threads, |pieces, tiles| {
            for piece in pieces {
                let mut part = start();
                tiles(piece..piece + 1, &mut |tile, n| add(&mut part, tile, n));
                let mut parts = parts.lock().unwrap_or_else(PoisonError::into_inner);
                parts.push((piece, part));
            }
        })?;
        let mut parts = parts.into_inner().unwrap_or_else(PoisonError::into_inner);
        parts.sort_unstable_by_key(|(piece, _)| *piece);
        let parts = parts.into_iter().map(|(_, part)| part);
        Ok(parts.reduce(combine).unwrap_or_else(start))
    }

    /// Gives each thread ranges of pieces, and the means to go through the numbers of some pieces.
    pub(crate) fn pieces(
        &self,
        threads: usize,
        work: impl Fn(Range<usize>, &mut Tiles<'_>) + Sync,
    ) -> Result<(), Refusal> {
        let width = self.number.kind.size();
        self.memory.check(self.at, self.shape, width)?;
        let size = self.size();
        if size == 0 {
            return Ok(());
        }
        let mut nest = Nest::new(self.shape, std::iter::once(self.at));
        nest.reorder();
        nest.merge();
        let step = along(&nest, 0);
        let threads = worth(size.saturating_mul(width), threads);
        share(size.div_ceil(PIECE), threads, |pieces| {
            let mut tile = Tile::new();
            work(pieces, &mut |pieces, add| {
                let range = pieces.start * PIECE..size.min(pieces.end * PIECE);
                runs(&nest, range, |_, at, n| {
                    load(self.number, self.memory, at[0], step, n, &mut tile);
                    add(&tile, n);
                    true
                });
            });
        });
        Ok(())
    }
}

/// Calls a function with every tile of some pieces.
pub(crate) type Tiles<'a> = dyn FnMut(Range<usize>, &mut dyn FnMut(&Tile, usize)) + 'a;

/// The number of the first item, in C order, for which `wrong` gives a place in a run of them.
pub(crate) fn first(
    nest: &Nest,
    bytes: usize,
    threads: usize,
    wrong: impl Fn(&mut [Tile; 2], &[i64], usize) -> Option<usize> + Sync,
) -> Option<usize> {
    let size = nest.size();
    let found = AtomicUsize::new(usize::MAX);
    let threads = worth(size.saturating_mul(bytes), threads);
    share(size.div_ceil(PIECE), threads, |pieces| {
        let mut tiles = [Tile::new(), Tile::new()];
        for piece in pieces {
            if piece * PIECE >= found.load(Ordering::Relaxed) {
                return;
            }
            let range = piece * PIECE..size.min((piece + 1) * PIECE);
            runs(nest, range, |item, at, n| match wrong(&mut tiles, at, n) {
                Some(place) => {
                    found.fetch_min(item + place, Ordering::Relaxed);
                    false
                }
                None => true,
            });
        }
    });
    let found = found.into_inner();
    (found != usize::MAX).then_some(found)
}

/// Reads numbers that a checked operand reaches.
#[allow(unsafe_code)]
pub(crate) fn load(
    number: Number,
    memory: Memory<'_>,
    at: i64,
    step: isize,
    n: usize,
    tile: &mut Tile,
) {
    let run = Run {
        at: memory.at(at),
        step,
    };
    // SAFETY: whoever calls has checked the operand against its memory, and visits items of it only.
    unsafe { cast::load(number, run, n, tile) };
}
