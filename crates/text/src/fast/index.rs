//! Finds rows and fields, and counts them.
//!
//! With white space, W marks white bytes and N line ends. Fields start and end where W changes. Rows start at
//! (W + N) & !W: the sum carries each line end through the white run behind it to the first byte of the
//! next row, so that blank lines, CRLF and blanks at either end of a line need no thought.
//! With a delimiter, a field ends at each delimiter and at each line end that does not follow another; a row
//! starts behind a line end where no other line end is.

use super::batch::{Batch, END, Scratch, USUAL, Word};
use super::block::{BLOCK, Blocks, Outline, Shape, Walk};
use super::white::{self, Pattern, Seen};
use crate::plan::Plan;
use crate::scalar;
use crate::scalar::row::resolve;
use crate::scalar::space::{has_unicode_space, space_at_start};
use crate::{Count, Input};

/// Rows and lines of a text.
#[inline(always)]
pub(crate) fn count<B: Blocks, const WHITE: bool>(plan: &Plan, input: Input<'_>) -> Count {
    let text = input.text();
    let mut walk = Walk::new(plan, input);
    let mut carry = Carry::new();
    let mut count = Count::default();
    let mut after_cr = 0;
    let mut lines = |lf: u64, cr: u64| {
        let lines = cr | (lf & !(cr << 1 | after_cr));
        after_cr = cr >> 63;
        u64::from(lines.count_ones())
    };
    let mut high = 0;
    let mut at = 0;
    while at < text.len() {
        if !walk.in_comment() {
            let from = at;
            plain::<B, WHITE, _>(plan, &text[at..], std::iter::repeat(()), |outline, ()| {
                let starts = carry.rows::<WHITE>(outline.shape());
                count.rows += u64::from(starts.count_ones());
                count.lines += lines(outline.lf, outline.cr);
                at += BLOCK;
            });
            if at > from {
                continue;
            }
        }
        let (masks, shape) = walk.block::<B, WHITE>(at);
        high |= masks.high;
        count.rows += u64::from(carry.rows::<WHITE>(shape).count_ones());
        count.lines += lines(masks.lf, masks.cr);
        at += BLOCK;
    }
    let last = text.last();
    let unfinished = last.is_some_and(|&b| b != b'\n' && b != b'\r');
    count.lines += u64::from(unfinished);
    // A line may be blank although there is something on it.
    if WHITE && high != 0 && has_unicode_space(text) {
        return scalar::count(plan, text);
    }
    count
}

/// Goes over whole blocks up to the first with something rare in it, with a slot for each.
#[inline(always)]
fn plain<B: Blocks, const WHITE: bool, S>(
    plan: &Plan,
    text: &[u8],
    slots: impl Iterator<Item = S>,
    mut each: impl FnMut(Outline, S),
) {
    let marks = &plan.marks;
    let (delimiter, comment) = (marks.delimiter, marks.comment);
    if !marks.comments.is_empty() {
        return;
    }
    for (block, slot) in text.as_chunks().0.iter().zip(slots) {
        let outline = B::outline::<WHITE>(block, delimiter, comment);
        if outline.rare {
            return;
        }
        each(outline, slot);
    }
}

/// A batch goes on to more rows than these, for columns go eight rows a step.
const FEW: usize = 8;
/// So many blocks at a time where rows are long.
const MORE: usize = 8;

/// The lists of a batch that starts at `pos`, the start of a line or of a row's first field.
#[inline(always)]
pub(crate) fn index<B: Blocks, const WHITE: bool>(
    plan: &Plan,
    input: Input<'_>,
    pos: usize,
    scratch: &mut Scratch,
) -> Batch {
    let input = input.from(pos);
    let text = input.text();
    let mut walk = Walk::new(plan, input);
    let mut carry = Carry::new();
    let mut pattern = Pattern::<B>::new(plan);
    let (mut rows, mut blocks) = (0, 0);
    let mut stop = None;
    // First the masks of all blocks, then their places: each loop has the registers that it needs.
    while blocks * BLOCK < text.len() && stop.is_none() && blocks < scratch.words.len() {
        if blocks >= USUAL / BLOCK && rows > FEW {
            break;
        }
        let at = blocks * BLOCK;
        if !walk.in_comment() {
            let most = (blocks + MORE).clamp(USUAL / BLOCK, scratch.words.len());
            let rest = &text[at..text.len().min(most * BLOCK)];
            let from = blocks;
            let words = scratch.words[from..].iter_mut();
            plain::<B, WHITE, _>(plan, rest, words, |outline, word| {
                *word = carry.word::<WHITE>(outline.shape());
                rows += word.starts.count_ones() as usize;
                if WHITE {
                    pattern.add(*word, outline.separators);
                }
                blocks += 1;
            });
            if blocks > from {
                continue;
            }
        }
        let (masks, shape) = walk.block::<B, WHITE>(at);
        let word = carry.word::<WHITE>(shape);
        rows += word.starts.count_ones() as usize;
        if WHITE {
            pattern.add(word, shape.separators);
        }
        scratch.words[blocks] = word;
        blocks += 1;
        if WHITE && masks.high != 0 {
            stop = unicode_space(text, at, masks.high);
        }
    }
    let ended = (blocks * BLOCK >= text.len()).then_some(carry.open::<WHITE>());
    let bounds = B::flatten_all(&scratch.words[..blocks], &mut scratch.bounds);
    if WHITE {
        let seen = Seen {
            length: text.len(),
            stop,
            ended,
            blocks,
            rows,
            as_expected: pattern.is_met(),
        };
        return white::batch(plan, seen, bounds, scratch);
    }
    rows = 0;
    for (word, base) in scratch.words[..blocks].iter().zip((0..).step_by(BLOCK)) {
        rows = B::flatten_few(word.starts, base, &mut scratch.rows, rows);
    }
    close(plan, text.len(), None, ended, bounds, rows, scratch)
}

