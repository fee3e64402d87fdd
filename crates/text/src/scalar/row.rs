//! One line into one record.

use std::ops::Range;

use super::{float, integer, line, space, string};
use crate::plan::Plan;
use crate::{BadRow, Column, Delimiter, Kind, Reason};

/// Parses single lines; holds the room for their fields, so that a row costs no allocation.
pub(crate) struct RowParser<'p> {
    plan: &'p Plan,
    spans: Vec<Range<usize>>,
}

/// A refusal that does not know yet which row of the text it is about.
#[derive(Debug)]
pub(crate) struct Refusal {
    column: usize,
    field: Option<usize>,
    text: Range<usize>,
    reason: Reason,
}

impl Refusal {
    /// The whole story: `rows` good rows came before, and the line starts at `byte`.
    pub fn at(self, text: &[u8], rows: usize, byte: usize) -> BadRow {
        let Refusal {
            column,
            field,
            text: span,
            reason,
        } = self;
        BadRow {
            rows,
            line: line::line_ends(&text[..byte]),
            byte,
            column,
            field,
            text: span,
            reason,
        }
    }
}

impl<'p> RowParser<'p> {
    pub fn new(plan: &'p Plan) -> Self {
        RowParser {
            plan,
            spans: Vec::new(),
        }
    }

    /// Parses `text[span]`, a line without its end, into `record`. `false`: it is blank, nothing was written.
    /// Columns are looked at in the schema's order, as NumPy does, so that is where the first error is found.
    pub fn line(
        &mut self,
        text: &[u8],
        span: Range<usize>,
        record: &mut [u8],
    ) -> Result<bool, Refusal> {
        let Plan {
            schema, dialect, ..
        } = self.plan;
        let content = line::cut_comment(dialect, &text[span.clone()]);
        line::split(dialect, content, &mut self.spans);
        let found = self.spans.len();
        if found == 0 {
            return Ok(false);
        }
        let whole = |column, field, reason| {
            let text = span.start..span.start + content.len();
            Err(Refusal {
                column,
                field,
                text,
                reason,
            })
        };
        if dialect.delimiter == Delimiter::Whitespace && space::has_unicode_space(content) {
            return whole(0, None, Reason::UnicodeSpace);
        }
        let expected = schema.columns.len();
        if schema.usecols.is_none() && found != expected {
            return whole(
                found.min(expected),
                None,
                Reason::ColumnsDiffer { found, expected },
            );
        }
        record.fill(0);
        for (field, column) in schema.columns.iter().enumerate() {
            let source = match &schema.usecols {
                None => field,
                Some(cols) => match resolve(cols[field], found) {
                    Ok(source) => source,
                    Err(expected) => {
                        return whole(
                            found,
                            Some(field),
                            Reason::TooFewColumns { found, expected },
                        );
                    }
                },
            };
            let item = &mut record[column.offset..column.offset + column.size];
            let place = self.spans[source].clone();
            convert(column, &content[place.clone()], item).map_err(|reason| Refusal {
                column: source,
                field: Some(field),
                text: span.start + place.start..span.start + place.end,
                reason,
            })?;
        }
        Ok(true)
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

/// One field into its item.
pub(crate) fn convert(column: &Column, text: &[u8], item: &mut [u8]) -> Result<(), Reason> {
    let bits = match column.kind {
        Kind::Bytes => return string::latin1(text, item),
        Kind::Str => return string::utf32(text, column.swap, item),
        Kind::Float if column.size == 4 => u64::from(float::narrow(float::parse(text)?)),
        Kind::Float => float::parse(text)?.to_bits(),
        kind => integer::parse(text, kind, column.size)?,
    };
    if column.swap {
        item.copy_from_slice(&bits.to_be_bytes()[8 - column.size..]);
    } else {
        item.copy_from_slice(&bits.to_le_bytes()[..column.size]);
    }
    Ok(())
}
