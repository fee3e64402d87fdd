//! One row into one record.

use std::ops::Range;

use super::fields::{End, Fields};
use super::{complex, date, float, integer, line, string};
use crate::plan::Plan;
use crate::{BadRow, Cuts, Kind, Reason};

/// Parses single rows; holds the room for their fields, so that a row costs no allocation.
pub(crate) struct RowParser<'p> {
    plan: &'p Plan,
    fields: Fields,
    /// Columns of the row at hand whose texts were cut.
    cut: Vec<usize>,
}

/// A refusal that does not know yet which row of the text it is about.
#[derive(Debug)]
pub(crate) struct Refusal {
    column: usize,
    field: Option<usize>,
    text: Range<usize>,
    reason: Reason,
    next: usize,
}

impl Refusal {
    /// Of a row as a whole.
    pub fn row(start: usize, end: End, column: usize, reason: Reason) -> Refusal {
        Refusal {
            column,
            field: None,
            text: start..end.content,
            reason,
            next: end.next,
        }
    }

    /// The whole story: `rows` good rows came before, and the line starts at `byte`.
    pub fn at(self, plan: &Plan, text: &[u8], rows: usize, byte: usize) -> BadRow {
        BadRow {
            rows,
            line: line::lines(&plan.dialect, &text[..byte]),
            byte,
            next: self.next,
            column: self.column,
            field: self.field,
            text: self.text,
            reason: self.reason,
        }
    }
}

impl<'p> RowParser<'p> {
    pub fn new(plan: &'p Plan) -> Self {
        RowParser {
            plan,
            fields: Fields::default(),
            cut: Vec::new(),
        }
    }

    /// Parses the row that begins at `pos` into `record`; where the next one begins, and whether there was a row.
    pub fn row(
        &mut self,
        text: &[u8],
        pos: usize,
        record: &mut [u8],
        cuts: &mut Cuts,
    ) -> Result<(usize, bool), Refusal> {
        match self.fields.read(&self.plan.dialect, text, pos) {
            Ok(end) => self.record(text, pos, end, record, cuts),
            Err((end, reason)) => Err(Refusal::row(pos, end, 0, reason)),
        }
    }

    /// Where the row that begins at `pos` ends.
    pub fn end(&mut self, text: &[u8], pos: usize) -> usize {
        match self.fields.read(&self.plan.dialect, text, pos) {
            Ok(end) | Err((end, _)) => end.next,
        }
    }

    /// Columns are looked at in the schema's order, as NumPy does, so that is where the first error is found.
    fn record(
        &mut self,
        text: &[u8],
        start: usize,
        end: End,
        record: &mut [u8],
        cuts: &mut Cuts,
    ) -> Result<(usize, bool), Refusal> {
        let next = end.next;
        let schema = &self.plan.schema;
        let found = self.fields.len();
        if found == 0 {
            return Ok((next, false));
        }
        let expected = schema.columns.len();
        if schema.usecols.is_none() && found != expected {
            let reason = Reason::ColumnsDiffer { found, expected };
            return Err(Refusal::row(start, end, found.min(expected), reason));
        }
        record.fill(0);
        self.cut.clear();
        for (field, column) in schema.columns.iter().enumerate() {
            let source = match &schema.usecols {
                None => field,
                Some(cols) => match resolve(cols[field], found) {
                    Ok(source) => source,
                    Err(expected) => {
                        let reason = Reason::TooFewColumns { found, expected };
                        let refusal = Refusal::row(start, end, found, reason);
                        return Err(Refusal {
                            field: Some(field),
                            ..refusal
                        });
                    }
                },
            };
            let item = &mut record[column.offset..column.offset + column.size];
            let converted = convert(self.plan, field, self.fields.text(text, source), item);
            let cut = converted.map_err(|reason| Refusal {
                column: source,
                field: Some(field),
                text: self.fields.place(source),
                reason,
                next,
            })?;
            if cut {
                self.cut.push(field);
            }
        }
        for &field in &self.cut {
            cuts.add(field, start);
        }
        Ok((next, true))
    }
}

/// A column number of `usecols` in a row of `found` columns, or how many it would take.
pub(crate) fn resolve(col: i64, found: usize) -> Result<usize, usize> {
    let size = usize::try_from(col.unsigned_abs()).unwrap_or(usize::MAX);
    match (col < 0, size <= found) {
        (true, true) => Ok(found - size),
        (true, false) => Err(size),
        (false, _) if size < found => Ok(size),
        (false, _) => Err(size.saturating_add(1)),
    }
}

/// One field into its item. Whether its text was cut.
pub(crate) fn convert(
    plan: &Plan,
    field: usize,
    text: &[u8],
    item: &mut [u8],
) -> Result<bool, Reason> {
    let column = &plan.schema.columns[field];
    if let Some(fill) = plan.missing(field, text) {
        item.copy_from_slice(fill);
        return Ok(false);
    }
    let bits = match column.kind {
        Kind::Bytes | Kind::Str => return put_text(plan, column.kind, column.swap, text, item),
        Kind::Complex => {
            let (real, imaginary) = complex::parse(text)?;
            let (first, second) = item.split_at_mut(column.size / 2);
            put(floating(real, first.len()), column.swap, first);
            put(floating(imaginary, second.len()), column.swap, second);
            return Ok(false);
        }
        Kind::Void => return Err(Reason::NoText),
        Kind::Skip => return Ok(false),
        Kind::Float if column.size == 2 => u64::from(float::half(float::python(text)?)),
        Kind::Float => floating(float::parse(text)?, column.size),
        Kind::Bool => u64::from(truth(plan, text)?),
        Kind::Datetime(unit, count) => date::datetime(text, unit, count)? as u64,
        Kind::Timedelta => date::timedelta(text)? as u64,
        kind => integer::parse(text, kind, column.size)?,
    };
    put(bits, column.swap, item);
    Ok(false)
}

fn put(bits: u64, swap: bool, item: &mut [u8]) {
    if swap {
        item.copy_from_slice(&bits.to_be_bytes()[8 - item.len()..]);
    } else {
        item.copy_from_slice(&bits.to_le_bytes()[..item.len()]);
    }
}

fn floating(value: f64, size: usize) -> u64 {
    match size {
        4 => u64::from(float::narrow(value)),
        _ => value.to_bits(),
    }
}

fn truth(plan: &Plan, text: &[u8]) -> Result<bool, Reason> {
    if plan.dialect.words {
        let word = super::space::trim(text);
        for (spelling, value) in [(&b"true"[..], true), (b"false", false)] {
            if word.eq_ignore_ascii_case(spelling) {
                return Ok(value);
            }
        }
    }
    integer::parse(text, Kind::Int, 8).map(|value| value != 0)
}

fn put_text(
    plan: &Plan,
    kind: Kind,
    swap: bool,
    text: &[u8],
    item: &mut [u8],
) -> Result<bool, Reason> {
    let (cut, most) = match kind {
        Kind::Bytes => (string::latin1(text, item)?, item.len()),
        _ => (string::utf32(text, swap, item)?, item.len() / 4),
    };
    if cut && plan.dialect.strict {
        let found = string::characters(text);
        return Err(Reason::TooLong { found, most });
    }
    Ok(cut)
}