/// Ends the lists of a batch whose bounds are the ends of fields. `stop`: from where on they are wrong. `ended`: the text ends in the
/// batch, and whether it ends a field that is not listed yet.
#[inline(always)]
pub(super) fn close(
    plan: &Plan,
    length: usize,
    stop: Option<usize>,
    ended: Option<bool>,
    mut bounds: usize,
    mut rows: usize,
    scratch: &mut Scratch,
) -> Batch {
    if rows == 0 {
        // Nothing but blanks and comments so far: the exact path goes on from here.
        scratch.rows[0] = 0;
    }
    let whole = stop.is_none();
    if let Some(stop) = stop {
        while scratch.row(rows - 1) > stop {
            rows -= 1;
        }
    }
    let finished = whole && ended.is_some();
    if finished {
        if ended == Some(true) {
            scratch.bounds[bounds] = length as u16;
            bounds += 1;
        }
        scratch.rows[rows] = END;
    } else {
        rows = rows.saturating_sub(1);
    }
    scratch.bounds[bounds] = END;
    let found = Batch {
        rows,
        fields: 0,
        stride: 0,
        length,
        whole,
    };
    same_shape(plan, found, finished, bounds, scratch)
}

/// Cuts the batch before the first row that has another number of fields than it should have.
#[inline(always)]
fn same_shape(
    plan: &Plan,
    found: Batch,
    finished: bool,
    bounds: usize,
    scratch: &Scratch,
) -> Batch {
    let (places, starts) = (&scratch.bounds[..=bounds], &scratch.rows[..=found.rows]);
    if found.rows == 0 {
        // Nothing but blank lines, or one row that is too long or not for us.
        let length = if finished {
            found.length
        } else {
            scratch.row(0)
        };
        return Batch {
            fields: 0,
            length,
            whole: finished,
            ..found
        };
    }
    let first = || {
        let of_first = places.iter().take_while(|&&place| place < starts[1]);
        of_first.count()
    };
    let Some(fields) = fields(plan, first) else {
        return Batch {
            rows: 0,
            length: 0,
            whole: false,
            ..found
        };
    };
    let good = starts[1..]
        .iter()
        .enumerate()
        .take_while(|&(row, &next)| {
            let edge = (row + 1) * fields;
            // The row's last edge lies before the next row, and the edge behind it does not.
            edge <= bounds && places[edge - 1] < next && next <= places[edge]
        })
        .count();
    let whole = found.whole && good == found.rows;
    let length = if whole && finished {
        found.length
    } else {
        scratch.row(good)
    };
    Batch {
        rows: good,
        fields,
        length,
        whole,
        ..found
    }
}

/// How many fields each row has: as many as there are columns, or with `usecols` as the first row; none where that lacks one of them.
pub(super) fn fields(plan: &Plan, first: impl FnOnce() -> usize) -> Option<usize> {
    let Some(cols) = &plan.schema.usecols else {
        return Some(plan.schema.columns.len());
    };
    let first = first();
    let all = cols.iter().all(|&col| resolve(col, first).is_ok());
    all.then_some(first)
}

/// What reaches from one block into the next.
pub(super) struct Carry {
    separator: u64,
    sum: u64,
    end: u64,
}

impl Carry {
    /// As behind a line end.
    pub fn new() -> Carry {
        Carry {
            separator: 1,
            sum: 1,
            end: 1,
        }
    }

    /// Bounds and rows. To be called once a block.
    #[inline(always)]
    pub fn word<const WHITE: bool>(&mut self, shape: Shape) -> Word {
        Word {
            edges: self.edges::<WHITE>(shape),
            starts: self.rows::<WHITE>(shape),
        }
    }

    /// Where rows start. To be called once a block.
    #[inline(always)]
    pub fn rows<const WHITE: bool>(&mut self, shape: Shape) -> u64 {
        let Shape { separators, ends } = shape;
        if WHITE {
            // What is carried in is a line end where the block begins white, and else a row that starts.
            let (sum, over) = separators.overflowing_add(ends | (self.sum & separators));
            let starts = (sum | self.sum) & !separators;
            self.sum = u64::from(over);
            starts
        } else {
            let behind = ends << 1 | self.end;
            self.end = ends >> 63;
            behind & !ends
        }
    }

    /// Where fields start and end; with a delimiter, where they end. To be called once a block, before `rows`.
    #[inline(always)]
    pub fn edges<const WHITE: bool>(&mut self, shape: Shape) -> u64 {
        let Shape { separators, ends } = shape;
        if WHITE {
            let edges = separators ^ (separators << 1 | self.separator);
            self.separator = separators >> 63;
            edges
        } else {
            separators | (ends & !(ends << 1 | self.end))
        }
    }

    /// Whether a field has started or may still come in the line.
    fn open<const WHITE: bool>(&self) -> bool {
        if WHITE {
            self.separator == 0
        } else {
            self.end == 0
        }
    }
}

/// The first white space beyond ASCII in the block at `at`, as a place of the text.
#[cold]
#[inline(never)]
pub(super) fn unicode_space(text: &[u8], at: usize, mut high: u64) -> Option<usize> {
    while high != 0 {
        let place = at + high.trailing_zeros() as usize;
        if space_at_start(&text[place..]) != 0 {
            return Some(place);
        }
        high &= high - 1;
    }
    None
}
