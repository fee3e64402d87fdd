//! The exact path: one row, one field at a time. The reference for every faster engine, and what they
//! turn to for whatever they cannot take.

pub(crate) mod complex;
pub(crate) mod date;
pub(crate) mod fields;
pub(crate) mod float;
pub(crate) mod integer;
pub(crate) mod line;
pub(crate) mod row;
pub(crate) mod space;
pub(crate) mod string;

use crate::plan::Plan;
use crate::{BadRow, Count, Cuts, Parsed, Walk};
use fields::{End, Fields};
use row::RowParser;

/// Rows and lines of a text without quotes.
pub(crate) fn count(plan: &Plan, text: &[u8]) -> Count {
    let mut count = Count::default();
    let mut pos = 0;
    while pos < text.len() {
        let (span, next) = line::next_line(text, pos);
        count.lines += 1;
        count.rows += u64::from(!line::is_blank(&plan.dialect, &text[span]));
        pos = next;
    }
    count
}

/// Counts the rows that begin before `limit`. `last`: nothing follows the text; else a row without a line end, or with one that may
/// go on, is left for later.
pub(crate) fn walk(plan: &Plan, text: &[u8], limit: usize, last: bool) -> Walk {
    let mut fields = Fields::default();
    let mut walk = Walk::default();
    while walk.next < limit && walk.next < text.len() {
        let start = walk.next;
        let (End { next, closed, .. }, row) = match fields.read(&plan.dialect, text, start) {
            Ok(end) => (end, fields.len() > 0),
            // Such a row is refused when it is parsed.
            Err((end, _)) => (end, true),
        };
        // A line feed may follow that belongs to the line end.
        let open = !closed || next == text.len() && text[next - 1] == b'\r';
        if open && !last {
            return walk;
        }
        walk.count.rows += u64::from(row);
        let row = &text[start..next];
        walk.count.lines += line::lines(&plan.dialect, row);
        walk.count.lines += u64::from(line::is_unfinished(&plan.dialect, row));
        walk.next = next;
    }
    walk.complete = true;
    walk
}

/// Records of a text, until it ends or `out` is full.
pub(crate) fn parse(
    plan: &Plan,
    text: &[u8],
    out: &mut [u8],
    cuts: &mut Cuts,
) -> Result<Parsed, BadRow> {
    let mut parser = RowParser::new(plan);
    let mut records = out.chunks_exact_mut(plan.schema.itemsize);
    let mut parsed = Parsed::default();
    let mut record = records.next();
    while parsed.consumed < text.len() {
        let Some(place) = record.as_deref_mut() else {
            break;
        };
        match parser.row(text, parsed.consumed, place, cuts) {
            Ok((next, row)) => {
                if row {
                    parsed.rows += 1;
                    record = records.next();
                }
                parsed.consumed = next;
            }
            Err(bad) => return Err(bad.at(plan, text, parsed.rows, parsed.consumed)),
        }
    }
    Ok(parsed)
}
