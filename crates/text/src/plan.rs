//! A schema and a dialect, checked.

use crate::fast::block::Marks;
use crate::scalar::space::{is_space, space_at_start};
use crate::{Delimiter, Dialect, Kind, Schema, SchemaError};

/// What the engines work from.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub schema: Schema,
    pub dialect: Dialect,
    /// What the fast path looks for in a line.
    pub marks: Marks,
    /// Bytes of a record that no column covers.
    pub gaps: bool,
    /// The columns as they lie in the record.
    pub order: Vec<usize>,
    /// The leftmost comment string of a line is where it is cut.
    pub leftmost: bool,
}

impl Plan {
    pub fn new(schema: Schema, dialect: Dialect) -> Result<Plan, SchemaError> {
        check_schema(&schema)?;
        check_dialect(&dialect)?;
        let order = order(&schema);
        let covered: usize = schema.columns.iter().map(|c| c.size).sum();
        let marks = Marks::new(dialect.delimiter, &dialect.comments);
        let (gaps, leftmost) = (covered < schema.itemsize, !overlap(&dialect.comments));
        Ok(Plan {
            schema,
            dialect,
            marks,
            gaps,
            order,
            leftmost,
        })
    }
}

fn order(schema: &Schema) -> Vec<usize> {
    let mut order: Vec<usize> = (0..schema.columns.len()).collect();
    order.sort_by_key(|&i| schema.columns[i].offset);
    order
}

/// Whether one comment may begin inside another: then it matters that each cuts in its turn.
fn overlap(comments: &[Vec<u8>]) -> bool {
    comments.iter().enumerate().any(|(i, inner)| {
        let inside = |outer: &Vec<u8>| outer[1..].contains(&inner[0]);
        comments
            .iter()
            .enumerate()
            .any(|(j, outer)| i != j && inside(outer))
    })
}

fn check_schema(schema: &Schema) -> Result<(), SchemaError> {
    if schema.columns.is_empty() {
        return Err(SchemaError::NoColumns);
    }
    for (i, column) in schema.columns.iter().enumerate() {
        let fits = match column.kind {
            Kind::Int | Kind::Uint => matches!(column.size, 1 | 2 | 4 | 8),
            Kind::Float => matches!(column.size, 4 | 8),
            Kind::Bytes => column.size >= 1,
            Kind::Str => column.size >= 4 && column.size % 4 == 0,
        };
        if !fits {
            return Err(SchemaError::Size(i));
        }
        if column
            .offset
            .checked_add(column.size)
            .is_none_or(|end| end > schema.itemsize)
        {
            return Err(SchemaError::Beyond(i));
        }
    }
    for pair in order(schema).windows(2) {
        let (a, b) = (schema.columns[pair[0]], schema.columns[pair[1]]);
        if a.offset + a.size > b.offset {
            return Err(SchemaError::Overlap(
                pair[0].min(pair[1]),
                pair[0].max(pair[1]),
            ));
        }
    }
    match &schema.usecols {
        Some(cols) if cols.len() != schema.columns.len() => Err(SchemaError::Usecols {
            found: cols.len(),
            expected: schema.columns.len(),
        }),
        _ => Ok(()),
    }
}

fn check_dialect(dialect: &Dialect) -> Result<(), SchemaError> {
    if let Delimiter::Byte(byte) = dialect.delimiter
        && (!byte.is_ascii() || byte == b'\n' || byte == b'\r')
    {
        return Err(SchemaError::Delimiter(byte));
    }
    for (i, comment) in dialect.comments.iter().enumerate() {
        if comment.is_empty() || comment.iter().any(|&b| b == b'\n' || b == b'\r') {
            return Err(SchemaError::Comment(i));
        }
        let clash = match dialect.delimiter {
            Delimiter::Byte(byte) => comment[..] == [byte],
            // NumPy takes such a comment only among several, where it cuts before fields are looked for.
            Delimiter::Whitespace => dialect.comments.len() == 1 && is_one_space(comment),
        };
        if clash {
            return Err(SchemaError::CommentIsDelimiter(i));
        }
    }
    Ok(())
}

fn is_one_space(text: &[u8]) -> bool {
    (text.len() == 1 && is_space(text[0])) || space_at_start(text) == text.len()
}
