//! Counts rows that may stand in quotes.

use super::block::{BLOCK, Blocks};
use super::index::Carry;
use super::quotes::Quotes;
use crate::plan::Plan;
use crate::scalar;
use crate::scalar::space::has_unicode_space;
use crate::{Count, Walk};

/// Rows that begin before `limit`, and their lines; see [`crate::Kernel::walk`].
///
/// A row begins behind each line end outside of quotes, if only a blank one. So the walk ends at the first such place
/// at or behind the limit, and counts what lies before it. Without one the text's end is such a place if the text
/// is the last, or if its last line is known to have ended; else the row that is open is not counted.
#[inline(always)]
pub(crate) fn walk<B: Blocks, const WHITE: bool>(
    plan: &Plan,
    text: &[u8],
    limit: usize,
    last: bool,
) -> Walk {
    let mut found = Walk {
        complete: true,
        ..Walk::default()
    };
    if limit == 0 {
        return found;
    }
    let mut quotes = Quotes::new(plan);
    let mut carry = Carry::new();
    let (mut after_cr, mut after_line) = (0, 0);
    let mut high = 0;
    // Where the last row begins; where the walk ends.
    let mut latest = 0;
    let mut stop = None;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let mut within = u64::MAX;
        let shape = match rest.first_chunk::<BLOCK>() {
            Some(block) => quotes.block::<B, WHITE>(block, rest),
            None => {
                let mut block = [0; BLOCK];
                block[..rest.len()].copy_from_slice(rest);
                within = (1 << rest.len()) - 1;
                quotes.block::<B, WHITE>(&block, rest)
            }
        };
        let (lf, cr) = (shape.masks.lf, shape.masks.cr);
        high |= shape.masks.high;
        let after = cr << 1 | after_cr;
        let mut rows = carry.rows::<WHITE>(shape.outer());
        let mut lines = cr | (lf & !after);
        let begins = (shape.lines << 1 | after_line) & !(lf & after) & within;
        after_cr = cr >> 63;
        after_line = shape.lines >> 63;
        if at + BLOCK > limit {
            let behind = begins & (u64::MAX << limit.saturating_sub(at));
            if behind != 0 {
                let before = (behind & behind.wrapping_neg()) - 1;
                rows &= before;
                lines &= before;
                stop = Some(at + behind.trailing_zeros() as usize);
            }
        }
        found.count.rows += u64::from(rows.count_ones());
        found.count.lines += u64::from(lines.count_ones());
        at += BLOCK;
        if stop.is_some() {
            break;
        }
        if begins != 0 {
            latest = at - 1 - begins.leading_zeros() as usize;
        }
    }
    let seen = text.len().min(at);
    if WHITE && high != 0 && has_unicode_space(&text[..seen]) {
        return scalar::walk(plan, text, limit, last);
    }
    match stop {
        Some(next) => Walk { next, ..found },
        None => at_end(plan, text, last, quotes.are_open(), latest, found),
    }
}

/// The walk whose limit no row has begun behind; the last one begins at `latest`.
fn at_end(
    plan: &Plan,
    text: &[u8],
    last: bool,
    quoted: bool,
    latest: usize,
    mut found: Walk,
) -> Walk {
    let end = text.last();
    let unfinished = end.is_some_and(|end| !matches!(end, b'\n' | b'\r'));
    // A line feed may follow a carriage return.
    let ended = !quoted && matches!(end, None | Some(b'\n'));
    if last || ended {
        found.next = text.len();
        found.count.lines += u64::from(unfinished);
        return found;
    }
    let open = scalar::walk(plan, &text[latest..], usize::MAX, true).count;
    Walk {
        count: Count {
            rows: found.count.rows - open.rows,
            lines: found.count.lines + u64::from(unfinished) - open.lines,
        },
        next: latest,
        complete: false,
    }
}
