//! What a table looks like: columns of a record, and how lines are cut.

use std::fmt;

/// What separates the fields of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delimiter {
    /// Any run of ASCII white space, leading and trailing runs ignored (NumPy's `delimiter=None`).
    Whitespace,
    /// One ASCII character; every occurrence separates, so fields may be empty and keep their blanks.
    Byte(u8),
}

/// How lines are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// What separates fields.
    pub delimiter: Delimiter,
    /// What starts a comment, UTF-8; empty: no comments. As in NumPy, the order matters where several
    /// overlap: each one cuts what the one before it left.
    pub comments: Vec<Vec<u8>>,
}

/// NumPy's kind letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `i`: 1, 2, 4 or 8 bytes.
    Int,
    /// `u`: 1, 2, 4 or 8 bytes.
    Uint,
    /// `f`: 4 or 8 bytes.
    Float,
    /// `S`: latin1, padded with NUL.
    Bytes,
    /// `U`: UTF-32, padded with NUL; a multiple of 4 bytes.
    Str,
}

/// One field of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// What it holds.
    pub kind: Kind,
    /// Bytes of the item.
    pub size: usize,
    /// Where it lies in the record.
    pub offset: usize,
    /// Stored big-endian.
    pub swap: bool,
}

/// One record, and which columns of the text fill it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The record's fields, in the order in which a row's errors are looked for (NumPy's: the dtype's).
    pub columns: Vec<Column>,
    /// Bytes of a record; what no column covers is written as zero.
    pub itemsize: usize,
    /// One source column for each of `columns`, negative ones from the end of each row; then rows may have
    /// any number of columns. `None`: every row has exactly `columns.len()`.
    pub usecols: Option<Vec<i64>>,
}

/// A schema or a dialect that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaError {
    /// No columns.
    NoColumns,
    /// This column (an index in `columns`) has a size that its kind does not come in.
    Size(usize),
    /// This column reaches past the end of the record.
    Beyond(usize),
    /// These two columns share bytes of the record.
    Overlap(usize, usize),
    /// `usecols` has not as many entries as the record has columns.
    Usecols {
        /// Entries.
        found: usize,
        /// Columns.
        expected: usize,
    },
    /// Not an ASCII character, or a line end.
    Delimiter(u8),
    /// This comment (an index in `comments`) is empty or holds a line end.
    Comment(usize),
    /// This comment is the delimiter, or a single white-space character in a white-space table.
    CommentIsDelimiter(usize),
    /// `SHARRAY_SIMD` names no engine.
    Engine(String),
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SchemaError::NoColumns => write!(f, "a schema needs at least one column"),
            SchemaError::Size(i) => {
                write!(f, "column {i} has a size that its kind does not come in")
            }
            SchemaError::Beyond(i) => write!(f, "column {i} reaches past the end of the record"),
            SchemaError::Overlap(i, j) => {
                write!(f, "columns {i} and {j} share bytes of the record")
            }
            SchemaError::Usecols { found, expected } => {
                write!(
                    f,
                    "usecols has {found} entries, the record has {expected} columns"
                )
            }
            SchemaError::Delimiter(byte) => {
                write!(
                    f,
                    "the delimiter {byte:#04x} is not an ASCII character, or is a line end"
                )
            }
            SchemaError::Comment(i) => write!(f, "comment {i} is empty or holds a line end"),
            SchemaError::CommentIsDelimiter(i) => write!(f, "comment {i} is the delimiter too"),
            SchemaError::Engine(name) => {
                write!(
                    f,
                    "SHARRAY_SIMD is \"{name}\"; reference, portable, avx2 and avx512 are allowed"
                )
            }
        }
    }
}

impl std::error::Error for SchemaError {}
