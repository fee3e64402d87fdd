//! Why a row was refused, and where.

use std::fmt;
use std::ops::Range;

/// The first row that could not be parsed. All offsets count from the start of the [`Input`](crate::Input).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Good rows before it, all of them written to `out`.
    pub rows: usize,
    /// Line ends before its line.
    pub line: u64,
    /// First byte of its line.
    pub byte: usize,
    /// First byte of the line behind it.
    pub next: usize,
    /// Column of the text, from 0. Where the number of columns is wrong: the first one missing or left over.
    pub column: usize,
    /// Index in [`Schema::columns`](crate::Schema::columns); `None` where the row as a whole is wrong.
    pub field: Option<usize>,
    /// The field's text; the line without its comment where the row as a whole is wrong.
    pub text: Range<usize>,
    /// What is wrong.
    pub reason: Reason,
}

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The field is not a number of the column's kind.
    NotANumber,
    /// The field is an integer that the column's type cannot hold.
    OutOfRange,
    /// The row has no column that `usecols` asks for.
    TooFewColumns {
        /// Columns in the row.
        found: usize,
        /// Columns it would need.
        expected: usize,
    },
    /// Without `usecols` a row must have as many columns as the schema.
    ColumnsDiffer {
        /// Columns in the row.
        found: usize,
        /// Columns of the schema.
        expected: usize,
    },
    /// A character above U+00FF in an `S` column (loadtxt stores latin1, one byte a character).
    NotLatin1,
    /// The bytes are not UTF-8.
    NotUtf8,
    /// The field is not a date.
    NotADate,
    /// No text can be of the column's kind.
    NoText,
    /// The text is longer than the column, and the dialect is strict.
    TooLong {
        /// Characters of the text.
        found: usize,
        /// Characters that the column holds.
        most: usize,
    },
    /// An item of a list of lines holds a line end that stands in no quotes.
    LineInItem,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {} of the input, column {}: {}",
            self.line + 1,
            self.column + 1,
            self.reason
        )
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NotANumber => write!(f, "not a number"),
            Reason::OutOfRange => write!(f, "out of range"),
            Reason::TooFewColumns { found, expected } => {
                write!(f, "{found} columns, at least {expected} are needed")
            }
            Reason::ColumnsDiffer { found, expected } => {
                write!(f, "{found} columns, {expected} are expected")
            }
            Reason::NotLatin1 => write!(f, "a character above U+00FF in an S column"),
            Reason::NotUtf8 => write!(f, "not UTF-8"),
            Reason::NotADate => write!(f, "not a date"),
            Reason::NoText => write!(f, "no text can be read as this"),
            Reason::TooLong { found, most } => {
                write!(f, "{found} characters, the column holds {most}")
            }
            Reason::LineInItem => write!(f, "a line end inside an item"),
        }
    }
}

impl std::error::Error for BadRow {}
