//! Finds rows and fields, and counts them.
//!
//! With white space, W marks white bytes and N line ends. Fields start and end where W changes. Rows start at
//! (W + N) & !W: the sum carries each line end through the white run behind it to the first byte of the
//! next row, so that blank lines, CRLF and blanks at either end of a line need no thought.
//! With a delimiter, a field ends at each delimiter and at each line end that does not follow another; a row
//! starts behind a line end where no other line end is.

use super::batch::{Batch, END, Scratch, USUAL, Word};
use super::block::{BLOCK, Blocks, Outline, Shape, Walk};
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
            plain::<B, WHITE>(plan, &text[at..], |outline| {
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

/// Goes over whole blocks up to the first with something rare in it.
#[inline(always)]
fn plain<B: Blocks, const WHITE: bool>(plan: &Plan, text: &[u8], mut each: impl FnMut(Outline)) {
    let marks = &plan.marks;
    let (delimiter, comment) = (marks.delimiter, marks.comment);
    if !marks.comments.is_empty() {
        return;
    }
    for block in text.as_chunks().0 {
        let outline = B::outline::<WHITE>(block, delimiter, comment);
        if outline.rare {
            return;
        }
        each(outline);
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
            let mut words = scratch.words[blocks..].iter_mut();
            plain::<B, WHITE>(plan, rest, |outline| {
                if let Some(word) = words.next() {
                    *word = carry.word::<WHITE>(outline.shape());
                    rows += word.starts.count_ones() as usize;
                }
            });
            let left = words.len();
            if scratch.words.len() - left > blocks {
                blocks = scratch.words.len() - left;
                continue;
            }
        }
        let (masks, shape) = walk.block::<B, WHITE>(at);
        let word = carry.word::<WHITE>(shape);
        rows += word.starts.count_ones() as usize;
        scratch.words[blocks] = word;
        blocks += 1;
        if WHITE && masks.high != 0 {
            stop = unicode_space(text, at, masks.high);
        }
    }
    let ended = (blocks * BLOCK >= text.len()).then_some(carry.open::<WHITE>());
    let bounds = B::flatten_all(&scratch.words[..blocks], &mut scratch.bounds);
    if WHITE {
        return of_white(plan, text.len(), stop, ended, bounds, blocks, scratch);
    }
    rows = 0;
    for (word, base) in scratch.words[..blocks].iter().zip((0..).step_by(BLOCK)) {
        rows = B::flatten_few(word.starts, base, &mut scratch.rows, rows);
    }
    close(plan, text.len(), None, ended, bounds, rows, scratch)
}

/// The batch of bounds between white space. A row starts where a field does, so that the list of rows is every so many-th bound. `stop`: from where on
/// they are wrong. `ended`: the text ends in the batch, and whether it ends a field that is not listed yet.
#[inline(always)]
fn of_white(
    plan: &Plan,
    length: usize,
    stop: Option<usize>,
    ended: Option<bool>,
    mut bounds: usize,
    blocks: usize,
    scratch: &mut Scratch,
) -> Batch {
    let Scratch {
        words,
        bounds: places,
        ..
    } = scratch;
    let words = &mut words[..blocks];
    if let Some(stop) = stop {
        let last = &mut words[stop / BLOCK].starts;
        *last &= u64::MAX >> (BLOCK - 1 - stop % BLOCK);
    }
    let rows = words.iter().map(|word| word.starts.count_ones() as usize);
    let rows = rows.sum::<usize>();
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
    let second = || {
        let mut starts = words.iter().zip((0..).step_by(BLOCK));
        let mut first = true;
        starts.find_map(|(word, base)| {
            let rest = if first && word.starts != 0 {
                first = false;
                word.starts & (word.starts - 1)
            } else {
                word.starts
            };
            (rest != 0).then(|| base + rest.trailing_zeros() as u16)
        })
    };
    let first = || {
        let next = second().unwrap_or(END);
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
    let good = as_expected(words, &places[..bounds], batch.stride) - 1;
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

/// How many rows start at the places that are expected.
#[inline(always)]
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
fn fields(plan: &Plan, first: impl FnOnce() -> usize) -> Option<usize> {
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
