//! The exact path: one line, one field at a time. The reference for every faster engine, and what they
//! turn to for whatever they cannot take.

pub(crate) mod float;
pub(crate) mod integer;
pub(crate) mod line;
pub(crate) mod row;
pub(crate) mod space;
pub(crate) mod string;

use crate::plan::Plan;
use crate::{BadRow, Count, Parsed};
use row::RowParser;

/// Rows and lines of a text.
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

/// Records of a text, until it ends or `out` is full.
pub(crate) fn parse(plan: &Plan, text: &[u8], out: &mut [u8]) -> Result<Parsed, BadRow> {
    let mut parser = RowParser::new(plan);
    let mut records = out.chunks_exact_mut(plan.schema.itemsize);
    let mut parsed = Parsed::default();
    let mut record = records.next();
    while parsed.consumed < text.len() {
        let Some(place) = record.as_deref_mut() else {
            break;
        };
        let (span, next) = line::next_line(text, parsed.consumed);
        match parser.line(text, span.clone(), place) {
            Ok(true) => {
                parsed.rows += 1;
                record = records.next();
            }
            Ok(false) => {}
            Err(bad) => return Err(bad.at(text, parsed.rows, span.start)),
        }
        parsed.consumed = next;
    }
    Ok(parsed)
}
