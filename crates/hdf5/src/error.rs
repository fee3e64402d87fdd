//! What can go wrong, named by the codes that users see.

use std::io;

/// An error with a stable code, and what it happened on.
#[derive(Debug, Clone)]
pub struct Error {
    /// A code of the project's table, such as `NO_SPACE`.
    pub code: &'static str,
    /// What failed, found against allowed, and the next step.
    pub message: String,
    /// The file, as the user named it.
    pub file: Option<String>,
    /// The object within the file.
    pub object: Option<String>,
    /// libhdf5's own messages, innermost first; empty when libhdf5 was not involved.
    pub trace: Vec<String>,
}

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error that has no more to say than its message.
    pub fn new(code: &'static str, message: impl Into<String>) -> Error {
        Error {
            code,
            message: message.into(),
            file: None,
            object: None,
            trace: Vec::new(),
        }
    }

    /// A failed call of the operating system while `doing`.
    pub fn io(doing: &str, error: &io::Error) -> Error {
        sharray_file::Error::io(doing, error).into()
    }

    /// An existing file that cannot be opened.
    pub(crate) fn opening(error: &io::Error, writable: bool) -> Error {
        sharray_file::Error::opening(error, writable).into()
    }

    /// The same error, said of this object.
    pub fn on(mut self, object: &str) -> Error {
        self.object.get_or_insert_with(|| object.to_owned());
        self
    }

    /// The same error, said of this file.
    pub fn of(mut self, file: &str) -> Error {
        self.file.get_or_insert_with(|| file.to_owned());
        self
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}")?;
            if let Some(object) = &self.object {
                write!(f, ", {object}")?;
            }
            write!(f, ": ")?;
        } else if let Some(object) = &self.object {
            write!(f, "{object}: ")?;
        }
        write!(f, "{}", self.message)
    }
}

impl std::error::Error for Error {}

impl From<sharray_file::Error> for Error {
    fn from(error: sharray_file::Error) -> Error {
        let sharray_file::Error {
            code,
            message,
            file,
        } = error;
        Error {
            file,
            ..Error::new(code, message)
        }
    }
}
