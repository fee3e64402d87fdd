//! Why something is not printed.

use std::fmt;

/// What kind of reason a [`Refusal`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// The format is none, or none for elements of this kind.
    Format,
    /// The format is right, but this element has no such text.
    Value,
    /// Python prints it, this crate does not.
    Unsupported,
}

/// Why a record, or all of them, are not printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of reason it is.
    pub because: Because,
    /// What was found, and what is allowed.
    pub message: String,
    /// The column, from 0, where it is one's.
    pub column: Option<usize>,
}

impl Refusal {
    pub(super) fn new(because: Because, message: impl Into<String>) -> Refusal {
        Refusal {
            because,
            message: message.into(),
            column: None,
        }
    }

    pub(super) fn format(message: impl Into<String>) -> Refusal {
        Refusal::new(Because::Format, message)
    }

    pub(super) fn value(message: impl Into<String>) -> Refusal {
        Refusal::new(Because::Value, message)
    }

    pub(super) fn unsupported(message: impl Into<String>) -> Refusal {
        Refusal::new(Because::Unsupported, message)
    }

    pub(super) fn at(mut self, column: usize) -> Refusal {
        self.column.get_or_insert(column);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(column) = self.column {
            write!(f, "column {column}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}
