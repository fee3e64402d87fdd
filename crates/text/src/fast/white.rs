//! Which rows between white space have as many fields as they should.
//!
//! A row starts where a field does, so that rows need no list of their own: each starts at every so many-th bound.

use std::marker::PhantomData;

use super::batch::{Batch, END, Scratch, Word};
use super::block::{BLOCK, Blocks};
use super::index::fields;
use crate::plan::Plan;

/// Where rows should start, block by block: at every so many-th of the starts of fields.
pub(crate) struct Pattern<'a, B> {
    expected: &'a Expected,
    /// Fields since the last row's start, which is expected at zero.
    phase: usize,
    /// Where rows start and should not, or the other way round.
    odd: u64,
    _blocks: PhantomData<B>,
}

/// Most fields of a row whose pattern is kept.
const MOST_FIELDS: usize = 64;

/// What a [`Pattern`] works with.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    /// For each phase, which of the next sixty-four fields start a row.
    rows: [u64; MOST_FIELDS],
    /// For each phase and number of fields behind it, the next phase.
    next: [u8; 2 * MOST_FIELDS],
}

impl Expected {
    /// For rows of so many fields; with too many, and with none, no row is expected.
    pub fn new(fields: usize) -> Expected {
        let mut expected = Expected {
            rows: [0; MOST_FIELDS],
            next: [0; 2 * MOST_FIELDS],
        };
        if fields > 0 && fields <= MOST_FIELDS {
            for (phase, rows) in expected.rows[..fields].iter_mut().enumerate() {
                for field in (0..64).filter(|field| (phase + field) % fields == 0) {
                    *rows |= 1 << field;
                }
            }
            for (sum, phase) in expected.next.iter_mut().enumerate() {
                *phase = (sum % fields) as u8;
            }
        }
        expected
    }
}

impl<'a, B: Blocks> Pattern<'a, B> {
    pub fn new(plan: &'a Plan) -> Self {
        Pattern {
            expected: &plan.expected,
            phase: 0,
            odd: 0,
            _blocks: PhantomData,
        }
    }

    /// The next block.
    #[inline(always)]
    pub fn add(&mut self, word: Word, separators: u64) {
        if !B::DEPOSITS {
            return;
        }
        let starts = word.edges & !separators;
        let Expected { rows, next } = self.expected;
        self.odd |= word.starts ^ B::deposit(rows[self.phase % MOST_FIELDS], starts);
        let sum = self.phase + starts.count_ones() as usize;
        self.phase = usize::from(next[sum % (2 * MOST_FIELDS)]);
    }

    /// Whether all rows of all blocks have started where they should; false also where nobody has looked.
    pub fn is_met(&self) -> bool {
        B::DEPOSITS && self.odd == 0
    }
}

/// What the loop over the blocks of a batch has found.
pub(crate) struct Seen {
    /// Bytes of the text from the batch on.
    pub length: usize,
    /// From where on it is wrong.
    pub stop: Option<usize>,
    /// The text ends in the batch, and whether it ends a field that is not listed yet.
    pub ended: Option<bool>,
    pub blocks: usize,
    /// Rows that start in them.
    pub rows: usize,
    /// All rows start where they should.
    pub as_expected: bool,
}

/// The batch of bounds between white space.
#[inline(always)]
pub(crate) fn batch(plan: &Plan, seen: Seen, mut bounds: usize, scratch: &mut Scratch) -> Batch {
    let Seen {
        length,
        stop,
        ended,
        mut rows,
        ..
    } = seen;
    let Scratch {
        words,
        bounds: places,
        ..
    } = scratch;
    let words = &mut words[..seen.blocks];
    if let Some(stop) = stop {
        let last = &mut words[stop / BLOCK].starts;
        *last &= u64::MAX >> (BLOCK - 1 - stop % BLOCK);
        rows = words
            .iter()
            .map(|word| word.starts.count_ones() as usize)
            .sum();
    }
    let finished = stop.is_none() && ended.is_some();
    if finished && ended == Some(true) {
        places[bounds] = length as u16;
        bounds += 1;
    }
    places[bounds] = END;
    // What is not finished has no end in sight, or one that does not count.
    let wanted = if finished {
        rows
    } else {
        rows.saturating_sub(1)
    };
    let mut batch = Batch {
        rows: wanted,
        fields: 0,
        stride: 0,
        length,
        whole: stop.is_none(),
    };
    if wanted == 0 {
        // Nothing but blank lines and comments, or one row that is too long or not for us.
        batch.whole = finished;
        if !finished {
            batch.length = if rows == 0 { 0 } else { usize::from(places[0]) };
        }
        return batch;
    }
    let first = || {
        let next = second(words);
        let of_first = |places: &[u16]| places.iter().step_by(2).take_while(|&&p| p < next).count();
        of_first(&places[..bounds])
    };
    let Some(fields) = fields(plan, first) else {
        return Batch {
            rows: 0,
            length: 0,
            whole: false,
            ..batch
        };
    };
    batch.fields = fields;
    batch.stride = 2 * fields;
    // All rows start where the numbers of fields before them say, and the last one has as many.
    let good = match seen.as_expected {
        true => rows - 1,
        false => as_expected(words, &places[..bounds], batch.stride) - 1,
    };
    let all = good + 1 == rows && (!finished || bounds == rows * batch.stride);
    batch.rows = match all {
        true => wanted,
        false => good.min(wanted),
    };
    batch.whole &= batch.rows == wanted;
    if !(batch.whole && finished) {
        batch.length = usize::from(places[batch.rows * batch.stride]);
    }
    batch
}

/// Where the second row starts.
fn second(words: &[Word]) -> u16 {
    let mut first = true;
    for (word, base) in words.iter().zip((0..).step_by(BLOCK)) {
        let mut starts = word.starts;
        if first && starts != 0 {
            first = false;
            starts &= starts - 1;
        }
        if starts != 0 {
            return base + starts.trailing_zeros() as u16;
        }
    }
    END
}

/// How many rows start at the places that are expected.
#[inline(never)]
fn as_expected(words: &[Word], places: &[u16], stride: usize) -> usize {
    let (mut rows, mut next) = (0, 0);
    for (word, base) in words.iter().zip((0..).step_by(BLOCK)) {
        let mut starts = word.starts;
        while starts != 0 {
            let place: u16 = base + starts.trailing_zeros() as u16;
            if places.get(next) != Some(&place) {
                return rows;
            }
            rows += 1;
            next += stride;
            starts &= starts - 1;
        }
    }
    rows
}
