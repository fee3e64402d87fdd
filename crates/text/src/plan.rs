//! A schema and a dialect, checked.

use crate::fast::block::Marks;
use crate::fast::white::Expected;
use crate::scalar::space::{is_space, space_at_start, trim};
use crate::{Delimiter, Dialect, Kind, Schema, SchemaError};

/// What the engines work from.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub schema: Schema,
    pub dialect: Dialect,
    /// White space separates.
    pub white: bool,
    /// What the fast path looks for in a line.
    pub marks: Marks,
    /// Where rows start, as far as the schema alone tells it.
    pub expected: Expected,
    /// Bytes of a record that no column covers.
    pub gaps: bool,
    /// The columns as they lie in the record.
    pub order: Vec<usize>,
    /// The columns of texts, which may be cut.
    pub texts: Vec<usize>,
    /// Only the exact path reads such tables.
    pub exact: bool,
    /// Fields may stand in quotes.
    pub quoted: bool,
}

impl Plan {
    pub fn new(schema: Schema, dialect: Dialect) -> Result<Plan, SchemaError> {
        check_schema(&schema)?;
        check_dialect(&dialect)?;
        let order = order(&schema);
        let covered = |column: &crate::Column| match column.kind {
            Kind::Skip => 0,
            _ => column.size,
        };
        let covered: usize = schema.columns.iter().map(covered).sum();
        let is_text = |i: &usize| matches!(schema.columns[*i].kind, Kind::Bytes | Kind::Str);
        let texts = (0..schema.columns.len()).filter(is_text).collect();
        let marks = Marks::new(&dialect);
        Ok(Plan {
            white: dialect.delimiter == Delimiter::Whitespace,
            marks,
            expected: Expected::new(match schema.usecols {
                None => schema.columns.len(),
                Some(_) => 0,
            }),
            gaps: covered < schema.itemsize,
            order,
            exact: is_exact(&schema, &dialect),
            quoted: dialect.quote.is_some(),
            texts,
            schema,
            dialect,
        })
    }

    /// The item of a missing value, if the text of this field stands for one.
    pub fn missing(&self, field: usize, text: &[u8]) -> Option<&[u8]> {
        let fill = self.schema.fills.get(field)?.as_deref()?;
        let text = trim(text);
        self.dialect.na.iter().any(|na| na == text).then_some(fill)
    }
}

/// Whether the fast path would read a table wrong, or not at all.
fn is_exact(schema: &Schema, dialect: &Dialect) -> bool {
    let single = matches!(
        dialect.delimiter,
        Delimiter::Whitespace | Delimiter::Byte(_)
    );
    let oddly_quoted = dialect.quote.is_some_and(|quote| !quote.is_ascii()) || dialect.items;
    // It takes such fields for numbers and texts, or passes over them, without a look at what is missing.
    let number = |na: &Vec<u8>| {
        !na.is_empty()
            && na
                .iter()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
    };
    let filled = |i: usize| schema.fills.get(i).is_some_and(|fill| fill.is_some());
    let columns = schema.columns.iter().enumerate();
    let misread = !dialect.na.is_empty()
        && columns
            .filter(|(i, _)| filled(*i))
            .any(|(_, column)| match column.kind {
                Kind::Bytes | Kind::Str | Kind::Skip => true,
                _ => dialect.na.iter().any(number),
            });
    // Where comments overlap, only the exact path cuts them one after another, as NumPy does.
    !single || oddly_quoted || misread || overlap(&dialect.comments)
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
    let columns = &schema.columns;
    if columns.is_empty() {
        return Err(SchemaError::NoColumns);
    }
    for (i, column) in columns.iter().enumerate() {
        let fits = match column.kind {
            Kind::Bool => column.size == 1,
            Kind::Int | Kind::Uint => matches!(column.size, 1 | 2 | 4 | 8),
            Kind::Float => matches!(column.size, 2 | 4 | 8),
            Kind::Complex => matches!(column.size, 8 | 16),
            Kind::Str => column.size.is_multiple_of(4),
            Kind::Datetime(..) | Kind::Timedelta => column.size == 8,
            Kind::Bytes | Kind::Void | Kind::Skip => true,
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
        let (a, b) = (columns[pair[0]], columns[pair[1]]);
        if a.offset + a.size > b.offset {
            return Err(SchemaError::Overlap(
                pair[0].min(pair[1]),
                pair[0].max(pair[1]),
            ));
        }
    }
    let fills = &schema.fills;
    let suits = |(fill, column): (&Option<Box<[u8]>>, &crate::Column)| {
        fill.as_ref().is_none_or(|fill| fill.len() == column.size)
    };
    if !fills.is_empty() && (fills.len() != columns.len() || !fills.iter().zip(columns).all(suits))
    {
        return Err(SchemaError::Fills);
    }
    match &schema.usecols {
        Some(cols) if cols.len() != columns.len() => Err(SchemaError::Usecols {
            found: cols.len(),
            expected: columns.len(),
        }),
        _ => Ok(()),
    }
}

fn check_dialect(dialect: &Dialect) -> Result<(), SchemaError> {
    let own = match &dialect.delimiter {
        Delimiter::Whitespace => None,
        Delimiter::Byte(byte) if !byte.is_ascii() || matches!(byte, b'\n' | b'\r') => {
            return Err(SchemaError::Delimiter(*byte));
        }
        Delimiter::Byte(byte) => Some(char::from(*byte)),
        Delimiter::Char(char) if char.is_ascii() => {
            return Err(SchemaError::Delimiter(*char as u8));
        }
        Delimiter::Char(char) => Some(*char),
        Delimiter::Widths(widths) if widths.is_empty() || widths.contains(&0) => {
            return Err(SchemaError::Widths);
        }
        Delimiter::Widths(_) => None,
    };
    let is = |text: &[u8], char: char| text == char.encode_utf8(&mut [0; 4]).as_bytes();
    for (i, comment) in dialect.comments.iter().enumerate() {
        if comment.is_empty() || comment.iter().any(|&b| b == b'\n' || b == b'\r') {
            return Err(SchemaError::Comment(i));
        }
        let clash = match (&dialect.delimiter, own) {
            // NumPy takes such a comment only among several, where it cuts before fields are looked for.
            (Delimiter::Whitespace, _) => dialect.comments.len() == 1 && is_one_space(comment),
            (_, Some(own)) => is(comment, own),
            _ => false,
        };
        if clash {
            return Err(SchemaError::CommentIsDelimiter(i));
        }
    }
    let Some(quote) = dialect.quote else {
        return if dialect.items {
            Err(SchemaError::Items)
        } else {
            Ok(())
        };
    };
    let single = match &dialect.comments[..] {
        [] => true,
        [comment] => std::str::from_utf8(comment).is_ok_and(|text| text.chars().count() == 1),
        _ => false,
    };
    if !single || matches!(dialect.delimiter, Delimiter::Widths(_)) {
        return Err(SchemaError::QuoteWithComments);
    }
    let space = own.is_none() && (quote.is_whitespace() || ('\x1c'..='\x1f').contains(&quote));
    let commented = dialect.comments.iter().any(|comment| is(comment, quote));
    if matches!(quote, '\n' | '\r') || own == Some(quote) || space || commented {
        return Err(SchemaError::Quote(quote));
    }
    Ok(())
}

fn is_one_space(text: &[u8]) -> bool {
    (text.len() == 1 && is_space(text[0])) || space_at_start(text) == text.len()
}
